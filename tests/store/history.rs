//! What a signal was: every version is found at its time, however many there are and whatever the clock did.

use signals::record::{Cause, SignalRecord};
use signals::store::{Edit, Edited, MOST_VERSIONS, Put};

use crate::engine::{at, edited, long, posted, store};

#[tokio::test]
async fn a_signal_is_found_as_it_stood_before_more_versions_than_are_shown() {
    let store = store().await;
    let new = posted("whalechart", 0, &long("BTC", 45_000));
    let id = new.signal.id();
    store.put(new, at(0)).await.unwrap();
    let n_changes = i64::try_from(MOST_VERSIONS).unwrap() + 20;
    for n in 1..=n_changes {
        let edit = Edit { at_version: None, cause: Cause::Client, now: at(n) };
        // So long that not all of the versions shown fit into one answer of the engine.
        let text = format!("{n} {}", "Read this before you trade. ".repeat(300));
        let change = |it| Ok::<_, ()>(SignalRecord { text: Some(text.clone()), ..it });
        assert!(matches!(store.edit(&id, edit, change).await.unwrap(), Edited::Done(_)));
    }
    let shown = store.former_versions(&id).await.unwrap();
    assert_eq!(shown.len(), MOST_VERSIONS);
    assert_eq!(shown[0].record.version, u32::try_from(n_changes).unwrap());
    for n in [0, 1, 10, 25, n_changes - 1, n_changes] {
        let then = store.as_of(&id, at(n)).await.unwrap().expect("it stood then");
        assert_eq!(i64::from(then.version), n + 1);
    }
    assert_eq!(store.as_of(&id, at(-1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_goes_back_leaves_no_gap_and_no_overlap() {
    let store = store().await;
    let new = posted("whalechart", 50, &long("BTC", 45_000));
    let id = new.signal.id();
    store.put(new, at(60)).await.unwrap();
    for (n, now) in [100, 70, 90, 120, 10].into_iter().enumerate() {
        let edit = Edit { at_version: None, cause: Cause::Client, now: at(now) };
        let change = |it| Ok::<_, ()>(SignalRecord { text: Some(format!("text {n}")), ..it });
        assert!(matches!(store.edit(&id, edit, change).await.unwrap(), Edited::Done(_)));
    }
    let mut versions = store.former_versions(&id).await.unwrap();
    versions.reverse();
    assert_eq!(versions[0].record.valid_from, at(50));
    for pair in versions.windows(2) {
        assert_eq!(pair[0].valid_until, pair[1].record.valid_from);
    }
    let now = store.get(&id).await.unwrap().expect("it is there");
    assert_eq!(versions.last().map(|it| it.valid_until), Some(now.valid_from));
    let texts = [(50, None), (99, None), (100, Some("text 2")), (119, Some("text 2")), (120, Some("text 4"))];
    for (seconds, text) in texts {
        let then = store.as_of(&id, at(seconds)).await.unwrap().expect("it stood then");
        assert_eq!(then.text.as_deref().filter(|text| text.starts_with("text")), text, "{seconds}");
    }
}

#[tokio::test]
async fn a_delete_before_its_signal_by_a_clock_that_went_back_ends_it() {
    let store = store().await;
    let new = posted("whalechart", 50, &long("BTC", 45_000));
    let id = new.signal.id();
    let Put::Created(first) = store.put(new, at(60)).await.unwrap() else { panic!("it is new") };
    let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(10) };
    assert_eq!(store.delete(&id, edit).await.unwrap(), Edited::Done(first));
    for seconds in [10, 50, 60] {
        assert_eq!(store.as_of(&id, at(seconds)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_better_reading_of_an_edited_post_does_not_change_what_was_told_before_it() {
    let store = store().await;
    let edit = |text: &str| edited("whalechart", 1, text, 100);
    let (first, better) = (edit(&long("BTC", 2_000)), edit(&long("BTC", 2_001)));
    let id = first.signal.id();
    store.put(first.clone(), at(101)).await.unwrap();
    let Put::NewVersion(record) = store.put(better.clone(), at(500)).await.unwrap() else { panic!("it says another") };
    assert_eq!((record.version, record.valid_from), (2, at(500)));
    for (seconds, expected) in [(100, &first), (499, &first), (500, &better)] {
        let then = store.as_of(&id, at(seconds)).await.unwrap().expect("it stood there");
        assert_eq!(then.signal, expected.signal, "{seconds}");
    }
}
