//! What a pass over channels did, for people and for programs.

use scraper::report::{BackendReport, ChannelReport, SweepReport, Tally};
use serde::Serialize;

use crate::failure::Stop;
use crate::{output, screen};

/// How wide a name may be, in characters.
const LONGEST_NAME: usize = 32;

/// The report as one object for programs.
#[derive(Serialize)]
pub(crate) struct Shape<'a> {
    schema: &'static str,
    #[serde(flatten)]
    sweep: &'a SweepReport,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(sweep: &'a SweepReport) -> Self {
        Self { schema: "sweep/1", sweep }
    }
}

/// Prints the report as a table.
pub(crate) fn print(sweep: &SweepReport) -> Result<(), Stop> {
    let names = sweep.channels.iter().map(|it| it.channel.as_str().chars().count());
    let width = names.chain(["channel".len()]).max().unwrap_or(0).min(LONGEST_NAME);
    let head = ["posts", "signals", "updates", "other", "new", "known", "changed", "rejected", "bad", "backlog"];
    let mut text = format!("{:width$}", "channel");
    head.iter().for_each(|name| text.push_str(&format!("  {name:>8}")));
    text.push('\n');
    for channel in &sweep.channels {
        text.push_str(&row(channel.channel.as_str(), &channel.tally, channel.backlog, width));
    }
    if sweep.channels.len() > 1 {
        let backlog = sweep.channels.iter().map(|it| it.backlog).sum();
        text.push_str(&row("all", &sweep.total, backlog, width));
    }
    for trouble in sweep.channels.iter().filter_map(told) {
        text.push_str(&trouble);
    }
    for channel in &sweep.left_out {
        text.push_str(&format!("{channel}: no time was left for it\n"));
    }
    if let Some(backend) = &sweep.backend {
        text.push_str(&sent(backend));
    }
    output::print(&text)
}

/// What became of what goes to a backend.
fn sent(backend: &BackendReport) -> String {
    let address = screen::printable(&backend.address);
    let why = backend.trouble.as_deref().map_or_else(String::new, |why| format!(": {}", screen::printable(why)));
    let mut text = match backend.waiting {
        Some(0) if backend.refused > 0 => String::new(),
        Some(0) => format!("{address}: everything was sent\n"),
        Some(n) => format!("{address}: {n} signals and news wait to be sent{why}\n"),
        None => format!("{address}: what waits to be sent is not known{why}\n"),
    };
    if backend.refused > 0 {
        let n = backend.refused;
        text.push_str(&format!("{address}: {n} were refused: sigtower channels passed-over CHANNEL --rejected\n"));
    }
    if backend.caught_up > 0 {
        text.push_str(&format!("{address}: {} that had waited were sent\n", backend.caught_up));
    }
    text
}

fn row(name: &str, tally: &Tally, backlog: u64, width: usize) -> String {
    let other = tally.not_signals.values().sum();
    let figures = [
        tally.fetched,
        tally.signals,
        tally.updates,
        other,
        tally.stored,
        tally.unchanged,
        tally.new_versions,
        tally.rejected,
        tally.bad_posts,
        backlog,
    ];
    let mut text = format!("{name:width$}");
    figures.iter().for_each(|figure| text.push_str(&format!("  {figure:>8}")));
    text.push('\n');
    text
}

fn told(channel: &ChannelReport) -> Option<String> {
    let bad = channel.bad.iter().map(|bad| {
        let post = bad.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        format!("{}: post {post} was passed over: {}\n", channel.channel, screen::printable(&bad.why))
    });
    let trouble = channel.error.iter().map(|it| format!("{}: {}\n", channel.channel, screen::printable(&it.text)));
    let unkept = channel.run_not_kept.iter().map(|why| {
        format!("{}: `sigtower status` does not know of this pass: {}\n", channel.channel, screen::printable(why))
    });
    let text: String = bad.chain(trouble).chain(unkept).collect();
    (!text.is_empty()).then_some(text)
}
