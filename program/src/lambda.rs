//! The life of a program on Lambda, around its events: its log, its end, and what it says when it cannot start.

use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use lambda_runtime::LambdaEvent;
use serde_json::json;
use tracing::Instrument as _;

/// Handles an event so that all its lines of the log name the invocation, as Lambda's own lines do.
pub async fn in_span<E, A>(event: LambdaEvent<E>, handle: impl AsyncFnOnce(LambdaEvent<E>) -> A) -> A {
    let span = tracing::info_span!("invocation", invocation_id = %event.context.request_id);
    handle(event).instrument(span).await
}

/// How the process ends when Lambda has no more events for it.
pub fn ended(result: Result<(), lambda_runtime::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "function.ended");
            ExitCode::FAILURE
        }
    }
}

/// Tells log and Lambda why the function cannot start; `kind` is what alarms and people look for, such as
/// `Config.Invalid`.
pub fn not_started(kind: &str, error: &impl Display) -> ExitCode {
    tracing::error!(%error, "function.not_started");
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
