//! A store on the other side of a socket, as DynamoDB is: it takes no memory of whoever reads.

use std::error::Error;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use signals::store::SignalStore;
use signals::store::embedded::Engine;
use tokio::net::TcpListener;

/// The name of its table.
const TABLE: &str = "signals";

/// Serves an empty store on loopback; gives its address.
pub(crate) async fn serve() -> Result<String, Box<dyn Error>> {
    let engine = Engine::in_memory()?;
    engine.store().await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let routes = Router::new().fallback(answer).with_state(engine);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

/// The store at this address.
pub(crate) async fn open(url: &str) -> Result<SignalStore, Box<dyn Error>> {
    Ok(SignalStore::open(SignalStore::local_client(url, None), TABLE).await?)
}

async fn answer(State(engine): State<Engine>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let (status, body) = engine.answer(operation, &body);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
}
