//! One login is used in one place at a time, whatever happens to whoever uses it.
//!
//! `SIGTOWER_LONG=1` hands it over 200 times instead of 6.

use std::time::{Duration, Instant};

use crate::program::World;

/// How long the lease may stand still, in the program of these tests.
const LEASE_TIME: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_second_one_is_refused_before_it_connects_and_told_who_is_there() {
    let world = World::with_posts("second", 5).await;
    let mut first = world.program(&[]);
    first.until("telegram.connected").await;
    let connections = world.server.connections();
    let mut second = world.program(&[]);
    assert_eq!(second.ended().await.code(), Some(5));
    let why = second.until("realtime.ended").await["why"].to_string();
    let id = first.process.id().expect("it runs");
    assert!(why.contains(&format!("{id}` holds the lease")), "{why}");
    assert_eq!(world.server.connections(), connections);
    first.signal("-TERM");
    assert!(first.ended().await.success());
}

#[tokio::test]
async fn after_a_crash_the_next_one_goes_on_within_twice_the_lease() {
    let world = World::with_posts("crashed", 5).await;
    let mut first = world.program(&[]);
    world.until_stored(5).await;
    first.signal("-KILL");
    assert!(!first.ended().await.success());
    world.post(500);
    let began = Instant::now();
    let second = world.program(&[]);
    world.until_stored(6).await;
    // The bar is twice the lease; this only guards against one that waits for ever.
    assert!(began.elapsed() < LEASE_TIME * 20, "{:#?}", second.lines());
}

/// The holder is frozen for three times its lease, somebody else goes on, and the holder wakes up: it ends without a
/// further request, and the login stays whole, though a second connection under it would be its end.
#[tokio::test]
async fn a_holder_that_was_frozen_asks_nothing_when_it_wakes() {
    let n_times = if std::env::var_os("SIGTOWER_LONG").is_some() { 200 } else { 6 };
    let world = World::with_posts("frozen", 5).await;
    let mut holder = world.program(&[]);
    for n in 0..n_times {
        holder.until("telegram.connected").await;
        world.until_stored(5 + n).await;
        holder.signal("-STOP");
        let frozen = Instant::now();
        let mut next = world.program(&[]);
        world.post(1_000);
        world.until_stored(6 + n).await;
        tokio::time::sleep((LEASE_TIME * 3).saturating_sub(frozen.elapsed())).await;
        let before = calls_by_connection(&world);
        holder.signal("-CONT");
        assert_eq!(holder.ended().await.code(), Some(5), "{:#?}", holder.lines());
        let after = calls_by_connection(&world);
        let newest = *after.keys().max().expect("a connection");
        for (connection, n_calls) in &after {
            assert!(*connection == newest || before.get(connection) == Some(n_calls), "it asked when it woke");
        }
        assert!(next.process.try_wait().expect("a process").is_none(), "the next one was disturbed");
        holder = next;
    }
    holder.signal("-TERM");
    assert!(holder.ended().await.success());
    assert_eq!(world.server.violations(), []);
}

/// How many calls came over each connection.
fn calls_by_connection(world: &World) -> std::collections::BTreeMap<u64, usize> {
    let mut calls = std::collections::BTreeMap::new();
    for call in world.server.calls() {
        *calls.entry(call.connection).or_default() += 1;
    }
    calls
}
