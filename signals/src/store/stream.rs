//! The counters from the table's stream: what each record changes, once, however often it is delivered.
//!
//! A checkpoint for each shard of the stream moves in the same transaction as the counters. The records of a shard
//! must come in their order: a Lambda that reads the stream must not split a shard (parallelization factor 1,
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html>).

use std::cmp::Ordering;
use std::fmt;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::commit::{Committed, MOST_ACTIONS, TRIES, pause};
use super::dynamo_json::{self, InvalidRow};
use super::error::StoreError;
use super::item::{Item, SignalItem};
use super::row::number;
use super::{SignalStore, keys};
use crate::stats::{Counted as Seen, Tallies, add, changes};

/// The place of a record in its shard: up to 40 digits, compared as numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SequenceNumber(String);

/// Why a text is no place in a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no sequence number: 1 to 40 digits")]
pub struct InvalidSequenceNumber(String);

impl SequenceNumber {
    /// Reads a sequence number
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html>).
    ///
    /// # Errors
    /// [`InvalidSequenceNumber`] when it is empty, too long, or holds anything but digits.
    pub fn parse(text: &str) -> Result<Self, InvalidSequenceNumber> {
        if text.is_empty() || text.len() > 40 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidSequenceNumber(text.chars().take(40).collect()));
        }
        // One number, one spelling: what is compared as text must not depend on leading zeros.
        let digits = text.trim_start_matches('0');
        Ok(Self(if digits.is_empty() { "0" } else { digits }.to_owned()))
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One record of the table's stream: a row before and after a write.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRecord {
    sequence_number: SequenceNumber,
    old: Option<Item>,
    new: Option<Item>,
}

impl ChangeRecord {
    /// A record whose images are DynamoDB's JSON (`{"PK":{"S":"..."}}`); `None` where there was no row, or is none.
    ///
    /// # Errors
    /// [`InvalidRow`] when an image is no such JSON.
    pub fn from_json(
        sequence_number: SequenceNumber,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Result<Self, InvalidRow> {
        let read = |image: Option<&Value>| image.map(dynamo_json::read).transpose();
        Ok(Self { sequence_number, old: read(old)?, new: read(new)? })
    }

    /// How the record moves the counters; `None` where it cannot be read.
    fn changes(&self) -> Option<Tallies> {
        let (old, new) = (seen(self.old.as_ref())?, seen(self.new.as_ref())?);
        Some(changes(old.as_ref(), new.as_ref()))
    }
}

/// What is counted of an image; the inner `None` where it is no signal of today.
fn seen(image: Option<&Item>) -> Option<Option<Seen>> {
    let Some(image) = image else { return Some(None) };
    if !keys::of_item(image).is_some_and(|key| keys::is_signal(&key)) {
        return Some(None);
    }
    SignalItem::read(image.clone()).ok().map(|row| row.counted())
}

/// What became of the records of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Counted now; also those that change no counter.
    pub applied: usize,
    /// Counted before, by this reader or another.
    pub skipped: usize,
    /// Signals that cannot be read, written by a newer version of the program or by something else. They are passed
    /// over, as one of them would otherwise stop its shard for ever; the counters lack them.
    pub unreadable: usize,
}

/// How long the checkpoint of a shard is kept after it was moved. A shard is replaced after some hours, and its records
/// are gone a day after they were written
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html>).
const KEPT_SECONDS: i64 = 7 * 24 * 3600;

impl SignalStore {
    /// Moves the counters by what these records of one shard of the table's stream say.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again, and counts only what is not counted yet.
    pub async fn count_records(
        &self,
        shard_id: &str,
        records: Vec<ChangeRecord>,
        now: Timestamp,
    ) -> Result<Counted, StoreError> {
        let (mut moves, unreadable) = moves(records);
        let mut counted = Counted { unreadable, ..Counted::default() };
        // The counters and checkpoints are rows of the same table: a delivery that changes no signal must write
        // nothing, or its own writes would come back as the next delivery, and so on without end.
        if moves.iter().all(|(_, tallies)| tallies.is_empty()) {
            counted.applied = moves.len();
            return Ok(counted);
        }
        let mut last = self.counted_to(shard_id).await?;
        let counters = keys::fnv1a(shard_id.as_bytes()) % u32::from(self.shards.stats);
        let mut attempt = 0;
        loop {
            let n_before = moves.len();
            moves.retain(|(number, _)| last.as_ref().is_none_or(|last| number > last));
            counted.skipped += n_before - moves.len();
            let (n, tallies) = first_chunk(&moves);
            let Some((to, _)) = n.checked_sub(1).and_then(|at| moves.get(at)) else { return Ok(counted) };
            let write_id = Uuid::new_v4().to_string();
            let mut actions = vec![self.move_checkpoint(shard_id, last.as_ref(), to, &write_id, now)?];
            actions.extend(self.count(&tallies, counters)?);
            let is_ours = match self.commit(actions).await? {
                Committed::Whole => true,
                Committed::Refused(parts) => {
                    let row = parts.into_iter().next().and_then(|(_, row)| row);
                    row.is_some_and(|row| text(&row, "wid").is_some_and(|wid| wid == write_id))
                }
            };
            if is_ours {
                last = Some(to.clone());
                counted.applied += n;
                moves.drain(..n);
                attempt = 0;
                continue;
            }
            attempt += 1;
            if attempt == TRIES {
                return Err(StoreError::Conflict(format!("the checkpoint of {shard_id}")));
            }
            pause(attempt).await;
            last = self.counted_to(shard_id).await?;
        }
    }

    /// How far this shard of the stream is counted.
    async fn counted_to(&self, shard_id: &str) -> Result<Option<SequenceNumber>, StoreError> {
        let key = keys::stream_checkpoint(shard_id);
        let Some(row) = self.item_at(&key).await? else { return Ok(None) };
        let last = text(&row, "last").and_then(|last| SequenceNumber::parse(last).ok());
        last.map(Some)
            .ok_or_else(|| StoreError::Corrupt { key: key.to_string(), why: "it is no checkpoint".to_owned() })
    }

    fn move_checkpoint(
        &self,
        shard_id: &str,
        from: Option<&SequenceNumber>,
        to: &SequenceNumber,
        write_id: &str,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let value = |text: &str| AttributeValue::S(text.to_owned());
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(keys::stream_checkpoint(shard_id).item()))
            .update_expression("SET #last = :to, wid = :wid, #ttl = :ttl")
            .expression_attribute_names("#last", "last")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", number(now.as_second().saturating_add(KEPT_SECONDS)))
            .expression_attribute_values(":to", value(&to.0))
            .expression_attribute_values(":wid", value(write_id))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match from {
            None => update.condition_expression("attribute_not_exists(PK)"),
            Some(from) => {
                update.condition_expression("#last = :from").expression_attribute_values(":from", value(&from.0))
            }
        };
        let update = update.build().map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// What each record changes, in the order of the shard, each record once; and how many cannot be read.
fn moves(mut records: Vec<ChangeRecord>) -> (Vec<(SequenceNumber, Tallies)>, usize) {
    records.sort_by(|a, b| a.sequence_number.cmp(&b.sequence_number));
    records.dedup_by(|a, b| a.sequence_number == b.sequence_number);
    let mut n_unreadable = 0;
    let moves = records.into_iter().filter_map(|record| {
        let changes = record.changes();
        n_unreadable += usize::from(changes.is_none());
        Some((record.sequence_number, changes?))
    });
    let moves = moves.collect();
    (moves, n_unreadable)
}

/// How many records fit into one transaction beside the checkpoint, and what they change together.
fn first_chunk(moves: &[(SequenceNumber, Tallies)]) -> (usize, Tallies) {
    let mut sum = Tallies::new();
    for (n, (_, tallies)) in moves.iter().enumerate() {
        let n_new = tallies.keys().filter(|cell| !sum.contains_key(*cell)).count();
        if 1 + sum.len() + n_new > MOST_ACTIONS {
            return (n, sum);
        }
        add(&mut sum, tallies);
    }
    (moves.len(), sum)
}

fn text<'a>(row: &'a Item, name: &str) -> Option<&'a str> {
    row.get(name)?.as_s().ok().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidence::Confidence;
    use crate::origin::Source;
    use crate::side::SignalType;
    use crate::stats::Cell;
    use crate::status::Status;

    fn number(text: &str) -> SequenceNumber {
        SequenceNumber::parse(text).unwrap()
    }

    fn new_signal(n: usize) -> Tallies {
        let seen = Seen {
            symbol: format!("COIN{n}USDT"),
            source: Source::parse("telegram_whalechart").unwrap(),
            day: "2026-11-22".to_owned(),
            signal_type: SignalType::Long,
            status: Status::Open,
            confidence: Confidence::from_percent(90),
            below_threshold: false,
        };
        changes(None, Some(&seen))
    }

    #[test]
    fn sequence_numbers_are_compared_as_numbers() {
        assert!(number("9") < number("10") && number("300000000000000499659") > number("99999999999999999999"));
        assert_eq!(number("000000000000000000021"), number("21"));
        assert!(number("0") < number("1"));
        for text in ["", "1a", "-1", &"1".repeat(41)] {
            assert!(SequenceNumber::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_chunk_has_as_many_records_as_their_counters_fit_into_a_transaction() {
        let moves: Vec<_> = (0..200).map(|n| (number(&n.to_string()), new_signal(n))).collect();
        let (n, tallies) = first_chunk(&moves);
        // Three counters that all share, one for each symbol, and the checkpoint.
        assert_eq!((n, tallies.len()), (96, 99));
        assert_eq!(tallies[&Cell::All].signals, 96);
        assert_eq!(first_chunk(&moves[190..]).0, 10);
        assert_eq!(first_chunk(&[]).0, 0);
    }

    #[test]
    fn rows_that_are_no_signals_change_nothing_and_broken_signals_are_told() {
        let row = |pk: &str, sk: &str| serde_json::json!({"PK": {"S": pk}, "SK": {"S": sk}});
        let record = |n: &str, row: &Value| ChangeRecord::from_json(number(n), None, Some(row)).unwrap();
        let records = vec![
            record("12", &row("ST#0", "ALL")),
            record("9", &row("C#whalechart#1", "M#1#00")),
            record("12", &row("ST#0", "ALL")),
            record("10", &row("C#whalechart#1", "V#1#00#000001")),
        ];
        let (moves, n_unreadable) = moves(records);
        assert_eq!(moves, [(number("10"), Tallies::new()), (number("12"), Tallies::new())]);
        assert_eq!(n_unreadable, 1);
    }
}
