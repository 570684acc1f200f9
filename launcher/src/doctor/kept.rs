//! What is kept: whether the store answers, whether the clock agrees with it, and how the channels ended last.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signals::channel_run::ChannelRun;
use signals::message::ChannelName;
use signals::query::{Cursor, SignalQuery};
use signals::store::{SignalStore, StoreError};
use tokio::time::timeout;

use crate::channels::chosen;
use crate::cli::StoreArgs;
use crate::doctor::finding::Finding;
use crate::open_store;
use crate::status::about;
use crate::status::channel::{ChannelStatus, State};
use crate::store_api::RESTORE;

/// How long the store may take for all that it is asked.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1_200);
/// How long a folder is waited for that a short command uses.
const WAITS: Duration = Duration::from_millis(300);
/// How far the clocks of servers may differ from ours.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);
/// Before this program there was no such time.
const FIRST: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// How many channels that fail are named.
const MOST_NAMED: usize = 5;

/// What the store said.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) findings: Vec<Finding>,
    pub(super) is_alone: bool,
    pub(super) runs: Vec<ChannelRun>,
    /// When the newest signal was posted.
    pub(super) newest: Option<Timestamp>,
}

/// Opens the store and asks it.
pub(super) async fn look(place: &StoreArgs, now: Timestamp) -> Kept {
    let mut kept = Kept::default();
    let asked = timeout(ANSWERS_WITHIN, async {
        let opened = match open_store::open_within(place, WAITS).await {
            Ok(opened) => opened,
            Err(stop) => return Finding::of_stop("database", &stop),
        };
        kept.is_alone = opened.is_alone();
        match ask(&opened.store, now).await {
            Ok((runs, newest)) => {
                (kept.runs, kept.newest) = (runs, newest);
                Finding::ok("database", "it opens and answers")
            }
            Err(error) => Finding::fail("database", "it opens and does not answer as it should", error, RESTORE),
        }
    });
    let finding = asked.await.unwrap_or_else(|_| {
        let why = format!("no answer within {} ms", ANSWERS_WITHIN.as_millis());
        Finding::fail("database", "it does not answer", why, "stop what uses it, or look at its disk or its network")
    });
    kept.findings.push(finding);
    kept
}

async fn ask(store: &SignalStore, now: Timestamp) -> Result<(Vec<ChannelRun>, Option<Timestamp>), StoreError> {
    store.ping().await?;
    let runs = store.channel_runs(now).await?;
    let page = store.list(&SignalQuery::default(), 1, &Cursor::default()).await?;
    Ok((runs, page.signals.first().map(|it| it.signal.origin().posted_at())))
}

impl Kept {
    /// The latest time that something kept tells of, and what it is.
    pub(super) fn latest(&self) -> Option<(Timestamp, &'static str)> {
        let posted = self.newest.map(|at| (at, "the newest signal was posted"));
        let ran = self.runs.iter().map(|run| (run.ran_at, "a pass over a channel ended"));
        posted.into_iter().chain(ran).max_by_key(|(at, _)| *at)
    }
}

/// Whether the clock can be right, as far as what is kept tells.
pub(super) fn clock(latest: Option<(Timestamp, &str)>, now: Timestamp) -> Finding {
    let next = "set the clock of this machine";
    if now < FIRST {
        return Finding::fail("clock", format!("it says {now:.0}"), "that is before this program was made", next);
    }
    match latest.filter(|(at, _)| at.duration_since(now) > CLOCKS_DIFFER) {
        Some((at, what)) => {
            Finding::fail("clock", format!("it says {now:.0}"), format!("{what} at {at:.0}, which is later"), next)
        }
        None => Finding::ok("clock", format!("it says {now:.0}, which can be")),
    }
}

/// Whether the channels in use could be read the last time, and lately, where each is to be read once in `every`.
pub(super) fn channels(runs: &[ChannelRun], named: &[ChannelName], every: Duration, now: Timestamp) -> Finding {
    let runs: Vec<&ChannelRun> = runs.iter().filter(|run| chosen::is_in_use(run, named, now)).collect();
    if runs.is_empty() {
        return Finding::ok("channels", "none was read lately");
    }
    let (waiting, rest): (Vec<_>, Vec<_>) = runs.iter().copied().partition(|run| run.quiet_until(now).is_some());
    let troubled = |is_retryable| {
        let told = rest.iter().filter_map(|run| {
            let trouble = run.trouble.as_ref().filter(|it| it.is_retryable == is_retryable)?;
            Some(format!("{}: {}", run.channel, trouble.text))
        });
        told.collect::<Vec<_>>()
    };
    let (for_good, for_now) = (troubled(false), troubled(true));
    let n = runs.len();
    if !for_good.is_empty() {
        let what = format!("{} of {n} cannot be read until somebody does something", for_good.len());
        return Finding::fail("channels", what, first(&for_good), "see all of them: sigtower status");
    }
    if !for_now.is_empty() || !waiting.is_empty() {
        let pauses = waiting
            .iter()
            .filter_map(|run| Some(format!("{}: to be left alone until {:.0}", run.channel, run.not_before?)));
        let told: Vec<String> = for_now.into_iter().chain(pauses).collect();
        let what = format!("{} of {n} could not be read the last time", told.len());
        return Finding::warn("channels", what, first(&told), "wait; they are tried again with the next pass");
    }
    let stale: Vec<String> = rest
        .iter()
        .map(|run| ChannelStatus::of((*run).clone(), None, every, now))
        .filter(|it| it.state == State::Stale)
        .map(|it| {
            let lag =
                it.lag_s.map_or_else(|| "never".to_owned(), |lag| format!("{} ago", about(Duration::from_secs(lag))));
            format!("{}: {lag}", it.channel)
        })
        .collect();
    if !stale.is_empty() {
        let what = format!("{} of {n} were not read within the last two periods of {}", stale.len(), about(every));
        let next = "let it run on: sigtower periodic, or sigtower up --source preview";
        return Finding::warn("channels", what, first(&stale), next);
    }
    Finding::ok("channels", format!("all {n} could be read the last time, which is not long ago"))
}

fn first(told: &[String]) -> String {
    let named = told.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
    let n_more = told.len().saturating_sub(MOST_NAMED);
    if n_more > 0 { format!("{named}; and {n_more} more") } else { named }
}

#[cfg(test)]
mod tests {
    use signals::channel_run::{RunCounts, RunTrouble};

    use super::*;
    use crate::doctor::finding::Grade;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn run(succeeded: &str) -> ChannelRun {
        ChannelRun {
            channel: ChannelName::parse("whalechart").unwrap(),
            key: None,
            ran_at: at(succeeded),
            succeeded_at: Some(at(succeeded)),
            trouble: None,
            not_before: None,
            newest: None,
            backlog: 0,
            counts: RunCounts::default(),
        }
    }

    #[test]
    fn a_channel_that_was_not_read_for_two_periods_warns_and_says_for_how_long() {
        let (runs, every) = ([run("2026-11-22T10:00:00Z")], Duration::from_secs(300));
        assert_eq!(channels(&runs, &[], every, at("2026-11-22T10:10:00Z")).grade, Grade::Ok);
        let stale = channels(&runs, &[], every, at("2026-11-22T13:00:00Z"));
        assert_eq!((stale.grade, stale.why.as_deref()), (Grade::Warn, Some("whalechart: 3 h ago")));
        assert_eq!(stale.what, "1 of 1 were not read within the last two periods of 5 min");
        let days_later = at("2026-11-25T10:00:00Z");
        assert_eq!(channels(&runs, &[], every, days_later).grade, Grade::Ok, "nobody reads it any more");
        assert_eq!(channels(&runs, &[runs[0].channel.clone()], every, days_later).grade, Grade::Warn);
        let failing = ChannelRun {
            trouble: Some(RunTrouble { text: "no".to_owned(), is_retryable: false }),
            ..run("2026-11-22T10:00:00Z")
        };
        assert_eq!(channels(&[failing], &[], every, at("2026-11-22T13:00:00Z")).grade, Grade::Fail);
    }

    #[test]
    fn a_clock_is_wrong_before_2026_and_before_what_is_kept() {
        let now = at("2026-11-22T10:00:00Z");
        assert_eq!(clock(None, now).grade, Grade::Ok);
        let signal =
            |text: &str| Kept { newest: Some(at(text)), runs: vec![run("2026-11-22T09:00:00Z")], ..Kept::default() };
        assert_eq!(clock(signal("2026-11-22T10:10:00Z").latest(), now).grade, Grade::Ok);
        assert_eq!(clock(signal("2026-11-22T10:10:01Z").latest(), now).grade, Grade::Fail);
        let ran = Kept { runs: vec![run("2026-11-22T10:10:01Z"), run("2026-11-22T09:00:00Z")], ..Kept::default() };
        assert!(clock(ran.latest(), now).why.is_some_and(|why| why.starts_with("a pass over a channel ended")));
        assert_eq!(clock(None, at("2025-12-31T23:59:59Z")).grade, Grade::Fail);
        assert_eq!(clock(None, at("2026-01-01T00:00:00Z")).grade, Grade::Ok);
    }
}
