//! `sigtower up`: the database, the API and what else there is, in one process on this machine.

use std::io::{ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use functions::auth::Access;
use functions::logs::{self, Format};
use functions::state::{ApiState, Clock, Settings};
use jiff::Timestamp;
use signals::confidence::Confidence;
use signals::store::embedded::Engine;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;

use crate::cli::UpArgs;
use crate::data_folder::{self, Claim, DataFolder, Owner};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::server;

/// How often rows whose time is over are removed.
const EXPIRED_EVERY: Duration = Duration::from_secs(60);
/// A key's requests a second; what this machine does in a second is more, so a program in a loop is slowed, not a user.
const REQUESTS_PER_SECOND: u32 = 20_000;
/// The confidence below which a signal is flagged.
const THRESHOLD: u8 = 70;

/// Serves until Ctrl-C or SIGTERM.
pub(crate) fn run(args: &UpArgs) -> Result<Exit, Stop> {
    let path = args.data_dir.clone().or_else(data_folder::usual).ok_or_else(|| {
        let next = "name one: sigtower up --data-dir FOLDER";
        Stop::failed("there is no data folder", "neither XDG_DATA_HOME nor HOME is set", next)
    })?;
    let mut folder = match DataFolder::claim(&path)? {
        Claim::Owned(folder) => folder,
        Claim::Taken(owner) => return Err(taken(&path, owner)),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::failed("cannot start", error, "end some programs and try again"))?;
    install_log(args.verbose)?;
    runtime.block_on(serve(args, &path, &mut folder))?;
    Ok(Exit::Ok)
}

async fn serve(args: &UpArgs, path: &Path, folder: &mut DataFolder) -> Result<(), Stop> {
    let address = SocketAddr::from(([127, 0, 0, 1], args.port));
    let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(address, &error))?;
    let database = folder.database();
    let engine = Engine::open(&database).map_err(|error| {
        let next = "keep the file, and begin anew in another folder: sigtower up --data-dir FOLDER";
        Stop::failed("cannot open the database", error, next)
    })?;
    let store = engine.store().await.map_err(|error| cannot_read(path, &error))?;
    let page_key = store.shared_secret("cursor").await.map_err(|error| cannot_read(path, &error))?;
    let clock: Clock = Arc::new(Timestamp::now);
    let settings = Settings {
        access: Access::Loopback,
        threshold: Confidence::from_percent(THRESHOLD),
        requests_per_second: REQUESTS_PER_SECOND,
    };
    let router = functions::all_routes(&ApiState::new(store, settings, clock, page_key));
    let owner = Owner { pid: std::process::id(), address: address.to_string() };
    folder.tell(&owner).map_err(|error| cannot_read(path, &error))?;
    let sweeper = tokio::spawn(remove_expired(engine));
    let stop = stop_signal()?;
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "Sigtower is up: http://{address}/docs (data in {})", path.display());
    let _ = writeln!(out, "Nothing is collected yet: no source is chosen. Ctrl-C stops.");
    drop(out);
    server::serve(listener, router, stop).await;
    sweeper.abort();
    Ok(())
}

/// Lines for people on a terminal, for programs elsewhere.
fn install_log(verbose: u8) -> Result<(), Stop> {
    let level = match verbose {
        0 => Level::WARN,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    let format = if std::io::stderr().is_terminal() { Format::Text } else { Format::Json };
    let subscriber = logs::subscriber(level, format, Arc::new(Timestamp::now), std::io::stderr);
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| Stop::failed("cannot write a log", error, "report it with the command"))
}

async fn remove_expired(engine: Engine) {
    let mut ticks = tokio::time::interval(EXPIRED_EVERY);
    loop {
        ticks.tick().await;
        let engine = engine.clone();
        match tokio::task::spawn_blocking(move || engine.remove_expired()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(n_rows)) => tracing::info!(n_rows, "store.expired_rows_removed"),
            Ok(Err(error)) => tracing::warn!(%error, "store.expired_rows_not_removed"),
            Err(error) => tracing::error!(%error, "store.expired_rows_not_removed"),
        }
    }
}

fn stop_signal() -> Result<impl Future<Output = ()>, Stop> {
    let listen = |kind| {
        signal(kind)
            .map_err(|error| Stop::failed("cannot listen for signals", error, "report it with the system's name"))
    };
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn taken(path: &Path, owner: Option<Owner>) -> Stop {
    let why = match owner {
        Some(Owner { pid, address }) => format!("process {pid} owns it and answers on http://{address}"),
        None => "another process is just starting on it".to_owned(),
    };
    Stop::busy(
        format!("the data folder {} is in use", path.display()),
        why,
        "use the running one, or stop it first; for a second one choose another --data-dir and --port",
    )
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Stop {
    let next = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there: choose another port with --port, 0 for any",
        _ => "choose another port with --port",
    };
    Stop::failed(format!("cannot listen on {address}"), error, next)
}

fn cannot_read(path: &Path, error: &dyn std::fmt::Display) -> Stop {
    let next = "keep the folder, and begin anew in another: sigtower up --data-dir FOLDER";
    Stop::failed(format!("cannot use the database in {}", path.display()), error, next)
}
