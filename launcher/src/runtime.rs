//! Runs the part of a command that waits for others.

use std::future::Future;
use std::pin::pin;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{RwLock, RwLockReadGuard};

use crate::failure::Stop;

/// How many threads wait for files and for the database: as many as the database has connections, and one for the rest.
/// More would stand in a queue there, and each keeps some megabytes of freed memory to itself.
const BLOCKING_THREADS: usize = 4;

/// Read by whoever has something to give back before the command ends, and written by whoever would end it.
static ENDING: RwLock<()> = RwLock::const_new(());

/// What runs it.
pub(crate) fn start() -> Result<Runtime, Stop> {
    let runtime = Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build();
    runtime.map_err(|error| Stop::failed("cannot start", error, "end some programs and try again"))
}

/// Runs it until it is done, or somebody stops the command; then what it began is dropped, and so cleaned up, once nobody
/// has anything to give back ([`not_ended`]).
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = start()?;
    let ended = runtime.block_on(async {
        let (stopped, mut work) = (stopped()?, pin!(work));
        let stop = tokio::select! {
            ended = &mut work => return ended,
            stop = stopped => stop,
        };
        tokio::select! {
            _ = ENDING.write() => {}
            _ = &mut work => {}
        }
        Err(stop)
    });
    // A thread that waits for somebody to type would be waited for.
    runtime.shutdown_background();
    ended
}

/// Lets [`run`] go on until this is dropped: whoever holds it hears by itself that somebody stops the command.
pub(crate) async fn not_ended() -> RwLockReadGuard<'static, ()> {
    ENDING.read().await
}

/// Runs it until it is done, or `stopped` comes; then what it began is dropped, and `end` runs all the same.
pub(crate) async fn until_stopped<T>(
    stopped: impl Future<Output = Stop>,
    work: impl Future<Output = Result<T, Stop>>,
    end: impl Future<Output = ()>,
) -> Result<T, Stop> {
    let ended = tokio::select! {
        ended = work => ended,
        stop = stopped => Err(stop),
    };
    end.await;
    ended
}

/// When somebody stops the command, by Ctrl-C or SIGTERM, and by which of them.
pub(crate) fn stopped() -> Result<impl Future<Output = Stop>, Stop> {
    let listen = |kind| {
        signal(kind)
            .map_err(|error| Stop::failed("cannot listen for signals", error, "report it with the system's name"))
    };
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Stop::Interrupted,
            _ = terminate.recv() => Stop::Terminated,
        }
    })
}
