//! How far a login has followed a channel's changes, and what its account knows of channels.

use signals::lease::Lease;
use signals::message::ChannelName;
use signals::peer::{KnownPeer, Peer};

use crate::engine::{at, store};

fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("a channel")
}

fn lease(name: &str, fence: u64) -> Lease {
    Lease { name: name.to_owned(), owner: "test".to_owned(), fence }
}

fn peer(number: u64, seconds: i64) -> KnownPeer {
    KnownPeer::Channel(Peer {
        number,
        access_hash: -77,
        username: Some(name("whalechart")),
        title: "Whale Chart".to_owned(),
        seen_at: at(seconds),
    })
}

#[tokio::test]
async fn each_login_follows_for_itself_and_a_former_holder_moves_nothing() {
    let (store, channel) = (store().await, name("whalechart"));
    let (batch, realtime) = (lease("telegram:batch", 2), lease("telegram:realtime", 9));
    assert_eq!(store.position(&channel, &batch).await.unwrap(), None);
    assert!(store.keep_position(&channel, 70, &batch, at(0)).await.unwrap());
    assert_eq!(store.position(&channel, &realtime).await.unwrap(), None);
    assert!(store.keep_position(&channel, 99, &realtime, at(0)).await.unwrap());
    // A source that counts anew is followed anew.
    assert!(store.keep_position(&channel, 3, &batch, at(1)).await.unwrap());
    assert!(store.keep_position(&channel, 5, &lease("telegram:batch", 3), at(2)).await.unwrap());
    assert!(!store.keep_position(&channel, 100, &batch, at(3)).await.unwrap());
    assert_eq!(store.position(&channel, &batch).await.unwrap(), Some(5));
    assert_eq!(store.position(&channel, &realtime).await.unwrap(), Some(99));
}

#[tokio::test]
async fn what_an_account_knows_is_its_own_and_the_later_look_counts() {
    let (store, channel) = (store().await, name("whalechart"));
    assert_eq!(store.peer(7, &channel, at(0)).await.unwrap(), None);
    store.keep_peer(7, &channel, &peer(1001, 10)).await.unwrap();
    assert_eq!(store.peer(7, &channel, at(1_000_000)).await.unwrap(), Some(peer(1001, 10)));
    assert_eq!(store.peer(8, &channel, at(0)).await.unwrap(), None);
    store.keep_peer(7, &channel, &peer(1002, 20)).await.unwrap();
    assert_eq!(store.peer(7, &channel, at(20)).await.unwrap(), Some(peer(1002, 20)));
}

#[tokio::test]
async fn a_name_that_led_nowhere_is_looked_up_again_after_a_day() {
    let (store, channel) = (store().await, name("nobodyhere"));
    let nobody = KnownPeer::Nobody { seen_at: at(0) };
    store.keep_peer(7, &channel, &nobody).await.unwrap();
    assert_eq!(store.peer(7, &channel, at(23 * 3600)).await.unwrap(), Some(nobody));
    assert_eq!(store.peer(7, &channel, at(25 * 3600)).await.unwrap(), None);
    store.keep_peer(7, &channel, &peer(1001, 26 * 3600)).await.unwrap();
    assert_eq!(store.peer(7, &channel, at(90 * 3600)).await.unwrap(), Some(peer(1001, 26 * 3600)));
}

#[tokio::test]
async fn an_account_looks_up_so_many_names_in_a_day() {
    let store = store().await;
    let midnight = "2026-11-23T00:00:00Z".parse().unwrap();
    let evening = "2026-11-22T23:59:59Z".parse().unwrap();
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let store = store.clone();
        asked.spawn(async move { store.may_look_up(7, 5, evening).await.expect("an answer") });
    }
    assert_eq!(asked.join_all().await.into_iter().filter(|may| *may).count(), 5);
    assert!(store.may_look_up(8, 5, evening).await.unwrap() && store.may_look_up(7, 5, midnight).await.unwrap());
    assert!(!store.may_look_up(9, 0, midnight).await.unwrap());
}
