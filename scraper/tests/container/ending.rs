//! A login that is over, or was never there, ends it with one alarm and the command that mends it.

use serde_json::json;

use crate::kept_secret::Secret;
use crate::program::World;

#[tokio::test]
async fn a_login_that_ends_is_one_alarm_with_the_command_that_mends_it() {
    for (code, name) in [(401, "SESSION_REVOKED"), (406, "AUTH_KEY_DUPLICATED")] {
        let world = World::with_posts(&format!("ended{code}"), 5).await;
        let mut program = world.program(&[]);
        world.until_stored(5).await;
        world.server.end_logins(world.account, code, name);
        // Whatever makes it ask.
        world.server.disconnect_all();
        assert_eq!(program.ended().await.code(), Some(4));
        let line = program.until("login.over").await;
        assert!(line["why"].to_string().contains(name) && line["next"].to_string().contains("sigtower login realtime"));
        let lines = program.lines();
        assert_eq!(lines.iter().filter(|line| line["event"] == "login.over").count(), 1);
        let alarms = lines.iter().filter(|line| line["LoginOver"] == json!(1));
        assert_eq!(alarms.count(), 1);
        assert!(world.is_free().await);
    }
}

#[tokio::test]
async fn a_secret_without_a_login_is_told_before_anybody_connects() {
    let world = World::with_posts("placeholder", 5).await;
    let secret = Secret::fresh("nobody/telegram/realtime").await;
    let world = World { secret, ..world };
    let mut program = world.program(&[]);
    assert_eq!(program.ended().await.code(), Some(4));
    assert!(program.until("login.over").await["why"].to_string().contains("holds no login yet"));
    assert_eq!(world.server.connections().1, 0);
    assert!(world.is_free().await);
}

#[tokio::test]
async fn a_telegram_that_cannot_be_reached_is_waited_for() {
    let world = World::with_posts("unreachable", 5).await;
    world.server.refuse_connections(true);
    let mut program = world.program(&[]);
    program.until("realtime.waits").await;
    world.server.refuse_connections(false);
    world.until_stored(5).await;
    program.signal("-TERM");
    assert!(program.ended().await.success());
}

#[tokio::test]
async fn nothing_secret_is_in_its_log() {
    let world = World::with_posts("secrets", 5).await;
    let mut program = world.program(&[("LOG_LEVEL", "trace")]);
    world.until_stored(5).await;
    program.signal("-TERM");
    assert!(program.ended().await.success());
    let log = program.lines().iter().map(ToString::to_string).collect::<String>();
    let kept = world.secret.client("test", "test").load().await.expect("a login");
    let key = kept.data_centres[0].key.expect("a key");
    let numbers: Vec<String> = key[..4].iter().map(ToString::to_string).collect();
    assert!(!log.contains(&numbers.join(", ")) && !log.contains(&numbers.join(",")));
    assert!(!log.contains("LONG") && !log.contains("not-a-real-key") && !log.contains("9996621234"));
}

#[tokio::test]
async fn where_somebody_has_to_log_in_it_does_not_end_at_once_and_holds_nothing() {
    let world = World::with_posts("paused", 5).await;
    world.server.end_logins(world.account, 401, "SESSION_REVOKED");
    let mut program = world.program(&[("TELEGRAM_LOGIN_PAUSE_SECONDS", "600")]);
    program.until("login.over").await;
    assert!(program.process.try_wait().expect("a process").is_none());
    assert!(world.is_free().await && world.server.connections().0 == 0);
    program.signal("-TERM");
    assert_eq!(program.ended().await.code(), Some(4));
}
