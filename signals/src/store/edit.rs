//! A stored signal changes, or goes: what clients and news do to it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;

use super::SignalStore;
use super::commit::{TRIES, pause};
use super::error::StoreError;
use super::item::{Item, SignalItem};
use super::put::Replaced;
use crate::message::{ChannelName, MessageId};
use crate::origin::SignalId;
use crate::record::{Cause, SignalRecord};
use crate::status::Status;

/// What became of a change. `E` is why whoever asked for it refused to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited<E> {
    /// It was made.
    Done(SignalRecord),
    /// There is no such signal.
    Missing,
    /// The signal is no longer at the version that the change was meant for.
    Stale(SignalRecord),
    /// The change was refused.
    Refused(E),
}

/// The place of a further row is taken, by this; nothing was changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Barred(pub(super) Option<Item>);

/// A change that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Only at this version; whatever the version is where it is `None`.
    pub at_version: Option<u32>,
    /// Why.
    pub cause: Cause,
    /// When.
    pub now: Timestamp,
}

impl SignalStore {
    /// Changes a signal: `change` makes the new one of the old one, and is asked again when others were faster.
    ///
    /// Version and times are kept here; a change that changes nothing makes no version.
    ///
    /// # Errors
    /// When the store fails, or others kept changing the signal.
    pub async fn edit<E>(
        &self,
        id: &SignalId,
        edit: Edit,
        change: impl Fn(SignalRecord) -> Result<SignalRecord, E>,
    ) -> Result<Edited<E>, StoreError> {
        match self.edit_with(id, edit, edit.now, change, None).await? {
            Ok(edited) => Ok(edited),
            Err(Barred(_)) => Err(StoreError::Conflict(id.to_string())),
        }
    }

    /// [`Self::edit`] with a further row in the same transaction; the new version holds from `since`.
    ///
    /// The further row decides: where it is refused, the signal stays as it is and the answer is what stands in the
    /// row's place, however often others changed the signal in the meantime.
    pub(super) async fn edit_with<E>(
        &self,
        id: &SignalId,
        edit: Edit,
        since: Timestamp,
        change: impl Fn(SignalRecord) -> Result<SignalRecord, E>,
        with: Option<&TransactWriteItem>,
    ) -> Result<Result<Edited<E>, Barred>, StoreError> {
        for attempt in 0..TRIES {
            let Some(old) = self.row(id).await?.filter(|row| row.gone.is_none()) else {
                return Ok(Ok(Edited::Missing));
            };
            let before = old.clone().record()?;
            if edit.at_version.is_some_and(|version| version != before.version) {
                return Ok(Ok(Edited::Stale(before)));
            }
            let next = match change(before.clone()) {
                Ok(next) => next,
                Err(error) => return Ok(Ok(Edited::Refused(error))),
            };
            if next == before && with.is_none() {
                return Ok(Ok(Edited::Done(before)));
            }
            let next = SignalRecord {
                version: before.version + 1,
                valid_from: since.max(before.valid_from),
                stored_at: before.stored_at,
                changed_at: edit.now,
                ..next
            };
            let item = SignalItem::of(&next, self.shards).marked().corrects(&old);
            let with = with.into_iter().cloned().collect();
            match self.exchange(old, item, next.valid_from, edit.cause, with).await? {
                Replaced::Done => return Ok(Ok(Edited::Done(next))),
                Replaced::Barred(row) => return Ok(Err(Barred(row))),
                Replaced::Overtaken => pause(attempt).await,
            }
        }
        Err(StoreError::Conflict(id.to_string()))
    }

    /// Marks the signals of posts that were deleted from their channel; gives those that were not marked before.
    ///
    /// How a signal had ended before stands in its former version: what a channel takes back is first of all that.
    ///
    /// # Errors
    /// When the store fails, or others kept changing a signal; then the same call may be made again.
    pub async fn mark_deleted(
        &self,
        channel: &ChannelName,
        posts: &[MessageId],
        now: Timestamp,
    ) -> Result<Vec<SignalRecord>, StoreError> {
        let edit = Edit { at_version: None, cause: Cause::PostDeleted, now };
        let mark = |record: SignalRecord| match record.status {
            Status::Deleted => Err(()),
            _ => Ok(SignalRecord { status: Status::Deleted, ..record }),
        };
        let mut marked = Vec::new();
        for &post in posts {
            for record in self.of_post(channel, post).await? {
                if let Edited::Done(record) = self.edit(&record.signal.id(), edit, mark).await? {
                    marked.push(record);
                }
            }
        }
        Ok(marked)
    }

    /// Deletes a signal: lists and counters forget it, its place and its history stay.
    ///
    /// # Errors
    /// When the store fails, or others kept changing the signal.
    pub async fn delete(&self, id: &SignalId, edit: Edit) -> Result<Edited<()>, StoreError> {
        for attempt in 0..TRIES {
            let Some(old) = self.row(id).await?.filter(|row| row.gone.is_none()) else { return Ok(Edited::Missing) };
            let before = old.clone().record()?;
            if edit.at_version.is_some_and(|version| version != before.version) {
                return Ok(Edited::Stale(before));
            }
            let tombstone = old.clone().deleted(edit.now).marked();
            let until = edit.now.max(before.valid_from);
            match self.exchange(old, tombstone, until, edit.cause, Vec::new()).await? {
                Replaced::Done => return Ok(Edited::Done(before)),
                Replaced::Overtaken | Replaced::Barred(_) => pause(attempt).await,
            }
        }
        Err(StoreError::Conflict(id.to_string()))
    }
}
