//! DynamoDB on loopback: the embedded engine behind a socket, with the rights of whoever asks.
//!
//! A caller whose key has the name of a function may do what `infra/rights.json` says, as on AWS, where a test holds the
//! template to the same file; other callers may do everything.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::Value;
use signals::store::embedded::Engine;
use signals::store::{Counting, Shards, SignalStore};
use tokio::sync::oneshot;

/// What each function may do.
static RIGHTS: LazyLock<HashMap<String, Vec<Right>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../infra/rights.json")).expect("rights by the names of functions")
});

#[derive(Debug, Deserialize)]
struct Right {
    actions: Vec<String>,
    on: Vec<String>,
    /// Beginnings of partition keys, each with `*` at its end; none allows all.
    leading_keys: Option<Vec<String>>,
}

impl Right {
    fn allows(&self, asked: &Asked<'_>) -> bool {
        let place = if asked.is_of_index { "indexes" } else { "table" };
        let begins = |right: &String| asked.leading_key.is_some_and(|key| key.starts_with(right.trim_end_matches('*')));
        self.actions.iter().any(|action| action == asked.action)
            && self.on.iter().any(|on| on == place)
            && self.leading_keys.as_ref().is_none_or(|rights| rights.iter().any(begins))
    }
}

/// One thing that a request asks for.
#[derive(Debug)]
struct Asked<'a> {
    action: &'a str,
    is_of_index: bool,
    leading_key: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// All that a request asks for: a transaction asks for each of its parts.
    fn all(operation: &'a str, body: &'a Value) -> Vec<Self> {
        let of = |action: &'a str, body: &'a Value| Self {
            action,
            is_of_index: body.get("IndexName").is_some(),
            leading_key: body.get("Key").or(body.get("Item")).and_then(|key| key["PK"]["S"].as_str()),
        };
        let actions = [("Put", "PutItem"), ("Update", "UpdateItem"), ("Delete", "DeleteItem")];
        let actions = actions.into_iter().chain([("ConditionCheck", "ConditionCheckItem")]);
        match body["TransactItems"].as_array() {
            Some(parts) => parts
                .iter()
                .flat_map(|part| actions.clone().filter_map(move |(name, action)| Some(of(action, part.get(name)?))))
                .collect(),
            None => vec![of(operation, body)],
        }
    }
}

/// What the caller of these headers may not do of what it asks for.
fn refused(headers: &HeaderMap, operation: &str, body: &[u8]) -> Option<String> {
    let signature = headers.get("authorization")?.to_str().ok()?;
    let caller = signature.split_once("Credential=")?.1.split('/').next()?;
    let rights = RIGHTS.get(caller)?;
    let body: Value = serde_json::from_slice(body).ok()?;
    let asked = Asked::all(operation, &body);
    let refused = asked.iter().find(|asked| !rights.iter().any(|right| right.allows(asked)))?;
    Some(format!("{caller} is not authorized: {refused:?}"))
}

/// A DynamoDB that can be stopped, and begin again at the same address with what it holds.
pub(crate) struct DynamoDb {
    engine: Engine,
    address: SocketAddr,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl DynamoDb {
    /// With the store's table in it.
    pub(crate) async fn start() -> Self {
        let mut database = Self::without_table();
        database.store().await;
        database.run();
        database
    }

    /// With a table as a template makes it: without a row.
    pub(crate) async fn with_bare_table() -> Self {
        let database = Self::start().await;
        for row in ["set-up", "secret#cursor"] {
            let body = format!(r#"{{"TableName":"signals","Key":{{"PK":{{"S":"META"}},"SK":{{"S":"{row}"}}}}}}"#);
            let (status, answer) = database.engine.answer("DeleteItem", body.as_bytes());
            assert_eq!(status, 200, "{answer}");
        }
        database
    }

    /// The store in it, furnished as on AWS.
    pub(crate) async fn store(&self) -> SignalStore {
        let client = SignalStore::local_client("http://embedded.invalid", Some(self.engine.transport()));
        SignalStore::create(client, "signals", Shards::LOCAL, Counting::FromStream).await.expect("a store")
    }

    /// With nothing in it, and not running.
    pub(crate) fn without_table() -> Self {
        let engine = Engine::in_memory().expect("an engine");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self { engine, address: listener.local_addr().expect("an address"), running: None }
    }

    /// Listens from when this returns.
    pub(crate) fn run(&mut self) {
        let listener = TcpListener::bind(self.address).expect("the port is still free");
        listener.set_nonblocking(true).expect("a socket");
        let engine = self.engine.clone();
        let answer = move |headers: HeaderMap, body: Bytes| answer(engine.clone(), headers, body);
        let routes = Router::new().fallback(answer);
        let (stop, stopped) = oneshot::channel();
        // A runtime of its own: when it goes, so do all connections.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                tokio::select! {
                    ended = axum::serve(listener, routes) => ended.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        self.running = Some((stop, thread));
    }

    /// Closes the socket and all connections.
    pub(crate) fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            thread.join().expect("it ended by itself");
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn answer(engine: Engine, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let kind = [("content-type", "application/x-amz-json-1.0")];
    if let Some(why) = refused(&headers, &operation, &body) {
        let refusal = serde_json::json!({"__type": "com.amazon.coral.service#AccessDeniedException", "message": why});
        return (StatusCode::BAD_REQUEST, kind, refusal.to_string());
    }
    let answer = tokio::task::spawn_blocking(move || engine.answer(&operation, &body)).await;
    let (status, body) = answer.expect("the engine answers");
    (StatusCode::from_u16(status).expect("a status"), kind, body)
}
