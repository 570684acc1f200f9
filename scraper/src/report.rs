//! What a pass over channels did, as figures.

use std::collections::BTreeMap;

use serde::Serialize;
use signals::message::{ChannelName, MessageId};

use crate::source::BadPost;

/// How many unreadable posts of a channel a report names; all of them are counted.
const MOST_NAMED: usize = 20;

/// What became of posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Posts that were read from the source, those that were read before and looked at again included.
    pub fetched: u64,
    /// Signals that they hold.
    pub signals: u64,
    /// Posts that tell news of a signal.
    pub updates: u64,
    /// Posts that are neither, by reason.
    pub not_signals: BTreeMap<&'static str, u64>,
    /// Signals whose prices contradict one another; they are kept apart.
    pub rejected: u64,
    /// Signals and news that are new.
    pub stored: u64,
    /// Signals and news that were known.
    pub unchanged: u64,
    /// Signals that say something else by now.
    pub new_versions: u64,
    /// Signals and news that a backend elsewhere could not be sent yet; they are kept, and sent later.
    pub waiting: u64,
    /// Signals whose posts were deleted since.
    pub deleted: u64,
    /// Posts that could not be read or kept.
    pub bad_posts: u64,
}

impl Tally {
    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.fetched, other.fetched),
            (&mut self.signals, other.signals),
            (&mut self.updates, other.updates),
            (&mut self.rejected, other.rejected),
            (&mut self.stored, other.stored),
            (&mut self.unchanged, other.unchanged),
            (&mut self.new_versions, other.new_versions),
            (&mut self.waiting, other.waiting),
            (&mut self.deleted, other.deleted),
            (&mut self.bad_posts, other.bad_posts),
        ] {
            *mine += theirs;
        }
        for (reason, n) in &other.not_signals {
            *self.not_signals.entry(reason).or_default() += n;
        }
    }
}

/// What a pass over one channel did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelReport {
    /// The spelling that was asked for.
    pub channel: ChannelName,
    /// Its key, where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<ChannelName>,
    /// What became of its posts.
    #[serde(flatten)]
    pub tally: Tally,
    /// The last post up to which everything is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<MessageId>,
    /// The newest post that the source shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<MessageId>,
    /// How many numbers of posts lie behind it and were not looked at yet.
    pub backlog: u64,
    /// Up to which of the channel's changes everything is kept, where its source counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// Posts that could not be read or kept, the first ones, with why not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bad: Vec<NamedBadPost>,
    /// Why the channel was left before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Trouble>,
    /// Whether another collector took over, so that nothing more may be done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub taken_over: bool,
    /// Why the store does not know how the pass ended, where it does not: then `status` tells of an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_not_kept: Option<String>,
}

/// A post that could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedBadPost {
    /// Its number, unless that is what could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// Why not.
    pub why: String,
}

/// Why a channel was left before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What happened, why, and what to do.
    pub text: String,
    /// Whether another try may help without anybody doing anything.
    pub is_retryable: bool,
    /// For how many seconds the source asked to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Whether a person has to log in before anything can be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub needs_login: bool,
}

impl ChannelReport {
    /// A report of which nothing is known yet.
    #[must_use]
    pub fn new(channel: ChannelName) -> Self {
        let tally = Tally::default();
        Self {
            channel,
            key: None,
            tally,
            checkpoint: None,
            newest: None,
            backlog: 0,
            position: None,
            bad: Vec::new(),
            error: None,
            taken_over: false,
            run_not_kept: None,
        }
    }

    pub(crate) fn add_bad(&mut self, bad: BadPost) {
        self.tally.bad_posts += 1;
        if self.bad.len() < MOST_NAMED {
            self.bad.push(NamedBadPost { id: bad.id, why: bad.why });
        }
    }
}

/// What a pass over several channels did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SweepReport {
    /// Each channel, in the order in which it was asked for.
    pub channels: Vec<ChannelReport>,
    /// All of them together.
    pub total: Tally,
    /// Channels that were not asked for: no time was left, or another collector took over.
    pub left_out: Vec<ChannelName>,
    /// What became of what is sent to a backend elsewhere, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<BackendReport>,
}

/// What became of what is sent to a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackendReport {
    /// Its address.
    pub address: String,
    /// How many signals and news of earlier passes it took meanwhile.
    pub caught_up: u64,
    /// How many it refused for good; they are kept among the rejected.
    pub refused: u64,
    /// How many wait to be sent; none where the store that keeps them does not tell.
    pub waiting: Option<u64>,
    /// Why some wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

impl SweepReport {
    pub(crate) fn add(&mut self, report: ChannelReport) {
        self.total.add(&report.tally);
        self.channels.push(report);
    }

    /// How many channels were left before their end.
    #[must_use]
    pub fn n_failed(&self) -> usize {
        self.channels.iter().filter(|it| it.error.is_some()).count()
    }
}
