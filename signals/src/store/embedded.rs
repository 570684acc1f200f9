//! The engine of a laptop: DynamoDB's interface over one SQLite file, in this process, without a socket.
//!
//! Every acknowledged write is on the disk (SQLite's write-ahead log, one fsync per transaction). One process owns
//! the file; who that is, the launcher decides.

pub mod integrity;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{Database, DynoxideError};
use rusqlite::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::table::Shards;
use super::{Counting, SignalStore};

/// How many connections read beside the one that writes. Readers of a write-ahead log do not wait for the writer.
const READERS: usize = 2;

/// The engine, with its file open. Cloning shares it.
#[derive(Clone)]
pub struct Engine {
    writer: Database,
    readers: Arc<[Database]>,
    turn: Arc<AtomicUsize>,
}

/// Why the engine's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the database {path}: {why}")]
pub struct EngineError {
    path: String,
    why: String,
    is_damaged: bool,
}

impl EngineError {
    /// Whether the file itself is at fault, rather than the disk, the rights or whoever else uses it: then opening it
    /// again does not help.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    fn of(path: &str, error: &DynoxideError) -> Self {
        let is_around_it = match error {
            DynoxideError::SqliteError(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::SystemIoFailure
                        | ErrorCode::DiskFull
                        | ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::OutOfMemory
                )
            ),
            _ => false,
        };
        Self { path: path.to_owned(), why: error.to_string(), is_damaged: !is_around_it }
    }
}

impl Engine {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`EngineError`] when the file cannot be opened, is damaged, or was written by a newer engine.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let shown = path.display().to_string();
        let open = || Database::new(&shown).map_err(|error| EngineError::of(&shown, &error));
        let writer = open()?;
        let readers = (0..READERS).map(|_| open()).collect::<Result<_, _>>()?;
        Ok(Self { writer, readers, turn: Arc::default() })
    }

    /// An engine that keeps everything in memory, and forgets it.
    ///
    /// # Errors
    /// [`EngineError`] when there is no memory for it.
    pub fn in_memory() -> Result<Self, EngineError> {
        let failed = |error: DynoxideError| EngineError::of("in memory", &error);
        Ok(Self { writer: Database::memory().map_err(failed)?, readers: Arc::default(), turn: Arc::default() })
    }

    /// Removes the rows whose time is over; gives how many. Until then they are hidden, not gone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remove_expired(&self) -> Result<usize, StoreError> {
        self.writer.sweep_ttl().map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// How the SDK reaches the engine.
    #[must_use]
    pub fn transport(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(InProcess(self.clone()));
        http_client_fn(move |_, _| connector.clone())
    }

    /// The store in this engine, made if it is missing.
    ///
    /// # Errors
    /// When the table cannot be made or read.
    pub async fn store(&self) -> Result<SignalStore, StoreError> {
        let client = SignalStore::local_client("http://embedded.invalid", Some(self.transport()));
        SignalStore::create(client, "signals", Shards::LOCAL, Counting::Inline).await
    }

    fn reader(&self) -> &Database {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        match self.readers.len() {
            0 => &self.writer,
            n => &self.readers[turn % n],
        }
    }

    /// What the engine answers to an operation of DynamoDB's interface, such as `GetItem`, and its body: a status and
    /// a body, both as on the wire. It blocks while it reads and syncs files.
    #[must_use]
    pub fn answer(&self, operation: &str, body: &[u8]) -> (u16, String) {
        match self.execute(operation, body) {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    fn execute(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        let (writer, reader) = (&self.writer, self.reader());
        match operation {
            "GetItem" => asked(body, |it| reader.get_item(it)),
            "BatchGetItem" => asked(body, |it| reader.batch_get_item(it)),
            "Query" => asked(body, |it| reader.query(it)),
            "Scan" => asked(body, |it| reader.scan(it)),
            "TransactGetItems" => asked(body, |it| reader.transact_get_items(it)),
            "PutItem" => asked(body, |it| writer.put_item(it)),
            "UpdateItem" => asked(body, |it| writer.update_item(it)),
            "DeleteItem" => asked(body, |it| writer.delete_item(it)),
            "BatchWriteItem" => asked(body, |it| writer.batch_write_item(it)),
            "TransactWriteItems" => asked(body, |it| writer.transact_write_items(without_token(it))),
            "CreateTable" => asked(body, |it| writer.create_table(it)),
            "DescribeTable" => asked(body, |it| writer.describe_table(it)),
            "UpdateTimeToLive" => asked(body, |it| writer.update_time_to_live(it)),
            _ => Err(DynoxideError::ValidationException(format!("the embedded engine does not offer {operation}"))),
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("readers", &self.readers.len()).finish_non_exhaustive()
    }
}

/// The engine remembers the answer to each token for ten minutes, which is most of the memory of whoever writes much. It
/// answers in this process, and a write whose answer was lost all the same knows itself by its mark.
fn without_token(request: TransactWriteItemsRequest) -> TransactWriteItemsRequest {
    TransactWriteItemsRequest { client_request_token: None, ..request }
}

fn asked<Request: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    act: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request =
        serde_json::from_slice(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_string(&act(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The wire between the SDK and the engine: requests never leave the process.
#[derive(Debug)]
struct InProcess(Engine);

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let engine = self.0.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            let body = request.body().bytes().map(<[u8]>::to_vec).unwrap_or_default();
            // It must not hold up the runtime.
            let (status, body) = tokio::task::spawn_blocking(move || engine.answer(&operation, &body))
                .await
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            Ok(response)
        })
    }
}
