//! A stored signal as clients see it. The names of the predecessor's API stand beside the full ones.

use jiff::Timestamp;
use serde::Serialize;
use signals::confidence::Confidence;
use signals::entry::Entry;
use signals::leverage::{Leverage, MarginMode};
use signals::message::MessageId;
use signals::origin::{Origin, SignalId, Source};
use signals::price::Price;
use signals::record::{Cause, FormerVersion, PastEvent, SignalRecord};
use signals::side::SignalType;
use signals::status::Status;
use signals::symbol::Market;
use signals::update::UpdateEvent;
use utoipa::ToSchema;

use crate::wire::{self, EntryShape, Exact, schema};

/// A signal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Signal)]
pub(crate) struct SignalBody<'a> {
    /// `<channel>_<message>_<ordinal>`, or a UUID of version 7 where it came without a post.
    #[schema(value_type = String, example = "whalechart_4711_0")]
    id: SignalId,
    /// Counts the changes, from 1; also the entity tag.
    #[schema(minimum = 1)]
    version: u32,
    /// Base and quote joined.
    #[schema(example = "BTCUSDT")]
    symbol: String,
    base: &'a str,
    quote: &'a str,
    #[schema(value_type = schema::Market)]
    market: Market,
    /// How many coins one unit of the price stands for.
    multiplier: u32,
    #[schema(value_type = schema::SignalType)]
    signal_type: SignalType,
    entry: EntryShape<'a>,
    /// The first price of the entry that the market reaches: its upper edge for a long, its lower one for a short; null
    /// at market.
    #[schema(value_type = Option<schema::Price>)]
    entry_price: Option<Price>,
    #[schema(value_type = Vec<schema::Price>)]
    targets: &'a [Price],
    /// The first target.
    #[schema(value_type = Option<schema::Price>)]
    target_price: Option<Price>,
    #[schema(value_type = Option<schema::Price>)]
    stop_loss: Option<Price>,
    #[schema(value_type = Option<schema::Percent>)]
    stop_loss_percent: Option<Exact>,
    /// Whether stop or targets were given in percent only.
    percent: bool,
    #[schema(value_type = Option<schema::Leverage>)]
    leverage: Option<Leverage>,
    #[schema(value_type = Option<schema::MarginMode>)]
    margin: Option<MarginMode>,
    #[schema(value_type = schema::Confidence)]
    confidence: Confidence,
    /// Whether the confidence was below the threshold in force when it was stored.
    below_threshold: bool,
    #[schema(value_type = schema::Status)]
    status: Status,
    #[schema(value_type = String, example = "telegram_whalechart")]
    source: Source,
    original_text: Option<&'a str>,
    /// The provider's own number of the signal.
    provider_id: Option<&'a str>,
    /// The post; null where it came without one.
    origin: Option<OriginBody>,
    /// The news that were linked to it, oldest first.
    events: Vec<EventShape<'a>>,
    /// When it was posted, or handed in.
    #[schema(value_type = schema::Time)]
    posted_at: Timestamp,
    /// Since when this version holds.
    #[schema(value_type = schema::Time)]
    valid_from: Timestamp,
    /// When it was first stored.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
    /// When this version was stored.
    #[schema(value_type = schema::Time)]
    updated_at: Timestamp,
}

/// The place of a signal in a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Origin)]
pub(crate) struct OriginBody {
    channel: String,
    #[schema(value_type = i64, minimum = 1)]
    message_id: MessageId,
    ordinal: u8,
    #[schema(value_type = schema::Time)]
    posted_at: Timestamp,
    #[schema(value_type = Option<schema::Time>)]
    edited_at: Option<Timestamp>,
}

/// News about a signal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PastEvent)]
struct EventShape<'a> {
    id: &'a str,
    #[schema(value_type = schema::UpdateEvent)]
    event: UpdateEvent,
    target_index: Option<u8>,
    entry_index: Option<u8>,
    #[schema(value_type = schema::Time)]
    at: Timestamp,
}

impl<'a> From<&'a SignalRecord> for SignalBody<'a> {
    fn from(record: &'a SignalRecord) -> Self {
        let fields = record.signal.fields();
        let origin = record.signal.origin();
        Self {
            id: origin.id(),
            version: record.version,
            symbol: fields.symbol.compact(),
            base: fields.symbol.base(),
            quote: fields.symbol.quote(),
            market: fields.symbol.market(),
            multiplier: fields.symbol.multiplier(),
            signal_type: fields.signal_type,
            entry: (&fields.entry).into(),
            entry_price: first_reached(&fields.entry, fields.signal_type),
            targets: &fields.targets,
            target_price: fields.targets.first().copied(),
            stop_loss: fields.stop_loss.price(),
            stop_loss_percent: wire::stop_loss_percent(fields.stop_loss),
            percent: fields.in_percent,
            leverage: fields.leverage,
            margin: fields.margin,
            confidence: fields.confidence,
            below_threshold: record.below_threshold,
            status: record.status,
            source: origin.source(),
            original_text: record.text.as_deref(),
            provider_id: fields.provider_id.as_deref(),
            origin: OriginBody::of(origin),
            events: record.events.iter().map(EventShape::from).collect(),
            posted_at: origin.posted_at(),
            valid_from: record.valid_from,
            created_at: record.stored_at,
            updated_at: record.changed_at,
        }
    }
}

impl<'a> From<&'a PastEvent> for EventShape<'a> {
    fn from(past: &'a PastEvent) -> Self {
        Self {
            id: &past.id,
            event: past.event,
            target_index: past.target_index,
            entry_index: past.entry_index,
            at: past.at,
        }
    }
}

impl OriginBody {
    /// The post; `None` where there is none.
    pub(crate) fn of(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Message(origin) => Some(Self {
                channel: origin.channel.to_string(),
                message_id: origin.message_id,
                ordinal: origin.ordinal,
                posted_at: origin.posted_at,
                edited_at: origin.edited_at,
            }),
            Origin::Api(_) => None,
        }
    }
}

fn first_reached(entry: &Entry, side: SignalType) -> Option<Price> {
    let (low, high) = entry.range()?;
    Some(match side {
        SignalType::Long => high,
        SignalType::Short => low,
    })
}

/// What became of a signal that was handed in, and the signal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredSignal)]
pub(crate) struct StoredBody<'a> {
    pub(crate) result: StoredResult,
    #[serde(flatten)]
    pub(crate) signal: SignalBody<'a>,
}

/// What became of a signal that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoredResult {
    /// It is new.
    Created,
    /// It is known.
    Unchanged,
    /// It is known and said something else before.
    NewVersion,
}

/// A page of signals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignalPage)]
pub(crate) struct PageBody<'a> {
    pub(crate) data: Vec<SignalBody<'a>>,
    /// Goes on where this page ends: hand it back as `cursor`. Null at the end of the list.
    pub(crate) next_cursor: Option<String>,
}

/// The versions of a signal, newest first; the first is the one that holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignalVersions)]
pub(crate) struct VersionsBody<'a> {
    pub(crate) data: Vec<VersionBody<'a>>,
}

/// One version of a signal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignalVersion)]
pub(crate) struct VersionBody<'a> {
    /// Until when it held; null for the version that holds.
    #[schema(value_type = Option<schema::Time>)]
    valid_until: Option<Timestamp>,
    /// Why it gave way; null for the version that holds.
    #[schema(value_type = Option<schema::Cause>)]
    cause: Option<Cause>,
    signal: SignalBody<'a>,
}

impl<'a> VersionBody<'a> {
    pub(crate) fn now(record: &'a SignalRecord) -> Self {
        Self { valid_until: None, cause: None, signal: record.into() }
    }

    pub(crate) fn former(former: &'a FormerVersion) -> Self {
        let signal = (&former.record).into();
        Self { valid_until: Some(former.valid_until), cause: Some(former.cause), signal }
    }
}
