//! `sigtower batch`: one pass over channels, into the store.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use scraper::collect::{CollectSettings, Collector};
use scraper::preview::{Preview, PreviewConfig};
use scraper::report::{ChannelReport, SweepReport};
use signals::message::ChannelName;

use crate::cli::{BatchArgs, SourceKind};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::holding::Holding;
use crate::{log, open_store, output, runtime, screen, sweep_table};

/// The channels that the predecessor read, which are read where none is named.
const USUAL_CHANNELS: [&str; 12] = [
    "binancekillers",
    "io_altsignals",
    "CryptoCapoTG",
    "WhaleChart",
    "Crypto_Inner_Circler",
    "learn2trade",
    "Wolf_of_Trading_singals",
    "cryptosignals",
    "binancesignals",
    "cryptotradingview",
    "cryptowhales",
    "bitcoinsignals",
];

/// Collects.
pub(crate) fn run(args: &BatchArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    // The only kind there is; another one gets a source of its own.
    let SourceKind::Preview = args.source;
    let channels = channels(args);
    let mut source = Preview::new(config(args)).map_err(|error| {
        Stop::failed("cannot read previews", error, "set SIGTOWER_PREVIEW_URL, or --preview-url, to an address")
    })?;
    let sweep = runtime::start()?.block_on(async {
        let opened = open_store::open(&args.store).await?;
        let settings = CollectSettings { most_posts: args.limit, ..CollectSettings::default() };
        let collector = Collector::new(opened.store.clone(), settings, Arc::new(Timestamp::now));
        let holding = Holding::take(&opened).await?;
        let deadline = args.within.map(|within| Instant::now() + within);
        let sweep = async { Ok(collector.sweep(&mut source, &channels, holding.lease(), deadline, say).await) };
        runtime::until_stopped(sweep, holding.give_back()).await
    })?;
    if args.json {
        output::print_json(&sweep_table::Shape::of(&sweep))?
    } else {
        sweep_table::print(&sweep)?
    }
    Ok(exit(&sweep))
}

/// One line for each channel as it is done; the figures of all follow in the end.
fn say(report: &ChannelReport) {
    let channel = &report.channel;
    match &report.error {
        None => anstream::eprintln!("{channel}: {} posts, {} new", report.tally.fetched, report.tally.stored),
        Some(trouble) => anstream::eprintln!("{channel}: {}", screen::printable(&trouble.text)),
    }
}

/// Nothing could be read: failed, or refused for now; some could not: partly done.
pub(crate) fn exit(sweep: &SweepReport) -> Exit {
    let n_failed = sweep.n_failed();
    let is_for_now = |it: &ChannelReport| it.error.as_ref().is_some_and(|it| it.retry_after_s.is_some());
    match n_failed {
        0 if sweep.left_out.is_empty() => Exit::Ok,
        n if n == sweep.channels.len() && n > 0 && sweep.channels.iter().all(is_for_now) => Exit::RefusedForNow,
        n if n == sweep.channels.len() && n > 0 => Exit::Failed,
        _ => Exit::Partial,
    }
}

fn channels(args: &BatchArgs) -> Vec<ChannelName> {
    if !args.channel.is_empty() {
        return args.channel.clone();
    }
    USUAL_CHANNELS.iter().filter_map(|name| ChannelName::parse(name).ok()).collect()
}

fn config(args: &BatchArgs) -> PreviewConfig {
    PreviewConfig { base_url: args.preview_url.clone(), delay: args.delay, ..PreviewConfig::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_channels_are_names() {
        assert!(USUAL_CHANNELS.iter().all(|name| ChannelName::parse(name).is_ok()));
    }
}
