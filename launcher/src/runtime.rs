//! Runs the part of a command that waits for others.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use crate::failure::Stop;

/// What runs it.
pub(crate) fn start() -> Result<Runtime, Stop> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Stop::failed("cannot start", error, "end some programs and try again"))
}

/// Runs it until it is done, or Ctrl-C is pressed; then what it began is dropped, and so cleaned up.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = start()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = work => ended,
            Ok(()) = tokio::signal::ctrl_c() => Err(Stop::Interrupted),
        }
    });
    // A thread that waits for somebody to type would be waited for.
    runtime.shutdown_background();
    ended
}
