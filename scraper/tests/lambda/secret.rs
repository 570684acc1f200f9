//! The secret in which a login is kept: asked of moto, which decides about rights as AWS does, and of servers that fail.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use scraper::telegram::{NO_LOGIN_YET, SecretId, SessionSecret, SessionSecretError};
use serde_json::json;
use telegram_server::world::Account;

use crate::account_world::{World, figure};
use crate::kept_secret::{Secret, ask, tests};
use crate::moto::Moto;
use crate::runtime_api::Told;
use crate::{answer, event};

#[tokio::test]
async fn a_login_is_loaded_as_it_was_kept_and_replaced_as_a_whole() {
    let world = World::without_login("kept").await;
    let secret = world.secret.client("desk", "nothing");
    assert!(matches!(secret.load().await, Err(SessionSecretError::NotLoggedIn(_))));
    for blob in [world.login(), world.login()] {
        secret.save(&blob).await.expect("it is kept");
        assert_eq!(secret.load().await.as_ref(), Ok(&blob));
    }
    let none = Secret::none("not-there/telegram/batch").await.client("desk", "nothing");
    assert!(matches!(none.load().await, Err(SessionSecretError::Missing(_))));
    assert!(matches!(none.save(&world.login()).await, Err(SessionSecretError::Missing(_))));
}

/// The part of moto's XML between two tags.
fn between<'a>(xml: &'a str, tag: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("no {tag}: {xml}"));
    rest.split_once("</").expect("an end").0
}

/// Somebody with a key, who may do these things.
async fn somebody(endpoint: &str, name: &str, actions: &[&str]) -> (String, String) {
    let call = async |parameters: String| ask(endpoint, "iam", "", format!("Version=2010-05-08&{parameters}")).await;
    call(format!("Action=CreateUser&UserName={name}")).await;
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
    let policy: String = policy.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
    call(format!("Action=PutUserPolicy&UserName={name}&PolicyName=own&PolicyDocument={policy}")).await;
    let made = call(format!("Action=CreateAccessKey&UserName={name}")).await;
    (between(&made, "AccessKeyId").to_owned(), between(&made, "SecretAccessKey").to_owned())
}

#[tokio::test]
async fn who_may_not_read_the_secret_is_told_so_and_nobody_is_asked_to_log_in() {
    // One of its own, as from here on every caller needs rights.
    let moto = tokio::task::spawn_blocking(|| Moto::start(tests())).await.expect("moto starts");
    let secret = Secret { endpoint: moto.endpoint.clone(), name: "sigtower/telegram/batch".to_owned() };
    secret.make(NO_LOGIN_YET).await;
    let world = World::of(Account::new(7, "+9996621234"), secret).await;
    world.secret.put(&world.login().to_json()).await;
    let reader = somebody(&moto.endpoint, "reader", &["secretsmanager:GetSecretValue"]).await;
    let writer = somebody(&moto.endpoint, "writer", &["secretsmanager:PutSecretValue"]).await;
    let enforced = reqwest::Client::new().post(format!("{}/moto-api/reset-auth", moto.endpoint)).body("0");
    assert!(enforced.send().await.expect("moto answers").status().is_success());

    let (may_read, may_write) = (world.secret.client(&reader.0, &reader.1), world.secret.client(&writer.0, &writer.1));
    assert!(may_read.load().await.is_ok());
    let error = may_write.load().await.expect_err("it may not");
    assert!(matches!(&error, SessionSecretError::Refused { why, .. } if why.contains("403")), "{error}");
    assert!(matches!(may_read.save(&world.login()).await, Err(SessionSecretError::Refused { .. })));
    may_write.save(&world.login()).await.expect("it may");

    let mut function = world
        .function("signals,others", &[("AWS_ACCESS_KEY_ID", &writer.0), ("AWS_SECRET_ACCESS_KEY", &writer.1)])
        .await;
    let refused = answer(function.invoke(&event()).await);
    let why = refused["outcome"]["refused"]["error"].as_str().unwrap_or_else(|| panic!("{refused}"));
    assert!(why.contains("403") && why.contains("sigtower/telegram/batch"), "{why}");
    assert_eq!(world.connections(), 0);
    let lines = function.stop().await;
    assert_eq!((figure(&lines, "LoginOver"), figure(&lines, "SweepsSucceeded")), (vec![json!(0)], vec![json!(0)]));
    assert!(lines.iter().any(|line| line["event"] == "sweep.refused" && line["level"] == "error"), "{lines:?}");

    let mut function = world
        .function("signals,others", &[("AWS_ACCESS_KEY_ID", &reader.0), ("AWS_SECRET_ACCESS_KEY", &reader.1)])
        .await;
    assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 35);
}

#[tokio::test]
async fn a_secrets_manager_that_is_away_fails_the_event_and_is_asked_again_by_the_next() {
    let mut world = World::with_login("back").await;
    let there = std::mem::replace(&mut world.secret.endpoint, "http://127.0.0.1:1".to_owned());
    let mut function = world.function("signals,others", &[]).await;
    let told = function.invoke(&event()).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert_eq!(why["errorType"], "Sweep.NothingRead");
    assert!(why["errorMessage"].as_str().is_some_and(|it| it.contains("AWS Secrets Manager")), "{why}");
    world.all_is_given_back().await;
    world.secret.endpoint = there;
    let mut function = world.function("signals,others", &[]).await;
    assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 35);
}

/// A server that answers everything so.
async fn answering(status: u16, body: String) -> String {
    let status = StatusCode::from_u16(status).expect("a status");
    let answer = move || async move { (status, [("content-type", "application/x-amz-json-1.1")], body) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await });
    endpoint
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_told_without_a_word_of_it() {
    let login = World::without_login("unread").await.login().to_json();
    let whole = json!({"Name": "batch", "SecretString": login}).to_string();
    let (cut, key) = (whole[..whole.len() - 40].to_owned(), &login[100..130]);
    for (status, body) in [(200, cut.clone()), (200, login.clone()), (500, whole.clone()), (502, cut)] {
        let endpoint = answering(status, body).await;
        let secret = SessionSecret::at(&endpoint, "desk", "nothing", SecretId::parse("batch").expect("a name"));
        let answer = tokio::time::timeout(Duration::from_secs(60), secret.load()).await.expect("it ends by itself");
        let error = answer.expect_err("no login");
        let text = format!("{error} {error:?} {secret:?}");
        assert!(!text.contains(key) && !text.contains("data_centres") && text.len() < 2_000, "{status}: {text}");
        assert!(error.is_retryable() || error.needs_login(), "{status}: {text}");
    }
}

#[tokio::test]
async fn refusals_and_failures_of_the_service_are_told_apart() {
    for (status, code, is_retryable) in [
        (400, "AccessDeniedException", false),
        (400, "DecryptionFailure", false),
        (400, "InvalidRequestException", false),
        (400, "UnrecognizedClientException", false),
        (500, "InternalServiceError", true),
        (400, "ThrottlingException", true),
    ] {
        let endpoint = answering(status, json!({"__type": code, "message": "not now"}).to_string()).await;
        let secret = SessionSecret::at(&endpoint, "desk", "nothing", SecretId::parse("batch").expect("a name"));
        let error = secret.load().await.expect_err("no login");
        assert_eq!((error.is_retryable(), error.needs_login()), (is_retryable, false), "{code}: {error}");
        assert!(error.to_string().contains(code), "{error}");
    }
}
