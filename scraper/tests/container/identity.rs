//! Who it is on AWS: a container has no key in its environment, and asks the host for one that is renewed.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::net::TcpListener;

use crate::program::World;

/// The host of a container, which hands out the keys of this role to whoever brings the token.
async fn host(role: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = move |headers: HeaderMap| async move {
        assert_eq!(headers["authorization"], "token-of-this-task");
        let until = Timestamp::now() + SignedDuration::from_hours(1);
        json!({"AccessKeyId": role, "SecretAccessKey": "not-a-real-key", "Token": "none", "Expiration": until})
            .to_string()
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/role", get(answer))).await });
    format!("http://{address}/role")
}

#[tokio::test]
async fn it_takes_the_role_that_its_container_has() {
    let world = World::with_posts("identity", 5).await;
    let host = host("scraper-realtime").await;
    let of_host =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*host), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token-of-this-task")];
    let mut program = world.program_without_key(&of_host);
    world.until_stored(5).await;
    program.signal("-TERM");
    assert!(program.ended().await.success());
}

#[tokio::test]
async fn a_role_that_may_not_write_is_named_and_not_waited_for() {
    let world = World::with_posts("wrong-identity", 5).await;
    let host = host("signals-reader").await;
    let of_host =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*host), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token-of-this-task")];
    let mut program = world.program_without_key(&of_host);
    assert_eq!(program.ended().await.code(), Some(1));
    let why = program.until("realtime.ended").await["why"].to_string();
    assert!(why.contains("not authorized"), "{why}");
    assert_eq!(world.server.connections().1, 0);
}
