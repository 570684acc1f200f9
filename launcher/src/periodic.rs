//! `sigtower periodic`: a pass over channels in each slot of time, until it is stopped. `sigtower up` runs it too, once
//! a source is chosen.

use std::pin::pin;
use std::time::{Duration, Instant};

use scraper::collect::Collector;
use scraper::report::ChannelReport;
use scraper::schedule::{Due, Schedule};
use signals::message::ChannelName;

use crate::batch;
use crate::cli::{PeriodicArgs, SourceArgs, StoreArgs};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::pass::Source;
use crate::{log, open_store, runtime};

/// Collects until it is stopped.
pub(crate) fn run(args: &PeriodicArgs) -> Result<Exit, Stop> {
    let source = Source::of(&args.source, args.from, &args.store, batch::LOGIN)?;
    collect(&args.source, source, &args.store, args.every)
}

/// The same for whoever reads from there.
pub(crate) fn collect(args: &SourceArgs, source: Source, store: &StoreArgs, every: Duration) -> Result<Exit, Stop> {
    log::install(store.verbose)?;
    let channels = args.channels();
    runtime::start()?.block_on(async {
        let opened = open_store::open(store).await?;
        let collector = args.collector(&opened.store)?;
        let (n, how) = (channels.len(), source.words());
        crate::output::say!("Reading {n} channels every {} {how}. Ctrl-C stops.", shown(every));
        let stopped = runtime::stopped()?;
        until(stopped, collector, source, channels, every, opened.is_alone(), batch::say).await?.of_endless()
    })
}

/// Runs a pass in each slot until `stopped` comes. What fails is told, and tried again in the next slot, unless a person
/// has to do something first; a run that takes longer than a slot is not overtaken by the next.
pub(crate) async fn until<T>(
    stopped: impl Future<Output = T>,
    collector: Collector,
    mut source: Source,
    mut channels: Vec<ChannelName>,
    every: Duration,
    is_alone: bool,
    mut each: impl FnMut(&ChannelReport),
) -> Result<T, Stop> {
    let (began, mut schedule, mut stopped) = (Instant::now(), Schedule::new(every), pin!(stopped));
    loop {
        let (slot, n_missed) = match schedule.due(began.elapsed()) {
            Due::Run { slot, n_missed } => (slot, n_missed),
            Due::Wait(time) => {
                // A little later than the slot begins, each time by another while: not all readers ask at once.
                tokio::select! {
                    () = tokio::time::sleep(time + jitter(every)) => continue,
                    stop = &mut stopped => return Ok(stop),
                }
            }
        };
        if n_missed > 0 {
            tracing::warn!(slot, n_missed, "periodic.slots_missed");
        }
        // A run has the time of its slot: what does not fit is the backlog of the next.
        let deadline = Some(Instant::now() + every);
        let ended = source.sweep(&collector, &channels, (is_alone, deadline), &mut each, &mut stopped).await;
        match ended {
            Ok(Ok(sweep)) => {
                if !sweep.left_out.is_empty() {
                    let n = sweep.left_out.len();
                    tracing::warn!(slot, left_out = n, "periodic.no_time_for_all");
                    // They come first in the next slot, or they would never be read.
                    channels.retain(|it| !sweep.left_out.contains(it));
                    channels.splice(0..0, sweep.left_out.iter().cloned());
                }
                let (total, n_failed) = (&sweep.total, sweep.n_failed());
                if let Some(backend) = sweep.backend.as_ref().filter(|it| it.trouble.is_some()) {
                    tracing::warn!(waiting = backend.waiting, why = backend.trouble, "periodic.backend_failing");
                }
                tracing::info!(slot, fetched = total.fetched, stored = total.stored, n_failed, "periodic.done");
                // Asking on under a login that is over makes it worse.
                if let Some(stop) = source.end_of_login() {
                    return Err(stop);
                }
            }
            Ok(Err(stop)) => return Ok(stop),
            Err(stop @ (Stop::KeyNeeded(_) | Stop::Usage(_))) => return Err(stop),
            Err(stop) => stop.tell("warning"),
        }
    }
}

fn jitter(every: Duration) -> Duration {
    let mut byte = [0];
    // Without random numbers there is no jitter, and nothing else is lost.
    let _ = getrandom::fill(&mut byte);
    (every / 20).min(Duration::from_secs(10)) * u32::from(byte[0]) / 256
}

fn shown(every: Duration) -> String {
    let seconds = every.as_secs();
    if seconds >= 60 && seconds.is_multiple_of(60) { format!("{} min", seconds / 60) } else { format!("{seconds} s") }
}
