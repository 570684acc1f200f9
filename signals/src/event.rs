//! What news of an earlier signal are as such: their id, and which signal they belong to.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::{ChannelName, MessageId};
use crate::origin::{InvalidSignalId, MessageOrigin, Origin, SignalId, Source};
use crate::record::{MOST_EVENTS, PastEvent, SignalRecord};
use crate::status::Status;
use crate::update::{SignalUpdate, UpdateEvent};

/// The key of an event, in the shape of a signal's: `<channel>_<message>_<ordinal>`, or a UUID.
///
/// It follows from the origin, so reading a post twice stores its event once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(SignalId);

impl EventId {
    /// The id of the event of a post, which tells one at most.
    #[must_use]
    pub fn of_post(channel: &ChannelName, post: MessageId) -> Self {
        Self(SignalId::Message { channel: channel.clone(), message_id: post, ordinal: 0 })
    }

    /// The place of the event, as a signal at that place would be named.
    #[must_use]
    pub fn place(&self) -> &SignalId {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = InvalidSignalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        SignalId::parse(text).map(Self)
    }
}

/// Provider's ids of more bytes than this are no ids, and are not looked for.
pub const LONGEST_PROVIDER_ID: usize = 64;

/// Symbols of more bytes than this are none.
pub const LONGEST_SYMBOL: usize = 64;

/// News of an earlier signal, from a post or from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalEvent {
    /// Where it came from; its id and its time follow from that.
    pub origin: Origin,
    /// What happened.
    pub event: UpdateEvent,
    /// Base and quote joined (`BTCUSDT`), where it names a symbol.
    pub symbol: Option<String>,
    /// The number of the target reached, from 1.
    pub target_index: Option<u8>,
    /// The number of the entry filled, from 1.
    pub entry_index: Option<u8>,
    /// How to find the signal.
    pub link: EventLink,
}

/// What an event says about which signal it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLink {
    /// The signal itself, where a client named it.
    pub signal: Option<SignalId>,
    /// The post of the same channel that it answers.
    pub reply_to: Option<MessageId>,
    /// The provider's own number of the signal.
    pub provider_id: Option<String>,
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// What happened.
    pub event: SignalEvent,
    /// The signal that it was linked to; `None` while it waits for one.
    pub signal: Option<SignalId>,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// A way to the signal of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By its id.
    Named(SignalId),
    /// Through the post that the event answers.
    Reply(ChannelName, MessageId),
    /// Through the provider's number, among what the source published lately.
    ProviderId(String),
    /// Through the symbol, among what the source published lately.
    Symbol(String),
}

/// Which signal a way leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    Signal(SignalId),
    /// None; a less sure way may lead to one.
    Nothing,
    /// It cannot be told which, and a less sure way would only guess.
    Unsure,
}

impl SignalEvent {
    /// What the parser read from a post, as an event.
    #[must_use]
    pub fn of_post(update: &SignalUpdate, origin: MessageOrigin) -> Self {
        let link = EventLink {
            signal: None,
            reply_to: update.link.reply_to,
            provider_id: update.link.provider_id.clone().filter(|id| id.len() <= LONGEST_PROVIDER_ID),
        };
        Self {
            origin: Origin::Message(origin),
            event: update.event,
            symbol: update.symbol.as_ref().map(crate::symbol::Symbol::compact),
            target_index: update.target_index,
            entry_index: update.entry_index,
            link,
        }
    }

    /// The id that follows from the origin.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId(self.origin.id())
    }

    /// The channel that it speaks of, where the source is one.
    #[must_use]
    pub fn channel(&self) -> Option<ChannelName> {
        match &self.origin {
            Origin::Message(origin) => Some(origin.channel.clone()),
            Origin::Api(origin) => origin.source.channel(),
        }
    }

    /// The source whose signals it speaks of.
    #[must_use]
    pub fn source(&self) -> Source {
        self.origin.source()
    }

    /// The ways to its signal, the surest first.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        if let Some(id) = &self.link.signal {
            return vec![Way::Named(id.clone())];
        }
        let reply = self.channel().zip(self.link.reply_to).map(|(channel, post)| Way::Reply(channel, post));
        let provider_id = self.link.provider_id.clone().filter(|id| (1..=LONGEST_PROVIDER_ID).contains(&id.len()));
        let symbol = self.symbol.clone().filter(|it| (1..=LONGEST_SYMBOL).contains(&it.len())).map(Way::Symbol);
        reply.into_iter().chain(provider_id.map(Way::ProviderId)).chain(symbol).collect()
    }

    /// Which of the signals that a way leads to is meant. They may come in any order.
    ///
    /// A post with one signal speaks of that one, whatever the answer names: names are misread more often than
    /// answers go astray. Of several signals, the symbol decides, then the provider's number, then which is live.
    #[must_use]
    pub fn choose(&self, way: &Way, candidates: &[SignalRecord]) -> Choice {
        let id = |record: &SignalRecord| Choice::Signal(record.signal.id());
        match way {
            // A client that names a signal means that one and no other.
            Way::Named(_) => candidates.first().map_or(Choice::Unsure, id),
            Way::Reply(..) => match candidates {
                [] => Choice::Nothing,
                [one] => id(one),
                several => self.only_one(several).map_or(Choice::Unsure, id),
            },
            Way::ProviderId(number) => {
                let same = |it: &&SignalRecord| it.signal.fields().provider_id.as_ref() == Some(number);
                self.newest(candidates.iter().filter(same)).map_or(Choice::Nothing, id)
            }
            Way::Symbol(symbol) => {
                let live = |it: &&SignalRecord| it.status.is_live() && it.signal.fields().symbol.compact() == *symbol;
                self.newest(candidates.iter().filter(live)).map_or(Choice::Nothing, id)
            }
        }
    }

    fn only_one<'a>(&self, several: &'a [SignalRecord]) -> Option<&'a SignalRecord> {
        let by_symbol = |it: &&SignalRecord| Some(it.signal.fields().symbol.compact()) == self.symbol;
        let by_number = |it: &&SignalRecord| it.signal.fields().provider_id == self.link.provider_id;
        let mut left: Vec<&SignalRecord> = several.iter().collect();
        if self.symbol.is_some() {
            left.retain(by_symbol);
        }
        if self.link.provider_id.is_some() && left.len() > 1 {
            left.retain(by_number);
        }
        if self.symbol.is_some() && left.len() > 1 {
            left.retain(|it| it.status.is_live());
        }
        if let [one] = left[..] { Some(one) } else { None }
    }

    /// The newest of these that was there when the event happened: posts are also read backwards.
    fn newest<'a>(&self, candidates: impl Iterator<Item = &'a SignalRecord>) -> Option<&'a SignalRecord> {
        let place = |origin: &Origin| match origin {
            Origin::Message(origin) => Some((origin.channel.clone(), origin.message_id)),
            Origin::Api(_) => None,
        };
        let is_earlier = |it: &&SignalRecord| match (place(it.signal.origin()), place(&self.origin)) {
            (Some((channel, post)), Some((ours, event))) if channel == ours => post <= event,
            _ => it.signal.origin().posted_at() <= self.origin.posted_at(),
        };
        candidates.filter(is_earlier).max_by_key(|it| (it.signal.origin().posted_at(), it.signal.id()))
    }

    /// Whether its post, which was known, says something else by now than what is kept of it. An older state of the post
    /// does not.
    #[must_use]
    pub fn corrects(&self, known: &Self) -> bool {
        let said = |it: &Self| (it.event, it.symbol.clone(), it.target_index, it.entry_index, it.link.clone());
        self.id() == known.id() && self.origin.edited_at() >= known.origin.edited_at() && said(self) != said(known)
    }

    /// The signal as if the event had never happened to it. The status goes back where the news alone had moved it.
    #[must_use]
    pub fn taken_from(&self, record: SignalRecord) -> SignalRecord {
        let id = self.id().to_string();
        let n_targets = record.signal.fields().targets.len();
        let told = |events: &[PastEvent]| {
            let after = |status: Status, past: &PastEvent| status.after(past.event, past.target_index, n_targets);
            events.iter().fold(Status::Open, after)
        };
        let follows = record.status == told(&record.events);
        let events: Vec<PastEvent> = record.events.into_iter().filter(|past| past.id != id).collect();
        let status = if follows { told(&events) } else { record.status };
        SignalRecord { status, events, ..record }
    }

    /// The signal once the event has happened to it; the same signal if that is known already.
    ///
    /// An ended signal stays as it ended, and still keeps the news.
    #[must_use]
    pub fn applied_to(&self, record: SignalRecord) -> SignalRecord {
        let id = self.id().to_string();
        if record.events.iter().any(|known| known.id == id) {
            return record;
        }
        let n_targets = record.signal.fields().targets.len();
        let status = record.status.after(self.event, self.target_index, n_targets);
        let mut events = record.events;
        let at = self.origin.posted_at();
        // News that waited for their signal come late.
        let place = events.partition_point(|known| known.at <= at);
        let (event, target_index, entry_index) = (self.event, self.target_index, self.entry_index);
        events.insert(place, PastEvent { event, target_index, entry_index, at, id });
        let surplus = events.len().saturating_sub(MOST_EVENTS);
        events.drain(..surplus);
        SignalRecord { status, events, ..record }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::{Context, ParseOutcome, parse};
    use crate::signal::Signal;

    fn origin(message_id: i64, ordinal: u8) -> MessageOrigin {
        MessageOrigin {
            channel: ChannelName::parse("whalechart").unwrap(),
            message_id: MessageId(message_id),
            ordinal,
            posted_at: Timestamp::from_second(1_790_000_000 + message_id).unwrap(),
            edited_at: None,
        }
    }

    fn signal(message_id: i64, ordinal: u8, coin: &str, number: Option<&str>) -> SignalRecord {
        let text = format!("{coin}/USDT LONG\nEntry: 100\nTargets: 110 - 120\nStop loss: 90");
        let ParseOutcome::Signals(mut drafts) = parse(&text, &Context::default()) else { panic!("a signal") };
        let mut draft = drafts.remove(0);
        draft.provider_id = number.map(str::to_owned);
        let origin = origin(message_id, ordinal);
        let at = origin.posted_at;
        SignalRecord {
            signal: Signal::from_draft(draft, Origin::Message(origin)).unwrap(),
            text: None,
            version: 1,
            status: Status::Open,
            below_threshold: false,
            events: Vec::new(),
            valid_from: at,
            stored_at: at,
            changed_at: at,
        }
    }

    fn event(symbol: Option<&str>, number: Option<&str>, reply_to: Option<i64>) -> SignalEvent {
        SignalEvent {
            origin: Origin::Message(origin(50, 0)),
            event: UpdateEvent::TargetHit,
            symbol: symbol.map(str::to_owned),
            target_index: Some(1),
            entry_index: None,
            link: EventLink { signal: None, reply_to: reply_to.map(MessageId), provider_id: number.map(str::to_owned) },
        }
    }

    fn chosen(event: &SignalEvent, n_way: usize, candidates: &[SignalRecord]) -> Option<String> {
        match event.choose(&event.ways()[n_way], candidates) {
            Choice::Signal(id) => Some(id.to_string()),
            Choice::Nothing => None,
            Choice::Unsure => Some("unsure".to_owned()),
        }
    }

    #[test]
    fn the_surest_way_comes_first_and_a_named_signal_is_the_only_way() {
        let mut event = event(Some("BTCUSDT"), Some("0980"), Some(7));
        let channel = ChannelName::parse("whalechart").unwrap();
        let ways =
            [Way::Reply(channel, MessageId(7)), Way::ProviderId("0980".to_owned()), Way::Symbol("BTCUSDT".to_owned())];
        assert_eq!(event.ways(), ways);
        event.link.provider_id = Some("x".repeat(65));
        assert_eq!(event.ways().len(), 2);
        let id = SignalId::parse("whalechart_7_0").unwrap();
        event.link.signal = Some(id.clone());
        assert_eq!(event.ways(), [Way::Named(id)]);
        assert_eq!(chosen(&event, 0, &[]).as_deref(), Some("unsure"));
    }

    #[test]
    fn an_answer_means_the_signal_of_its_post_and_of_several_the_one_with_its_symbol() {
        let posts = [signal(7, 0, "BTC", None), signal(7, 1, "ETH", None)];
        assert_eq!(chosen(&event(None, None, Some(7)), 0, &posts[..1]).as_deref(), Some("whalechart_7_0"));
        assert_eq!(chosen(&event(Some("SOLUSDT"), None, Some(7)), 0, &posts[..1]).as_deref(), Some("whalechart_7_0"));
        assert_eq!(chosen(&event(Some("ETHUSDT"), None, Some(7)), 0, &posts).as_deref(), Some("whalechart_7_1"));
        assert_eq!(chosen(&event(None, None, Some(7)), 0, &posts).as_deref(), Some("unsure"));
        assert_eq!(chosen(&event(Some("SOLUSDT"), None, Some(7)), 0, &posts).as_deref(), Some("unsure"));
        assert_eq!(chosen(&event(None, None, Some(7)), 0, &[]), None);
    }

    #[test]
    fn of_two_signals_of_a_symbol_in_one_post_the_number_or_the_live_one_is_meant() {
        let mut posts = [signal(7, 0, "BTC", Some("1")), signal(7, 1, "BTC", Some("2"))];
        assert_eq!(chosen(&event(Some("BTCUSDT"), None, Some(7)), 0, &posts).as_deref(), Some("unsure"));
        assert_eq!(chosen(&event(None, Some("2"), Some(7)), 0, &posts).as_deref(), Some("whalechart_7_1"));
        posts[1].status = Status::Stopped;
        assert_eq!(chosen(&event(Some("BTCUSDT"), None, Some(7)), 0, &posts).as_deref(), Some("whalechart_7_0"));
    }

    #[test]
    fn the_newest_signal_with_the_providers_number_is_meant_even_if_it_has_ended() {
        let mut candidates =
            [signal(9, 0, "BTC", Some("7")), signal(8, 0, "BTC", Some("8")), signal(7, 0, "BTC", Some("7"))];
        candidates[0].status = Status::Closed;
        assert_eq!(chosen(&event(None, Some("7"), None), 0, &candidates).as_deref(), Some("whalechart_9_0"));
        candidates.reverse();
        assert_eq!(chosen(&event(None, Some("7"), None), 0, &candidates).as_deref(), Some("whalechart_9_0"));
        assert_eq!(chosen(&event(None, Some("9"), None), 0, &candidates), None);
    }

    #[test]
    fn the_newest_live_signal_of_the_symbol_that_came_before_is_meant() {
        let mut candidates = [signal(60, 0, "BTC", None), signal(9, 0, "BTC", None), signal(8, 0, "BTC", None)];
        assert_eq!(chosen(&event(Some("BTCUSDT"), None, None), 0, &candidates).as_deref(), Some("whalechart_9_0"));
        candidates[1].status = Status::Cancelled;
        assert_eq!(chosen(&event(Some("BTCUSDT"), None, None), 0, &candidates).as_deref(), Some("whalechart_8_0"));
        assert_eq!(chosen(&event(Some("ETHUSDT"), None, None), 0, &candidates), None);
    }

    #[test]
    fn an_event_is_applied_once_and_the_list_of_events_is_bounded() {
        let event = event(None, None, None);
        let once = event.applied_to(signal(7, 0, "BTC", None));
        assert_eq!((once.status, once.events.len()), (Status::Partial, 1));
        assert_eq!(event.applied_to(once.clone()), once);
        let mut record = once;
        for n in 0..60 {
            record = SignalEvent { origin: Origin::Message(origin(100 + n, 0)), ..event.clone() }.applied_to(record);
        }
        assert_eq!(record.events.len(), MOST_EVENTS);
        assert_eq!(record.events.last().unwrap().id, "whalechart_159_0");
    }

    #[test]
    fn news_that_are_taken_back_leave_no_trace_but_in_a_status_that_somebody_else_set() {
        let hit = event(None, None, None);
        let stop = SignalEvent { event: UpdateEvent::StopHit, target_index: None, ..hit.clone() };
        assert!(stop.corrects(&hit) && !hit.corrects(&hit));
        let before = signal(7, 0, "BTC", None);
        let stopped = stop.applied_to(before.clone());
        assert_eq!(stop.taken_from(stopped.clone()), before);
        assert_eq!(hit.applied_to(stop.taken_from(stopped)).status, Status::Partial);
        let cancelled = SignalRecord { status: Status::Cancelled, ..hit.applied_to(before) };
        let left = hit.taken_from(cancelled);
        assert_eq!((left.status, left.events.len()), (Status::Cancelled, 0));
    }

    #[test]
    fn an_older_state_of_a_post_corrects_nothing() {
        let hit = event(None, None, None);
        let mut edited = SignalEvent { event: UpdateEvent::StopHit, ..hit.clone() };
        if let Origin::Message(origin) = &mut edited.origin {
            origin.edited_at = Some(Timestamp::from_second(1_790_000_500).unwrap());
        }
        assert!(edited.corrects(&hit) && !hit.corrects(&edited));
    }

    #[test]
    fn an_ended_signal_keeps_the_news_and_stays_ended() {
        let stopped = SignalRecord { status: Status::Stopped, ..signal(7, 0, "BTC", None) };
        let told = event(None, None, None).applied_to(stopped);
        assert_eq!((told.status, told.events.len()), (Status::Stopped, 1));
    }
}
