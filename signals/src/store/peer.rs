//! What accounts know of channels, and how often each looked one up on a day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::item::instant;
use super::row::{Guard, Guarded, Row, expiry, item_of, number};
use super::{SignalStore, keys};
use crate::message::ChannelName;
use crate::peer::{KnownPeer, Peer};

/// For how long the count of a day is kept.
const KEPT_COUNT: SignedDuration = SignedDuration::from_hours(48);
/// For how long it is kept that a spelling leads nowhere.
const KEPT_NOBODY: SignedDuration = SignedDuration::from_hours(24);
/// How much of a title is kept, in characters.
const LONGEST_TITLE: usize = 256;

#[derive(Clone, Serialize, Deserialize)]
struct PeerRow {
    /// None where the spelling led to no channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(default)]
    access_hash: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<ChannelName>,
    #[serde(default)]
    title: String,
    /// Milliseconds since 1970.
    seen: i64,
}

impl SignalStore {
    /// What this account knows of a spelling; `None` where it never looked, or found nobody more than a day ago.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn peer(
        &self,
        account: i64,
        spelling: &ChannelName,
        now: Timestamp,
    ) -> Result<Option<KnownPeer>, StoreError> {
        let row: Option<Row<PeerRow>> = self.read_row(&keys::peer(account, spelling)).await?;
        let Some(row) = row.filter(|row| !row.is_expired(now)) else { return Ok(None) };
        let PeerRow { number, access_hash, username, title, seen } = row.body;
        let seen_at = instant(seen);
        Ok(Some(match number {
            Some(number) => KnownPeer::Channel(Peer { number, access_hash, username, title, seen_at }),
            None => KnownPeer::Nobody { seen_at },
        }))
    }

    /// Keeps what this account knows of a spelling, in the place of what it knew before.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn keep_peer(&self, account: i64, spelling: &ChannelName, known: &KnownPeer) -> Result<(), StoreError> {
        let (row, expires) = match known {
            KnownPeer::Channel(peer) => {
                let row = PeerRow {
                    number: Some(peer.number),
                    access_hash: peer.access_hash,
                    username: peer.username.clone(),
                    title: peer.title.chars().take(LONGEST_TITLE).collect(),
                    seen: peer.seen_at.as_millisecond(),
                };
                (row, None)
            }
            KnownPeer::Nobody { seen_at } => {
                let seen = seen_at.as_millisecond();
                let row = PeerRow { number: None, access_hash: 0, username: None, title: String::new(), seen };
                (row, seen_at.checked_add(KEPT_NOBODY).ok())
            }
        };
        let key = keys::peer(account, spelling);
        let newer = Guard {
            condition: "attribute_not_exists(PK) OR seen <= :seen",
            names: &[],
            values: vec![(":seen", number(row.seen))],
        };
        self.put_guarded(item_of(&key, &row, uuid::Uuid::new_v4(), expires)?, newer).await?;
        Ok(())
    }

    /// Counts one more look-up of this account today; says whether it is within the most of a day. What is not within it
    /// is not counted.
    ///
    /// # Errors
    /// When the store fails. A count whose answer was lost may be counted twice, which errs on the careful side.
    pub async fn may_look_up(&self, account: i64, most_per_day: u32, now: Timestamp) -> Result<bool, StoreError> {
        if most_per_day == 0 {
            return Ok(false);
        }
        let today = now.strftime("%Y-%m-%d").to_string();
        let guard = Guard {
            condition: "attribute_not_exists(PK) OR looked_up < :most",
            names: &[("#ttl", "ttl")],
            values: vec![
                (":most", number(most_per_day)),
                (":one", number(1)),
                (":ttl", number(expiry(now.checked_add(KEPT_COUNT).unwrap_or(now)))),
            ],
        };
        let update = "SET #ttl = :ttl ADD looked_up :one";
        let counted = self.update_guarded(&keys::looked_up(account, &today), update, guard).await?;
        Ok(matches!(counted, Guarded::Done))
    }
}
