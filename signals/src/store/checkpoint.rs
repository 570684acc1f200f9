//! Checkpoints in the table: moved forward, by the holder of the lease.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::commit::Committed;
use super::error::StoreError;
use super::item::instant;
use super::lease::HELD;
use super::row::{Guard, Guarded, Row, number, text};
use super::{SignalStore, keys};
use crate::checkpoint::{Advance, Checkpoint};
use crate::lease::Lease;
use crate::message::{ChannelName, MessageId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct CheckpointRow {
    /// None where the channel was claimed and nothing of it is read yet.
    #[serde(rename = "last_id", default, skip_serializing_if = "Option::is_none")]
    last: Option<i64>,
    lease: String,
    fence: u64,
    /// Milliseconds since 1970.
    moved: i64,
}

impl CheckpointRow {
    /// A post that a claim left unnamed counts as the one before the first.
    fn checkpoint(self) -> Checkpoint {
        Checkpoint {
            last: MessageId(self.last.unwrap_or(0)),
            lease: self.lease,
            fence: self.fence,
            moved_at: instant(self.moved),
        }
    }
}

impl SignalStore {
    /// Up to which post a channel is processed; `None` where nobody began.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn checkpoint(&self, channel: &ChannelName) -> Result<Option<Checkpoint>, StoreError> {
        let row: Option<Row<CheckpointRow>> = self.read_row(&keys::checkpoint(channel)).await?;
        Ok(row.map(|row| row.body.checkpoint()))
    }

    /// Makes this lease the one that moves the checkpoint, before the first post of a channel is read in its name.
    ///
    /// From then on earlier holders are refused, and so are holders of another lease that had the channel before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_checkpoint(
        &self,
        channel: &ChannelName,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Advance, StoreError> {
        let held = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(keys::lease(&lease.name).item()))
            .condition_expression(HELD)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":fence", number(lease.fence))
            .build();
        let claim = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(keys::checkpoint(channel).item()))
            .update_expression("SET lease = :lease, fence = :fence, moved = :now")
            .condition_expression("attribute_not_exists(PK) OR lease <> :lease OR fence <= :fence")
            .expression_attribute_values(":lease", text(&lease.name))
            .expression_attribute_values(":fence", number(lease.fence))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .build();
        let (Ok(held), Ok(claim)) = (held, claim) else {
            return Err(StoreError::Refused("a claim without a key or a condition".to_owned()));
        };
        let actions = vec![
            TransactWriteItem::builder().condition_check(held).build(),
            TransactWriteItem::builder().update(claim).build(),
        ];
        match self.commit(actions).await? {
            Committed::Whole => Ok(Advance::Done),
            Committed::Refused(_) => Ok(Advance::Lost),
        }
    }

    /// Moves the checkpoint of a channel forward to this post, once everything up to it is stored.
    ///
    /// A move whose answer was lost is [`Advance::AlreadyThere`] at worst.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn advance_checkpoint(
        &self,
        channel: &ChannelName,
        to: MessageId,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Advance, StoreError> {
        let key = keys::checkpoint(channel);
        let guard = Guard {
            condition: "attribute_not_exists(PK) OR \
                        (lease = :lease AND fence <= :fence AND (attribute_not_exists(last_id) OR last_id < :to))",
            names: &[],
            values: vec![
                (":to", number(to)),
                (":lease", text(&lease.name)),
                (":fence", number(lease.fence)),
                (":now", number(now.as_millisecond())),
            ],
        };
        let update = "SET last_id = :to, lease = :lease, fence = :fence, moved = :now";
        let Guarded::Refused(found) = self.update_guarded(&key, update, guard).await? else {
            return Ok(Advance::Done);
        };
        let found = match found {
            Some(item) => Some(Row::<CheckpointRow>::read(item)?.body.checkpoint()),
            None => self.checkpoint(channel).await?,
        };
        match found.map(|it| it.advance(to, &lease.name, lease.fence)) {
            // It would do now: the row changed after it was refused.
            None | Some(Advance::Done) => Err(StoreError::Conflict(key.to_string())),
            Some(refused) => Ok(refused),
        }
    }
}
