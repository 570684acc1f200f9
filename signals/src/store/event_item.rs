//! An event as a row.
//!
//! An event that waits for its signal stands in the index of all by time, under partitions of its own. Its content
//! is one JSON text under a name that this index holds anyway, so that the list of those that wait needs neither
//! another attribute in the index nor another read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use uuid::Uuid;

use super::error::StoreError;
use super::item::{Item, instant, name};
use super::keys;
use super::table::Shards;
use crate::event::{EventId, EventLink, EventRecord, LONGEST_PROVIDER_ID, LONGEST_SYMBOL, SignalEvent};
use crate::message::MessageId;
use crate::origin::{ApiOrigin, MessageOrigin, Origin, SignalId, Source};
use crate::update::UpdateEvent;

/// The row of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EventItem {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    /// The partition of the list of those that wait; absent once it is linked.
    #[serde(rename = "F", default, skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    /// The sort key of that list.
    #[serde(rename = "T")]
    pub(super) time: String,
    id: EventId,
    #[serde(rename = "src")]
    source: Source,
    stored: i64,
    doc: String,
    /// The signal that it was linked to.
    #[serde(rename = "sig", default, skip_serializing_if = "Option::is_none")]
    pub(super) signal: Option<SignalId>,
    /// Since when its post tells no news any more, in milliseconds since 1970; what it said is undone.
    #[serde(rename = "gone", default, skip_serializing_if = "Option::is_none")]
    pub(super) gone: Option<i64>,
    /// Marks the write that made this row as it is, so that whoever lost the answer knows their own work.
    #[serde(rename = "wid", default, skip_serializing_if = "Option::is_none")]
    pub(super) write_id: Option<Uuid>,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Doc {
    event: UpdateEvent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_index: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry_index: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<SignalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edited: Option<i64>,
}

impl EventItem {
    /// The row of an event.
    pub(super) fn of(record: &EventRecord, shards: Shards) -> Self {
        let event = &record.event;
        let id = event.id();
        let key = keys::event(&id);
        let doc = Doc {
            event: event.event,
            symbol: event.symbol.clone().filter(|it| it.len() <= LONGEST_SYMBOL),
            target_index: event.target_index,
            entry_index: event.entry_index,
            named: event.link.signal.clone(),
            reply_to: event.link.reply_to,
            provider_id: event.link.provider_id.clone().filter(|it| it.len() <= LONGEST_PROVIDER_ID),
            edited: event.origin.edited_at().map(Timestamp::as_millisecond),
        };
        Self {
            pk: key.pk.into_owned(),
            sk: key.sk.into_owned(),
            queue: record.signal.is_none().then(|| keys::unlinked(&id, shards)),
            time: keys::time(&event.origin),
            id,
            source: event.source(),
            stored: record.stored_at.as_millisecond(),
            doc: serde_json::to_string(&doc).expect("these types have no map whose keys are not text"),
            signal: record.signal.clone(),
            gone: None,
            write_id: None,
        }
    }

    /// The row once its post tells no news any more. It keeps what it said, and waits for nothing.
    pub(super) fn taken_back(self, now: Timestamp) -> Self {
        Self { queue: None, gone: Some(now.as_millisecond()), ..self }
    }

    /// The row with the mark of a write of its own.
    pub(super) fn marked(self) -> Self {
        Self { write_id: Some(Uuid::new_v4()), ..self }
    }

    /// The partition of the list that holds the row in a table with these shards, under its attribute's name.
    pub(super) fn lists(&self, shards: Shards) -> Option<(&'static str, String)> {
        (self.signal.is_none() && self.gone.is_none()).then(|| ("F", keys::unlinked(&self.id, shards)))
    }

    /// The key to which its id leads.
    pub(super) fn key(&self) -> keys::Key {
        keys::event(&self.id)
    }

    /// The row for the SDK.
    pub(super) fn into_item(self) -> Result<Item, StoreError> {
        let key = format!("{} / {}", self.pk, self.sk);
        to_item(self).map_err(|error| StoreError::Corrupt { key, why: error.to_string() })
    }

    /// The row that the SDK brought.
    pub(super) fn read(item: Item) -> Result<Self, StoreError> {
        let key = name(&item);
        from_item(item).map_err(|error| StoreError::Corrupt { key, why: error.to_string() })
    }

    /// The event of the row.
    pub(super) fn record(self) -> Result<EventRecord, StoreError> {
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            key: format!("{} / {}", self.pk, self.sk),
            why: error.to_string(),
        };
        let doc: Doc = serde_json::from_str(&self.doc).map_err(corrupt)?;
        let posted_at = keys::time_of(&self.time);
        let origin = match self.id.place().clone() {
            SignalId::Message { channel, message_id, ordinal } => Origin::Message(MessageOrigin {
                channel,
                message_id,
                ordinal,
                posted_at,
                edited_at: doc.edited.map(instant),
            }),
            SignalId::Api(id) => Origin::Api(ApiOrigin { id, source: self.source, created_at: posted_at }),
        };
        let event = SignalEvent {
            origin,
            event: doc.event,
            symbol: doc.symbol,
            target_index: doc.target_index,
            entry_index: doc.entry_index,
            link: EventLink { signal: doc.named, reply_to: doc.reply_to, provider_id: doc.provider_id },
        };
        Ok(EventRecord { event, signal: self.signal, stored_at: instant(self.stored) })
    }
}
