//! News come in, once, and find their signal or wait for it.

use signals::event::{EventLink, SignalEvent};
use signals::message::{ChannelName, MessageId};
use signals::origin::{ApiOrigin, MessageOrigin, Origin, SignalId, Source};
use signals::query::SignalQuery;
use signals::record::{Cause, SignalRecord};
use signals::status::Status;
use signals::store::{Counting, Edit, PutEvent, Shards, SignalStore};
use signals::update::UpdateEvent;

use crate::engine::{at, check_counters, handed_in, long, posted, posted_at, sized, store, store_of, walk};

/// News in a post of the channel, posted `message_id` seconds after the first.
pub(crate) fn news(message_id: i64, event: UpdateEvent, target_index: Option<u8>) -> SignalEvent {
    let origin = MessageOrigin {
        channel: ChannelName::parse("whalechart").expect("a channel"),
        message_id: MessageId(message_id),
        ordinal: 0,
        posted_at: at(message_id),
        edited_at: None,
    };
    let link = EventLink::default();
    SignalEvent { origin: Origin::Message(origin), event, symbol: None, target_index, entry_index: None, link }
}

/// The same as an answer to a post.
pub(crate) fn answering(post: i64, event: SignalEvent) -> SignalEvent {
    SignalEvent { link: EventLink { reply_to: Some(MessageId(post)), ..event.link }, ..event }
}

/// The same as an edit of that second.
fn edited(second: i64, event: SignalEvent) -> SignalEvent {
    let Origin::Message(origin) = event.origin else { panic!("a post") };
    SignalEvent { origin: Origin::Message(MessageOrigin { edited_at: Some(at(second)), ..origin }), ..event }
}

/// The same with the name of a symbol.
pub(crate) fn naming(symbol: &str, event: SignalEvent) -> SignalEvent {
    SignalEvent { symbol: Some(symbol.to_owned()), ..event }
}

fn id(text: &str) -> SignalId {
    SignalId::parse(text).expect("an id")
}

async fn signal(store: &SignalStore, text: &str) -> SignalRecord {
    store.get(&id(text)).await.expect("an answer").expect("it is there")
}

#[track_caller]
fn linked(outcome: PutEvent) -> SignalRecord {
    match outcome {
        PutEvent::Linked(record) => record,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_moves_the_signal_of_its_post_once_however_often_it_is_read() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let hit = answering(7, news(20, UpdateEvent::TargetHit, Some(1)));
    let now = linked(store.put_event(hit.clone(), at(90)).await.unwrap());
    assert_eq!((now.version, now.status, now.valid_from, now.changed_at), (2, Status::Partial, at(20), at(90)));
    assert_eq!((now.events.len(), now.events[0].id.as_str()), (1, "whalechart_20_0"));
    let PutEvent::Unchanged(known) = store.put_event(hit.clone(), at(100)).await.unwrap() else { panic!("known") };
    assert_eq!((known.event, known.signal, known.stored_at), (hit, Some(id("whalechart_7_0")), at(90)));
    assert_eq!(signal(&store, "whalechart_7_0").await, now);
    let former = store.former_versions(&id("whalechart_7_0")).await.unwrap();
    assert_eq!((former.len(), former[0].cause, former[0].valid_until), (1, Cause::Event, at(20)));
    check_counters(&store.stats().await.unwrap(), &[now]);
}

#[tokio::test]
async fn news_whose_post_says_something_else_by_now_undo_what_they_said_before() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    store.put(posted("whalechart", 8, &long("ETH", 3_000)), at(10)).await.unwrap();
    let corrected = |outcome| match outcome {
        PutEvent::Corrected(record) => record,
        other => panic!("{other:?}"),
    };
    let stop = answering(7, news(20, UpdateEvent::StopHit, None));
    assert_eq!(linked(store.put_event(stop.clone(), at(90)).await.unwrap()).status, Status::Stopped);
    // It was target 1 after all.
    let hit = answering(7, edited(100, news(20, UpdateEvent::TargetHit, Some(1))));
    let now = corrected(store.put_event(hit.clone(), at(101)).await.unwrap());
    assert_eq!((now.status, now.events.len(), now.events[0].event), (Status::Partial, 1, UpdateEvent::TargetHit));
    assert!(matches!(store.put_event(hit.clone(), at(102)).await.unwrap(), PutEvent::Unchanged(_)));
    assert!(matches!(store.put_event(stop, at(103)).await.unwrap(), PutEvent::Unchanged(_)), "that is older");
    // And of the other signal.
    let other = answering(8, edited(200, news(20, UpdateEvent::TargetHit, Some(1))));
    let now = corrected(store.put_event(other, at(201)).await.unwrap());
    assert_eq!((now.signal.id(), now.status), (id("whalechart_8_0"), Status::Partial));
    let left = signal(&store, "whalechart_7_0").await;
    assert_eq!((left.status, left.events.len()), (Status::Open, 0));
    check_counters(&store.stats().await.unwrap(), &[left, now]);
}

/// The post was edited to something else, or deleted.
#[tokio::test]
async fn news_that_are_taken_back_are_undone_and_told_again_they_count_again() {
    let store = store().await;
    let (channel, post) = (ChannelName::parse("whalechart").unwrap(), MessageId(20));
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let stopped = answering(7, news(20, UpdateEvent::StopHit, None));
    assert_eq!(linked(store.put_event(stopped.clone(), at(30)).await.unwrap()).status, Status::Stopped);
    for n in 0..2 {
        assert_eq!(store.take_back_event(&channel, post, at(40)).await.unwrap(), n == 0);
        let now = signal(&store, "whalechart_7_0").await;
        assert_eq!((now.status, now.events.len(), now.version), (Status::Open, 0, 3));
    }
    assert!(store.unlinked(9, None).await.unwrap().events.is_empty());
    assert_eq!(store.link_event(&stopped.id(), None, at(50)).await.unwrap(), None);
    // An older state of the post says nothing; one that tells it again does.
    let again = edited(60, stopped.clone());
    assert_eq!(linked(store.put_event(again.clone(), at(70)).await.unwrap()).status, Status::Stopped);
    assert!(store.take_back_event(&channel, post, at(80)).await.unwrap());
    assert!(matches!(store.put_event(stopped, at(90)).await.unwrap(), PutEvent::Unchanged(_)));
    let now = signal(&store, "whalechart_7_0").await;
    assert_eq!((now.status, now.events.len()), (Status::Open, 0));
    check_counters(&store.stats().await.unwrap(), &[now]);

    // Some that wait wait no more; and of a post without any there is nothing to take back.
    store.put_event(news(21, UpdateEvent::StopHit, None), at(30)).await.unwrap();
    assert_eq!(store.unlinked(9, None).await.unwrap().events.len(), 1);
    assert!(store.take_back_event(&channel, MessageId(21), at(40)).await.unwrap());
    assert!(store.unlinked(9, None).await.unwrap().events.is_empty());
    assert!(!store.take_back_event(&channel, MessageId(22), at(40)).await.unwrap());
}

#[tokio::test]
async fn news_that_wait_are_corrected_too_and_find_their_signal_by_what_they_say_now() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let lost = news(20, UpdateEvent::TargetHit, Some(1));
    assert!(matches!(store.put_event(lost.clone(), at(90)).await.unwrap(), PutEvent::Unlinked(_)));
    let lost = edited(95, SignalEvent { event: UpdateEvent::StopHit, target_index: None, ..lost });
    assert!(matches!(store.put_event(lost.clone(), at(96)).await.unwrap(), PutEvent::Unlinked(_)));
    let waiting = store.unlinked(9, None).await.unwrap().events;
    assert_eq!(waiting.iter().map(|it| it.event.event).collect::<Vec<_>>(), [UpdateEvent::StopHit]);
    let found = edited(97, answering(7, lost));
    assert_eq!(linked(store.put_event(found, at(98)).await.unwrap()).status, Status::Stopped);
    assert!(store.unlinked(9, None).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn news_that_answer_news_speak_of_the_same_signal() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    store.put_event(answering(7, news(20, UpdateEvent::TargetHit, Some(1))), at(90)).await.unwrap();
    let now = linked(store.put_event(answering(20, news(30, UpdateEvent::StopHit, None)), at(91)).await.unwrap());
    assert_eq!((now.signal.id(), now.status), (id("whalechart_7_0"), Status::Stopped));
    // Nothing moves an ended signal, and the news are kept all the same.
    let late = linked(store.put_event(answering(20, news(40, UpdateEvent::AllTargets, None)), at(92)).await.unwrap());
    assert_eq!((late.status, late.events.len()), (Status::Stopped, 3));
}

#[tokio::test]
async fn without_an_answer_the_newest_live_signal_of_the_symbol_is_meant() {
    let store = store().await;
    for (post, coin) in [(5, "BTC"), (6, "BTC"), (7, "ETH"), (60, "BTC")] {
        store.put(posted("whalechart", post, &long(coin, 2_000)), at(70)).await.unwrap();
    }
    store.put(posted("io_altsignals", 8, &long("BTC", 2_000)), at(70)).await.unwrap();
    let stop = |post| naming("BTCUSDT", news(post, UpdateEvent::StopHit, None));
    for (post, expected) in [(20, "whalechart_6_0"), (21, "whalechart_5_0")] {
        assert_eq!(linked(store.put_event(stop(post), at(80)).await.unwrap()).signal.id(), id(expected));
    }
    assert!(matches!(store.put_event(stop(22), at(80)).await.unwrap(), PutEvent::Unlinked(_)));
    assert_eq!(linked(store.put_event(stop(90), at(95)).await.unwrap()).signal.id(), id("whalechart_60_0"));
    check_counters(&store.stats().await.unwrap(), &walk(&store, &SignalQuery::default(), 50).await);
}

#[tokio::test]
async fn the_providers_number_leads_to_its_signal() {
    let store = store().await;
    for (post, number) in [(5, 980), (6, 981)] {
        let text = format!("SIGNAL ID: #{number}\n{}", long("BTC", 2_000));
        store.put(posted("whalechart", post, &text), at(10)).await.unwrap();
    }
    let number = signal(&store, "whalechart_5_0").await.signal.fields().provider_id.clone();
    assert!(number.is_some());
    let mut hit = news(20, UpdateEvent::AllTargets, None);
    hit.link.provider_id = number;
    assert_eq!(linked(store.put_event(hit, at(30)).await.unwrap()).signal.id(), id("whalechart_5_0"));
}

#[tokio::test]
async fn a_client_names_the_signal_and_nothing_else_is_guessed() {
    let store = store().await;
    let new = handed_in("my-desk", 5, &long("BTC", 2_000));
    let signal = new.signal.id();
    store.put(new, at(5)).await.unwrap();
    let told = |n: u64, signal: Option<SignalId>| SignalEvent {
        origin: Origin::Api(ApiOrigin {
            id: uuid::Builder::from_unix_timestamp_millis(n, &[7; 10]).into_uuid(),
            source: Source::parse("my-desk").expect("a source"),
            created_at: at(20),
        }),
        link: EventLink { signal, ..EventLink::default() },
        ..naming("BTCUSDT", news(20, UpdateEvent::Closed, None))
    };
    let missing = told(1, Some(id("whalechart_7_0")));
    assert!(matches!(store.put_event(missing.clone(), at(21)).await.unwrap(), PutEvent::Unlinked(_)));
    let now = linked(store.put_event(told(2, Some(signal.clone())), at(22)).await.unwrap());
    assert_eq!((now.signal.id(), now.status, now.events.len()), (signal.clone(), Status::Closed, 1));
    // A person may still say which one was meant.
    let event = missing.id();
    let outcome = store.link_event(&event, Some(&signal), at(23)).await.unwrap().expect("it is known");
    assert_eq!(linked(outcome).events.len(), 2);
    assert_eq!(store.unlinked(10, None).await.unwrap().events, []);
}

#[tokio::test]
async fn news_without_a_signal_wait_and_leave_the_queue_with_it() {
    for counting in [Counting::Inline, Counting::FromStream] {
        let store = store_of(Shards { feed: 3, symbol: 2, stats: 2 }, counting).await;
        for n in 0..25 {
            let waits = answering(7, news(100 + n, UpdateEvent::TargetHit, Some(1)));
            assert!(matches!(store.put_event(waits, at(300)).await.unwrap(), PutEvent::Unlinked(_)));
        }
        let (mut posts, mut after) = (Vec::new(), None);
        loop {
            let page = store.unlinked(7, after.as_deref()).await.unwrap();
            assert!(page.events.len() <= 7);
            posts.extend(page.events.iter().map(|it| it.event.id().to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (0..25).rev().map(|n| format!("whalechart_{}_0", 100 + n)).collect();
        assert_eq!(posts, expected);

        let event = "whalechart_110_0".parse().unwrap();
        assert!(matches!(store.link_event(&event, None, at(301)).await.unwrap(), Some(PutEvent::Unlinked(_))));
        store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(302)).await.unwrap();
        let now = linked(store.link_event(&event, None, at(303)).await.unwrap().expect("it is known"));
        assert_eq!((now.version, now.status), (2, Status::Partial));
        assert!(matches!(store.link_event(&event, None, at(304)).await.unwrap(), Some(PutEvent::Unchanged(_))));
        let waits = answering(7, news(110, UpdateEvent::TargetHit, Some(1)));
        assert!(matches!(store.put_event(waits, at(305)).await.unwrap(), PutEvent::Unchanged(_)));
        assert_eq!(store.unlinked(200, None).await.unwrap().events.len(), 24);
        assert_eq!(store.link_event(&"whalechart_999_0".parse().unwrap(), None, at(306)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn many_readers_of_the_same_news_apply_them_once() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let mut readers = tokio::task::JoinSet::new();
    for n in 0..12 {
        let store = store.clone();
        readers.spawn(async move {
            let hit = answering(7, news(20 + n % 3, UpdateEvent::TargetHit, Some(1)));
            loop {
                match store.put_event(hit.clone(), at(90)).await {
                    Ok(PutEvent::Linked(_)) => return 1,
                    Ok(PutEvent::Unchanged(_)) => return 0,
                    Err(error) if error.is_retryable() => {}
                    other => panic!("{other:?}"),
                }
            }
        });
    }
    let n_linked: usize = readers.join_all().await.into_iter().sum();
    let now = signal(&store, "whalechart_7_0").await;
    assert_eq!((n_linked, now.version, now.events.len()), (3, 4, 3));
    check_counters(&store.stats().await.unwrap(), &[now]);
}

#[tokio::test]
async fn news_of_a_deleted_signal_wait() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(11) };
    store.delete(&id("whalechart_7_0"), edit).await.unwrap();
    let hit = naming("BTCUSDT", answering(7, news(20, UpdateEvent::TargetHit, Some(1))));
    assert!(matches!(store.put_event(hit, at(21)).await.unwrap(), PutEvent::Unlinked(_)));
}

#[tokio::test]
async fn the_signals_of_deleted_posts_are_marked_once() {
    let store = store().await;
    for post in [5, 6, 7] {
        store.put(posted("whalechart", post, &long("BTC", 45_000)), at(10)).await.unwrap();
    }
    let channel = ChannelName::parse("whalechart").unwrap();
    let posts = [MessageId(5), MessageId(7), MessageId(99)];
    let marked = store.mark_deleted(&channel, &posts, at(50)).await.unwrap();
    let ids: Vec<String> = marked.iter().map(|it| it.signal.id().to_string()).collect();
    assert_eq!(ids, ["whalechart_5_0", "whalechart_7_0"]);
    assert!(marked.iter().all(|it| it.status == Status::Deleted && it.version == 2));
    assert_eq!(store.former_versions(&id("whalechart_5_0")).await.unwrap()[0].cause, Cause::PostDeleted);
    assert_eq!(store.mark_deleted(&channel, &posts, at(60)).await.unwrap(), []);
    check_counters(&store.stats().await.unwrap(), &walk(&store, &SignalQuery::default(), 50).await);
}

#[tokio::test]
async fn news_that_waited_stand_where_they_happened() {
    let store = store().await;
    let waited = news(20, UpdateEvent::EntryFilled, None);
    assert!(matches!(store.put_event(waited.clone(), at(20)).await.unwrap(), PutEvent::Unlinked(_)));
    let new = posted("whalechart", 10, &long("BTC", 2_000));
    store.put(new.clone(), at(25)).await.unwrap();
    store.put_event(answering(10, news(30, UpdateEvent::TargetHit, Some(1))), at(30)).await.unwrap();
    let told = store.link_event(&waited.id(), Some(&new.signal.id()), at(40)).await.unwrap();
    let told = linked(told.expect("it waited"));
    let events: Vec<UpdateEvent> = told.events.iter().map(|it| it.event).collect();
    assert_eq!(events, [UpdateEvent::EntryFilled, UpdateEvent::TargetHit]);
}

#[tokio::test]
async fn old_news_find_their_signal_behind_thousands_of_later_ones() {
    let store = store().await;
    let n_later = sized(4_500, 300);
    store.put(posted_at("whalechart", 1, 1, &long("SOL", 150)), at(1)).await.unwrap();
    for first in (100..100 + n_later).step_by(100) {
        let batch = (first..first + 100).map(|n| posted("whalechart", n, &long("BTC", 2_000))).collect();
        assert!(store.put_many(batch, at(9_000)).await.iter().all(Result::is_ok));
        // Others speak of the same coin.
        let batch = (first..first + 100).map(|n| posted("otherchannel", n, &long("SOL", 150))).collect();
        assert!(store.put_many(batch, at(9_000)).await.iter().all(Result::is_ok));
    }
    let late = naming("SOLUSDT", news(90, UpdateEvent::StopHit, None));
    assert_eq!(linked(store.put_event(late, at(9_001)).await.unwrap()).signal.id(), id("whalechart_1_0"));
    let latest = naming("SOLUSDT", news(90_000, UpdateEvent::Other, None));
    // The one signal that is left is no longer live, and nobody else's is taken for it.
    assert!(matches!(store.put_event(latest, at(9_002)).await.unwrap(), PutEvent::Unlinked(_)));
}
