//! Stored signals change, and go.

use signals::query::SignalQuery;
use signals::record::{Cause, SignalRecord};
use signals::status::Status;
use signals::store::{Edit, Edited, Put};

use crate::engine::{at, check_counters, long, posted, store, walk};

const BY_CLIENT: Edit = Edit { at_version: None, cause: Cause::Client, now: jiff::Timestamp::UNIX_EPOCH };

#[tokio::test]
async fn a_change_makes_a_version_unless_it_changes_nothing() {
    let store = store().await;
    let Put::Created(first) = store.put(posted("whalechart", 7, &long("BTC", 45_000)), at(10)).await.unwrap() else {
        panic!("it is new")
    };
    let id = first.signal.id();
    let close = |record| Ok::<_, ()>(SignalRecord { status: Status::Closed, ..record });
    let edit = Edit { now: at(50), ..BY_CLIENT };
    let Edited::Done(second) = store.edit(&id, edit, close).await.unwrap() else { panic!("it is there") };
    assert_eq!((second.version, second.status, second.valid_from), (2, Status::Closed, at(50)));
    assert_eq!(store.edit(&id, edit, close).await.unwrap(), Edited::Done(second.clone()));
    let stale = Edit { at_version: Some(1), ..edit };
    assert_eq!(store.edit(&id, stale, close).await.unwrap(), Edited::Stale(second.clone()));
    assert_eq!(store.edit(&id, edit, |_| Err("no")).await.unwrap(), Edited::Refused("no"));
    check_counters(&store.stats().await.unwrap(), &[second]);
}

#[tokio::test]
async fn a_deleted_signal_leaves_lists_and_counters_and_does_not_come_back() {
    let store = store().await;
    let new = posted("whalechart", 7, &long("BTC", 45_000));
    store.put(new.clone(), at(10)).await.unwrap();
    let id = new.signal.id();
    let edit = Edit { cause: Cause::Deleted, now: at(50), ..BY_CLIENT };
    assert!(matches!(store.delete(&id, Edit { at_version: Some(9), ..edit }).await.unwrap(), Edited::Stale(_)));
    assert!(matches!(store.delete(&id, edit).await.unwrap(), Edited::Done(_)));
    assert_eq!(store.delete(&id, edit).await.unwrap(), Edited::Missing);
    assert_eq!(store.get(&id).await.unwrap(), None);
    for query in [
        SignalQuery::default(),
        SignalQuery { symbol: Some("BTCUSDT".to_owned()), ..SignalQuery::default() },
        SignalQuery { source: Some(new.signal.origin().source()), ..SignalQuery::default() },
    ] {
        assert_eq!(walk(&store, &query, 10).await, []);
    }
    assert!(store.stats().await.unwrap().is_empty());
    assert_eq!(store.put(new, at(60)).await.unwrap(), Put::Deleted(id.clone()));
    let then = store.as_of(&id, at(49)).await.unwrap().expect("it stood then");
    assert_eq!(then.version, 1);
    assert_eq!(store.as_of(&id, at(50)).await.unwrap(), None);
}

#[tokio::test]
async fn changes_at_the_same_time_all_happen_one_after_the_other() {
    let store = store().await;
    let new = posted("whalechart", 7, &long("BTC", 45_000));
    store.put(new.clone(), at(10)).await.unwrap();
    let id = new.signal.id();
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..4u32 {
        let (store, id) = (store.clone(), id.clone());
        writers.spawn(async move {
            let change = |it: SignalRecord| Ok::<_, ()>(SignalRecord { text: Some(format!("writer {n}")), ..it });
            let edit = Edit { now: at(i64::from(n)), ..BY_CLIENT };
            loop {
                match store.edit(&id, edit, change).await {
                    Ok(Edited::Done(_)) => break,
                    Err(error) if error.is_retryable() => {}
                    other => panic!("{other:?}"),
                }
            }
        });
    }
    writers.join_all().await;
    let now = store.get(&id).await.unwrap().expect("it is there");
    assert_eq!(now.version, 5);
    assert_eq!(store.former_versions(&id).await.unwrap().len(), 4);
}
