//! How far a login has followed the changes of a channel: edits and deletions, which move no checkpoint.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::row::{Guard, Guarded, Row, number};
use super::{SignalStore, keys};
use crate::lease::Lease;
use crate::message::ChannelName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PositionRow {
    channel: ChannelName,
    position: i64,
    fence: u64,
    /// Milliseconds since 1970.
    moved: i64,
}

impl SignalStore {
    /// Up to which change of a channel everything is kept, as the source counts changes; `None` where nobody followed
    /// it under this lease.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn position(&self, channel: &ChannelName, lease: &Lease) -> Result<Option<i64>, StoreError> {
        let row: Option<Row<PositionRow>> = self.read_row(&keys::position(&lease.name, channel)).await?;
        Ok(row.map(|row| row.body.position))
    }

    /// Keeps how far a channel is followed, once everything up to there is stored; says whether this holding of the
    /// lease may still do so. It may go back: a source that counts anew is followed anew.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn keep_position(
        &self,
        channel: &ChannelName,
        position: i64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let guard = Guard {
            condition: "attribute_not_exists(PK) OR fence <= :fence",
            names: &[("#position", "position")],
            values: vec![
                (":position", number(position)),
                (":channel", super::row::text(channel)),
                (":fence", number(lease.fence)),
                (":now", number(now.as_millisecond())),
            ],
        };
        let update = "SET #position = :position, channel = :channel, fence = :fence, moved = :now";
        let kept = self.update_guarded(&keys::position(&lease.name, channel), update, guard).await?;
        Ok(matches!(kept, Guarded::Done))
    }
}
