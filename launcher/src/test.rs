//! `sigtower test`: every component tried for real, with a report in the predecessor's shape.

mod channels;
mod report;
mod round_trip;

use jiff::Timestamp;
use signals::store::SignalStore;

use crate::cli::desk::TestArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::test::report::{Initialization, Report};
use crate::{log, open_store, output, runtime, screen};

/// Tries everything, also what comes behind something that fails.
pub(crate) fn run(args: &TestArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let report = runtime::run(tried(args))?;
    if args.json {
        output::print_json(&report)?
    } else {
        output::print(&report.shown())?
    }
    Ok(report.exit())
}

async fn tried(args: &TestArgs) -> Result<Report, Stop> {
    let (timestamp, channels) = (Timestamp::now(), args.source.channels());
    let (source, backend) = (args.source.preview.open(), args.source.backend.open());
    let opened = match open_store::open(&args.store).await {
        // Another process is at work: nothing is known, and nothing is wrong.
        Err(stop @ Stop::Busy(_)) => return Err(stop),
        opened => opened,
    };
    let failures = [source.as_ref().err(), opened.as_ref().err(), backend.as_ref().err()];
    let error = failures.into_iter().flatten().filter_map(told).collect::<Vec<_>>().join("; ");
    let initialization = Initialization::of(error);
    crate::output::say!("Trying {} channels; nothing of them is stored.", channels.len());
    let store: Option<&SignalStore> = opened.as_ref().ok().map(|opened| &opened.store);
    let read = match source {
        Ok(mut source) => channels::read(&mut source, &channels, args.source.limit, store, timestamp).await,
        Err(_) => channels::unread(&channels),
    };
    let backend = match (&backend, &opened) {
        (Ok(Some(backend)), _) => round_trip::made_at(backend).await,
        (Err(stop), _) => round_trip::not_made(told(stop).unwrap_or_default()),
        (_, Ok(opened)) => round_trip::made(opened.store.clone()).await,
        (_, Err(stop)) => round_trip::not_made(told(stop).unwrap_or_default()),
    };
    Ok(Report::of(timestamp, initialization, read, backend))
}

/// A failure in one line.
fn told(stop: &Stop) -> Option<String> {
    let it = stop.failure()?;
    Some(screen::printable(&format!("{}: {}; {}", it.what, it.why, it.next)).into_owned())
}
