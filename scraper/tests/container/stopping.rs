//! Starting and stopping: what it lacks it names, and when it is stopped everything that it was told is kept.
//!
//! `SIGTOWER_LONG=1` stops it 100 times instead of 20.

use serde_json::json;
use tokio::process::Command;

use crate::program::{Program, World, program};
use crate::telegram_world::stored;

#[tokio::test]
async fn what_its_environment_lacks_is_named_at_once() {
    let mut command = Command::new(program());
    command.env_clear().env("SIGTOWER_LEASE_SECONDS", "x");
    let mut program = Program::run(command);
    assert_eq!(program.ended().await.code(), Some(2));
    let why = program.until("realtime.ended").await["why"].to_string();
    for name in
        ["SIGNALS_TABLE", "SIGTOWER_CHANNELS", "TELEGRAM_API_ID", "TELEGRAM_SESSION_SECRET", "SIGTOWER_LEASE_SECONDS"]
    {
        assert!(why.contains(name), "{why}");
    }
}

#[tokio::test]
async fn a_channel_is_followed_until_it_is_stopped_and_figures_are_told() {
    let world = World::with_posts("followed", 20).await;
    let mut program = world.program(&[("METRICS_NAMESPACE", "sigtower-e2e")]);
    world.until_stored(20).await;
    world.post(500);
    world.until_stored(21).await;
    program.signal("-TERM");
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(world.is_free().await && world.server.connections().0 == 0);
    program.until("realtime.stopped").await;
    let lines = program.lines();
    let figures = lines.iter().find(|line| line.get("_aws").is_some()).expect("figures");
    assert_eq!(figures["_aws"]["CloudWatchMetrics"][0]["Namespace"], "sigtower-e2e");
    assert_eq!((&figures["SignalsStored"], &figures["LoginOver"]), (&json!(21), &json!(0)));
    assert!(figures["ChannelsRead"].as_u64().is_some_and(|n| n >= 1), "{figures}");
    assert!(figures["ChangesTold"] == json!(1) && figures["Latency"].is_number(), "{figures}");
    assert_eq!(world.server.violations(), []);
}

/// Whatever it was told before it was stopped is stored when it is gone, and nobody has to wait for its lease.
#[tokio::test]
async fn stopped_in_the_middle_of_a_burst_it_keeps_what_it_was_told() {
    let n_times = if std::env::var_os("SIGTOWER_LONG").is_some() { 100 } else { 20 };
    let world = World::with_posts("stopped", 5).await;
    let store = world.database.store().await;
    let mut n_posts = 5;
    for n in 0..n_times {
        let mut program = world.program(&[]);
        world.until_stored(n_posts).await;
        // So far all is looked up; from here on it is told.
        let n_told = 1 + n * 7 % 60;
        for entry in 0..n_told {
            world.post(1_000 + entry);
        }
        program.signal("-TERM");
        assert_eq!(program.ended().await.code(), Some(0), "{:#?}", program.lines());
        assert!(world.is_free().await);
        n_posts += n_told as usize;
        // What came too late to be taken is found by the next one; what was taken is there, in its order.
        let ids: Vec<i64> = stored(&store, "signals").await.into_iter().map(|(id, ..)| id).collect();
        assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>());
        assert!(ids.len() <= n_posts);
    }
    let mut program = world.program(&[]);
    world.until_stored(n_posts).await;
    program.signal("-TERM");
    assert!(program.ended().await.success());
    assert_eq!(stored(&store, "signals").await.len(), n_posts);
}
