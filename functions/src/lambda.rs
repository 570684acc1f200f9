//! The life of a function on Lambda: configuration and store first, then one event after the other.
//!
//! What an operator must mend (a variable, a missing table, a missing right) ends the process before its first event
//! and is told to Lambda. A store that does not answer for the moment ends nothing: requests are answered with 503
//! until it does.

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse as _;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::json;
use signals::store::{Counting, Shards, SignalStore, StoreError};
use tokio::sync::OnceCell;
use tracing::{Instrument as _, Level};

use crate::auth::Access;
use crate::config::{Config, InvalidConfig};
use crate::error::ApiError;
use crate::gateway::{GatewayAnswer, GatewayEvent};
use crate::logs::{self, Format};
use crate::metrics::Metrics;
use crate::shell;
use crate::state::{ApiState, Clock, Settings};
use crate::stream::StreamEvent;

/// Serves what changes nothing to API Gateway, until Lambda ends the process.
pub async fn serve_reads() -> ExitCode {
    serve_requests(crate::read_routes, Rights::Read).await
}

/// Serves what changes something to API Gateway, until Lambda ends the process.
pub async fn serve_writes() -> ExitCode {
    serve_requests(crate::write_routes, Rights::Write).await
}

async fn serve_requests(routes: fn(&ApiState) -> Router, rights: Rights) -> ExitCode {
    let function = match Function::start(rights).await {
        Ok(function) => function,
        Err(error) => return not_started(&error),
    };
    let (function, router) = (&function, &OnceCell::new());
    let handle = async |event: LambdaEvent<GatewayEvent>| {
        let id = event.context.request_id;
        let router = router.get_or_try_init(async || function.store().await.map(|it| routes(&function.api(it)))).await;
        let response = match router {
            Ok(router) => event.payload.ask(router.clone()).await,
            Err(error) => shell::of_request(ApiError::Store(error).into_response(), &id),
        };
        Ok::<_, Infallible>(GatewayAnswer::of(response).await)
    };
    ended(lambda_runtime::run(service_fn(|event| in_span(event, handle))).await)
}

/// Counts what the table's stream tells, until Lambda ends the process.
pub async fn count_changes() -> ExitCode {
    let function = match Function::start(Rights::Read).await {
        Ok(function) => function,
        Err(error) => return not_started(&error),
    };
    let function = &function;
    let handle = async |event: LambdaEvent<StreamEvent>| {
        let counted = async { event.payload.count(&function.store().await?, Timestamp::now()).await };
        // An error makes Lambda deliver the records again.
        counted.await.map_err(|error| {
            tracing::error!(%error, "stream.not_counted");
            Diagnostic { error_type: "Stream.NotCounted".to_owned(), error_message: error.to_string() }
        })
    };
    ended(lambda_runtime::run(service_fn(|event| in_span(event, handle))).await)
}

/// What a function may do with the table as a whole, beside the rows that it is asked for.
#[derive(Clone, Copy, Debug)]
enum Rights {
    /// Find it as it is.
    Read,
    /// Furnish it, where it is new: a template makes a table, but no rows.
    Write,
}

/// What a function has when it has started.
struct Function {
    config: Config,
    rights: Rights,
    store: OnceCell<SignalStore>,
}

#[derive(Debug, thiserror::Error)]
enum NotStarted {
    #[error(transparent)]
    Config(#[from] InvalidConfig),
    #[error("the table `{table}` cannot be used: {error}")]
    Store { table: String, error: StoreError },
}

impl Function {
    async fn start(rights: Rights) -> Result<Self, NotStarted> {
        let config = Config::from_environment();
        let level = config.as_ref().map_or(Level::INFO, |config| config.log_level);
        let subscriber = logs::subscriber(level, Format::Json, clock(), std::io::stdout);
        // It fails only where there is one already, and then there is a log.
        let _ = tracing::subscriber::set_global_default(subscriber);
        logs::log_panics();
        let function = Self { config: config?, rights, store: OnceCell::new() };
        match function.store().await {
            Err(error) if !error.is_retryable() => {
                Err(NotStarted::Store { table: function.config.table.clone(), error })
            }
            // A store that cannot be reached now is asked again by the first event.
            Err(error) => {
                tracing::warn!(%error, "store.unavailable");
                Ok(function)
            }
            Ok(_) => Ok(function),
        }
    }

    async fn store(&self) -> Result<SignalStore, StoreError> {
        let table = &self.config.table;
        let connect = async || match self.rights {
            Rights::Read => SignalStore::connect(table).await,
            Rights::Write => SignalStore::connect_to_write(table, Shards::AWS, Counting::FromStream).await,
        };
        self.store.get_or_try_init(connect).await.cloned()
    }

    fn api(&self, store: SignalStore) -> ApiState {
        let settings = Settings {
            access: Access::Keys,
            threshold: self.config.threshold,
            origins: self.config.origins.clone(),
            requests_per_second: self.config.requests_per_second,
        };
        ApiState::new(store, settings, clock()).with_metrics(Metrics::on_stdout())
    }
}

fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Handles an event so that all its lines of the log name the invocation, as Lambda's own lines do.
async fn in_span<E, A>(event: LambdaEvent<E>, handle: impl AsyncFnOnce(LambdaEvent<E>) -> A) -> A {
    let span = tracing::info_span!("invocation", invocation_id = %event.context.request_id);
    handle(event).instrument(span).await
}

fn ended(result: Result<(), lambda_runtime::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "function.ended");
            ExitCode::FAILURE
        }
    }
}

fn not_started(error: &NotStarted) -> ExitCode {
    tracing::error!(%error, "function.not_started");
    let kind = match error {
        NotStarted::Config(_) => "Config.Invalid",
        NotStarted::Store { .. } => "Store.Unusable",
    };
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    if let Err(error) = report(&api, kind, &error.to_string()) {
        tracing::warn!(%error, "function.error_not_reported");
    }
    ExitCode::FAILURE
}

/// Tells Lambda why the function cannot start
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror>), which `lambda_runtime`
/// does only for errors of its own. By hand, as it is one request of a process that ends.
fn report(api: &str, kind: &str, message: &str) -> std::io::Result<()> {
    let body = json!({"errorType": kind, "errorMessage": message, "stackTrace": []}).to_string();
    let mut stream = TcpStream::connect(api)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    write!(
        stream,
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nhost: {api}\r\ncontent-type: application/json\r\n\
         lambda-runtime-function-error-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    // Not read to its end: what counts is that it was answered before the process is gone.
    stream.read(&mut [0; 64]).map(drop)
}
