//! Lists: complete, in order, and stable while others write.

use signals::confidence::Confidence;
use signals::origin::Source;
use signals::query::{Cursor, SignalQuery};
use signals::record::{Cause, SignalRecord};
use signals::side::SignalType;
use signals::store::{Counting, Edit, Shards, SignalStore};

use crate::engine::{at, handed_in, long, posted, store, store_of, walk};

fn ids(signals: &[SignalRecord]) -> Vec<String> {
    signals.iter().map(|it| it.signal.id().to_string()).collect()
}

async fn fill(store: &SignalStore) {
    let mut new = Vec::new();
    for n in 0..120 {
        let coin = ["BTC", "ETH", "SOL"][n % 3];
        let channel = ["whalechart", "io_altsignals"][n % 2];
        new.push(posted(channel, i64::try_from(n).expect("a small number"), &long(coin, 1_000)));
    }
    for answer in store.put_many(new, at(500)).await {
        answer.expect("stored");
    }
}

#[tokio::test]
async fn every_list_holds_what_it_is_asked_for_newest_first() {
    for shards in [Shards::LOCAL, Shards { feed: 5, symbol: 3, stats: 2 }] {
        let store = store_of(shards, Counting::Inline).await;
        fill(&store).await;
        let all = walk(&store, &SignalQuery::default(), 7).await;
        assert_eq!(all.len(), 120);
        assert!(all.is_sorted_by_key(|it| std::cmp::Reverse(it.signal.origin().posted_at())));
        let queries = [
            SignalQuery { symbol: Some("ETHUSDT".to_owned()), ..SignalQuery::default() },
            SignalQuery { source: Some(Source::parse("telegram_io_altsignals").unwrap()), ..SignalQuery::default() },
            SignalQuery {
                symbol: Some("ETHUSDT".to_owned()),
                source: Some(Source::parse("telegram_io_altsignals").unwrap()),
                ..SignalQuery::default()
            },
            SignalQuery { since: Some(at(20)), until: Some(at(60)), ..SignalQuery::default() },
            SignalQuery {
                since: Some(at(20)),
                until: Some(at(60)),
                source: Some(Source::parse("telegram_whalechart").unwrap()),
                ..SignalQuery::default()
            },
            SignalQuery { signal_type: Some(SignalType::Short), ..SignalQuery::default() },
            SignalQuery { min_confidence: Some(Confidence::from_percent(100)), ..SignalQuery::default() },
            SignalQuery { symbol: Some("NONEUSDT".to_owned()), ..SignalQuery::default() },
        ];
        for query in queries {
            let expected: Vec<SignalRecord> = all.iter().filter(|it| query.admits(it)).cloned().collect();
            for limit in [1, 7, 200] {
                assert_eq!(ids(&walk(&store, &query, limit).await), ids(&expected), "{query:?} by {limit}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_ends_the_list_says_so() {
    let store = store().await;
    fill(&store).await;
    let page = store.list(&SignalQuery::default(), 120, &Cursor::default()).await.unwrap();
    assert_eq!((page.signals.len(), page.next), (120, None));
}

#[tokio::test]
async fn long_texts_come_with_the_list() {
    let store = store().await;
    let text = format!("{}\n\n{}", long("BTC", 45_000), "Read this before you trade. ".repeat(100));
    store.put(posted("whalechart", 1, &text), at(1)).await.unwrap();
    store.put(posted("whalechart", 2, &long("BTC", 45_000)), at(2)).await.unwrap();
    let texts: Vec<usize> = walk(&store, &SignalQuery::default(), 10)
        .await
        .iter()
        .map(|it| it.text.as_ref().map_or(0, String::len))
        .collect();
    assert_eq!(texts, [long("BTC", 45_000).len(), text.len()]);
}

#[tokio::test]
async fn a_walk_sees_each_signal_once_while_others_come_and_go() {
    let store = store().await;
    let new = (0..2_000).map(|n| posted("whalechart", n, &long("BTC", 45_000))).collect();
    for answer in store.put_many(new, at(5_000)).await {
        answer.expect("stored");
    }
    let (mut seen, mut cursor, mut round) = (Vec::new(), Cursor::default(), 0i64);
    loop {
        let page = store.list(&SignalQuery::default(), 50, &cursor).await.unwrap();
        seen.extend(ids(&page.signals));
        // One that was seen goes, one that was not seen goes, and newer ones come.
        for n in [1_999 - round * 50, round] {
            let id = posted("whalechart", n, &long("BTC", 45_000)).signal.id();
            let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(6_000) };
            store.delete(&id, edit).await.unwrap();
        }
        for n in 0..5 {
            store.put(handed_in("my-desk", 10_000 + round * 5 + n, &long("ETH", 2_000)), at(6_000)).await.unwrap();
        }
        round += 1;
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "a signal was seen twice");
    let remaining = (0..2_000).filter(|n| *n >= 100).map(|n| format!("whalechart_{n}_0"));
    let missed: Vec<String> = remaining.filter(|id| once.binary_search(id).is_err()).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
