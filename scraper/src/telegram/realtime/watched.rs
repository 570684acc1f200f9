//! What is known of a channel that is followed, and when it is looked at next.

use std::time::{Duration, Instant};

use signals::message::{ChannelName, MessageId};

use crate::report::ChannelReport;
use crate::telegram::realtime::RealtimeSettings;
use crate::telegram::realtime::line::{Line, Taken};
use crate::telegram::told::PushedChange;

/// The longest pause after failures that followed one another.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
/// How long a channel is left alone that cannot be read at all.
const BETWEEN_HOPELESS_LOOKS: Duration = Duration::from_secs(3_600);
/// How long a channel is left alone that somebody else collects.
const BETWEEN_CLAIMS: Duration = Duration::from_secs(30);

/// A channel that is followed.
#[derive(Debug)]
pub(super) struct Watched {
    /// The spelling by which it was asked for.
    pub(super) channel: ChannelName,
    /// Its key, once it was found.
    pub(super) key: Option<ChannelName>,
    pub(super) line: Line,
    /// Its number, once it was found.
    pub(super) number: Option<i64>,
    /// What a task is at with it.
    pub(super) busy: Option<Busy>,
    /// Whether something may have happened that was not told.
    pub(super) is_lost: bool,
    /// When it is looked at whatever happens.
    look_at: Instant,
    /// Until when it is not looked at.
    quiet_until: Option<Instant>,
    /// When a gap is no longer waited for.
    gap_until: Option<Instant>,
    /// Whether anything was told of it since the last look.
    is_told: bool,
    /// Whether it is one of which nothing is told although something happens; at first nobody knows.
    is_silent: bool,
    /// Up to where everything was kept after the last look.
    checkpoint: Option<MessageId>,
    n_failures: u32,
}

/// What is done with a channel at the moment; never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    /// A pass.
    Looked,
    /// What was told of it is kept.
    Kept,
}

/// When a channel is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Now,
    At(Instant),
}

impl Watched {
    pub(super) fn new(channel: ChannelName) -> Self {
        Self {
            channel,
            key: None,
            line: Line::default(),
            number: None,
            busy: None,
            is_lost: true,
            look_at: Instant::now(),
            quiet_until: None,
            gap_until: None,
            is_told: false,
            is_silent: true,
            checkpoint: None,
            n_failures: 0,
        }
    }

    /// A change was told.
    pub(super) fn told(&mut self, change: PushedChange, patience: Duration) {
        (self.is_told, self.is_silent) = (true, false);
        let came = change.came;
        match self.line.take(change) {
            Taken::Waits => drop(self.gap_until.get_or_insert(came + patience)),
            Taken::Ready | Taken::Known => {}
        }
        if !self.line.has_gap() {
            self.gap_until = None;
        }
    }

    /// What was ready is dropped: it is looked up instead.
    pub(super) fn lose(&mut self, now: Instant) {
        self.line.forget();
        self.is_lost = true;
        self.quiet_until = Some(now + Duration::from_secs(1));
    }

    /// Something failed; what was ready with it is looked up later.
    pub(super) fn failed(&mut self, now: Instant) {
        self.n_failures += 1;
        self.line.forget();
        self.is_lost = true;
        self.quiet_until = now.checked_add(backoff(self.n_failures));
    }

    pub(super) fn due(&self, now: Instant) -> Due {
        let wanted =
            if self.is_lost { now } else { self.gap_until.map_or(self.look_at, |until| until.min(self.look_at)) };
        let at = self.quiet_until.map_or(wanted, |until| until.max(wanted));
        if at <= now { Due::Now } else { Due::At(at) }
    }

    /// A pass came to its end.
    pub(super) fn passed(&mut self, report: &ChannelReport, settings: &RealtimeSettings, now: Instant) {
        if report.key.is_some() {
            self.key.clone_from(&report.key);
        }
        let Some(trouble) = &report.error else { return self.looked_at(report, settings, now) };
        let pause = match trouble.retry_after_s {
            Some(seconds) => Duration::from_secs(seconds),
            None if report.taken_over => BETWEEN_CLAIMS,
            None if trouble.is_retryable => backoff(self.n_failures + 1),
            None => BETWEEN_HOPELESS_LOOKS,
        };
        self.failed(now);
        self.quiet_until = now.checked_add(pause);
    }

    fn looked_at(&mut self, report: &ChannelReport, settings: &RealtimeSettings, now: Instant) {
        let before = self.line.pts();
        (self.n_failures, self.quiet_until, self.gap_until) = (0, None, None);
        if let Some(pts) = report.position.and_then(|position| i32::try_from(position).ok()) {
            if !self.is_told && before.is_some_and(|before| before < pts) {
                self.is_silent = true;
            }
            self.line.stands_at(pts);
        }
        self.is_told = false;
        if self.line.has_gap() {
            self.gap_until = Some(now + settings.gap_patience);
        }
        // More lies behind it than one pass takes; one that came no further would not do so at once either.
        self.is_lost |= report.backlog > 0 && report.checkpoint > self.checkpoint;
        self.checkpoint = report.checkpoint;
        let every = if self.is_silent { settings.poll_every } else { settings.check_every };
        self.look_at = now + every + jitter(every);
    }
}

/// How long is waited after so many failures that followed one another.
pub(super) fn backoff(n_failures: u32) -> Duration {
    let pause = Duration::from_secs(1).saturating_mul(1 << n_failures.saturating_sub(1).min(16)).min(LONGEST_BACKOFF);
    pause + jitter(pause)
}

/// Up to a tenth of the time: not everything is asked at once.
fn jitter(time: Duration) -> Duration {
    let mut byte = [0];
    // Without random numbers there is no jitter, and nothing else is lost.
    let _ = getrandom::fill(&mut byte);
    time / 10 * u32::from(byte[0]) / 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Trouble;
    use crate::telegram::told::What;

    fn watched() -> Watched {
        Watched::new(ChannelName::parse("whalechart").unwrap())
    }

    fn report(position: i64) -> ChannelReport {
        ChannelReport { position: Some(position), ..ChannelReport::new(ChannelName::parse("whalechart").unwrap()) }
    }

    fn change(pts: i32, came: Instant) -> PushedChange {
        PushedChange { channel: 1, pts, count: 1, what: What::Other, came }
    }

    fn settings() -> RealtimeSettings {
        RealtimeSettings::default()
    }

    #[test]
    fn a_channel_is_looked_at_first_and_then_as_often_as_it_must() {
        let (mut it, now) = (watched(), Instant::now());
        assert_eq!(it.due(now), Due::Now);
        it.is_lost = false;
        it.passed(&report(10), &settings(), now);
        // Nobody knows yet whether anything is told of it.
        let RealtimeSettings { poll_every, check_every, .. } = settings();
        let Due::At(at) = it.due(now) else { panic!("it was just looked at") };
        assert!(at >= now + poll_every && at <= now + poll_every * 2);
        it.told(change(11, now), settings().gap_patience);
        it.passed(&report(11), &settings(), now);
        assert!(matches!(it.due(now), Due::At(at) if at >= now + check_every));
        // Something happened of which nothing was told.
        it.passed(&report(15), &settings(), now);
        assert!(matches!(it.due(now), Due::At(at) if at < now + check_every));
    }

    #[test]
    fn a_backlog_is_gone_on_with_at_once_only_where_the_pass_came_nearer_to_its_end() {
        let (mut it, now) = (watched(), Instant::now());
        let behind = |checkpoint| {
            let checkpoint = Some(MessageId(checkpoint));
            ChannelReport { checkpoint, backlog: 7, ..report(10) }
        };
        let mut looks_on = |report: &ChannelReport| {
            it.is_lost = false;
            it.passed(report, &settings(), now);
            it.due(now) == Due::Now
        };
        assert!(looks_on(&behind(3)) && looks_on(&behind(4)));
        assert!(!looks_on(&behind(4)) && !looks_on(&behind(4)), "it would look again without any pause");
        assert!(looks_on(&behind(5)));
        assert!(!looks_on(&ChannelReport { backlog: 0, ..behind(12) }));
        let unread = ChannelReport { backlog: 7, ..report(10) };
        assert!(!looks_on(&unread), "nothing was read of it");
    }

    #[test]
    fn a_gap_is_waited_for_a_moment_and_then_looked_up() {
        let (mut it, now) = (watched(), Instant::now());
        it.is_lost = false;
        it.passed(&report(10), &settings(), now);
        let patience = settings().gap_patience;
        it.told(change(12, now), patience);
        assert_eq!(it.due(now), Due::At(now + patience));
        assert_eq!(it.due(now + patience), Due::Now);
        it.told(change(11, now), patience);
        assert!(matches!(it.due(now + patience), Due::At(_)));
        assert_eq!(it.line.n_ready(), 2);
    }

    #[test]
    fn a_channel_that_fails_is_left_alone_for_longer_and_longer() {
        let (mut it, now) = (watched(), Instant::now());
        let trouble = |is_retryable, retry_after_s| {
            Some(Trouble { text: String::new(), is_retryable, retry_after_s, needs_login: false })
        };
        let mut pauses = Vec::new();
        for _ in 0..12 {
            it.passed(&ChannelReport { error: trouble(true, None), ..report(0) }, &settings(), now);
            let Due::At(at) = it.due(now) else { panic!("it is left alone") };
            pauses.push(at.duration_since(now));
        }
        assert!(pauses[0] < Duration::from_secs(2) && pauses[3] >= Duration::from_secs(8), "{pauses:?}");
        assert!(pauses[11] <= LONGEST_BACKOFF * 11 / 10, "{pauses:?}");
        it.passed(&ChannelReport { error: trouble(true, Some(66_000)), ..report(0) }, &settings(), now);
        assert_eq!(it.due(now), Due::At(now + Duration::from_secs(66_000)));
        it.passed(&ChannelReport { error: trouble(false, None), ..report(0) }, &settings(), now);
        assert_eq!(it.due(now), Due::At(now + BETWEEN_HOPELESS_LOOKS));
        it.passed(&report(3), &settings(), now);
        assert_eq!((it.n_failures, it.quiet_until), (0, None));
    }
}
