//! News of earlier signals, as clients hand them in and see them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use signals::event::{EventLink, EventRecord, LONGEST_PROVIDER_ID, SignalEvent};
use signals::message::MessageId;
use signals::origin::{ApiOrigin, Origin, SignalId, Source};
use signals::symbol::Symbol;
use signals::update::UpdateEvent;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::incoming::{InvalidBody, NewOriginBody, message_id, object, refused};
use crate::wire::schema;
use crate::wire::signal::OriginBody;

/// News of an earlier signal.
///
/// The signal is found by `signal_id`, else by the post that is answered, else by the provider's number, else by the
/// symbol among what the same source published lately.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvent, example = json!({
    "event": "target_hit", "target_index": 1, "symbol": "BTCUSDT",
    "origin": {"channel": "whalechart", "message_id": 4712, "posted_at": "2026-11-22T10:00:00Z"}, "reply_to": 4711
}))]
pub(crate) struct NewEventBody {
    #[schema(value_type = schema::UpdateEvent)]
    event: UpdateEvent,
    #[schema(max_length = 45)]
    symbol: Option<String>,
    /// The number of the target reached, from 1.
    #[schema(minimum = 1, maximum = 255)]
    target_index: Option<u8>,
    /// The number of the entry filled, from 1.
    #[schema(minimum = 1, maximum = 255)]
    entry_index: Option<u8>,
    /// The signal itself.
    #[schema(max_length = 80)]
    signal_id: Option<String>,
    /// The number of the post that is answered.
    #[schema(minimum = 1, maximum = 9_000_000_000_000_i64)]
    reply_to: Option<i64>,
    #[schema(max_length = 64)]
    provider_id: Option<String>,
    /// Who published it; needed where there is no `origin`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._:-]+$")]
    source: Option<String>,
    /// The post, from which the id follows, so that handing it in twice stores it once.
    #[serde(default, deserialize_with = "object")]
    origin: Option<NewOriginBody>,
}

impl NewEventBody {
    /// The event; `id` and `now` are for one that came without a post.
    pub(crate) fn event(self, id: Uuid, now: Timestamp) -> Result<SignalEvent, InvalidBody> {
        let origin = match (self.origin, self.source) {
            (Some(origin), None) => Origin::Message(origin.checked()?),
            (None, Some(source)) => {
                let source = Source::parse(&source).map_err(|error| refused("source", error.to_string()))?;
                Origin::Api(ApiOrigin { id, source, created_at: now })
            }
            (None, None) => return Err(refused("source", "name a `source`, or give the post as `origin`")),
            (Some(_), Some(_)) => {
                return Err(refused("source", "the source follows from `origin`: leave `source` out"));
            }
        };
        let symbol = self.symbol.map(|text| Symbol::parse(&text).map(|it| it.compact()));
        let signal = self.signal_id.map(|text| SignalId::parse(&text));
        for (field, index) in [("target_index", self.target_index), ("entry_index", self.entry_index)] {
            if index == Some(0) {
                return Err(refused(field, "targets and entries are counted from 1"));
            }
        }
        let reply_to = self.reply_to.map(|number| message_id("reply_to", number)).transpose()?;
        if self.provider_id.as_ref().is_some_and(|id| id.len() > LONGEST_PROVIDER_ID) {
            return Err(refused("provider_id", format!("it has more than {LONGEST_PROVIDER_ID} bytes")));
        }
        Ok(SignalEvent {
            origin,
            event: self.event,
            symbol: symbol.transpose().map_err(|error| refused("symbol", error.to_string()))?,
            target_index: self.target_index,
            entry_index: self.entry_index,
            link: EventLink {
                signal: signal.transpose().map_err(|error| refused("signal_id", error.to_string()))?,
                reply_to,
                provider_id: self.provider_id,
            },
        })
    }
}

/// News of an earlier signal, as they are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventBody<'a> {
    id: String,
    #[schema(value_type = schema::UpdateEvent)]
    event: UpdateEvent,
    symbol: Option<&'a str>,
    target_index: Option<u8>,
    entry_index: Option<u8>,
    #[schema(value_type = Option<i64>)]
    reply_to: Option<MessageId>,
    provider_id: Option<&'a str>,
    #[schema(value_type = String)]
    source: Source,
    origin: Option<OriginBody>,
    #[schema(value_type = schema::Time)]
    posted_at: Timestamp,
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
    /// The signal that they were linked to; null while they wait for one.
    signal_id: Option<String>,
}

impl<'a> From<&'a EventRecord> for EventBody<'a> {
    fn from(record: &'a EventRecord) -> Self {
        let event = &record.event;
        Self {
            id: event.id().to_string(),
            event: event.event,
            symbol: event.symbol.as_deref(),
            target_index: event.target_index,
            entry_index: event.entry_index,
            reply_to: event.link.reply_to,
            provider_id: event.link.provider_id.as_deref(),
            source: event.origin.source(),
            origin: OriginBody::of(&event.origin),
            posted_at: event.origin.posted_at(),
            created_at: record.stored_at,
            signal_id: record.signal.as_ref().map(ToString::to_string),
        }
    }
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventPage)]
pub(crate) struct EventPageBody<'a> {
    pub(crate) data: Vec<EventBody<'a>>,
    /// Goes on where this page ends: hand it back as `cursor`. Null at the end of the list.
    pub(crate) next_cursor: Option<String>,
}
