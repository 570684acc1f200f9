//! The API that a command asks about what is kept: that of the process that owns the data folder, or one in this
//! process.
//!
//! A command makes requests and reads answers. Which of the two answers makes no difference to it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use functions::auth::Access;
use functions::state::{ApiState, Settings};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use signals::confidence::Confidence;
use signals::store::embedded::Engine;
use signals::store::{Counting, Shards, SignalStore, StoreError};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::cli::StoreArgs;
use crate::data_folder::{self, DataFolder, Owner, Reached, WAITS};
use crate::failure::Stop;

/// How long another process may take to begin its answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// The longest answer that is read whole, in bytes.
const LONGEST_ANSWER: usize = 16 << 20;
/// A key's requests a second; what this machine does in a second is more, so a program in a loop is slowed, not a user.
pub(crate) const REQUESTS_PER_SECOND: u32 = 20_000;
/// The confidence below which a signal is flagged.
const THRESHOLD: u8 = 70;

/// Whom a command asks.
pub(crate) enum StoreApi {
    /// Its own router; the folder is kept from others as long as it is asked.
    InProcess { router: Router, _folder: Option<DataFolder> },
    /// The owner of the folder.
    Running { pid: u32, address: SocketAddr },
}

/// What a command asks, and what it says where it gets no good answer.
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) sends: Sends,
    /// What was not done: `cannot list the keys`.
    pub(crate) failure: &'a str,
    /// The next thing to try.
    pub(crate) next: &'a str,
}

/// What goes with a question.
pub(crate) enum Sends {
    Nothing,
    Json(String),
    /// JSON lines, as they come; the answer is waited for as long as it takes.
    Lines(Body),
}

/// What to do about a database that is damaged.
pub(crate) const RESTORE: &str = "keep the folder as it is, and read your latest backup into another: \
     sigtower import --backup FILE --data-dir FOLDER";

/// The database of a folder.
pub(crate) async fn engine_of(folder: &DataFolder) -> Result<(Engine, SignalStore), Stop> {
    let database = folder.database();
    let failed = |error: &dyn std::fmt::Display, next: &str| {
        Stop::failed(format!("cannot use the database {}", database.display()), error, next)
    };
    let around_it = "make room on its disk, and see that you may write there: sigtower doctor looks at both";
    let engine = Engine::open(&database)
        .map_err(|error| failed(&error, if error.is_damaged() { RESTORE } else { around_it }))?;
    let store = engine.store().await.map_err(|error| failed(&error, "see what is wrong with it: sigtower doctor"))?;
    Ok((engine, store))
}

/// A table, made where it is missing.
pub(crate) async fn table(table: &str) -> Result<SignalStore, Stop> {
    let store = SignalStore::connect_or_create(table, Shards::LOCAL, Counting::Inline).await;
    store.map_err(|error| unusable(table, &error))
}

/// A table that is there.
pub(crate) async fn known_table(table: &str) -> Result<SignalStore, Stop> {
    let store = SignalStore::connect_to_write(table, Shards::AWS, Counting::FromStream).await;
    store.map_err(|error| unusable(table, &error))
}

fn unusable(table: &str, error: &StoreError) -> Stop {
    let next = match error {
        StoreError::NoTable(_) => "check name and region, or let `sigtower up --table NAME` make it",
        _ => "check the region, the credentials and AWS_ENDPOINT_URL",
    };
    Stop::failed(format!("cannot use the table {table}"), error, next)
}

/// The routes over a store.
pub(crate) fn routes(
    store: SignalStore,
    requests_per_second: u32,
    threshold: Confidence,
    origins: &[String],
) -> Router {
    let settings = Settings { access: Access::Loopback, threshold, origins: origins.to_vec(), requests_per_second };
    functions::all_routes(&ApiState::new(store, settings, Arc::new(Timestamp::now)))
}

/// The routes that a command asks in its own process.
fn own_routes(store: SignalStore) -> Router {
    routes(store, REQUESTS_PER_SECOND, Confidence::from_percent(THRESHOLD), &[])
}

impl StoreApi {
    /// Finds out whom to ask.
    pub(crate) async fn reach(place: &StoreArgs) -> Result<Self, Stop> {
        match &place.table {
            Some(table) => Ok(Self::over(known_table(table).await?)),
            None => Self::of_folder(&data_folder::chosen(place.data_dir.as_deref())?).await,
        }
    }

    /// One of its own over a store that is open.
    pub(crate) fn over(store: SignalStore) -> Self {
        Self::InProcess { router: own_routes(store), _folder: None }
    }

    async fn of_folder(path: &Path) -> Result<Self, Stop> {
        let listens = async |owner: &Owner| {
            let address = owner.address?;
            TcpStream::connect(address).await.ok()?;
            Some(Ok((owner.pid, address)))
        };
        Ok(match data_folder::reach(path, WAITS, listens).await? {
            Reached::Own(folder) => {
                let (_, store) = engine_of(&folder).await?;
                Self::InProcess { router: own_routes(store), _folder: Some(folder) }
            }
            Reached::Other((pid, address)) => Self::Running { pid, address },
        })
    }

    /// Asks, and reads the answer as JSON.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, question: Question<'_>) -> Result<T, Stop> {
        let failure = question.failure;
        json_of(self.ask_stream(question).await?, failure).await
    }

    /// The same; nothing where there is no such thing.
    pub(crate) async fn ask_if_there(&self, question: Question<'_>) -> Result<Option<Value>, Stop> {
        let (failure, next) = (question.failure, question.next);
        let response = self.response(question).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::NO_CONTENT => Ok(Some(Value::Null)),
            status if status.is_success() => json_of(response.into_body(), failure).await.map(Some),
            _ => Err(refusal(response, failure, next).await),
        }
    }

    /// Asks, and gives the body of a good answer as it comes.
    pub(crate) async fn ask_stream(&self, question: Question<'_>) -> Result<Body, Stop> {
        let (failure, next) = (question.failure, question.next);
        let response = self.response(question).await?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        Err(refusal(response, failure, next).await)
    }

    async fn response(&self, question: Question<'_>) -> Result<Response<Body>, Stop> {
        let Question { method, path, sends, failure, next: _ } = question;
        let within = if matches!(sends, Sends::Lines(_)) { Duration::MAX } else { ANSWERS_WITHIN };
        let (kind, body) = match sends {
            Sends::Nothing => (None, Body::empty()),
            Sends::Json(text) => (Some("application/json"), Body::from(text)),
            Sends::Lines(lines) => (Some("application/jsonl"), lines),
        };
        let mut request = Request::builder().method(method).uri(path);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let host = match self {
            Self::InProcess { .. } => "localhost".to_owned(),
            Self::Running { address, .. } => address.to_string(),
        };
        let request = request.header(header::HOST, host).body(body);
        let request = request.map_err(|error| Stop::failed(failure, error, "report it with the command"))?;
        Ok(match self {
            Self::InProcess { router, .. } => {
                router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
            }
            Self::Running { pid, address } => timeout(within, sent(request, *pid, *address, failure))
                .await
                .map_err(|_| silent(*pid, *address, failure))??,
        })
    }
}

async fn json_of<T: DeserializeOwned>(body: Body, failure: &str) -> Result<T, Stop> {
    let failed = |error: &dyn std::fmt::Display| {
        let next = "let `sigtower up` and this command be of one version";
        Stop::failed(format!("{failure}: the answer cannot be read"), error, next)
    };
    let bytes = to_bytes(body, LONGEST_ANSWER).await.map_err(|error| failed(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(&error))
}

async fn sent(request: Request<Body>, pid: u32, address: SocketAddr, failure: &str) -> Result<Response<Body>, Stop> {
    let broke_off = |error: &dyn std::fmt::Display| {
        let next = "see whether it was done all the same, and try again";
        Stop::failed(format!("{failure}: process {pid}, which owns the data folder, broke off"), error, next)
    };
    let stream = TcpStream::connect(address).await.map_err(|error| broke_off(&error))?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| broke_off(&error))?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| broke_off(&error))?;
    Ok(response.map(Body::new))
}

fn silent(pid: u32, address: SocketAddr, failure: &str) -> Stop {
    let what = format!("{failure}: process {pid}, which owns the data folder, does not answer");
    let why = format!("no answer from http://{address} within {} s", ANSWERS_WITHIN.as_secs());
    Stop::busy(what, why, "wait until it is done, or stop it")
}

/// The part of a problem that people read.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

async fn refusal(response: Response<Body>, failure: &str, next: &str) -> Stop {
    let status = response.status();
    let bytes = to_bytes(response.into_body(), LONGEST_ANSWER).await.unwrap_or_default();
    let why = serde_json::from_slice(&bytes).map_or_else(|_| status.to_string(), |problem: Problem| problem.detail);
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Stop::key_needed(failure, why, "ask whoever runs it for a key with the scope `admin`")
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            Stop::failed(failure, why, "try again soon; if it stays so: sigtower doctor")
        }
        _ => Stop::failed(failure, why, next),
    }
}
