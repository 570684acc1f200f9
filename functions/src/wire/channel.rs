//! Channels on the wire: who they are, how far they are read, and what was passed over in them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use signals::channel::Channel;
use signals::checkpoint::Checkpoint;
use signals::coverage::Coverage;
use signals::message::{ChannelName, MessageId};
use signals::parser::Reason;
use signals::passed_over::{BrokenRule, KeptPost, PassedOver, RejectedDraft};
use utoipa::ToSchema;

use crate::wire::schema;

/// A known channel.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelBody {
    /// Under which its posts are kept, whatever it is called now.
    #[schema(value_type = String, example = "whalechart")]
    pub key: ChannelName,
    /// Its number, once it was seen.
    pub number: Option<u64>,
    /// The names it was seen under, the latest last.
    #[schema(value_type = Vec<String>)]
    pub names: Vec<ChannelName>,
    /// When it was first seen.
    #[schema(value_type = schema::Time)]
    pub first_seen: Timestamp,
    /// How far it is read; null where nobody began.
    pub checkpoint: Option<CheckpointBody>,
    /// Of how many ranges of numbers it is known that they were read.
    pub n_ranges: usize,
}

impl ChannelBody {
    pub(crate) fn of(channel: Channel, checkpoint: Option<Checkpoint>, coverage: &Coverage) -> Self {
        let Channel { key, number, names, first_seen } = channel;
        let checkpoint = checkpoint.map(CheckpointBody::from);
        Self { key, number, names, first_seen, checkpoint, n_ranges: coverage.ranges().count() }
    }
}

/// How far a channel is read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Checkpoint)]
pub struct CheckpointBody {
    /// The post up to which everything is processed; null where none is yet.
    #[schema(value_type = Option<i64>)]
    pub last_message_id: Option<MessageId>,
    /// When it was moved last, or somebody last began to move it.
    #[schema(value_type = schema::Time)]
    pub moved_at: Timestamp,
}

impl From<Checkpoint> for CheckpointBody {
    fn from(checkpoint: Checkpoint) -> Self {
        let last_message_id = (checkpoint.last >= MessageId(1)).then_some(checkpoint.last);
        Self { last_message_id, moved_at: checkpoint.moved_at }
    }
}

/// A page of channels.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ChannelPage)]
pub struct ChannelPageBody {
    /// In the order of their keys.
    pub data: Vec<ChannelBody>,
    /// Goes on where this page ends: hand it back as `cursor`. Null at the end of the list.
    pub next_cursor: Option<String>,
}

/// Which posts of a channel were read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Coverage)]
pub struct CoverageBody {
    /// Under which its posts are kept, whatever it is called now.
    #[schema(value_type = String, example = "whalechart")]
    pub key: ChannelName,
    /// How far it is read; null where nobody began.
    pub checkpoint: Option<CheckpointBody>,
    /// What was read, in order. A number counts as read also where the channel has no such post.
    pub ranges: Vec<RangeBody>,
    /// What lies between the ranges, in order.
    pub missing: Vec<RangeBody>,
    /// How many numbers were read.
    pub n_read: u64,
    /// How many are missing between the first and the last of them.
    pub n_missing: u64,
}

impl CoverageBody {
    pub(crate) fn of(key: ChannelName, checkpoint: Option<Checkpoint>, coverage: &Coverage) -> Self {
        let ranges: Vec<RangeBody> = coverage.ranges().map(RangeBody::from).collect();
        let within = ranges.first().zip(ranges.last()).map(|(first, last)| first.first..=last.last);
        let missing = within.map(|within| coverage.missing(within)).unwrap_or_default();
        let missing: Vec<RangeBody> = missing.into_iter().map(RangeBody::from).collect();
        let n = |ranges: &[RangeBody]| ranges.iter().map(RangeBody::n_numbers).sum();
        let (n_read, n_missing) = (n(&ranges), n(&missing));
        Self { key, checkpoint: checkpoint.map(CheckpointBody::from), ranges, missing, n_read, n_missing }
    }
}

/// Numbers of posts, from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MessageRange)]
pub struct RangeBody {
    /// The first of them.
    #[schema(value_type = i64)]
    pub first: MessageId,
    /// The last of them.
    #[schema(value_type = i64)]
    pub last: MessageId,
}

impl RangeBody {
    /// How many numbers it holds.
    #[must_use]
    pub fn n_numbers(&self) -> u64 {
        self.last.0.abs_diff(self.first.0) + 1
    }
}

impl From<std::ops::RangeInclusive<MessageId>> for RangeBody {
    fn from(range: std::ops::RangeInclusive<MessageId>) -> Self {
        Self { first: *range.start(), last: *range.end() }
    }
}

/// A post that is neither signal nor update.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PassedOver)]
pub struct PassedOverBody {
    /// Its number in the channel.
    #[schema(value_type = i64)]
    pub id: MessageId,
    /// When it was posted.
    #[schema(value_type = schema::Time)]
    pub posted_at: Timestamp,
    /// When it was last edited, if it was.
    #[schema(value_type = Option<schema::Time>)]
    pub edited_at: Option<Timestamp>,
    /// Why it is neither.
    #[schema(value_type = schema::Reason)]
    pub reason: Reason,
    /// Its text; very long ones are cut.
    pub text: String,
}

impl From<PassedOver> for PassedOverBody {
    fn from(it: PassedOver) -> Self {
        let KeptPost { channel: _, id, posted_at, edited_at, text } = it.post;
        Self { id, posted_at, edited_at, reason: it.reason, text }
    }
}

/// A page of posts that were passed over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PassedOverPage)]
pub struct PassedOverPageBody {
    /// The greatest numbers first.
    pub data: Vec<PassedOverBody>,
    /// Goes on where this page ends: hand it back as `before`. Null at the end of the list.
    #[schema(value_type = Option<i64>)]
    pub next_before: Option<MessageId>,
}

/// A signal of a post that was refused, because its prices contradict one another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Rejected)]
pub struct RejectedBody {
    /// The number of the post in the channel.
    #[schema(value_type = i64)]
    pub id: MessageId,
    /// The number of the signal within the post, from 0.
    pub ordinal: u8,
    /// When the post was posted.
    #[schema(value_type = schema::Time)]
    pub posted_at: Timestamp,
    /// When it was last edited, if it was.
    #[schema(value_type = Option<schema::Time>)]
    pub edited_at: Option<Timestamp>,
    /// The rules that it breaks.
    pub violations: Vec<BrokenRuleBody>,
    /// The text of the post; very long ones are cut.
    pub text: String,
}

impl From<RejectedDraft> for RejectedBody {
    fn from(it: RejectedDraft) -> Self {
        let KeptPost { channel: _, id, posted_at, edited_at, text } = it.post;
        let violations = it.violations.into_iter().map(BrokenRuleBody::from).collect();
        Self { id, ordinal: it.ordinal, posted_at, edited_at, violations, text }
    }
}

/// A broken rule, as it was put into words when the post was read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = BrokenRule)]
pub struct BrokenRuleBody {
    /// Its name, for programs.
    pub rule: String,
    /// The rule with the prices that break it.
    pub message: String,
}

impl From<BrokenRule> for BrokenRuleBody {
    fn from(broken: BrokenRule) -> Self {
        Self { rule: broken.rule, message: broken.text }
    }
}

/// A page of rejected signals.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RejectedPage)]
pub struct RejectedPageBody {
    /// The greatest numbers first, of one post too.
    pub data: Vec<RejectedBody>,
    /// Goes on where this page ends: hand it back as `before`. Null at the end of the list.
    #[schema(value_type = Option<i64>)]
    pub next_before: Option<MessageId>,
}
