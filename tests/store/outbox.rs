//! The outbox: one entry for a place, in the order of the posts, until it is sent.

use signals::origin::SignalId;
use signals::outbox::{OutboxEntry, OutboxKind};

use crate::engine::store;

fn entry(kind: OutboxKind, place: &str, revision: i64, body: &str) -> OutboxEntry {
    OutboxEntry { kind, place: SignalId::parse(place).expect("an id"), revision, body: body.to_owned() }
}

#[tokio::test]
async fn entries_stand_in_the_order_of_their_posts_and_signals_before_news() {
    let store = store().await;
    for (kind, place) in [
        (OutboxKind::Event, "whalechart_7_0"),
        (OutboxKind::Signal, "whalechart_10_1"),
        (OutboxKind::Signal, "whalechart_10_0"),
        (OutboxKind::Signal, "whalechart_7_0"),
        (OutboxKind::Signal, "io_altsignals_9_0"),
    ] {
        store.keep_waiting(&entry(kind, place, 0, "{}")).await.unwrap();
    }
    let waiting = store.waiting(9, None).await.unwrap();
    let places: Vec<String> =
        waiting.iter().map(|it| format!("{} {}", it.entry.kind.as_str(), it.entry.place)).collect();
    let expected = [
        "signal io_altsignals_9_0",
        "signal whalechart_7_0",
        "event whalechart_7_0",
        "signal whalechart_10_0",
        "signal whalechart_10_1",
    ];
    assert_eq!(places, expected);
    let behind = store.waiting(9, Some(&waiting[2])).await.unwrap();
    assert_eq!(behind, waiting[3..]);
    assert_eq!((store.waiting(2, None).await.unwrap().len(), store.n_waiting().await.unwrap()), (2, 5));
}

#[tokio::test]
async fn what_a_place_says_later_takes_the_place_of_what_it_said_and_is_not_taken_for_it() {
    let store = store().await;
    let says = |revision, body| entry(OutboxKind::Signal, "whalechart_7_0", revision, body);
    store.keep_waiting(&says(5, "first")).await.unwrap();
    let seen = store.waiting(9, None).await.unwrap().remove(0);
    store.keep_waiting(&says(9, "edited")).await.unwrap();
    store.keep_waiting(&says(5, "first")).await.unwrap();
    // What was sent is the first; the edit still waits.
    store.forget_waiting(&seen).await.unwrap();
    let left = store.waiting(9, None).await.unwrap();
    assert_eq!(left.iter().map(|it| it.entry.body.as_str()).collect::<Vec<_>>(), ["edited"]);
    store.forget_waiting(&left[0]).await.unwrap();
    store.forget_waiting(&left[0]).await.unwrap();
    assert_eq!(store.n_waiting().await.unwrap(), 0);
}
