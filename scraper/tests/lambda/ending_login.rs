//! Logins that are none, that end, or that read nothing: a person is told, and nothing is made worse.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scraper::telegram::SessionBlob;
use serde_json::{Value, json};
use telegram_server::Fault;
use telegram_server::world::Account;

use crate::account_world::{World, figure};
use crate::kept_secret::Secret;
use crate::runtime_api::Function;
use crate::{answer, event};

/// The function says that somebody must log in, and why; gives the words.
async fn needs_login(function: &mut Function) -> String {
    let answer = answer(function.invoke(&event()).await);
    let why = answer["outcome"]["login_needed"]["why"].as_str();
    why.unwrap_or_else(|| panic!("it says something else: {answer}")).to_owned()
}

/// What the log says of it: once a pass, as an error, and as a figure.
fn is_told(lines: &[Value], n_passes: usize) {
    let told: Vec<&Value> = lines.iter().filter(|line| line["event"] == "login.over").collect();
    assert_eq!(told.len(), n_passes, "{lines:?}");
    assert!(told.iter().all(|line| line["level"] == "error"), "{told:?}");
    assert_eq!(figure(lines, "LoginOver"), vec![1; n_passes]);
    assert_eq!(figure(lines, "SweepsSucceeded"), vec![0; n_passes]);
}

#[tokio::test]
async fn a_secret_without_a_login_is_told_and_nobody_connects() {
    let (none, damaged) = (Secret::none("missing/telegram/batch").await, Secret::none("damaged/telegram/batch").await);
    let blob = World::without_login("written").await.login();
    let written = blob.to_json();
    damaged.make(&written[..written.len() / 2]).await;
    let (blank, begun) = (Secret::none("blank/telegram/batch").await, Secret::none("begun/telegram/batch").await);
    blank.make(" \n").await;
    begun.make(&SessionBlob::empty(2, blob.data_centres[0].address).to_json()).await;
    for (secret, words) in [
        (none, "there is no secret missing/telegram/batch"),
        (Secret::fresh("fresh/telegram/batch").await, "the secret fresh/telegram/batch holds no login yet"),
        (blank, "holds no login yet"),
        (begun, "holds no login yet"),
        (damaged, "no session of sigtower, or a damaged one"),
    ] {
        let world = World::of(Account::new(7, "+9996621234"), secret).await;
        let mut function = world.function("signals,others", &[]).await;
        let why = needs_login(&mut function).await;
        assert!(why.contains(words), "{why}");
        assert_eq!(world.connections(), 0);
        world.all_is_given_back().await;
        // Once there is a login, it is used.
        if !words.starts_with("there is no") {
            world.secret.put(&world.login().to_json()).await;
            assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 35);
        }
        let lines = function.stop().await;
        assert_eq!(figure(&lines, "LoginOver")[0], 1, "{lines:?}");
        let text = format!("{lines:?}");
        assert!(!text.contains("data_centres") && !text.contains(&written[..60]), "{text}");
    }
}

#[tokio::test]
async fn a_login_that_was_ended_is_told_and_not_tried_again_until_there_is_another() {
    for (code, refusal) in [(401, "SESSION_REVOKED"), (406, "AUTH_KEY_DUPLICATED"), (401, "USER_DEACTIVATED_BAN")] {
        let world = World::with_login(refusal).await;
        world.server.end_logins(world.account, code, refusal);
        let mut function = world.function("signals,others", &[]).await;
        assert!(needs_login(&mut function).await.contains(refusal));
        world.all_is_given_back().await;
        let before = world.connections();
        assert!(needs_login(&mut function).await.contains(refusal));
        assert_eq!(world.connections(), before, "{refusal}: it was shown again");
        world.secret.put(&world.login().to_json()).await;
        assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 35);
        world.all_is_given_back().await;
    }
}

#[tokio::test]
async fn a_login_that_ends_in_the_middle_keeps_what_was_read_and_asks_nothing_more() {
    let world = World::with_login("middle").await;
    // The first channel takes two calls, the second one fails at its first.
    world.server.fault_after(2, "messages.getHistory", Fault::Error(401, "SESSION_REVOKED".to_owned()), 1);
    let mut function = world.function("signals,others", &[]).await;
    let answer = answer(function.invoke(&event()).await);
    assert!(answer["outcome"]["login_needed"]["why"].as_str().is_some_and(|why| why.contains("SESSION_REVOKED")));
    assert_eq!(answer["total"]["stored"], 30, "{answer}");
    assert_eq!(answer["channels"][1]["error"]["needs_login"], true, "{answer}");
    let before = world.connections();
    needs_login(&mut function).await;
    assert_eq!(world.connections(), before);
    world.all_is_given_back().await;
}

#[tokio::test]
async fn a_key_that_the_server_forgot_is_not_replaced() {
    let world = World::with_login("forgotten").await;
    let kept = world.secret.client("scraper-batch", "nothing").load().await.expect("a login");
    world.server.forget_keys(world.account);
    let mut function = world.function("signals", &[]).await;
    needs_login(&mut function).await;
    assert_eq!(world.secret.client("scraper-batch", "nothing").load().await, Ok(kept));
    is_told(&function.stop().await, 1);
}

#[tokio::test]
async fn the_login_of_a_bot_is_none_for_reading() {
    let bot = Account::new(7, "+9996621234").as_bot("7:not-a-real-token");
    let world = World::of(bot, Secret::fresh("bot/telegram/batch").await).await;
    world.secret.put(&world.login().to_json()).await;
    let mut function = world.function("signals,others", &[]).await;
    assert!(needs_login(&mut function).await.contains("a bot may not read"));
    assert!(needs_login(&mut function).await.contains("a bot may not read"));
    assert_eq!(world.connections(), 1);
    world.all_is_given_back().await;
    is_told(&function.stop().await, 2);
}

#[tokio::test]
async fn nothing_of_a_login_is_in_answers_or_logs() {
    let world = World::without_login("quiet").await;
    let blob = world.login();
    world.secret.put(&blob.to_json()).await;
    let mut function = world.function("signals,others", &[("LOG_LEVEL", "trace")]).await;
    let first = answer(function.invoke(&event()).await);
    assert_eq!(first["total"]["stored"], json!(35));
    world.server.end_logins(world.account, 401, "SESSION_REVOKED");
    let second = answer(function.invoke(&event()).await);
    let text = format!("{first} {second} {:?}", function.stop().await);
    let key = blob.data_centres[0].key.expect("a key");
    let (as_base64, as_numbers) = (STANDARD.encode(key), format!("{:?}", &key[..8]));
    let as_hex: String = key[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    for shown in [&as_base64[..24], as_numbers.trim_matches(['[', ']']), &as_hex, "data_centres"] {
        assert!(!text.contains(shown), "{shown}");
    }
}
