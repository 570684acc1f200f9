//! A signal as a row.
//!
//! What lists filter by and counters count are attributes of their own. What was read from the post is one JSON text,
//! `doc`: half the bytes of nested attributes, and prices stay the text that they were.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use uuid::Uuid;

use super::error::StoreError;
use super::keys;
use super::table::Shards;
use crate::confidence::Confidence;
use crate::entry::Entry;
use crate::leverage::{Leverage, MarginMode};
use crate::origin::{ApiOrigin, MessageOrigin, Origin, SignalId, Source};
use crate::price::Price;
use crate::record::{Cause, FormerVersion, PastEvent, SignalRecord};
use crate::side::SignalType;
use crate::signal::{Signal, SignalDraft};
use crate::stats::Counted;
use crate::status::Status;
use crate::stop_loss::StopLoss;
use crate::symbol::{Market, Symbol};

/// A row as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Texts up to this many bytes stand in the indexes too, so that a list has them without another read.
///
/// A row with such a text stays below 1 KiB, the size of a write unit, in the table and in both indexes
/// (the mean post of the labelled corpus has 180 bytes).
const SHORT_TEXT: usize = 350;

/// The row of a signal, or of a former version of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignalItem {
    #[serde(rename = "PK")]
    pub(super) pk: String,
    #[serde(rename = "SK")]
    pub(super) sk: String,
    /// The partition of the list of all; absent where no list shall hold the row.
    #[serde(rename = "F", default, skip_serializing_if = "Option::is_none")]
    feed: Option<String>,
    /// The partition of the list of its symbol.
    #[serde(rename = "Y", default, skip_serializing_if = "Option::is_none")]
    symbol_list: Option<String>,
    /// The sort key of both lists.
    #[serde(rename = "T")]
    pub(super) time: String,
    pub(super) id: SignalId,
    #[serde(rename = "v")]
    pub(super) version: u32,
    #[serde(rename = "src")]
    source: Source,
    #[serde(rename = "sym")]
    symbol: String,
    side: SignalType,
    #[serde(rename = "st")]
    status: Status,
    #[serde(rename = "conf")]
    confidence: u8,
    #[serde(rename = "low")]
    below_threshold: bool,
    #[serde(rename = "from")]
    valid_from: i64,
    stored: i64,
    changed: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edited: Option<i64>,
    pub(super) doc: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// Whether there is a text that is too long for the indexes.
    #[serde(rename = "long", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_long: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) long_text: Option<String>,
    /// The events, as JSON.
    #[serde(rename = "ev", default, skip_serializing_if = "Option::is_none")]
    events: Option<String>,
    /// Marks the write that made this row as it is, so that whoever lost the answer knows their own work.
    #[serde(rename = "wid", default, skip_serializing_if = "Option::is_none")]
    pub(super) write_id: Option<Uuid>,
    /// Whether it says something else than its post, because a client changed it. The same post does not undo that.
    #[serde(rename = "own", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_corrected: bool,
    /// When a client deleted it; such a row only keeps its place.
    #[serde(rename = "gone", default, skip_serializing_if = "Option::is_none")]
    pub(super) gone: Option<i64>,
    /// Of a former version: until when it held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    /// Of a former version: why it gave way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
}

/// What was read from the post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Doc {
    base: String,
    quote: String,
    market: Market,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    quote_assumed: bool,
    raw: String,
    entry: Entry,
    targets: Vec<Price>,
    stop: StopLoss,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leverage: Option<Leverage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    margin: Option<MarginMode>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    percent: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
}

impl SignalItem {
    /// The row of a signal.
    pub(super) fn of(record: &SignalRecord, shards: Shards) -> Self {
        let origin = record.signal.origin();
        let id = origin.id();
        let key = keys::signal(&id);
        let fields = record.signal.fields();
        let symbol = fields.symbol.compact();
        let is_long = record.text.as_ref().is_some_and(|text| text.len() > SHORT_TEXT);
        let (text, long_text) = if is_long { (None, record.text.clone()) } else { (record.text.clone(), None) };
        Self {
            pk: key.pk.into_owned(),
            sk: key.sk.into_owned(),
            feed: Some(keys::feed(&id, shards)),
            symbol_list: Some(keys::symbol(&symbol, &id, shards)),
            time: keys::time(origin),
            id,
            version: record.version,
            source: origin.source(),
            symbol,
            side: fields.signal_type,
            status: record.status,
            confidence: fields.confidence.percent(),
            below_threshold: record.below_threshold,
            valid_from: record.valid_from.as_millisecond(),
            stored: record.stored_at.as_millisecond(),
            changed: record.changed_at.as_millisecond(),
            edited: origin.edited_at().map(Timestamp::as_millisecond),
            doc: json(&Doc::of(fields)),
            text,
            is_long,
            long_text,
            events: (!record.events.is_empty()).then(|| json(&record.events)),
            write_id: None,
            is_corrected: false,
            gone: None,
            until: None,
            cause: None,
        }
    }

    /// Whether both rows say the same of the market, whatever became of it.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        (&self.doc, self.side, self.confidence, &self.text, &self.long_text)
            == (&other.doc, other.side, other.confidence, &other.text, &other.long_text)
    }

    /// Whether the other row was read from a later edit of the post.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        other.edited.is_some() && self.edited < other.edited
    }

    /// The row of what this one was, once another takes its place.
    pub(super) fn former(mut self, until: Timestamp, cause: Cause) -> Self {
        let key = keys::version(&self.id, self.version);
        (self.pk, self.sk) = (key.pk.into_owned(), key.sk.into_owned());
        self.without_lists(Some(until.as_millisecond()), Some(cause))
    }

    /// The row that keeps the place of a deleted signal, so that reading its post again does not bring it back.
    pub(super) fn deleted(mut self, at: Timestamp) -> Self {
        self.gone = Some(at.as_millisecond());
        self.version += 1;
        self.without_lists(None, None)
    }

    fn without_lists(self, until: Option<i64>, cause: Option<Cause>) -> Self {
        // A former version keeps its mark: who was overtaken after a lost answer finds there that the write happened.
        Self { feed: None, symbol_list: None, until, cause, ..self }
    }

    /// The partitions of the lists that hold the row in a table with these shards, under their attributes' names.
    pub(super) fn lists(&self, shards: Shards) -> Vec<(&'static str, String)> {
        if self.gone.is_some() || self.until.is_some() {
            return Vec::new();
        }
        vec![("F", keys::feed(&self.id, shards)), ("Y", keys::symbol(&self.symbol, &self.id, shards))]
    }

    /// What counters count of the row; `None` where it is no signal of today.
    pub(super) fn counted(&self) -> Option<Counted> {
        if self.gone.is_some() || self.until.is_some() {
            return None;
        }
        Some(Counted {
            symbol: self.symbol.clone(),
            source: self.source.clone(),
            day: self.posted_at().strftime("%F").to_string(),
            signal_type: self.side,
            status: self.status,
            confidence: Confidence::from_percent(self.confidence),
            below_threshold: self.below_threshold,
        })
    }

    fn posted_at(&self) -> Timestamp {
        keys::time_of(&self.time)
    }

    /// The row with the mark of a write of its own.
    pub(super) fn marked(self) -> Self {
        Self { write_id: Some(Uuid::new_v4()), ..self }
    }

    /// The row as what a client made of the other.
    pub(super) fn corrects(self, other: &Self) -> Self {
        let is_corrected = other.is_corrected || !self.says_the_same(other);
        Self { is_corrected, ..self }
    }

    /// Whether it was made by the write that was to make the other.
    pub(super) fn has_mark_of(&self, other: &Self) -> bool {
        self.write_id.is_some() && self.write_id == other.write_id
    }

    /// The row for the SDK.
    pub(super) fn into_item(self) -> Result<Item, StoreError> {
        let key = self.sk.clone();
        to_item(self).map_err(|error| StoreError::Corrupt { key, why: error.to_string() })
    }

    /// The row that the SDK brought.
    pub(super) fn read(item: Item) -> Result<Self, StoreError> {
        let key = name(&item);
        from_item(item).map_err(|error| StoreError::Corrupt { key, why: error.to_string() })
    }

    /// The signal of the row.
    pub(super) fn record(self) -> Result<SignalRecord, StoreError> {
        let corrupt = |why: &dyn std::fmt::Display| StoreError::Corrupt {
            key: format!("{} / {}", self.pk, self.sk),
            why: why.to_string(),
        };
        let doc: Doc = serde_json::from_str(&self.doc).map_err(|error| corrupt(&error))?;
        let events: Vec<PastEvent> = match &self.events {
            Some(events) => serde_json::from_str(events).map_err(|error| corrupt(&error))?,
            None => Vec::new(),
        };
        let draft = doc.draft(self.side, self.confidence).ok_or_else(|| corrupt(&"its symbol is none"))?;
        let posted_at = self.posted_at();
        let origin = match self.id.clone() {
            SignalId::Message { channel, message_id, ordinal } => Origin::Message(MessageOrigin {
                channel,
                message_id,
                ordinal,
                posted_at,
                edited_at: self.edited.map(instant),
            }),
            SignalId::Api(id) => Origin::Api(ApiOrigin { id, source: self.source.clone(), created_at: posted_at }),
        };
        let changed_at = instant(self.changed);
        Ok(SignalRecord {
            signal: Signal::from_draft(draft, origin).map_err(|error| corrupt(&error))?,
            version: self.version,
            status: self.status,
            below_threshold: self.below_threshold,
            events,
            valid_from: instant(self.valid_from),
            stored_at: instant(self.stored),
            changed_at,
            text: self.long_text.or(self.text),
        })
    }

    /// The former version of the row.
    pub(super) fn former_version(self) -> Result<FormerVersion, StoreError> {
        let (until, cause) = (self.until.map(instant).unwrap_or_default(), self.cause.unwrap_or(Cause::Client));
        Ok(FormerVersion { record: self.record()?, valid_until: until, cause })
    }
}

impl Doc {
    fn of(fields: &SignalDraft) -> Self {
        Self {
            base: fields.symbol.base().to_owned(),
            quote: fields.symbol.quote().to_owned(),
            market: fields.symbol.market(),
            quote_assumed: fields.symbol.quote_assumed(),
            raw: fields.symbol.raw().to_owned(),
            entry: fields.entry.clone(),
            targets: fields.targets.clone(),
            stop: fields.stop_loss,
            leverage: fields.leverage,
            margin: fields.margin,
            percent: fields.in_percent,
            provider_id: fields.provider_id.clone(),
        }
    }

    fn draft(self, signal_type: SignalType, confidence: u8) -> Option<SignalDraft> {
        Some(SignalDraft {
            symbol: Symbol::kept(&self.base, &self.quote, self.quote_assumed, self.market, self.raw)?,
            signal_type,
            entry: self.entry,
            targets: self.targets,
            stop_loss: self.stop,
            leverage: self.leverage,
            margin: self.margin,
            in_percent: self.percent,
            provider_id: self.provider_id,
            confidence: Confidence::from_percent(confidence),
            violations: Vec::new(),
            evidence: Vec::new(),
        })
    }
}

/// The time of this many milliseconds since 1970; the first of all for a number that is no time.
pub(super) fn instant(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// The key of a row for an error.
pub(super) fn name(item: &Item) -> String {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    format!("{} / {}", part("PK"), part("SK"))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("these types have no map whose keys are not text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Crossing;
    use crate::message::{ChannelName, MessageId};
    use crate::update::UpdateEvent;

    fn price(text: &str) -> Price {
        Price::parse(text).unwrap()
    }

    fn record(entry: Entry, stop_loss: StopLoss, text: Option<String>) -> SignalRecord {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let draft = SignalDraft {
            symbol: Symbol::parse("1000PEPEUSDT.P").unwrap(),
            signal_type: SignalType::Long,
            entry,
            targets: vec![price("8.142994999999999"), price("9")],
            stop_loss,
            leverage: Leverage::new(5, 20),
            margin: Some(MarginMode::Cross),
            in_percent: false,
            provider_id: Some("0980".to_owned()),
            confidence: Confidence::from_percent(93),
            violations: Vec::new(),
            evidence: Vec::new(),
        };
        let origin = Origin::Message(MessageOrigin {
            channel: ChannelName::parse("io_altsignals").unwrap(),
            message_id: MessageId(42),
            ordinal: 1,
            posted_at: at(1_700_000_000_123),
            edited_at: Some(at(1_700_000_060_000)),
        });
        let event = PastEvent {
            event: UpdateEvent::TargetHit,
            target_index: Some(1),
            entry_index: None,
            at: at(1_700_000_090_000),
            id: "io_altsignals_43_0".to_owned(),
        };
        SignalRecord {
            signal: Signal::from_draft(draft, origin).unwrap(),
            text,
            version: 3,
            status: Status::Partial,
            below_threshold: false,
            events: vec![event],
            valid_from: at(1_700_000_090_000),
            stored_at: at(1_700_000_000_500),
            changed_at: at(1_700_000_100_000),
        }
    }

    #[track_caller]
    fn round_trips(record: &SignalRecord) {
        let item = SignalItem::of(record, Shards::AWS).into_item().unwrap();
        assert_eq!(SignalItem::read(item).unwrap().record().unwrap(), *record);
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let zone = Entry::Zone { low: price("0.00000001"), high: price("8") };
        round_trips(&record(zone, StopLoss::None, None));
        let ladder = Entry::Ladder { prices: vec![price("8"), price("7.5")] };
        round_trips(&record(ladder, StopLoss::Price { price: price("7") }, Some("short".to_owned())));
        let breakout = Entry::Breakout { when: Crossing::Above, low: price("8"), high: price("8") };
        let percent = StopLoss::Percent { percent: "2.5".parse().unwrap() };
        round_trips(&record(breakout, percent, Some("é".repeat(4000))));
        round_trips(&record(Entry::Market, StopLoss::None, Some(String::new())));
    }

    #[test]
    fn a_usual_row_fits_into_one_write_unit_and_so_do_its_copies() {
        let text = Some("x".repeat(SHORT_TEXT));
        let ladder = Entry::Ladder { prices: vec![price("8.1234"), price("7.5234")] };
        let item = SignalItem::of(&record(ladder, StopLoss::Price { price: price("7.1") }, text), Shards::AWS);
        let bytes: usize = item.into_item().unwrap().iter().map(|(name, value)| name.len() + size(value)).sum();
        assert!(bytes < 1024, "{bytes}");
    }

    fn size(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            _ => 1,
        }
    }

    #[test]
    fn a_row_of_a_stranger_is_named() {
        let item = Item::from([
            ("PK".to_owned(), AttributeValue::S("C#x#1".to_owned())),
            ("SK".to_owned(), AttributeValue::S("M#1".to_owned())),
        ]);
        let error = SignalItem::read(item).unwrap_err();
        assert!(error.to_string().contains("C#x#1 / M#1"), "{error}");
        assert!(!error.is_retryable());
    }

    #[test]
    fn what_no_longer_holds_is_not_counted() {
        let item = SignalItem::of(&record(Entry::Market, StopLoss::None, None), Shards::LOCAL);
        assert_eq!(item.counted().unwrap().day, "2023-11-14");
        assert_eq!(item.clone().former(Timestamp::UNIX_EPOCH, Cause::Edited).counted(), None);
        assert_eq!(item.deleted(Timestamp::UNIX_EPOCH).counted(), None);
    }
}
