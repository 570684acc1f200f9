//! A store that is slow, and then gone for a while: memory stays bounded, and nothing is lost.
//!
//! `SIGTOWER_LONG=1` makes ten times as many posts, a store ten times as slow, and gone twenty times as long.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

use crate::program::World;

/// By how much the resident memory may grow.
const MOST_KIB: u64 = 100 * 1024;

/// In front of a database: whatever writes waits.
#[derive(Clone)]
struct Slow {
    database: String,
    pause: Duration,
    client: reqwest::Client,
}

impl Slow {
    async fn start(database: String, pause: Duration) -> String {
        let slow = Self { database, pause, client: reqwest::Client::new() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new().fallback(forward).with_state(slow);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }
}

async fn forward(State(slow): State<Slow>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    if ["PutItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem"].iter().any(|write| target.ends_with(write)) {
        tokio::time::sleep(slow.pause).await;
    }
    let mut request = slow.client.post(&slow.database).body(body);
    for name in ["x-amz-target", "authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let Ok(answer) = request.send().await else { return (StatusCode::BAD_GATEWAY, Bytes::new()) };
    let status = answer.status();
    (status, answer.bytes().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_over_a_store_that_is_slow_and_then_gone_is_kept_in_bounded_memory() {
    let factor = if std::env::var_os("SIGTOWER_LONG").is_some() { 10 } else { 1 };
    let mut world = World::with_posts("slow", 5).await;
    let slow = Slow::start(world.database.endpoint(), Duration::from_millis(5) * factor).await;
    let mut program = world.program(&[("AWS_ENDPOINT_URL_DYNAMODB", &slow), ("SIGTOWER_LEASE_SECONDS", "600")]);
    program.until("telegram.connected").await;
    world.until_stored(5).await;
    let before = program.resident_kib();
    let n_posts = 2_000 * factor as usize;
    let mut most = 0;
    for n in 0..n_posts {
        world.post(1_000 + (n % 5_000) as i32);
        if n == n_posts / 2 {
            world.database.stop();
        }
        if n % 100 == 0 {
            most = most.max(program.resident_kib());
        }
    }
    for _ in 0..30 * (factor * 2 - 1) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        most = most.max(program.resident_kib());
    }
    world.database.run();
    for _ in 0..10 * factor {
        if world.is_stored(5 + n_posts).await {
            break;
        }
        most = most.max(program.resident_kib());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    world.until_stored(5 + n_posts).await;
    let grown = most.saturating_sub(before);
    assert!(grown < MOST_KIB, "it grew by {grown} KiB from {before} KiB");
    program.signal("-TERM");
    assert!(program.ended().await.success(), "{:#?}", program.lines());
}
