//! Which posts were read: everybody adds, nobody's addition is lost.

use signals::coverage::{Coverage, MOST_RANGES};
use signals::message::{ChannelName, MessageId};
use signals::store::SignalStore;

use crate::engine::store;

fn channel() -> ChannelName {
    ChannelName::parse("whalechart").expect("a channel")
}

async fn add(store: &SignalStore, ranges: &str) -> Coverage {
    let ranges = Coverage::parse(ranges).expect("ranges");
    loop {
        match store.add_coverage(&channel(), &ranges).await {
            Ok(all) => return all,
            Err(error) if error.is_retryable() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn what_was_read_is_kept_and_adding_it_again_changes_nothing() {
    let store = store().await;
    assert!(store.coverage(&channel()).await.unwrap().is_empty());
    assert_eq!(add(&store, "").await.to_string(), "");
    assert_eq!(add(&store, "1-10 20").await.to_string(), "1-10 20");
    assert_eq!(add(&store, "11-18").await.to_string(), "1-18 20");
    assert_eq!(add(&store, "3").await.to_string(), "1-18 20");
    let all = store.coverage(&channel()).await.unwrap();
    assert_eq!(all.to_string(), "1-18 20");
    assert_eq!(all.missing(MessageId(1)..=MessageId(21)).len(), 2);
    let other = ChannelName::parse("io_altsignals").unwrap();
    assert!(store.coverage(&other).await.unwrap().is_empty());
}

#[tokio::test]
async fn additions_at_the_same_time_are_all_kept() {
    let store = store().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for n in 0..10 {
                add(&store, &(1 + writer + n * 8).to_string()).await;
            }
        });
    }
    writers.join_all().await;
    assert_eq!(store.coverage(&channel()).await.unwrap().to_string(), "1-80");
}

#[tokio::test]
async fn the_most_ranges_with_the_longest_numbers_fit_into_a_row() {
    let store = store().await;
    let mut most = Coverage::default();
    for n in 0..i64::try_from(MOST_RANGES).unwrap() {
        let low = MessageId(i64::MAX - 10 * (n + 1));
        most.add(low..=MessageId(low.0 + 5));
    }
    assert_eq!(store.add_coverage(&channel(), &most).await.unwrap(), most);
    assert_eq!(store.coverage(&channel()).await.unwrap(), most);
}
