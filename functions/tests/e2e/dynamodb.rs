//! DynamoDB on loopback: the embedded engine behind a socket.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use signals::store::embedded::Engine;
use signals::store::{Counting, Shards, SignalStore};
use tokio::sync::oneshot;

/// A DynamoDB that can be stopped, and begin again at the same address with what it holds.
pub(crate) struct DynamoDb {
    engine: Engine,
    address: SocketAddr,
    refuses_writes: bool,
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

    /// The same rows for whoever has no right to write.
    pub(crate) fn read_only(&self) -> Self {
        let mut database = Self::without_table();
        (database.engine, database.refuses_writes) = (self.engine.clone(), true);
        database.run();
        database
    }

    /// With nothing in it, and not running.
    pub(crate) fn without_table() -> Self {
        let engine = Engine::in_memory().expect("an engine");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self { engine, address: listener.local_addr().expect("an address"), refuses_writes: false, running: None }
    }

    /// Listens from when this returns.
    pub(crate) fn run(&mut self) {
        let listener = TcpListener::bind(self.address).expect("the port is still free");
        listener.set_nonblocking(true).expect("a socket");
        let engine = self.engine.clone();
        let refuses_writes = self.refuses_writes;
        let answer = move |headers: HeaderMap, body: Bytes| answer(engine.clone(), refuses_writes, headers, body);
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

async fn answer(engine: Engine, refuses_writes: bool, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let kind = [("content-type", "application/x-amz-json-1.0")];
    if refuses_writes && !matches!(&*operation, "GetItem" | "Query" | "BatchGetItem") {
        let refusal = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not authorized"}"#;
        return (StatusCode::BAD_REQUEST, kind, refusal.to_owned());
    }
    let answer = tokio::task::spawn_blocking(move || engine.answer(&operation, &body)).await;
    let (status, body) = answer.expect("the engine answers");
    (StatusCode::from_u16(status).expect("a status"), kind, body)
}
