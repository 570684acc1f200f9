//! `sigtower batch`: one pass over channels, into the store.

use std::time::Instant;

use scraper::report::{ChannelReport, SweepReport};

use crate::cli::BatchArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::pass::{Source, needs_login};
use crate::{log, open_store, output, runtime, screen, sweep_table};

/// The login of whoever passes over channels, unless another one is named.
pub(crate) const LOGIN: &str = "batch";

/// Collects.
pub(crate) fn run(args: &BatchArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let channels = args.source.channels();
    let mut source = Source::of(&args.source, args.from, &args.store, LOGIN)?;
    let sweep = runtime::start()?.block_on(async {
        let opened = open_store::open(&args.store).await?;
        let collector = args.source.collector(&opened.store)?;
        let deadline = args.within.map(|within| Instant::now() + within);
        let stopped = runtime::stopped()?;
        source.sweep(&collector, &channels, (opened.is_alone(), deadline), say, stopped).await?.map_or_else(Err, Ok)
    })?;
    if args.json {
        output::print_json(&sweep_table::Shape::of(&sweep))?
    } else {
        sweep_table::print(&sweep)?
    }
    match (exit(&sweep), source.end_of_login()) {
        (Exit::KeyNeeded, Some(stop)) => Err(stop),
        (exit, _) => Ok(exit),
    }
}

/// One line for each channel as it is done.
pub(crate) fn say(report: &ChannelReport) {
    let channel = &report.channel;
    match &report.error {
        None => crate::output::say!("{channel}: {} posts, {} new", report.tally.fetched, report.tally.stored),
        Some(trouble) => crate::output::say!("{channel}: {}", screen::printable(&trouble.text)),
    }
}

/// Nothing could be read: failed, or refused for now; some could not: partly done.
pub(crate) fn exit(sweep: &SweepReport) -> Exit {
    let n_failed = sweep.n_failed();
    let all_sent =
        |sweep: &SweepReport| sweep.backend.as_ref().is_none_or(|it| it.waiting == Some(0) && it.refused == 0);
    let is_for_now = |it: &ChannelReport| it.error.as_ref().is_some_and(|it| it.retry_after_s.is_some());
    if sweep.channels.iter().any(|it| it.taken_over) {
        return Exit::Busy;
    }
    if needs_login(sweep) {
        return Exit::KeyNeeded;
    }
    match n_failed {
        0 if sweep.left_out.is_empty() && all_sent(sweep) => Exit::Ok,
        n if n == sweep.channels.len() && n > 0 && sweep.channels.iter().all(is_for_now) => Exit::RefusedForNow,
        n if n == sweep.channels.len() && n > 0 => Exit::Failed,
        _ => Exit::Partial,
    }
}
