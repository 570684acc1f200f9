//! A stored signal changes, or goes: what clients and news do to it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;

use super::SignalStore;
use super::commit::{TRIES, pause};
use super::error::StoreError;
use super::put::Replaced;
use crate::origin::SignalId;
use crate::record::{Cause, SignalRecord};

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
        self.edit_with(id, edit, change, |_| Ok(Vec::new())).await
    }

    /// [`Self::edit`] with further rows in the same transaction.
    pub(super) async fn edit_with<E>(
        &self,
        id: &SignalId,
        edit: Edit,
        change: impl Fn(SignalRecord) -> Result<SignalRecord, E>,
        with: impl Fn(&SignalRecord) -> Result<Vec<TransactWriteItem>, StoreError>,
    ) -> Result<Edited<E>, StoreError> {
        for attempt in 0..TRIES {
            let Some(old) = self.row(id).await?.filter(|row| row.gone.is_none()) else { return Ok(Edited::Missing) };
            let before = old.clone().record()?;
            if edit.at_version.is_some_and(|version| version != before.version) {
                return Ok(Edited::Stale(before));
            }
            let next = match change(before.clone()) {
                Ok(next) => next,
                Err(error) => return Ok(Edited::Refused(error)),
            };
            let with = with(&next)?;
            if next == before && with.is_empty() {
                return Ok(Edited::Done(before));
            }
            let next = SignalRecord {
                version: before.version + 1,
                valid_from: edit.now.max(before.valid_from),
                stored_at: before.stored_at,
                changed_at: edit.now,
                ..next
            };
            match self.replace(old, &next, edit.cause, with).await? {
                Replaced::Done => return Ok(Edited::Done(next)),
                Replaced::Overtaken => pause(attempt).await,
            }
        }
        Err(StoreError::Conflict(id.to_string()))
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
                Replaced::Overtaken => pause(attempt).await,
            }
        }
        Err(StoreError::Conflict(id.to_string()))
    }
}
