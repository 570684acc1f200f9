//! News of signals come in, each once, and find the signal that they belong to, or wait for it.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use uuid::Uuid;

use aws_sdk_dynamodb::types::AttributeValue;

use super::edit::{Barred, Edit, Edited};
use super::error::{StoreError, fault};
use super::event_item::EventItem;
use super::item::Item;
use super::row::{Guard, Guarded};
use super::table::BY_TIME;
use super::{SignalStore, keys};
use crate::event::{Choice, EventId, EventRecord, SignalEvent, Way};
use crate::message::{ChannelName, MessageId};
use crate::origin::{Origin, SignalId};
use crate::query::{Cursor, SignalQuery};
use crate::record::{Cause, SignalRecord};

/// Among how many of a source's last signals the provider's number is looked for.
const MOST_NUMBERED: usize = 200;
/// Among how many of a source's last signals of the symbol a live one is looked for.
const MOST_OF_SYMBOL: usize = 50;
/// The most events that a page of those that wait may hold.
pub const MOST_UNLINKED: usize = 200;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutEvent {
    /// It was linked to a signal, and this is the signal now.
    Linked(SignalRecord),
    /// It found no signal and waits for one.
    Unlinked(EventRecord),
    /// It was linked to a signal and said something else before; this is the signal now.
    Corrected(SignalRecord),
    /// It is known, and stays as it is.
    Unchanged(EventRecord),
}

/// One page of the events that wait for their signal, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlinkedPage {
    /// The events.
    pub events: Vec<EventRecord>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<String>,
}

impl SignalStore {
    /// Stores an event with what it changes of its signal; or, where none is found, in the queue of those that wait.
    /// Where its post said something else before, that is undone.
    ///
    /// # Errors
    /// When the store fails, or others kept changing the signal; then the same call may be made again.
    pub async fn put_event(&self, event: SignalEvent, now: Timestamp) -> Result<PutEvent, StoreError> {
        if let Some(known) = self.event_row(&event.id()).await? {
            return self.put_known(known, event, now).await;
        }
        let record = EventRecord { event, signal: None, stored_at: now };
        if let Some(id) = self.signal_of(&record.event).await? {
            let linked = EventRecord { signal: Some(id), ..record.clone() };
            if let Some(outcome) = self.apply(linked, Guard::FREE, None, now).await? {
                return Ok(outcome);
            }
        }
        let item = EventItem::of(&record, self.shards).marked();
        match self.insert_row(item.clone().into_item()?).await? {
            None => Ok(PutEvent::Unlinked(record)),
            Some(row) => match self.known_or_read(row, &record.event.id()).await? {
                row if row.write_id == item.write_id => Ok(PutEvent::Unlinked(record)),
                row => Ok(PutEvent::Unchanged(row.record()?)),
            },
        }
    }

    /// Takes back the event of a post that tells no news any more, as it was edited or deleted: what it changed of its
    /// signal is undone, and it waits for none. Says whether there was one.
    ///
    /// # Errors
    /// When the store fails, or others kept changing the signal; then the same call may be made again.
    pub async fn take_back_event(
        &self,
        channel: &ChannelName,
        post: MessageId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = EventId::of_post(channel, post);
        let Some(row) = self.event_row(&id).await?.filter(|row| row.gone.is_none()) else { return Ok(false) };
        let Some(mark) = row.write_id else { return Ok(false) };
        let known = row.clone().record()?;
        self.undo(&known, row.taken_back(now), mark, now).await?;
        Ok(true)
    }

    /// Looks again for the signal of an event that waits for one, or takes this signal; `None` where there is no
    /// such event.
    ///
    /// # Errors
    /// When the store fails, or others kept changing the signal; then the same call may be made again.
    pub async fn link_event(
        &self,
        id: &EventId,
        to: Option<&SignalId>,
        now: Timestamp,
    ) -> Result<Option<PutEvent>, StoreError> {
        let Some(row) = self.event_row(id).await?.filter(|row| row.gone.is_none()) else { return Ok(None) };
        let record = row.record()?;
        if record.signal.is_some() {
            return Ok(Some(PutEvent::Unchanged(record)));
        }
        let found = match to {
            Some(id) => Some(id.clone()),
            None => self.signal_of(&record.event).await?,
        };
        let Some(signal) = found else { return Ok(Some(PutEvent::Unlinked(record))) };
        let linked = EventRecord { signal: Some(signal), ..record.clone() };
        let waits = "attribute_exists(PK) AND attribute_not_exists(sig)";
        let outcome = self.apply(linked, Guard { condition: waits, ..Guard::FREE }, None, now).await?;
        Ok(Some(outcome.unwrap_or(PutEvent::Unlinked(record))))
    }

    /// A page of at most `limit` events that wait for their signal, newest first; `after` is what the page before
    /// gave as `next`.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn unlinked(&self, limit: usize, after: Option<&str>) -> Result<UnlinkedPage, StoreError> {
        let limit = limit.clamp(1, MOST_UNLINKED);
        let shards = (0..u32::from(self.shards.feed)).map(|shard| self.unlinked_of(shard, limit + 1, after));
        let mut rows: Vec<EventItem> = try_join_all(shards).await?.into_iter().flatten().collect();
        rows.sort_by(|a, b| b.time.cmp(&a.time));
        let next = (rows.len() > limit).then(|| rows[limit - 1].time.clone());
        rows.truncate(limit);
        let events = rows.into_iter().map(EventItem::record).collect::<Result<_, _>>()?;
        Ok(UnlinkedPage { events, next })
    }

    async fn unlinked_of(&self, shard: u32, limit: usize, after: Option<&str>) -> Result<Vec<EventItem>, StoreError> {
        let mut rows = Vec::new();
        let mut pages = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(BY_TIME)
            .key_condition_expression("F = :pk AND T < :after")
            .expression_attribute_values(":pk", AttributeValue::S(keys::unlinked_shard(shard)))
            // No key is above `~`; an empty text is no value of a key.
            .expression_attribute_values(
                ":after",
                AttributeValue::S(after.filter(|it| !it.is_empty()).unwrap_or("~").into()),
            )
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for item in page.map_err(fault)?.items.unwrap_or_default() {
                rows.push(EventItem::read(item)?);
            }
            if rows.len() >= limit {
                break;
            }
        }
        Ok(rows)
    }

    /// An event that is known, of a post that may say something else by now.
    async fn put_known(&self, row: EventItem, event: SignalEvent, now: Timestamp) -> Result<PutEvent, StoreError> {
        let (mark, is_gone, known) = (row.write_id, row.gone.is_some(), row.record()?);
        // A post that tells news again, after it told none for a while.
        let is_back = is_gone && event.origin.edited_at() >= known.event.origin.edited_at();
        let says_otherwise = is_back || event.corrects(&known.event);
        let Some(mark) = mark.filter(|_| says_otherwise) else { return Ok(PutEvent::Unchanged(known)) };
        let found = self.signal_of(&event).await?;
        let former = known.signal.clone().filter(|_| !is_gone);
        let record = EventRecord { event, signal: None, stored_at: known.stored_at };
        match (former, found) {
            // It waited, and may find its signal by what it says now.
            (None, found) => {
                let item = EventItem::of(&record, self.shards).marked();
                match self.put_guarded(item.into_item()?, Guard::seen(mark)).await? {
                    Guarded::Refused(_) => Ok(PutEvent::Unchanged(known)),
                    Guarded::Done => match found {
                        None => Ok(PutEvent::Unlinked(record)),
                        Some(signal) => {
                            let linked = self.link_event(&record.event.id(), Some(&signal), now).await?;
                            Ok(linked.unwrap_or(PutEvent::Unlinked(record)))
                        }
                    },
                }
            }
            (Some(old), found) => {
                let linked = EventRecord { signal: Some(old.clone()), ..record.clone() };
                let outcome = match found.filter(|new| *new != old) {
                    None => self.apply(linked, Guard::seen(mark), Some(&known.event), now).await?,
                    // It speaks of another one: first it is taken from the one that it spoke of.
                    Some(new) => {
                        self.undo(&known, EventItem::of(&record, self.shards), mark, now).await?;
                        self.link_event(&record.event.id(), Some(&new), now).await?
                    }
                };
                Ok(match outcome {
                    Some(PutEvent::Linked(signal)) => PutEvent::Corrected(signal),
                    Some(outcome) => outcome,
                    None => PutEvent::Unchanged(known),
                })
            }
        }
    }

    /// Takes an event from its signal, if it has one, and writes its row as it is from now on. Where somebody else was
    /// first, that stands.
    async fn undo(&self, known: &EventRecord, row: EventItem, mark: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let item = row.marked().into_item()?;
        let edited = match &known.signal {
            None => Ok(Edited::Missing),
            Some(signal) => {
                let with = self.put_row_if(item.clone(), Guard::seen(mark))?;
                let edit = Edit { at_version: None, cause: Cause::Event, now };
                let change = |record: SignalRecord| Ok::<_, std::convert::Infallible>(known.event.taken_from(record));
                self.edit_with(signal, edit, known.event.origin.posted_at(), change, Some(&with)).await?
            }
        };
        if let Ok(Edited::Missing) = edited {
            self.put_guarded(item, Guard::seen(mark)).await?;
        }
        Ok(())
    }

    /// Writes the event and the next version of its signal, both or neither; `None` where the signal is gone. What the
    /// event said before is undone.
    async fn apply(
        &self,
        linked: EventRecord,
        guard: Guard,
        former: Option<&SignalEvent>,
        now: Timestamp,
    ) -> Result<Option<PutEvent>, StoreError> {
        let Some(signal) = linked.signal.clone() else { return Ok(None) };
        let item = EventItem::of(&linked, self.shards).marked();
        let with = self.put_row_if(item.clone().into_item()?, guard)?;
        let edit = Edit { at_version: None, cause: Cause::Event, now };
        let event = &linked.event;
        let change = |record: SignalRecord| {
            let record = former.map_or(record.clone(), |former| former.taken_from(record));
            Ok::<_, std::convert::Infallible>(event.applied_to(record))
        };
        let edited = self.edit_with(&signal, edit, event.origin.posted_at(), change, Some(&with)).await?;
        match edited {
            Ok(Edited::Done(record)) => Ok(Some(PutEvent::Linked(record))),
            Ok(_) => Ok(None),
            Err(Barred(row)) => {
                let row = self.known_or_read(row, &event.id()).await?;
                // Our own work, whose answer was lost before others went on with the signal.
                if row.write_id == item.write_id
                    && let Some(record) = self.row(&signal).await?.filter(|row| row.gone.is_none())
                {
                    return Ok(Some(PutEvent::Linked(record.record()?)));
                }
                Ok(Some(PutEvent::Unchanged(row.record()?)))
            }
        }
    }

    /// The signal that an event belongs to, by the surest way that leads to one.
    async fn signal_of(&self, event: &SignalEvent) -> Result<Option<SignalId>, StoreError> {
        for way in event.ways() {
            match event.choose(&way, &self.candidates(event, &way).await?) {
                Choice::Signal(id) => return Ok(Some(id)),
                Choice::Unsure => return Ok(None),
                Choice::Nothing => {}
            }
        }
        Ok(None)
    }

    /// The signals that a way leads to; a bounded read for each.
    async fn candidates(&self, event: &SignalEvent, way: &Way) -> Result<Vec<SignalRecord>, StoreError> {
        let latest = event.origin.posted_at().as_millisecond().saturating_add(1);
        let recent = SignalQuery {
            source: Some(event.source()),
            until: Timestamp::from_millisecond(latest).ok(),
            ..SignalQuery::default()
        };
        // Old news that are linked late begin at their own post, not behind everything that was posted since.
        let post = match &event.origin {
            Origin::Message(origin) => Some(origin.message_id),
            Origin::Api(_) => None,
        };
        let earlier = Cursor { by_message: post.map(keys::behind_post), by_time: None };
        match way {
            Way::Named(id) => Ok(self.get(id).await?.into_iter().collect()),
            Way::Reply(channel, post) => {
                let signals = self.of_post(channel, *post).await?;
                if !signals.is_empty() {
                    return Ok(signals);
                }
                // News that answer news speak of the same signal.
                let mut signals = Vec::new();
                for row in self.rows_of_post(channel, *post, 'E').await? {
                    let Some(id) = EventItem::read(row)?.signal else { continue };
                    signals.extend(self.get(&id).await?);
                }
                Ok(signals)
            }
            Way::ProviderId(_) => Ok(self.list(&recent, MOST_NUMBERED, &earlier).await?.signals),
            Way::Symbol(symbol) => {
                let query = SignalQuery { symbol: Some(symbol.clone()), ..recent };
                Ok(self.list(&query, MOST_OF_SYMBOL, &earlier).await?.signals)
            }
        }
    }

    /// The row of an event as the last write left it.
    async fn event_row(&self, id: &EventId) -> Result<Option<EventItem>, StoreError> {
        self.item_at(&keys::event(id)).await?.map(EventItem::read).transpose()
    }

    /// What stands in the place of an event; read where the engine did not say.
    async fn known_or_read(&self, row: Option<Item>, id: &EventId) -> Result<EventItem, StoreError> {
        let row = match row {
            Some(row) => Some(EventItem::read(row)?),
            None => self.event_row(id).await?,
        };
        row.ok_or_else(|| StoreError::Conflict(format!("the event {id}")))
    }
}
