//! `sigtower test`: every component tried for real, with a report in the predecessor's shape.

mod channels;
mod report;
mod round_trip;

use jiff::Timestamp;
use signals::message::ChannelName;
use signals::store::SignalStore;

use crate::cli::desk::TestArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::pass::{Account, Source};
use crate::test::report::{Initialization, Read, Report};
use crate::{batch, holding, log, open_store, output, runtime, screen};

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
    let source = Source::of(&args.source, args.from, &args.store, batch::LOGIN);
    let backend = args.source.backend.open();
    let opened = match open_store::open(&args.store).await {
        // Another process is at work: nothing is known, and nothing is wrong.
        Err(stop @ Stop::Busy(_)) => return Err(stop),
        opened => opened,
    };
    crate::output::say!("Trying {} channels; no post of them is stored.", channels.len());
    let store = opened.as_ref().ok().map(|opened| &opened.store);
    let most_posts = args.source.limit.into();
    let read = match source {
        Ok(Source::Preview(mut source)) => {
            Ok(channels::read(&mut *source, &channels, most_posts, store, timestamp).await)
        }
        Ok(Source::Account(account)) => match store {
            Some(store) => through(&account, &channels, most_posts, store, timestamp).await,
            None => Ok(channels::unread(&channels, "the store that says who uses the login does not open")),
        },
        Err(stop) => Err(stop),
    };
    let (read, unread) = match read {
        Ok(read) => (read, None),
        // Somebody else uses the login, or nobody wants to know any more.
        Err(stop @ (Stop::Busy(_) | Stop::Interrupted | Stop::Terminated)) => return Err(stop),
        Err(stop) => (channels::unread(&channels, "there is no source"), Some(stop)),
    };
    let failures = [unread.as_ref(), opened.as_ref().err(), backend.as_ref().err()];
    let error = failures.into_iter().flatten().filter_map(told).collect::<Vec<_>>().join("; ");
    let initialization = Initialization::of(error);
    let backend = match (&backend, &opened) {
        (Ok(Some(backend)), _) => round_trip::made_at(backend).await,
        (Err(stop), _) => round_trip::not_made(told(stop).unwrap_or_default()),
        (_, Ok(opened)) => round_trip::made(opened.store.clone()).await,
        (_, Err(stop)) => round_trip::not_made(told(stop).unwrap_or_default()),
    };
    Ok(Report::of(timestamp, initialization, read, backend))
}

/// Tries the channels through an account, under the lease of its login.
async fn through(
    account: &Account,
    channels: &[ChannelName],
    most_posts: usize,
    store: &SignalStore,
    now: Timestamp,
) -> Result<Read, Stop> {
    holding::while_held(store, &account.name, &account.file, async |grip| {
        let (telegram, mut source) = account.connect(store, grip).await?;
        let read = channels::read(&mut source, channels, most_posts, Some(store), now).await;
        telegram.close().await;
        Ok(read)
    })
    .await
}

/// A failure in one line.
fn told(stop: &Stop) -> Option<String> {
    let it = stop.failure()?;
    Some(screen::printable(&format!("{}: {}; {}", it.what, it.why, it.next)).into_owned())
}
