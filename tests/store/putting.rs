//! Signals come in, once.

use signals::message::ChannelName;
use signals::origin::{SignalId, Source};
use signals::query::SignalQuery;
use signals::record::{Cause, SignalRecord};
use signals::status::Status;
use signals::store::{Edit, Edited, NewSignal, Put};

use crate::engine::{at, check_counters, edited, handed_in, long, posted, posted_at, sized, store, walk};

#[tokio::test]
async fn a_signal_is_stored_once_and_read_as_it_was() {
    let store = store().await;
    let new = posted("whalechart", 7, &long("BTC", 45_000));
    let Put::Created(record) = store.put(new.clone(), at(10)).await.unwrap() else { panic!("it is new") };
    assert_eq!(record.signal, new.signal);
    assert_eq!((record.version, record.status), (1, Status::Open));
    let id = SignalId::parse("whalechart_7_0").unwrap();
    assert_eq!(store.get(&id).await.unwrap(), Some(record.clone()));
    assert_eq!(store.put(new, at(20)).await.unwrap(), Put::Unchanged(record.clone()));
    check_counters(&store.stats().await.unwrap(), &[record]);
    assert_eq!(store.get(&SignalId::parse("whalechart_8_0").unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn an_edit_becomes_a_version_and_the_former_one_is_kept() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let new = edited("whalechart", 7, &long("ETH", 2_000), 60);
    let Put::NewVersion(second) = store.put(new.clone(), at(70)).await.unwrap() else { panic!("it says more") };
    assert_eq!((second.version, second.valid_from, second.stored_at), (2, at(60), at(10)));
    assert_eq!(store.put(new, at(80)).await.unwrap(), Put::Unchanged(second.clone()));
    // What was read before the edit, and comes late, changes nothing.
    let late = posted("whalechart", 7, &long("BTC", 45_000));
    assert_eq!(store.put(late, at(90)).await.unwrap(), Put::Unchanged(second.clone()));

    let former = store.former_versions(&second.signal.id()).await.unwrap();
    assert_eq!(former.len(), 1);
    assert_eq!((former[0].record.version, former[0].cause, former[0].valid_until), (1, Cause::Edited, at(60)));
    assert_eq!(former[0].record.signal.fields().symbol.compact(), "BTCUSDT");
    let id = second.signal.id();
    let symbol_at = |seconds| {
        let (store, id) = (&store, &id);
        async move { store.as_of(id, at(seconds)).await.unwrap().map(|it| it.signal.fields().symbol.compact()) }
    };
    assert_eq!(symbol_at(6).await, None);
    assert_eq!(symbol_at(7).await.as_deref(), Some("BTCUSDT"));
    assert_eq!(symbol_at(59).await.as_deref(), Some("BTCUSDT"));
    assert_eq!(symbol_at(60).await.as_deref(), Some("ETHUSDT"));
    check_counters(&store.stats().await.unwrap(), &[second]);
}

#[tokio::test]
async fn many_signals_come_in_at_once_and_each_gets_its_answer() {
    let store = store().await;
    store.put(posted("whalechart", 3, &long("SOL", 150)), at(0)).await.unwrap();
    store.put(posted("whalechart", 5, &long("SOL", 150)), at(0)).await.unwrap();
    let deleted = SignalId::parse("whalechart_5_0").unwrap();
    let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(1) };
    assert!(matches!(store.delete(&deleted, edit).await.unwrap(), Edited::Done(_)));
    let mut new: Vec<NewSignal> = (0..250).map(|n| posted("whalechart", n, &long("SOL", 150))).collect();
    new.push(posted("whalechart", 9, &long("SOL", 150)));
    new.push(edited("whalechart", 10, &long("BTC", 45_000), 1_000));
    let answers: Vec<Put> = store.put_many(new, at(2_000)).await.into_iter().map(Result::unwrap).collect();
    for (n, answer) in answers.iter().enumerate() {
        match (n, answer) {
            (3 | 250, Put::Unchanged(_)) | (5, Put::Deleted(_)) | (251, Put::NewVersion(_)) => {}
            (_, Put::Created(record)) if ![3, 5, 250, 251].contains(&n) => {
                assert_eq!(record.signal.id().to_string(), format!("whalechart_{n}_0"));
            }
            other => panic!("{other:?}"),
        }
    }
    let all = walk(&store, &SignalQuery::default(), 100).await;
    assert_eq!(all.len(), 249);
    check_counters(&store.stats().await.unwrap(), &all);
}

#[tokio::test]
async fn many_writers_of_one_signal_make_one_row_and_one_is_told_so() {
    let store = store().await;
    // Each key is written by eight of the writers.
    let n_keys = sized(1_000, 64);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..64 {
        let store = store.clone();
        writers.spawn(async move {
            let mut n_created = 0;
            for n in 0..n_keys / 8 {
                let new = posted("whalechart", (n + writer * n_keys / 64) % n_keys, &long("BTC", 45_000));
                n_created += i64::from(matches!(store.put(new, at(5_000)).await.unwrap(), Put::Created(_)));
            }
            n_created
        });
    }
    let n_created: i64 = writers.join_all().await.into_iter().sum();
    let all = walk(&store, &SignalQuery::default(), 200).await;
    assert_eq!((n_created, i64::try_from(all.len()).unwrap()), (n_keys, n_keys));
    check_counters(&store.stats().await.unwrap(), &all);
}

#[tokio::test]
async fn what_was_handed_in_is_listed_with_what_the_channel_posted() {
    let store = store().await;
    store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap();
    let source = Source::of_channel(&ChannelName::parse("whalechart").unwrap());
    let new = handed_in(source.as_str(), 20, &long("ETH", 2_000));
    let Put::Created(record) = store.put(new, at(20)).await.unwrap() else { panic!("it is new") };
    assert_eq!(store.get(&record.signal.id()).await.unwrap(), Some(record));
    store.put(handed_in("my-desk", 30, &long("ETH", 2_000)), at(30)).await.unwrap();
    let query = SignalQuery { source: Some(source), ..SignalQuery::default() };
    let symbols: Vec<String> =
        walk(&store, &query, 10).await.iter().map(|it| it.signal.fields().symbol.compact()).collect();
    assert_eq!(symbols, ["ETHUSDT", "BTCUSDT"]);
}

#[tokio::test]
async fn a_hundred_of_the_longest_texts_come_in_at_once_and_are_listed_with_them() {
    let store = store().await;
    let text = format!("{}\n\n{}", long("BTC", 45_000), "é".repeat(8_000));
    let new: Vec<NewSignal> = (0..100).map(|n| posted("whalechart", n, &text)).collect();
    for answer in store.put_many(new, at(5_000)).await {
        assert!(matches!(answer.unwrap(), Put::Created(_)));
    }
    let all = walk(&store, &SignalQuery::default(), 100).await;
    assert_eq!(all.len(), 100);
    assert!(all.iter().all(|it| it.text.as_ref() == Some(&text)));
    check_counters(&store.stats().await.unwrap(), &all);
}

#[tokio::test]
async fn a_signal_that_is_too_large_for_the_table_does_not_sink_the_others() {
    let store = store().await;
    let mut new: Vec<NewSignal> = (0..20).map(|n| posted("whalechart", n, &long("BTC", 45_000))).collect();
    new[7].text = Some("x".repeat(500_000));
    let answers = store.put_many(new, at(5_000)).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(Put::Created(_)) => assert_ne!(n, 7),
            Err(error) => assert!(n == 7 && !error.is_retryable(), "{n}: {error}"),
            Ok(other) => panic!("{other:?}"),
        }
    }
    let all = walk(&store, &SignalQuery::default(), 100).await;
    assert_eq!(all.len(), 19);
    check_counters(&store.stats().await.unwrap(), &all);
}

#[tokio::test]
async fn reading_a_post_again_does_not_undo_what_a_client_corrected() {
    let store = store().await;
    let post = posted("whalechart", 7, &long("BTC", 45_000));
    let id = post.signal.id();
    store.put(post.clone(), at(10)).await.unwrap();
    let edit = Edit { at_version: None, cause: Cause::Client, now: at(20) };
    let correct = |it| Ok::<_, ()>(SignalRecord { text: Some("corrected".to_owned()), ..it });
    let Edited::Done(corrected) = store.edit(&id, edit, correct).await.unwrap() else { panic!("it is there") };
    assert_eq!(store.put(post, at(30)).await.unwrap(), Put::Unchanged(corrected));
    let fill = |it| Ok::<_, ()>(SignalRecord { status: Status::Filled, ..it });
    let Edited::Done(filled) = store.edit(&id, edit, fill).await.unwrap() else { panic!("it is there") };
    let post = posted("whalechart", 7, &long("BTC", 45_000));
    assert_eq!(store.put(post, at(40)).await.unwrap(), Put::Unchanged(filled));
    // An edit of the post is news.
    let Put::NewVersion(now) = store.put(edited("whalechart", 7, &long("ETH", 2_000), 50), at(60)).await.unwrap()
    else {
        panic!("the post was edited")
    };
    assert_eq!((now.version, now.status), (4, Status::Filled));
}

#[tokio::test]
async fn a_time_before_1970_or_after_2286_is_kept_as_the_nearest_that_keys_can_hold() {
    let store = store().await;
    for (number, seconds, kept) in [(1, -3_000_000_000, 0), (2, 100_000_000_000, 9_999_999_999)] {
        let new = posted_at("whalechart", number, seconds, &long("BTC", 45_000));
        let id = new.signal.id();
        assert!(matches!(store.put(new.clone(), at(0)).await.unwrap(), Put::Created(_)));
        assert!(matches!(store.put(new, at(1)).await.unwrap(), Put::Unchanged(_)));
        assert_eq!(store.get(&id).await.unwrap().map(|it| it.signal.origin().posted_at().as_second()), Some(kept));
    }
    let all = walk(&store, &SignalQuery::default(), 1).await;
    assert_eq!(all.len(), 2);
    check_counters(&store.stats().await.unwrap(), &all);
}
