//! Signals come in: each is stored once, and an edit becomes a new version.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{Put as PutAction, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::commit::{Committed, MOST_ACTIONS, TRIES, pause};
use super::error::StoreError;
use super::item::{Item, SignalItem};
use super::row::{Guard, Guarded};
use super::{Counting, SignalStore};
use crate::origin::SignalId;
use crate::record::{Cause, SignalRecord};
use crate::signal::Signal;
use crate::stats::{Tallies, add, changes};
use crate::status::Status;

/// How many conditional writes are under way at once where each is a request of its own.
const IN_FLIGHT: usize = 16;

/// The answers to many signals, in their order, as far as they are there.
type Answers = [Option<Result<Put, StoreError>>];

/// A signal that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSignal {
    /// The signal.
    pub signal: Signal,
    /// The text that it was read from.
    pub text: Option<String>,
    /// Whether its confidence is below the threshold in force.
    pub below_threshold: bool,
}

/// What became of a signal that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was new.
    Created(SignalRecord),
    /// It is known, or older than what is known.
    Unchanged(SignalRecord),
    /// It is known and said something else before.
    NewVersion(SignalRecord),
    /// A client deleted it; reading its post again does not bring it back.
    Deleted(SignalId),
}

impl SignalStore {
    /// Stores a signal, or the new version of one.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn put(&self, new: NewSignal, now: Timestamp) -> Result<Put, StoreError> {
        let record = new.record(now);
        let item = SignalItem::of(&record, self.shards).marked();
        let refused = match self.counting {
            Counting::FromStream => self.insert(&item).await?,
            Counting::Inline => {
                let mut actions = vec![self.put_new(&item)?];
                actions.extend(self.count(&changes(None, item.counted().as_ref()), 0)?);
                match self.commit(actions).await? {
                    Committed::Whole => None,
                    Committed::Refused(parts) => Some(parts.into_iter().next().and_then(|(_, row)| row)),
                }
            }
        };
        match refused {
            None => Ok(Put::Created(record)),
            Some(row) => self.settle(record, item, row.map(SignalItem::read).transpose()?, now).await,
        }
    }

    /// Stores many signals; the answers are in their order.
    pub async fn put_many(&self, new: Vec<NewSignal>, now: Timestamp) -> Vec<Result<Put, StoreError>> {
        let mut answers: Vec<Option<Result<Put, StoreError>>> = new.iter().map(|_| None).collect();
        let mut seen = HashSet::new();
        // What comes more than once follows one after the other, in the order in which it came.
        let (first, again): (Vec<_>, Vec<_>) =
            new.into_iter().enumerate().partition(|(_, new)| seen.insert(new.signal.id()));
        match self.counting {
            Counting::FromStream => self.put_each(first, now, &mut answers).await,
            Counting::Inline => self.put_chunks(first, now, &mut answers).await,
        }
        for (place, new) in again {
            answers[place] = Some(self.put(new, now).await);
        }
        let answers = answers.into_iter();
        answers.map(|it| it.unwrap_or_else(|| Err(StoreError::Conflict("the signal".to_owned())))).collect()
    }

    /// Writes each by itself, several at once.
    async fn put_each(&self, new: Vec<(usize, NewSignal)>, now: Timestamp, answers: &mut Answers) {
        let put = async |(place, new)| (place, self.put(new, now).await);
        let mut done = stream::iter(new.into_iter().map(put)).buffer_unordered(IN_FLIGHT);
        while let Some((place, answer)) = done.next().await {
            answers[place] = Some(answer);
        }
    }

    /// Writes as many as fit into each transaction.
    async fn put_chunks(&self, new: Vec<(usize, NewSignal)>, now: Timestamp, answers: &mut Answers) {
        let mut chunk = Chunk::default();
        for (place, new) in new {
            let record = new.record(now);
            let part = Part { place, item: SignalItem::of(&record, self.shards).marked(), record };
            if !chunk.takes(&part) {
                self.put_chunk(std::mem::take(&mut chunk), now, answers).await;
            }
            chunk.push(part);
        }
        self.put_chunk(chunk, now, answers).await;
    }

    /// Writes a chunk in one transaction; what the table refuses is taken out and settled by itself.
    async fn put_chunk(&self, chunk: Chunk, now: Timestamp, answers: &mut Answers) {
        let mut chunks = vec![chunk];
        while let Some(mut chunk) = chunks.pop() {
            if chunk.parts.is_empty() {
                continue;
            }
            match self.commit_chunk(&chunk).await {
                Ok(Committed::Whole) => {
                    for part in chunk.parts {
                        answers[part.place] = Some(Ok(Put::Created(part.record)));
                    }
                }
                Ok(Committed::Refused(refused)) => {
                    // From the back, so that the places of the others hold. Counters have no conditions.
                    for (index, row) in
                        refused.into_iter().rev().filter(|(index, _)| *index < chunk.parts.len()).collect::<Vec<_>>()
                    {
                        let part = chunk.parts.remove(index);
                        let answer = match row.map(SignalItem::read).transpose() {
                            Ok(row) => self.settle(part.record, part.item, row, now).await,
                            Err(error) => Err(error),
                        };
                        answers[part.place] = Some(answer);
                    }
                    chunks.push(Chunk::of(chunk.parts));
                }
                // One of them cannot be stored at all, or all together are too large: the others shall not suffer.
                Err(StoreError::Refused(_)) if chunk.parts.len() > 1 => {
                    let second = chunk.parts.split_off(chunk.parts.len() / 2);
                    chunks.extend([Chunk::of(second), Chunk::of(chunk.parts)]);
                }
                Err(error) => {
                    for part in chunk.parts {
                        answers[part.place] = Some(Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn commit_chunk(&self, chunk: &Chunk) -> Result<Committed, StoreError> {
        let puts: Result<Vec<_>, _> = chunk.parts.iter().map(|part| self.put_new(&part.item)).collect();
        let mut actions = puts?;
        actions.extend(self.count(&chunk.tallies, 0)?);
        self.commit(actions).await
    }

    /// What to do with a signal whose place is taken.
    async fn settle(
        &self,
        record: SignalRecord,
        item: SignalItem,
        mut row: Option<SignalItem>,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        for attempt in 0..TRIES {
            let Some(old) = row.take() else {
                // Refused, and then not there: an engine that does not say what it found.
                row = self.row(&record.signal.id()).await?;
                pause(attempt).await;
                continue;
            };
            if old.has_mark_of(&item) || old.version > item.version && self.has_made(&item).await? {
                return Ok(Put::Created(record));
            }
            if old.gone.is_some() {
                return Ok(Put::Deleted(old.id));
            }
            let is_settled = old.says_the_same(&item) || item.is_older_than(&old);
            if is_settled || old.is_corrected && !old.is_older_than(&item) {
                return Ok(Put::Unchanged(old.record()?));
            }
            let before = old.clone().record()?;
            // A better reading of what is known was not there before now, however old the edit is.
            let edited_at = record.signal.origin().edited_at().filter(|_| old.is_older_than(&item)).unwrap_or(now);
            let next = SignalRecord {
                version: before.version + 1,
                status: before.status,
                events: before.events,
                valid_from: edited_at.max(before.valid_from),
                stored_at: before.stored_at,
                ..record.clone()
            };
            let item = SignalItem::of(&next, self.shards).marked();
            match self.exchange(old, item, next.valid_from, Cause::Edited, Vec::new()).await? {
                Replaced::Done => return Ok(Put::NewVersion(next)),
                Replaced::Overtaken | Replaced::Barred(_) => row = self.row(&record.signal.id()).await?,
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict(record.signal.id().to_string()))
    }

    /// Exchanges a row under the condition that nobody else did, and keeps what it was.
    pub(super) async fn exchange(
        &self,
        old: SignalItem,
        item: SignalItem,
        until: Timestamp,
        cause: Cause,
        with: Vec<TransactWriteItem>,
    ) -> Result<Replaced, StoreError> {
        let version = old.version;
        let moved = changes(old.counted().as_ref(), item.counted().as_ref());
        let mut actions = vec![self.put_next(&item, version)?, self.put_new(&old.former(until, cause))?];
        let further = actions.len()..actions.len() + with.len();
        actions.extend(with);
        if self.counting == Counting::Inline {
            actions.extend(self.count(&moved, 0)?);
        }
        match self.commit(actions).await? {
            Committed::Whole => Ok(Replaced::Done),
            Committed::Refused(mut parts) => {
                if let Some((_, row)) = parts.iter_mut().find(|(part, _)| *part == 0) {
                    let row = match row.take() {
                        Some(row) => Some(SignalItem::read(row)?),
                        // An engine that does not say what it found.
                        None => self.row(&item.id).await?,
                    };
                    if let Some(row) = row
                        && (row.has_mark_of(&item) || row.version > item.version && self.has_made(&item).await?)
                    {
                        return Ok(Replaced::Done);
                    }
                }
                let barred = parts.into_iter().find(|(part, _)| further.contains(part));
                Ok(barred.map_or(Replaced::Overtaken, |(_, row)| Replaced::Barred(row)))
            }
        }
    }

    async fn insert(&self, item: &SignalItem) -> Result<Option<Option<Item>>, StoreError> {
        self.insert_row(item.clone().into_item()?).await
    }

    /// Writes the row if its place is free; `Some` when it is not, with what stands there.
    pub(super) async fn insert_row(&self, row: Item) -> Result<Option<Option<Item>>, StoreError> {
        Ok(match self.put_guarded(row, Guard::FREE).await? {
            Guarded::Done => None,
            Guarded::Refused(found) => Some(found),
        })
    }

    fn put_new(&self, item: &SignalItem) -> Result<TransactWriteItem, StoreError> {
        self.put_row_if(item.clone().into_item()?, Guard::FREE)
    }

    /// The part of a transaction that puts a row where the guard allows it.
    pub(super) fn put_row_if(&self, row: super::item::Item, guard: Guard) -> Result<TransactWriteItem, StoreError> {
        let mut put = PutAction::builder()
            .table_name(&*self.table)
            .set_item(Some(row))
            .condition_expression(guard.condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in guard.values {
            put = put.expression_attribute_values(name, value);
        }
        action(put)
    }

    fn put_next(&self, item: &SignalItem, after: u32) -> Result<TransactWriteItem, StoreError> {
        let put = PutAction::builder()
            .table_name(&*self.table)
            .set_item(Some(item.clone().into_item()?))
            .condition_expression("v = :after")
            .expression_attribute_values(":after", aws_sdk_dynamodb::types::AttributeValue::N(after.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        action(put)
    }
}

fn action(put: aws_sdk_dynamodb::types::builders::PutBuilder) -> Result<TransactWriteItem, StoreError> {
    let put = put.build().map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// What became of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Replaced {
    Done,
    /// Somebody else changed the row first.
    Overtaken,
    /// A further row of the transaction was refused; with what stands in its place.
    Barred(Option<super::item::Item>),
}

impl NewSignal {
    fn record(self, now: Timestamp) -> SignalRecord {
        let origin = self.signal.origin();
        SignalRecord {
            valid_from: origin.edited_at().unwrap_or(origin.posted_at()),
            signal: self.signal,
            text: self.text,
            version: 1,
            status: Status::Open,
            below_threshold: self.below_threshold,
            events: Vec::new(),
            stored_at: now,
            changed_at: now,
        }
    }
}

/// Signals that go into one transaction, with the counters that they move together.
#[derive(Debug, Default)]
struct Chunk {
    parts: Vec<Part>,
    tallies: Tallies,
}

#[derive(Debug)]
struct Part {
    place: usize,
    record: SignalRecord,
    item: SignalItem,
}

impl Chunk {
    fn of(parts: Vec<Part>) -> Self {
        let mut chunk = Self::default();
        for part in parts {
            chunk.push(part);
        }
        chunk
    }

    fn takes(&self, part: &Part) -> bool {
        let cells = changes(None, part.item.counted().as_ref());
        let n_new = cells.keys().filter(|cell| !self.tallies.contains_key(*cell)).count();
        self.parts.len() + 1 + self.tallies.len() + n_new <= MOST_ACTIONS
    }

    fn push(&mut self, part: Part) {
        add(&mut self.tallies, &changes(None, part.item.counted().as_ref()));
        self.parts.push(part);
    }
}
