//! The life of a function on Lambda: configuration and store first, then one event after the other.
//!
//! What an operator must mend (a variable, a missing table, a missing right) ends the process before its first event
//! and is told to Lambda. A store that does not answer for the moment ends nothing: requests are answered with 503
//! until it does.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse as _;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use program::lambda::{ended, in_span};
use program::variables::InvalidVariables;
use signals::store::{Counting, SignalStore, StoreError};
use tokio::sync::OnceCell;
use tracing::Level;

use crate::auth::Access;
use crate::config::Config;
use crate::error::ApiError;
use crate::gateway::{GatewayAnswer, GatewayEvent};
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
    Config(#[from] InvalidVariables),
    #[error("the table `{table}` cannot be used: {error}")]
    Store { table: String, error: StoreError },
}

impl Function {
    async fn start(rights: Rights) -> Result<Self, NotStarted> {
        let config = Config::from_environment();
        let level = config.as_ref().map_or(Level::INFO, |config| config.log_level);
        program::logs::install(level);
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
        let Config { table, shards, .. } = &self.config;
        let connect = async || match self.rights {
            Rights::Read => SignalStore::connect(table).await,
            Rights::Write => SignalStore::connect_to_write(table, *shards, Counting::FromStream).await,
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

fn not_started(error: &NotStarted) -> ExitCode {
    let kind = match error {
        NotStarted::Config(_) => "Config.Invalid",
        NotStarted::Store { .. } => "Store.Unusable",
    };
    program::lambda::not_started(kind, error)
}
