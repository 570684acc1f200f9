//! DynamoDB on loopback: the embedded engine behind a socket.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use signals::store::embedded::Engine;
use tokio::sync::oneshot;

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
        database.engine.store().await.expect("a store");
        database.run();
        database
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
        let routes =
            Router::new().fallback(move |headers: HeaderMap, body: Bytes| answer(engine.clone(), headers, body));
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
    let answer = tokio::task::spawn_blocking(move || engine.answer(&operation, &body)).await;
    let (status, body) = answer.expect("the engine answers");
    (StatusCode::from_u16(status).expect("a status"), [("content-type", "application/x-amz-json-1.0")], body)
}
