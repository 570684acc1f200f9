//! Counters that are kept from the table's stream equal a full count, however the stream is delivered.

use signals::query::SignalQuery;
use signals::record::Cause;
use signals::store::{Counted, Counting, Edit, Shards, SignalStore};
use signals::update::UpdateEvent;

use crate::engine::{at, check_counters, long, posted, store_of, walk};
use crate::tape::Tape;
use crate::telling::{answering, news};

const SHARD: &str = "shardId-00000001790000000000-abcdef01";

/// A name of a coin for each number, so that there are more counters than a transaction takes.
fn coin(n: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).expect("a letter"));
    format!("Q{}{}Z", letter(n / 26), letter(n))
}

/// A store in which much has happened, that nobody has counted.
async fn history() -> (SignalStore, Tape) {
    let store = store_of(Shards { feed: 2, symbol: 2, stats: 3 }, Counting::FromStream).await;
    let mut tape = Tape::default();
    for n in 0..160 {
        store
            .put(posted("whalechart", n, &long(&coin(usize::try_from(n).expect("it works")), 2_000)), at(200))
            .await
            .expect("it works");
    }
    tape.record(&store).await;
    for n in 0..40 {
        let stop = answering(n, news(500 + n, UpdateEvent::StopHit, None));
        store.put_event(stop, at(600)).await.expect("it works");
        let id = posted("whalechart", 100 + n, &long("BTC", 2_000)).signal.id();
        let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(601) };
        store.delete(&id, edit).await.expect("it works");
    }
    tape.record(&store).await;
    (store, tape)
}

async fn check(store: &SignalStore) {
    check_counters(&store.stats().await.expect("it works"), &walk(store, &SignalQuery::default(), 200).await);
}

#[tokio::test]
async fn every_record_counts_once_though_batches_come_again_and_overlap() {
    let (store, tape) = history().await;
    assert!(store.stats().await.unwrap().is_empty());
    let n = tape.len();
    let mut applied = 0;
    // In pieces that break off anywhere, each begun again further back: as after crashes, and across chunks.
    for (from, to) in [(0, 50), (0, 50), (20, 130), (0, 7), (100, 131), (0, n - 20), (n - 40, n), (0, n)] {
        let counted = store.count_records(SHARD, tape.play(from, to), at(0)).await.unwrap();
        assert_eq!((counted.applied + counted.skipped, counted.unreadable), (to - from, 0));
        applied += counted.applied;
    }
    assert_eq!(applied, n);
    check(&store).await;
}

#[tokio::test]
async fn readers_at_the_same_time_count_every_record_once() {
    let (store, tape) = history().await;
    let n = tape.len();
    for to in [120, n] {
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (store, records) = (store.clone(), tape.play(0, to));
            readers.spawn(async move {
                let mut applied = 0;
                loop {
                    match store.count_records(SHARD, records.clone(), at(0)).await {
                        Ok(counted) => {
                            applied += counted.applied;
                            return applied;
                        }
                        Err(error) if error.is_retryable() => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        readers.join_all().await;
    }
    check(&store).await;
}

#[tokio::test]
async fn shards_of_the_stream_count_for_themselves() {
    let (store, tape) = history().await;
    let n = tape.len();
    let half = n / 2;
    for _ in 0..2 {
        store.count_records("shardId-parent", tape.play(0, half), at(0)).await.unwrap();
        store.count_records("shardId-child", tape.play(half, n), at(0)).await.unwrap();
    }
    check(&store).await;
}

#[tokio::test]
async fn records_that_change_no_signal_write_nothing_that_would_come_back() {
    let store = store_of(Shards::LOCAL, Counting::FromStream).await;
    let mut tape = Tape::default();
    for n in 0..3 {
        store.put_event(news(n, UpdateEvent::Closed, None), at(9)).await.unwrap();
    }
    tape.record(&store).await;
    for _ in 0..2 {
        // Were there a checkpoint, the second delivery would be skipped.
        let counted = store.count_records(SHARD, tape.play(0, 3), at(0)).await.unwrap();
        assert_eq!(counted, Counted { applied: 3, ..Counted::default() });
    }
}
