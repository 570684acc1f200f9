//! Channels in the table: a row for each, and a row for each spelling that leads to it.

use futures_util::future::try_join;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::commit::{Committed, TRIES, pause};
use super::error::StoreError;
use super::item::instant;
use super::row::Row;
use super::{SignalStore, keys};
use crate::channel::{Channel, Discovery, Recognised, Sighting, discover};
use crate::message::ChannelName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ChannelRow {
    key: ChannelName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    names: Vec<ChannelName>,
    /// Milliseconds since 1970.
    first: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct AliasRow {
    key: ChannelName,
}

impl ChannelRow {
    fn of(channel: &Channel) -> Self {
        let Channel { key, number, names, first_seen } = channel.clone();
        Self { key, number, names, first: first_seen.as_millisecond() }
    }

    fn channel(self) -> Channel {
        let Self { key, number, names, first } = self;
        Channel { key, number, names, first_seen: instant(first) }
    }
}

/// A channel to which a spelling leads, with the mark of its row, where it has one.
#[derive(Debug)]
struct Found {
    channel: Channel,
    seen: Option<Option<Uuid>>,
}

impl SignalStore {
    /// The key of the channel that was seen; a new channel gets one, and a new spelling leads to the key from now on.
    ///
    /// A sighting by name alone cannot tell that another channel took the name; the next one with a number does.
    ///
    /// # Errors
    /// When the store fails, or others kept seeing the same channel; then the same call may be made again.
    pub async fn channel_key(&self, seen: &Sighting, now: Timestamp) -> Result<Recognised, StoreError> {
        for attempt in 0..TRIES {
            let number = seen.number().map(ChannelName::of_number);
            let (by_name, by_number) =
                try_join(self.led_to_by(seen.username(), now), self.led_to_by(number.as_ref(), now)).await?;
            let known = |found: &Option<Found>| found.as_ref().map(|it| it.channel.clone());
            let discovery = discover(seen, known(&by_name).as_ref(), known(&by_number).as_ref(), now);
            let led_to = by_name.or(by_number);
            let (channel, spellings) = match discovery {
                Discovery::Nothing(key) => match led_to {
                    Some(Found { seen: None, ref channel }) => (channel.clone(), Vec::new()),
                    _ => return Ok(Recognised::Key(key)),
                },
                Discovery::Alarm(alarm) => return Ok(Recognised::Alarm(alarm)),
                Discovery::Learned(channel, spellings) => (channel, spellings),
            };
            let mark = Uuid::new_v4();
            let before = led_to.and_then(|it| it.seen);
            let mut actions =
                vec![self.exchange_action(&keys::channel(&channel.key), before, &ChannelRow::of(&channel), mark)?];
            for spelling in &spellings {
                let alias = AliasRow { key: channel.key.clone() };
                actions.push(self.exchange_action(&keys::alias(spelling), None, &alias, mark)?);
            }
            if let Committed::Whole = self.commit(actions).await? {
                return Ok(Recognised::Key(channel.key));
            }
            // Somebody else saw it first, or the answer to our own write was lost: either way it is there to be read.
            pause(attempt).await;
        }
        Err(StoreError::Conflict(format!("the channel {seen}")))
    }

    /// Every known channel, in the order of keys.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        let rows = self.rows_of(keys::CHANNELS, "").await?.into_iter();
        rows.map(|row| Ok(Row::<ChannelRow>::read(row)?.body.channel())).collect()
    }

    /// The channel to which a spelling leads; `None` where nobody has seen it under that one. Nothing is written.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn known_channel(&self, spelling: &ChannelName, now: Timestamp) -> Result<Option<Channel>, StoreError> {
        Ok(self.led_to_by(Some(spelling), now).await?.map(|found| found.channel))
    }

    async fn led_to_by(&self, spelling: Option<&ChannelName>, now: Timestamp) -> Result<Option<Found>, StoreError> {
        let Some(spelling) = spelling else { return Ok(None) };
        let alias: Option<Row<AliasRow>> = self.read_row(&keys::alias(spelling)).await?;
        let Some(alias) = alias else { return Ok(None) };
        let key = keys::channel(&alias.body.key);
        let row: Option<Row<ChannelRow>> = self.read_row(&key).await?;
        Ok(Some(match row {
            Some(row) => Found { seen: Some(row.mark), channel: row.body.channel() },
            // A backup that was taken while the channel was first seen has the one row without the other.
            None => {
                let (key, number) = (alias.body.key, spelling.number());
                let names = number.is_none().then(|| spelling.clone()).into_iter().collect();
                Found { seen: None, channel: Channel { key, number, names, first_seen: now } }
            }
        }))
    }
}
