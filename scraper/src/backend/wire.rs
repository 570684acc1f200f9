//! Signals and news as the API takes them in.

use serde::{Deserialize, Serialize};
use signals::confidence::Confidence;
use signals::entry::{Crossing, Entry};
use signals::event::SignalEvent;
use signals::leverage::{Leverage, MarginMode};
use signals::message::{ChannelName, MessageId};
use signals::origin::{MessageOrigin, Origin, SignalId};
use signals::outbox::{OutboxEntry, OutboxKind};
use signals::passed_over::{BrokenRule, KeptPost, RejectedDraft};
use signals::price::{Price, exact_number};
use signals::side::SignalType;
use signals::stop_loss::StopLoss;
use signals::store::NewSignal;
use signals::symbol::{Market, Symbol};
use signals::update::UpdateEvent;

#[derive(Serialize)]
struct SignalShape<'a> {
    symbol: String,
    market: Market,
    signal_type: SignalType,
    entry: EntryShape<'a>,
    targets: &'a [Price],
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_loss: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_loss_percent: Option<Exact>,
    percent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    leverage: Option<Leverage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin: Option<MarginMode>,
    confidence: Confidence,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    origin: &'a MessageOrigin,
}

#[derive(Serialize)]
struct Exact(#[serde(with = "exact_number")] rust_decimal::Decimal);

#[derive(Serialize)]
struct EntryShape<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prices: Option<&'a [Price]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<Crossing>,
}

#[derive(Serialize)]
struct EventShape<'a> {
    event: UpdateEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    origin: &'a MessageOrigin,
}

/// What is read back of a request that a backend refused.
#[derive(Deserialize)]
struct Kept {
    origin: MessageOrigin,
    #[serde(default)]
    original_text: String,
}

/// A request that hands in a signal; none for one that is of no post.
pub(crate) fn signal(new: &NewSignal) -> Option<OutboxEntry> {
    let Origin::Message(origin) = new.signal.origin() else { return None };
    let fields = new.signal.fields();
    let stop_loss_percent = match fields.stop_loss {
        StopLoss::Percent { percent } => Some(Exact(percent)),
        StopLoss::None | StopLoss::Price { .. } => None,
    };
    let shape = SignalShape {
        symbol: spelling(&fields.symbol),
        market: fields.symbol.market(),
        signal_type: fields.signal_type,
        entry: EntryShape::of(&fields.entry),
        targets: &fields.targets,
        stop_loss: fields.stop_loss.price(),
        stop_loss_percent,
        percent: fields.in_percent,
        leverage: fields.leverage,
        margin: fields.margin,
        confidence: fields.confidence,
        original_text: new.text.as_deref(),
        provider_id: fields.provider_id.as_deref(),
        origin,
    };
    entry(OutboxKind::Signal, new.signal.id(), origin, &shape)
}

/// A request that hands in news; none for those that are of no post.
pub(crate) fn event(event: &SignalEvent) -> Option<OutboxEntry> {
    let Origin::Message(origin) = &event.origin else { return None };
    let shape = EventShape {
        event: event.event,
        symbol: event.symbol.as_deref(),
        target_index: event.target_index,
        entry_index: event.entry_index,
        reply_to: event.link.reply_to,
        provider_id: event.link.provider_id.as_deref(),
        origin,
    };
    entry(OutboxKind::Event, event.id().place().clone(), origin, &shape)
}

/// What a backend refused, to be shown among the rejected; of news without the text. None where it is of no post.
pub(crate) fn rejected(entry: &OutboxEntry, why: &str) -> Option<RejectedDraft> {
    let Kept { origin, original_text } = serde_json::from_str(&entry.body).ok()?;
    let post = KeptPost {
        channel: origin.channel,
        id: origin.message_id,
        posted_at: origin.posted_at,
        edited_at: origin.edited_at,
        text: original_text,
    };
    let what = if entry.kind == OutboxKind::Event { "the news" } else { "it" };
    let text = format!("the backend refuses {what}: {why}");
    let rule = BrokenRule { rule: "refused_by_backend".to_owned(), text };
    Some(RejectedDraft { post, ordinal: origin.ordinal, violations: vec![rule] })
}

/// The channel and the post of a request.
pub(crate) fn post(entry: &OutboxEntry) -> Option<(&ChannelName, MessageId)> {
    match &entry.place {
        SignalId::Message { channel, message_id, .. } => Some((channel, *message_id)),
        SignalId::Api(_) => None,
    }
}

fn entry(kind: OutboxKind, place: SignalId, origin: &MessageOrigin, shape: &impl Serialize) -> Option<OutboxEntry> {
    let revision = origin.edited_at.map_or(0, |at| at.as_millisecond());
    // No map of ours has keys that JSON could not hold.
    let body = serde_json::to_string(shape).ok()?;
    Some(OutboxEntry { kind, place, revision, body })
}

/// The post's spelling where it says all that was understood, else the parts of it.
fn spelling(symbol: &Symbol) -> String {
    let is_whole = |text: &&str| {
        let read = Symbol::parse(text).map(|it| it.on_market(symbol.market()));
        read.is_ok_and(|it| it.compact() == symbol.compact() && it.base() == symbol.base())
    };
    Some(symbol.raw()).filter(is_whole).map_or_else(|| symbol.to_string(), str::to_owned)
}

impl<'a> EntryShape<'a> {
    fn of(entry: &'a Entry) -> Self {
        let (low, high) = entry.range().unzip();
        Self { kind: entry.kind(), low, high, prices: entry.ladder(), when: entry.crossing() }
    }
}
