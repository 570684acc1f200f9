//! A write whose answer was lost, and another's write before it is tried again: both happened, each once.

use signals::record::{Cause, SignalRecord};
use signals::store::{Counting, Edit, Edited, Put, Shards, SignalStore};

use crate::engine::{at, check_counters, edited, long, posted};
use crate::wire::Wire;

const BY_CLIENT: Edit = Edit { at_version: None, cause: Cause::Client, now: jiff::Timestamp::UNIX_EPOCH };

fn saying(more: &str) -> impl Fn(SignalRecord) -> Result<SignalRecord, ()> {
    let more = more.to_owned();
    move |it| Ok(SignalRecord { text: it.text.map(|text| text + &more), ..it })
}

/// A wire whose engine knows no tokens, the store at its end, and the way past it for the others.
async fn wire_and_stores(counting: Counting) -> (Wire, SignalStore, SignalStore) {
    let wire = Wire::new();
    let store = wire.store(Shards::LOCAL, counting).await;
    let others = wire.store_past_it().await;
    wire.forgets_tokens();
    (wire, store, others)
}

#[tokio::test(start_paused = true)]
async fn who_created_a_signal_is_told_so_although_others_changed_it_since() {
    for counting in [Counting::Inline, Counting::FromStream] {
        let (wire, store, others) = wire_and_stores(counting).await;
        for is_deleted in [false, true] {
            let new = posted("whalechart", i64::from(is_deleted), &long("BTC", 45_000));
            let id = new.signal.id();
            let is_inline = counting == Counting::Inline;
            let (done, lose) = wire.holds_next(if is_inline { "TransactWriteItems" } else { "PutItem" });
            let store = store.clone();
            let put = tokio::spawn(async move { store.put(new, at(10)).await.unwrap() });
            done.await.unwrap();
            let Edited::Done(_) = (if is_deleted {
                others.delete(&id, BY_CLIENT).await.unwrap()
            } else {
                others.edit(&id, BY_CLIENT, saying("!")).await.unwrap()
            }) else {
                panic!("it is there")
            };
            lose.send(()).unwrap();
            assert!(matches!(put.await.unwrap(), Put::Created(_)), "{counting:?}, deleted: {is_deleted}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_overtaken_is_not_made_again() {
    for counting in [Counting::Inline, Counting::FromStream] {
        let (wire, store, others) = wire_and_stores(counting).await;
        let new = posted("whalechart", 7, &long("BTC", 45_000));
        let id = new.signal.id();
        store.put(new.clone(), at(10)).await.unwrap();
        let (done, lose) = wire.holds_next("TransactWriteItems");
        let change = tokio::spawn({
            let (store, id) = (store.clone(), id.clone());
            async move { store.edit(&id, Edit { at_version: Some(1), ..BY_CLIENT }, saying(" mine")).await.unwrap() }
        });
        done.await.unwrap();
        assert!(matches!(others.edit(&id, BY_CLIENT, saying(" theirs")).await.unwrap(), Edited::Done(_)));
        lose.send(()).unwrap();
        let Edited::Done(mine) = change.await.unwrap() else { panic!("it was made at version 1") };
        assert_eq!(mine.version, 2);
        let now = store.get(&id).await.unwrap().expect("it is there");
        assert_eq!(now.text, new.text.map(|text| text + " mine theirs"));
        assert_eq!((now.version, store.former_versions(&id).await.unwrap().len()), (3, 2));
        if counting == Counting::Inline {
            check_counters(&store.stats().await.unwrap(), &[now]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_brought_the_new_version_is_told_so_although_others_changed_it_since() {
    // Where the exchange of versions is the only transaction.
    let (wire, store, others) = wire_and_stores(Counting::FromStream).await;
    let new = posted("whalechart", 7, &long("BTC", 45_000));
    let id = new.signal.id();
    store.put(new, at(10)).await.unwrap();
    let (done, lose) = wire.holds_next("TransactWriteItems");
    let new = edited("whalechart", 7, &long("ETH", 2_000), 60);
    let put = tokio::spawn(async move { store.put(new, at(70)).await.unwrap() });
    done.await.unwrap();
    assert!(matches!(others.edit(&id, BY_CLIENT, saying("!")).await.unwrap(), Edited::Done(_)));
    lose.send(()).unwrap();
    let Put::NewVersion(second) = put.await.unwrap() else { panic!("it was made") };
    assert_eq!(second.version, 2);
    assert_eq!(others.get(&id).await.unwrap().map(|it| it.version), Some(3));
}
