//! How the last pass over a channel ended, and when it may be asked again.
//!
//! A run belongs to the spelling by which the channel was asked for: a channel that is not found has no key, and whether
//! it may be asked must be known before it is looked up.

use std::time::Duration;

use jiff::Timestamp;

use crate::message::{ChannelName, MessageId};

/// The longest pause that is believed, as seen from now: a clock that once ran ahead must not silence a channel for ever.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The last pass over a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRun {
    /// The spelling that was asked for.
    pub channel: ChannelName,
    /// Its key, where it was ever found.
    pub key: Option<ChannelName>,
    /// When the pass ended.
    pub ran_at: Timestamp,
    /// When a pass last came to its end without trouble.
    pub succeeded_at: Option<Timestamp>,
    /// Why the pass was left before its end.
    pub trouble: Option<RunTrouble>,
    /// Until when the source asked to be left alone.
    pub not_before: Option<Timestamp>,
    /// The newest post that the source ever showed.
    pub newest: Option<MessageId>,
    /// How many numbers of posts lay behind the checkpoint.
    pub backlog: u64,
    /// What the pass counted.
    pub counts: RunCounts,
}

/// Why a pass was left before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTrouble {
    /// What happened, why, and what to do.
    pub text: String,
    /// Whether another try may help without anybody doing anything.
    pub is_retryable: bool,
}

/// What a pass counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Posts that were read.
    pub fetched: u64,
    /// Signals that they hold.
    pub signals: u64,
    /// Posts that tell news.
    pub updates: u64,
    /// Posts that are neither.
    pub not_signals: u64,
    /// Signals and news that were new.
    pub stored: u64,
    /// Posts that could not be read or kept.
    pub bad_posts: u64,
}

impl ChannelRun {
    /// The run with what it takes over from the one before: what was reached once stays known when a pass fails.
    #[must_use]
    pub fn following(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            self.key = self.key.or_else(|| before.key.clone());
            self.succeeded_at = self.succeeded_at.or(before.succeeded_at);
            if self.newest.is_none() {
                // The source said nothing of it, so what it left behind is not known anew either.
                (self.newest, self.backlog) = (before.newest, before.backlog);
            }
        }
        self
    }

    /// Until when the channel is to be left alone, if that time is still to come.
    #[must_use]
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.not_before.filter(|until| {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            !left.is_zero() && left <= LONGEST_PAUSE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn run() -> ChannelRun {
        ChannelRun {
            channel: ChannelName::parse("whalechart").unwrap(),
            key: None,
            ran_at: at(0),
            succeeded_at: None,
            trouble: None,
            not_before: None,
            newest: None,
            backlog: 0,
            counts: RunCounts::default(),
        }
    }

    #[test]
    fn a_pass_that_fails_keeps_what_was_reached_before() {
        let good = ChannelRun { succeeded_at: Some(at(0)), newest: Some(MessageId(9)), backlog: 3, ..run() };
        let failed = ChannelRun { ran_at: at(60), ..run() }.following(Some(&good));
        assert_eq!((failed.succeeded_at, failed.newest, failed.backlog), (Some(at(0)), Some(MessageId(9)), 3));
        let next =
            ChannelRun { succeeded_at: Some(at(90)), newest: Some(MessageId(9)), ..run() }.following(Some(&failed));
        assert_eq!((next.succeeded_at, next.backlog), (Some(at(90)), 0));
    }

    #[test]
    fn a_pause_holds_until_it_is_over_and_is_not_believed_without_end() {
        let paused = |second| ChannelRun { not_before: Some(at(second)), ..run() };
        assert_eq!(paused(300).quiet_until(at(0)), Some(at(300)));
        assert_eq!(paused(300).quiet_until(at(300)), None);
        assert_eq!(paused(300).quiet_until(at(301)), None);
        assert_eq!(paused(8 * 24 * 3600).quiet_until(at(0)), None);
        assert_eq!(run().quiet_until(at(0)), None);
    }
}
