//! A table of one's own for each test, and signals to put into it.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use signals::confidence::Confidence;
use signals::message::{ChannelName, MessageId};
use signals::origin::{ApiOrigin, MessageOrigin, Origin, Source};
use signals::parser::{Context, ParseOutcome, parse};
use signals::query::{Cursor, SignalQuery};
use signals::record::SignalRecord;
use signals::signal::{Signal, SignalDraft};
use signals::stats::{Counted, Tallies, add, changes};
use signals::store::embedded::Engine;
use signals::store::{Counting, NewSignal, Shards, SignalStore};

/// A store with a table of its own.
pub(crate) async fn store() -> SignalStore {
    store_of(Shards::LOCAL, Counting::Inline).await
}

/// A store with this many shards, and counters kept so.
pub(crate) async fn store_of(shards: Shards, counting: Counting) -> SignalStore {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let client = match std::env::var("SIGTOWER_TEST_ENDPOINT") {
        Ok(endpoint) => SignalStore::local_client(&endpoint, None),
        Err(_) => {
            let engine = Engine::in_memory().expect("an engine in memory");
            SignalStore::local_client("http://embedded.invalid", Some(engine.transport()))
        }
    };
    let table = format!("signals-{}-{}", std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
    SignalStore::create(client, &table, shards, counting).await.expect("a table")
}

/// How many of something a test takes: on the embedded engine, and on an endpoint, which may be slow.
pub(crate) fn sized(embedded: i64, endpoint: i64) -> i64 {
    if std::env::var_os("SIGTOWER_TEST_ENDPOINT").is_some() { endpoint } else { embedded }
}

/// A time, in seconds after a day in 2026.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
}

/// What the parser makes of a post with one signal.
pub(crate) fn draft(text: &str) -> SignalDraft {
    match parse(text, &Context::default()) {
        ParseOutcome::Signals(drafts) => drafts.into_iter().next().expect("a signal"),
        other => panic!("{text}: {other:?}"),
    }
}

/// A signal that stands in a post of a channel, which was posted `message_id` seconds after the first.
pub(crate) fn posted(channel: &str, message_id: i64, text: &str) -> NewSignal {
    posted_at(channel, message_id, message_id, text)
}

/// A signal that stands in a post of a channel, which was posted so many seconds after the first.
pub(crate) fn posted_at(channel: &str, message_id: i64, seconds: i64, text: &str) -> NewSignal {
    let origin = MessageOrigin {
        channel: ChannelName::parse(channel).expect("a channel"),
        message_id: MessageId(message_id),
        ordinal: 0,
        posted_at: at(seconds),
        edited_at: None,
    };
    new(Origin::Message(origin), text)
}

/// The post again, edited this many seconds after the first post of the channel.
pub(crate) fn edited(channel: &str, message_id: i64, text: &str, seconds: i64) -> NewSignal {
    let before = posted(channel, message_id, text);
    let Origin::Message(origin) = before.signal.origin().clone() else { panic!("a post") };
    new(Origin::Message(MessageOrigin { edited_at: Some(at(seconds)), ..origin }), text)
}

/// A signal that was handed in.
pub(crate) fn handed_in(source: &str, seconds: i64, text: &str) -> NewSignal {
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    let time = u64::try_from(at(seconds).as_millisecond()).expect("after 1970");
    let id = uuid::Builder::from_unix_timestamp_millis(time, &bytes(high, low)).into_uuid();
    let source = Source::parse(source).expect("a source");
    new(Origin::Api(ApiOrigin { id, source, created_at: at(seconds) }), text)
}

fn bytes(high: u64, low: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes()[..2]);
    bytes
}

fn new(origin: Origin, text: &str) -> NewSignal {
    let draft = draft(text);
    let below_threshold = draft.confidence < Confidence::from_percent(70);
    let signal = Signal::from_draft(draft, origin).expect("prices that agree");
    NewSignal { signal, text: Some(text.to_owned()), below_threshold }
}

/// The text of a signal for this coin.
pub(crate) fn long(coin: &str, entry: u32) -> String {
    format!("{coin}/USDT LONG\nEntry: {entry}\nTargets: {} - {}\nStop loss: {}", entry + 10, entry + 20, entry - 10)
}

/// Every signal of a list, page by page.
pub(crate) async fn walk(store: &SignalStore, query: &SignalQuery, limit: usize) -> Vec<SignalRecord> {
    let mut all = Vec::new();
    let mut cursor = Cursor::default();
    for _ in 0..10_000 {
        let page = store.list(query, limit, &cursor).await.expect("a page");
        assert!(page.signals.len() <= limit);
        all.extend(page.signals);
        match page.next {
            Some(next) => cursor = next,
            None => return all,
        }
    }
    panic!("the list has no end");
}

/// The counters are what counting every signal gives.
#[track_caller]
pub(crate) fn check_counters(stats: &Tallies, all: &[SignalRecord]) {
    let mut counted = Tallies::new();
    for record in all {
        add(&mut counted, &changes(None, Some(&Counted::from(record))));
    }
    assert_eq!(*stats, counted);
}
