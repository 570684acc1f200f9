//! What is remembered of a pass over a channel, so that others see how it ended, and nobody asks before they may.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signals::channel_run::{ChannelRun, LONGEST_PAUSE, RunCounts, RunTrouble};
use signals::message::ChannelName;
use signals::store::StoreError;

use crate::collect::{CollectError, Collector};
use crate::report::ChannelReport;
#[cfg(feature = "lambda")]
use crate::report::Trouble;

impl Collector {
    /// That the source may be asked for this channel now, as far as earlier passes know.
    pub(crate) async fn may_ask(&self, channel: &ChannelName) -> Result<(), CollectError> {
        let run = self.store().channel_run(channel).await?;
        let now = self.now();
        match run.and_then(|run| run.quiet_until(now)) {
            Some(until) => Err(CollectError::TooEarly { until, left: left(until, now) }),
            None => Ok(()),
        }
    }

    /// Until when the source asked to be left alone when it was asked for any of these channels: it means whoever asks,
    /// and not one of them.
    pub(crate) async fn quiet_until(&self, channels: &[ChannelName]) -> Result<Option<Timestamp>, StoreError> {
        let now = self.now();
        let runs = self.store().channel_runs(now).await?;
        let meant = runs.iter().filter(|run| channels.contains(&run.channel));
        Ok(meant.filter_map(|run| run.quiet_until(now)).max())
    }

    /// What is reported of a channel that is not asked for before that time.
    pub(crate) fn too_early(&self, channel: &ChannelName, until: Timestamp) -> ChannelReport {
        let error = CollectError::TooEarly { until, left: left(until, self.now()) };
        ChannelReport { error: Some(error.trouble()), ..ChannelReport::new(channel.clone()) }
    }

    /// Keeps that no time was left for the rest of a channel.
    #[cfg(feature = "lambda")]
    pub(crate) async fn remember_cut_short(&self, channel: &ChannelName) {
        let text =
            "the time of the pass was up before its posts were read; what was read is kept, and the next pass goes \
                    on; if it stays so, let a pass take fewer posts of a channel, or more time"
                .to_owned();
        let trouble = Trouble { text, is_retryable: true, retry_after_s: None, needs_login: false };
        self.remember(&mut ChannelReport { error: Some(trouble), ..ChannelReport::new(channel.clone()) }).await;
    }

    /// Keeps how the pass ended. A store that does not take it fails no pass: the report says so.
    pub(crate) async fn remember(&self, report: &mut ChannelReport) {
        let run = run_of(report, self.now());
        if let Err(error) = self.store().keep_channel_run(&run).await {
            tracing::warn!(channel = %report.channel, %error, "channel.run_not_kept");
            report.run_not_kept = Some(error.to_string());
        }
    }
}

fn run_of(report: &ChannelReport, now: Timestamp) -> ChannelRun {
    let pause = report.error.as_ref().and_then(|it| it.retry_after_s).map(Duration::from_secs);
    let pause = pause.and_then(|it| SignedDuration::try_from(it.min(LONGEST_PAUSE)).ok());
    let tally = &report.tally;
    ChannelRun {
        channel: report.channel.clone(),
        key: report.key.clone(),
        ran_at: now,
        succeeded_at: report.error.is_none().then_some(now),
        trouble: report.error.as_ref().map(|it| RunTrouble { text: it.text.clone(), is_retryable: it.is_retryable }),
        not_before: pause.and_then(|pause| now.checked_add(pause).ok()),
        newest: report.newest,
        backlog: report.backlog,
        counts: RunCounts {
            fetched: tally.fetched,
            signals: tally.signals,
            updates: tally.updates,
            not_signals: tally.not_signals.values().sum(),
            stored: tally.stored,
            bad_posts: tally.bad_posts,
        },
    }
}

/// The time until then, in whole seconds, and none too few.
fn left(until: Timestamp, now: Timestamp) -> Duration {
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}
