//! How one channel is: a rule on its last run, its checkpoint and the time.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use signals::channel_run::ChannelRun;
use signals::checkpoint::Checkpoint;
use signals::message::{ChannelName, MessageId};

/// Without success for that many periods a channel is stale.
const STALE_PERIODS: u32 = 2;

/// How a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Ok,
    /// The source asked to be left alone, and that time is not over.
    Waiting,
    /// The last pass was left before its end.
    Failing,
    /// No pass succeeded for too long.
    Stale,
    /// There was no pass.
    Unread,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Waiting => "waiting",
            Self::Failing => "failing",
            Self::Stale => "stale",
            Self::Unread => "unread",
        }
    }
}

/// What is told of a channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ChannelStatus {
    pub(crate) channel: ChannelName,
    pub(crate) key: Option<ChannelName>,
    pub(crate) state: State,
    /// The last post up to which everything is kept.
    pub(crate) checkpoint: Option<MessageId>,
    pub(crate) last_run_at: Option<Timestamp>,
    pub(crate) last_success_at: Option<Timestamp>,
    /// How long ago that was.
    pub(crate) lag_s: Option<u64>,
    pub(crate) newest: Option<MessageId>,
    pub(crate) backlog: u64,
    /// Posts that the last pass read.
    pub(crate) fetched: u64,
    /// The share of them that are signals or news.
    pub(crate) parse_rate: Option<f64>,
    pub(crate) next_try_at: Option<Timestamp>,
    pub(crate) error: Option<LastError>,
}

/// Why the last pass was left before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LastError {
    pub(crate) text: String,
    pub(crate) is_retryable: bool,
}

impl ChannelStatus {
    /// How the channel of this run is, where it is read once in each such time.
    pub(crate) fn of(run: ChannelRun, checkpoint: Option<Checkpoint>, every: Duration, now: Timestamp) -> Self {
        let lag = run.succeeded_at.map(|at| Duration::try_from(now.duration_since(at)).unwrap_or_default());
        let quiet_until = run.quiet_until(now);
        let state = if quiet_until.is_some() {
            State::Waiting
        } else if run.trouble.is_some() {
            State::Failing
        } else if lag.is_none_or(|lag| lag > every.saturating_mul(STALE_PERIODS)) {
            State::Stale
        } else {
            State::Ok
        };
        let found = run.counts.signals + run.counts.updates;
        Self {
            state,
            checkpoint: checkpoint.map(|it| it.last).filter(|last| last.0 > 0),
            last_run_at: Some(run.ran_at),
            last_success_at: run.succeeded_at,
            lag_s: lag.map(|lag| lag.as_secs()),
            newest: run.newest,
            backlog: run.backlog,
            fetched: run.counts.fetched,
            parse_rate: (run.counts.fetched > 0).then(|| share(found, run.counts.fetched)),
            next_try_at: quiet_until.or_else(|| run.ran_at.checked_add(every).ok()),
            error: run.trouble.map(|it| LastError { text: it.text, is_retryable: it.is_retryable }),
            key: run.key,
            channel: run.channel,
        }
    }

    /// A channel that was asked about and never read.
    pub(crate) fn unread(channel: ChannelName) -> Self {
        Self {
            channel,
            key: None,
            state: State::Unread,
            checkpoint: None,
            last_run_at: None,
            last_success_at: None,
            lag_s: None,
            newest: None,
            backlog: 0,
            fetched: 0,
            parse_rate: None,
            next_try_at: None,
            error: None,
        }
    }

    pub(crate) fn is_well(&self) -> bool {
        self.state == State::Ok
    }
}

/// A share with four decimals. A post may hold several signals, so it can be above one.
#[expect(clippy::cast_precision_loss, reason = "counts of posts are far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use signals::channel_run::{RunCounts, RunTrouble};

    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn run() -> ChannelRun {
        ChannelRun {
            channel: ChannelName::parse("whalechart").unwrap(),
            key: None,
            ran_at: at(0),
            succeeded_at: Some(at(0)),
            trouble: None,
            not_before: None,
            newest: Some(MessageId(9)),
            backlog: 0,
            counts: RunCounts { fetched: 3, signals: 1, ..RunCounts::default() },
        }
    }

    #[track_caller]
    fn check(run: &ChannelRun, now: i64, state: State, next_try_at: i64) {
        let status = ChannelStatus::of(run.clone(), None, EVERY, at(now));
        assert_eq!((status.state, status.next_try_at), (state, Some(at(next_try_at))));
    }

    #[test]
    fn a_channel_is_stale_after_two_periods_without_success() {
        check(&run(), 600, State::Ok, 300);
        check(&run(), 601, State::Stale, 300);
        check(&ChannelRun { succeeded_at: None, ..run() }, 1, State::Stale, 300);
    }

    #[test]
    fn a_channel_waits_while_its_source_is_left_alone_and_fails_after_it() {
        let trouble = Some(RunTrouble { text: "a pause".to_owned(), is_retryable: true });
        let paused = ChannelRun { trouble, not_before: Some(at(900)), ..run() };
        check(&paused, 899, State::Waiting, 900);
        check(&paused, 900, State::Failing, 300);
    }

    #[test]
    fn a_share_has_four_decimals_and_there_is_none_of_nothing() {
        assert_eq!(ChannelStatus::of(run(), None, EVERY, at(1)).parse_rate, Some(0.3333));
        let none = ChannelRun { counts: RunCounts::default(), ..run() };
        assert_eq!(ChannelStatus::of(none, None, EVERY, at(1)).parse_rate, None);
    }
}
