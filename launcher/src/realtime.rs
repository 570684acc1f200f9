//! `sigtower realtime`: channels as they happen, through an account. `sigtower up --source telegram` does it, too.

use std::pin::pin;
use std::sync::OnceLock;

use scraper::collect::Collector;
use scraper::report::ChannelReport;
use scraper::telegram::{Ended, Happened, Realtime, RealtimeReport, RealtimeSettings};
use signals::message::ChannelName;

use crate::cli::{RealtimeArgs, SourceArgs, SourceKind};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::logins::over;
use crate::pass::{Account, Source};
use crate::{holding, log, open_store, output, periodic, runtime, screen};

/// The login of whoever follows channels, unless another one is named.
pub(crate) const LOGIN: &str = "realtime";

/// Follows the channels until it is stopped.
pub(crate) fn run(args: &RealtimeArgs) -> Result<Exit, Stop> {
    if args.poll {
        let source = Source::of(&args.source, SourceKind::Preview, &args.store, LOGIN)?;
        return periodic::collect(&args.source, source, &args.store, args.every);
    }
    log::install(args.store.verbose)?;
    refuse_backend(&args.source)?;
    let (channels, account) = (args.source.channels(), Account::of(&args.source, &args.store, LOGIN)?);
    runtime::start()?.block_on(async {
        let opened = open_store::open(&args.store).await?;
        let collector = args.source.collector(&opened.store)?;
        let stopped = runtime::stopped()?;
        output::say!("Following {} channels through the login `{}`. Ctrl-C stops.", channels.len(), account.name);
        let (stop, report) = until(stopped, collector, &account, &channels, say).await?;
        output::print(&summary(&report))?;
        stop.of_endless()
    })
}

/// A backend is sent signals and edits by passes, which also send what had to wait; who follows channels makes none of
/// them in time.
pub(crate) fn refuse_backend(args: &SourceArgs) -> Result<(), Stop> {
    if args.backend.url().is_none() {
        return Ok(());
    }
    let what = "channels are followed into the own store alone, and BACKEND_URL is set";
    let why = "what a backend takes later, and deletions, would not reach it in their order";
    Err(Stop::failed(what, why, "unset BACKEND_URL, or send by passes: sigtower periodic --source telegram"))
}

/// Follows channels until `stopped` comes, under the lease of the login; gives what came, and what became of it all.
pub(crate) async fn until<T: Send + Sync>(
    stopped: impl Future<Output = T>,
    collector: Collector,
    account: &Account,
    channels: &[ChannelName],
    mut each: impl FnMut(&Happened<'_>),
) -> Result<(T, RealtimeReport), Stop> {
    let (mut stopped, came) = (pin!(stopped), OnceLock::new());
    let taking = holding::take_login(collector.store(), &account.name, &account.file);
    let holding = match holding::unless_stopped(taking, &mut stopped).await? {
        Ok(holding) => holding,
        Err(stop) => return Ok((stop, RealtimeReport::default())),
    };
    let connected = tokio::select! {
        connected = account.connect(collector.store(), holding.grip()) => connected.map(Ok),
        stop = &mut stopped => Ok(Err(stop)),
    };
    let (telegram, source) = match connected {
        Ok(Ok(connected)) => connected,
        Ok(Err(stop)) => {
            holding.give_back().await;
            return Ok((stop, RealtimeReport::default()));
        }
        Err(stop) => {
            holding.give_back().await;
            return Err(stop);
        }
    };
    let held = (holding.lease().clone(), holding.grip());
    let realtime = Realtime::new(telegram.clone(), source, collector, held, RealtimeSettings::default());
    let stop = async { drop(came.set(stopped.await)) };
    let (ended, report) = realtime.follow(channels, stop, |happened, _| each(&happened)).await;
    telegram.close().await;
    holding.give_back().await;
    match (ended, came.into_inner()) {
        (Ended::Stopped, Some(stop)) => Ok((stop, report)),
        (Ended::LoginOver { why }, _) => {
            let ended = telegram.end_of_login();
            Err(ended.map_or_else(|| over(&account.name, &why), |error| account.unread(&error)))
        }
        (Ended::LeaseLost | Ended::Stopped, _) => {
            let what = format!("the login `{}` is no longer this process's", account.name);
            Err(Stop::busy(what, "its lease was lost", "see who uses it: sigtower session status"))
        }
    }
}

/// One line for whatever a person would want to see.
fn say(happened: &Happened<'_>) {
    match happened {
        Happened::Connected => output::say!("Connected."),
        Happened::NotConnected(error) => output::say!("Not connected: {}", screen::printable(&error.to_string())),
        Happened::Kept(report) => say_kept(report),
        Happened::Pass(report) => match &report.error {
            Some(trouble) => output::say!("{}: {}", report.channel, screen::printable(&trouble.text)),
            None => say_kept(report),
        },
    }
}

fn say_kept(report: &ChannelReport) {
    let (channel, tally) = (&report.channel, &report.tally);
    if tally.stored + tally.new_versions + tally.deleted > 0 {
        output::say!("{channel}: {} new, {} changed, {} deleted", tally.stored, tally.new_versions, tally.deleted);
    }
}

fn summary(report: &RealtimeReport) -> String {
    let RealtimeReport { total, latencies, n_told, n_passes, .. } = report;
    let mut text = format!(
        "{} new, {} changed, {} deleted; {n_told} changes were told, {n_passes} looks made\n",
        total.stored, total.new_versions, total.deleted
    );
    if let (Some(half), Some(most)) = (latencies.percentile(50), latencies.percentile(99)) {
        let (half, most) = (half.as_millis(), most.as_millis());
        text.push_str(&format!("from being told to being stored: {half} ms (median), {most} ms (p99)\n"));
    }
    text
}
