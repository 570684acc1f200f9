//! Lists: complete, in order, and stable while others write.

use signals::confidence::Confidence;
use signals::origin::{SignalId, Source};
use signals::query::{Cursor, SignalQuery};
use signals::record::{Cause, SignalRecord};
use signals::side::SignalType;
use signals::status::Status;
use signals::store::{Counting, Edit, Shards, SignalStore};

use crate::engine::{at, handed_in, long, posted, posted_at, sized, store, store_of, walk};

fn ids(signals: &[SignalRecord]) -> Vec<String> {
    signals.iter().map(|it| it.signal.id().to_string()).collect()
}

async fn fill(store: &SignalStore, n_all: usize) {
    let mut new = Vec::new();
    for n in 0..n_all {
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
    let n_all = usize::try_from(sized(120, 40)).expect("a small number");
    for shards in [Shards::LOCAL, Shards { feed: 5, symbol: 3, stats: 2 }] {
        let store = store_of(shards, Counting::Inline).await;
        fill(&store, n_all).await;
        let all = walk(&store, &SignalQuery::default(), 7).await;
        assert_eq!(all.len(), n_all);
        assert!(all.is_sorted_by_key(|it| std::cmp::Reverse(it.signal.origin().posted_at())));
        let queries = [
            SignalQuery { symbol: Some("ETHUSDT".to_owned()), ..SignalQuery::default() },
            SignalQuery { source: Some(Source::parse("telegram_io_altsignals").unwrap()), ..SignalQuery::default() },
            SignalQuery {
                symbol: Some("ETHUSDT".to_owned()),
                source: Some(Source::parse("telegram_io_altsignals").unwrap()),
                ..SignalQuery::default()
            },
            SignalQuery { since: Some(at(10)), until: Some(at(30)), ..SignalQuery::default() },
            SignalQuery {
                since: Some(at(10)),
                until: Some(at(30)),
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
    fill(&store, 120).await;
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
    // Altogether about 1 000 signals come and 500 go while 10 000 are walked over.
    let (n_all, n_rounds) = (sized(10_000, 200), sized(100, 40));
    let (n_new, n_seen_gone, n_unseen_gone) = (sized(10, 5), sized(3, 1), sized(2, 1));
    let new = (0..n_all).map(|n| posted("whalechart", n, &long("BTC", 45_000))).collect();
    for answer in store.put_many(new, at(5_000)).await {
        answer.expect("stored");
    }
    let per_page = n_all / n_rounds;
    let (mut seen, mut cursor, mut round) = (Vec::new(), Cursor::default(), 0i64);
    loop {
        let limit = usize::try_from(per_page).unwrap();
        let page = store.list(&SignalQuery::default(), limit, &cursor).await.unwrap();
        seen.extend(ids(&page.signals));
        // Some that were seen go, some that were not seen go, and newer ones come.
        let seen_gone = (0..n_seen_gone).map(|n| n_all - 1 - round * per_page - n);
        for n in seen_gone.chain((0..n_unseen_gone).map(|n| round * n_unseen_gone + n)) {
            let id = posted("whalechart", n.max(0), &long("BTC", 45_000)).signal.id();
            let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(6_000) };
            store.delete(&id, edit).await.unwrap();
        }
        for n in 0..n_new {
            let new = handed_in("my-desk", 100_000 + round * n_new + n, &long("ETH", 2_000));
            store.put(new, at(20_000)).await.unwrap();
        }
        round += 1;
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    assert!(round > n_rounds * 3 / 4, "{round}");
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "a signal was seen twice");
    let remaining = ((n_rounds + 10) * n_unseen_gone..n_all).map(|n| format!("whalechart_{n}_0"));
    let missed: Vec<String> = remaining.filter(|id| once.binary_search(id).is_err()).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[tokio::test]
async fn posts_of_one_second_and_posts_whose_numbers_and_times_disagree_are_each_seen_once() {
    let store = store().await;
    let mut new = Vec::new();
    // Numbers whose order as text differs from their order as numbers, some of them no number that a channel gives.
    let numbers =
        [-70, -7, 0, 7, 8, 9, 10, 11, 98, 99, 100, 101, 9_999_999_999_999_999, 10_000_000_000_000_000, i64::MAX];
    for (n, number) in numbers.into_iter().enumerate() {
        let seconds = if n % 4 == 0 { i64::try_from(n).expect("a small number") * -50 } else { 1_000 };
        new.push(posted_at("whalechart", number, seconds, &long("BTC", 45_000)));
    }
    let source = new[0].signal.origin().source();
    new.push(handed_in(source.as_str(), 1_000, &long("BTC", 45_000)));
    let mut expected: Vec<String> = new.iter().map(|it| it.signal.id().to_string()).collect();
    expected.sort();
    for answer in store.put_many(new, at(5_000)).await {
        answer.expect("stored");
    }
    let of_source = SignalQuery { source: Some(source), ..SignalQuery::default() };
    for query in [of_source, SignalQuery::default()] {
        for limit in [1, 2, 3, 5, 100] {
            let mut found = ids(&walk(&store, &query, limit).await);
            found.sort();
            assert_eq!(found, expected, "{query:?} by {limit}");
        }
    }
    for id in &expected {
        let id = SignalId::parse(id).expect("an id");
        assert_eq!(store.get(&id).await.unwrap().map(|it| it.signal.id()), Some(id));
    }
}

#[tokio::test]
async fn a_page_that_is_cut_short_goes_on_and_each_page_is_nearer_to_the_end() {
    let store = store().await;
    let n_all = sized(4_500, 450);
    let new = (0..n_all).map(|n| posted("whalechart", n, &long("BTC", 45_000))).collect();
    for answer in store.put_many(new, at(50_000)).await {
        answer.expect("stored");
    }
    let oldest = [0, 1, 2].map(|n| format!("whalechart_{n}_0"));
    for source in [None, Some(Source::parse("telegram_whalechart").unwrap())] {
        for id in &oldest {
            let edit = Edit { at_version: None, cause: Cause::Client, now: at(60_000) };
            let close = |it| Ok::<_, ()>(SignalRecord { status: Status::Closed, ..it });
            store.edit(&SignalId::parse(id).unwrap(), edit, close).await.unwrap();
        }
        let query = SignalQuery { status: Some(Status::Closed), source, ..SignalQuery::default() };
        let (mut found, mut cursor, mut n_pages) = (Vec::new(), Cursor::default(), 0);
        loop {
            let page = store.list(&query, 2, &cursor).await.unwrap();
            found.extend(ids(&page.signals));
            n_pages += 1;
            let Some(next) = page.next else { break };
            assert_ne!(next, cursor);
            cursor = next;
        }
        found.reverse();
        assert_eq!(found, oldest);
        assert!(n_pages <= 4, "{n_pages}");
    }
}

#[tokio::test]
async fn a_list_of_what_cannot_be_a_symbol_is_empty() {
    let store = store().await;
    store.put(posted("whalechart", 1, &long("BTC", 45_000)), at(1)).await.unwrap();
    for symbol in ["", "#", "BTCUSDT#0", "BTC/USDT", "~", "\0", "🚀", "btcusdt", &"X".repeat(5_000)] {
        let query = SignalQuery { symbol: Some(symbol.to_owned()), ..SignalQuery::default() };
        let page = store.list(&query, 10, &Cursor::default()).await.unwrap();
        assert_eq!((page.signals, page.next), (vec![], None), "{symbol:?}");
    }
}

#[tokio::test]
async fn a_page_holds_one_signal_at_least_and_a_bounded_number_at_most() {
    let store = store().await;
    store.put(posted("whalechart", 1, &long("BTC", 45_000)), at(1)).await.unwrap();
    for limit in [0, usize::MAX] {
        assert_eq!(store.list(&SignalQuery::default(), limit, &Cursor::default()).await.unwrap().signals.len(), 1);
    }
}
