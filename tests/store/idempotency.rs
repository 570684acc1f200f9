//! A request that is sent again under its key is executed once.

use std::time::Duration;

use signals::api_key::KeyId;
use signals::idempotency::{
    Claim, ClaimEnded, Claimed, IdempotencyKey, KeptAnswer, LONGEST_KEPT_BODY, RECORD_TIME, RequestHash,
};
use signals::store::SignalStore;
use uuid::Uuid;

use crate::engine::{at, store};

const DAY: i64 = RECORD_TIME.as_secs().cast_signed();

fn request(body: &str) -> RequestHash {
    RequestHash::of(&[b"POST", b"/api/v1/signals/", body.as_bytes()])
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("a key")
}

/// Claims the request `body` under the key `k` for ten seconds.
async fn claim(store: &SignalStore, body: &str, seconds: i64) -> Claimed {
    claim_as(store, None, "k", body, Duration::from_secs(10), seconds).await
}

async fn claim_as(
    store: &SignalStore,
    client: Option<&KeyId>,
    name: &str,
    body: &str,
    time: Duration,
    seconds: i64,
) -> Claimed {
    let id = Uuid::now_v7();
    store.claim_request(client, &key(name), request(body), id, time, at(seconds)).await.expect("an answer")
}

fn execute(claimed: Claimed) -> Claim {
    match claimed {
        Claimed::Execute(claim) => claim,
        other => panic!("it should be executed: {other:?}"),
    }
}

fn created() -> KeptAnswer {
    KeptAnswer { status: 201, body: Some("{\"id\":1}".to_owned()) }
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let store = store().await;
    let first = execute(claim(&store, "a", 0).await);
    assert_eq!(store.complete_request(&first, created()).await.unwrap(), ClaimEnded::Noted);
    for seconds in [1, 60, DAY - 1] {
        assert_eq!(claim(&store, "a", seconds).await, Claimed::Replay(created()));
    }
}

#[tokio::test]
async fn another_request_under_the_key_is_told_so_in_every_state_of_the_record() {
    let store = store().await;
    let first = execute(claim(&store, "a", 0).await);
    assert_eq!(claim(&store, "b", 1).await, Claimed::OtherRequest);
    store.abandon_request(&first).await.unwrap();
    assert_eq!(claim(&store, "b", 1).await, Claimed::OtherRequest);
    let second = execute(claim(&store, "a", 2).await);
    assert_eq!(claim(&store, "b", 15).await, Claimed::OtherRequest);
    store.complete_request(&second, created()).await.unwrap();
    assert_eq!(claim(&store, "b", 16).await, Claimed::OtherRequest);
}

#[tokio::test]
async fn of_many_twins_in_flight_one_executes() {
    let store = store().await;
    let mut twins = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        twins.spawn(async move {
            match claim(&store, "a", 0).await {
                Claimed::Execute(claim) => {
                    assert_eq!(store.complete_request(&claim, created()).await.unwrap(), ClaimEnded::Noted);
                    1
                }
                Claimed::InProgress { until } if until == at(10) => 0,
                Claimed::Replay(answer) if answer == created() => 0,
                other => panic!("{other:?}"),
            }
        });
    }
    assert_eq!(twins.join_all().await.into_iter().sum::<i32>(), 1);
    assert_eq!(claim(&store, "a", 0).await, Claimed::Replay(created()));
}

#[tokio::test]
async fn after_a_crash_the_request_is_free_again_and_makes_the_same_ids() {
    let store = store().await;
    let first = execute(claim(&store, "a", 0).await);
    assert_eq!(claim(&store, "a", 9).await, Claimed::InProgress { until: at(10) });
    let second = execute(claim(&store, "a", 10).await);
    assert_eq!([0, 1, 99].map(|n| first.signal_id(n)), [0, 1, 99].map(|n| second.signal_id(n)));
    // The first one was not dead but slow: what it says now counts no more.
    assert_eq!(store.complete_request(&first, created()).await.unwrap(), ClaimEnded::Overtaken);
    assert_eq!(claim(&store, "a", 19).await, Claimed::InProgress { until: at(20) });
    let last = KeptAnswer { status: 200, body: None };
    assert_eq!(store.complete_request(&second, last.clone()).await.unwrap(), ClaimEnded::Noted);
    assert_eq!(store.abandon_request(&first).await.unwrap(), ClaimEnded::Overtaken);
    assert_eq!(claim(&store, "a", 21).await, Claimed::Replay(last));
}

#[tokio::test]
async fn an_abandoned_request_is_free_at_once_and_makes_the_same_ids() {
    let store = store().await;
    let first = execute(claim(&store, "a", 0).await);
    assert_eq!(store.abandon_request(&first).await.unwrap(), ClaimEnded::Noted);
    let second = execute(claim(&store, "a", 0).await);
    assert_eq!(first.signal_id(0), second.signal_id(0));
}

#[tokio::test]
async fn a_claim_with_no_time_left_still_holds_for_a_second() {
    let store = store().await;
    let none_left = |seconds| claim_as(&store, None, "k", "a", Duration::ZERO, seconds);
    execute(none_left(0).await);
    assert_eq!(none_left(0).await, Claimed::InProgress { until: at(1) });
    execute(none_left(1).await);
}

#[tokio::test]
async fn a_record_is_over_after_a_day_and_blocks_nothing() {
    let store = store().await;
    let first = execute(claim(&store, "a", 0).await);
    store.complete_request(&first, created()).await.unwrap();
    // Left in place, and as good as gone: also for another request.
    let second = execute(claim(&store, "b", DAY).await);
    assert_ne!(first.signal_id(0), second.signal_id(0));
    assert_eq!(claim(&store, "a", DAY).await, Claimed::OtherRequest);
    assert_eq!(store.complete_request(&first, created()).await.unwrap(), ClaimEnded::Overtaken);
    // A second claim of the same record does not make it last longer.
    let third = execute(claim(&store, "b", DAY + 10).await);
    store.complete_request(&third, created()).await.unwrap();
    assert_eq!(claim(&store, "b", 2 * DAY - 1).await, Claimed::Replay(created()));
    execute(claim(&store, "b", 2 * DAY).await);
}

#[tokio::test]
async fn keys_of_different_clients_and_different_keys_do_not_meet() {
    let store = store().await;
    let ids = ["0123456789abcdef", "fedcba9876543210"].map(|id| KeyId::parse(id).unwrap());
    let clients = [None, Some(&ids[0]), Some(&ids[1])];
    for (n, client) in clients.into_iter().enumerate() {
        for name in ["k", "l", &"x".repeat(255)] {
            let ten = Duration::from_secs(10);
            execute(claim_as(&store, client, name, &n.to_string(), ten, 0).await);
        }
    }
}

#[tokio::test]
async fn an_answer_that_no_row_can_hold_leaves_its_status() {
    let store = store().await;
    let answer = |n| KeptAnswer { status: 200, body: Some("é".repeat(n)) };
    let largest = answer(LONGEST_KEPT_BODY / 2);
    let first = execute(claim(&store, "a", 0).await);
    store.complete_request(&first, largest.clone()).await.unwrap();
    assert_eq!(claim(&store, "a", 1).await, Claimed::Replay(largest));
    let ten = Duration::from_secs(10);
    let second = execute(claim_as(&store, None, "l", "a", ten, 0).await);
    store.complete_request(&second, answer(LONGEST_KEPT_BODY)).await.unwrap();
    let replay = claim_as(&store, None, "l", "a", ten, 1).await;
    assert_eq!(replay, Claimed::Replay(KeptAnswer { status: 200, body: None }));
}

#[test]
fn requests_that_differ_in_where_a_part_ends_differ() {
    assert_ne!(RequestHash::of(&[b"POST", b"/a"]), RequestHash::of(&[b"POST/", b"a"]));
    assert_eq!(request("a"), request("a"));
}
