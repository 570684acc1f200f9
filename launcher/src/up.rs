//! `sigtower up`: the database, the API and what else there is, in one process on this machine.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use scraper::collect::Collector;
use scraper::report::ChannelReport;
use scraper::telegram::Happened;
use signals::message::ChannelName;
use signals::store::embedded::Engine;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::cli::{SourceKind, StoreArgs, UpArgs};
use crate::data_folder::{self, Claim, DataFolder, Owner};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::pass::{Account, Source};
use crate::{batch, door, log, periodic, realtime, runtime, server, store_api};

/// How often rows whose time is over are removed.
const EXPIRED_EVERY: Duration = Duration::from_secs(60);

/// How long it is until channels are followed again where that ended.
const BETWEEN_TRIES: Duration = Duration::from_secs(60);

/// Serves until Ctrl-C or SIGTERM.
pub(crate) fn run(args: &UpArgs) -> Result<Exit, Stop> {
    let folder = match &args.table {
        Some(_) => None,
        None => Some(owned(args)?),
    };
    log::install(args.verbose)?;
    runtime::start()?.block_on(serve(args, folder))?;
    Ok(Exit::Ok)
}

fn owned(args: &UpArgs) -> Result<DataFolder, Stop> {
    let path = data_folder::chosen(args.data_dir.as_deref())?;
    match DataFolder::claim_in_time(&path)? {
        Claim::Owned(folder) => Ok(folder),
        Claim::Taken(owner) => {
            let next = "use the running one, or stop it first; for a second one choose another --data-dir and --port";
            Err(data_folder::taken(&path, owner.as_ref(), next))
        }
    }
}

async fn serve(args: &UpArgs, mut folder: Option<DataFolder>) -> Result<(), Stop> {
    let address = SocketAddr::from(([127, 0, 0, 1], args.port));
    let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(address, &error))?;
    let (router, store, data, sweeper) = match (&mut folder, &args.table) {
        (Some(folder), _) => {
            let (engine, store) = store_api::engine_of(folder).await?;
            let token = door::new_token()?;
            let router = store_api::routes(
                store.clone(),
                args.requests_per_second,
                args.collect.keep.threshold,
                &args.cors_origin,
            );
            let router = door::beside(router, engine.clone(), token.clone());
            tell(folder, address, token)?;
            (router, store, folder.path().display().to_string(), Some(tokio::spawn(remove_expired(engine))))
        }
        (None, table) => {
            let table = table.as_deref().unwrap_or_default();
            let store = store_api::table(table).await?;
            (
                store_api::routes(
                    store.clone(),
                    args.requests_per_second,
                    args.collect.keep.threshold,
                    &args.cors_origin,
                ),
                store,
                format!("the table {table}"),
                None,
            )
        }
    };
    let stop = runtime::stopped()?;
    let place = StoreArgs { data_dir: args.data_dir.clone(), table: args.table.clone(), verbose: args.verbose };
    let collecting = match args.source.filter(|_| !args.no_collect) {
        None => None,
        Some(kind) => {
            let usual = if matches!(kind, SourceKind::Telegram) { realtime::LOGIN } else { batch::LOGIN };
            if matches!(kind, SourceKind::Telegram) {
                realtime::refuse_backend(&args.collect)?;
            }
            let source = Source::of(&args.collect, kind, &place, usual)?;
            Some((args.collect.channels(), source, args.collect.collector(&store)?))
        }
    };
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "Sigtower is up: http://{address}/docs (data in {data})");
    match &collecting {
        None => {
            let _ = writeln!(
                out,
                "Nothing is collected: `sigtower up --source preview` reads public channels. Ctrl-C stops."
            );
        }
        Some((channels, source, _)) => {
            let elsewhere = args.collect.backend.url().map_or_else(String::new, |url| format!(" for {url}"));
            let n = channels.len();
            let how = source.words();
            let _ = writeln!(out, "Reading {n} channels {how}{elsewhere}. Ctrl-C stops.");
        }
    }
    drop(out);
    let collecting = collecting.map(|(channels, source, collector)| {
        // Others may collect through the door, so a lease that stands still is not yet a dead one's.
        let (end, ended) = oneshot::channel::<()>();
        let ended = async { drop(ended.await) };
        let every = args.every;
        let collecting = tokio::spawn(async move {
            match source {
                Source::Preview(_) => {
                    let ended = periodic::until(ended, collector, source, channels, every, false, log_trouble).await;
                    ended.unwrap_or_else(|stop| stop.tell("warning"));
                }
                Source::Account(account) => follow(ended, collector, &account, &channels).await,
            }
        });
        (end, collecting)
    });
    server::serve(listener, router, async { drop(stop.await) }).await;
    if let Some((end, collecting)) = collecting {
        drop(end);
        // What it was at is dropped; it only gives its lease back.
        let _ = collecting.await;
    }
    if let Some(sweeper) = sweeper {
        sweeper.abort();
    }
    Ok(())
}

/// Tells other commands who owns the folder.
fn tell(folder: &mut DataFolder, address: SocketAddr, token: String) -> Result<(), Stop> {
    let owner = Owner { pid: std::process::id(), address: Some(address), token: Some(token) };
    folder.tell(&owner).map_err(|error| {
        let what = format!("cannot write into the data folder {}", folder.path().display());
        Stop::failed(what, error, "make room on the disk")
    })
}

/// Follows channels beside the API for as long as that can go on without a person: what passes by itself is waited for.
async fn follow(ended: impl Future<Output = ()>, collector: Collector, account: &Account, channels: &[ChannelName]) {
    let mut ended = pin!(ended);
    loop {
        let each = |happened: &Happened<'_>| {
            if let Happened::Pass(report) = happened {
                log_trouble(report);
            }
        };
        let Err(stop) = realtime::until(&mut ended, collector.clone(), account, channels, each).await else { return };
        stop.tell("warning");
        if matches!(stop, Stop::KeyNeeded(_) | Stop::Usage(_)) {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(BETWEEN_TRIES) => {}
            () = &mut ended => return,
        }
    }
}

/// A server has nobody who reads along; what went well is one line for the whole pass.
fn log_trouble(report: &ChannelReport) {
    if let Some(trouble) = &report.error {
        tracing::warn!(channel = %report.channel, error = trouble.text, "channel.not_collected");
    }
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

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Stop {
    let next = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there: choose another port with --port, 0 for any",
        _ => "choose another port with --port",
    };
    Stop::failed(format!("cannot listen on {address}"), error, next)
}
