//! What is told of a pass: lines of the log, and figures for CloudWatch.

use std::time::Duration;

use lambda_runtime::Diagnostic;
use program::metrics::Figure;
use signals::lease::LeaseHolder;

use crate::lambda::Outcome;
use crate::lambda::config::BatchSource;
use crate::report::{ChannelReport, SweepReport};

/// Why a pass read nothing at all, where another one may.
pub(super) fn nothing_read(sweep: &SweepReport) -> Option<String> {
    let may_help = |it: &ChannelReport| {
        it.error.as_ref().is_some_and(|trouble| trouble.is_retryable && trouble.retry_after_s.is_none())
    };
    let first = sweep.channels.first()?.error.as_ref()?;
    sweep.channels.iter().all(may_help).then(|| first.text.clone())
}

pub(super) fn say_waiting(holder: &LeaseHolder) {
    tracing::warn!(holder = holder.owner, "sweep.waits_for_lease");
}

/// One line of the log for each channel as it is done.
pub(super) fn say(report: &ChannelReport) {
    let ChannelReport { channel, tally, backlog, .. } = report;
    match &report.error {
        None => {
            tracing::info!(%channel, fetched = tally.fetched, stored = tally.stored, backlog, "channel.read");
        }
        Some(trouble) => tracing::warn!(%channel, error = trouble.text, "channel.failed"),
    }
}

/// What CloudWatch is told of a pass.
pub(super) fn figures(
    source: &BatchSource,
    swept: &Result<(Outcome, SweepReport), Diagnostic>,
    took: Duration,
) -> Vec<Figure> {
    let nothing = SweepReport::default();
    let (outcome, sweep) = match swept {
        Ok((outcome, sweep)) => (Some(outcome), sweep),
        Err(_) => (None, &nothing),
    };
    let n_failed = sweep.n_failed();
    let is_success = outcome.is_some() && sweep.channels.iter().any(|it| it.error.is_none());
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let mut figures = vec![
        Figure::count("SweepsSucceeded", u64::from(is_success)),
        Figure::count("ChannelsRead", count(sweep.channels.len() - n_failed)),
        Figure::count("ChannelsFailed", count(n_failed)),
        Figure::count("PostsRead", sweep.total.fetched),
        Figure::count("PostsFailed", sweep.total.bad_posts),
        Figure::count("SignalsCollected", sweep.total.signals),
        Figure::count("SignalsStored", sweep.total.stored),
        Figure::duration("Latency", took),
    ];
    // Each figure is a metric that is paid for, and a preview has no login.
    if matches!(source, BatchSource::Telegram(_)) {
        figures.push(Figure::count("LoginOver", u64::from(matches!(outcome, Some(Outcome::LoginNeeded { .. })))));
    }
    figures
}
