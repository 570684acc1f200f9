//! Posts that became no signal, kept a while with the reason: what to look at when a signal seems to be missing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::message::{ChannelMessage, ChannelName, MessageId};
use crate::parser::Reason;
use crate::signal::Violation;

/// How many bytes of a text are kept; longer ones are cut at a character. The parser reads no longer ones.
pub const LONGEST_KEPT_TEXT: usize = crate::parser::LONGEST_TEXT;

/// For how many days they are kept; `0` keeps none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionDays(pub u16);

impl RetentionDays {
    /// Until when something is kept that is stored now; `None` where nothing is kept.
    #[must_use]
    pub fn until(self, now: Timestamp) -> Option<Timestamp> {
        let days = SignedDuration::from_hours(24 * i64::from(self.0));
        (self.0 > 0).then(|| now.saturating_add(days).unwrap_or(Timestamp::MAX))
    }
}

/// A post that is neither signal nor update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The post; its text is cut to [`LONGEST_KEPT_TEXT`].
    pub post: KeptPost,
    /// Why it is neither.
    pub reason: Reason,
}

/// A draft that the door refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedDraft {
    /// The post; its text is cut to [`LONGEST_KEPT_TEXT`].
    pub post: KeptPost,
    /// The number of the draft within the post, from 0.
    pub ordinal: u8,
    /// Every rule that it breaks.
    pub violations: Vec<BrokenRule>,
}

/// A post as it is kept beside the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPost {
    /// The key of the channel.
    pub channel: ChannelName,
    /// Its number there.
    pub id: MessageId,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// When it was last edited, if it was.
    pub edited_at: Option<Timestamp>,
    /// Its text.
    pub text: String,
}

impl From<&ChannelMessage> for KeptPost {
    fn from(message: &ChannelMessage) -> Self {
        Self {
            channel: message.channel.clone(),
            id: message.id,
            posted_at: message.posted_at,
            edited_at: message.edited_at,
            text: kept(&message.text).to_owned(),
        }
    }
}

/// A broken rule in words that outlive the program that wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// The word of the rule, such as `stop_on_wrong_side`.
    pub rule: String,
    /// The rule with the prices that break it.
    pub text: String,
}

impl From<&Violation> for BrokenRule {
    fn from(violation: &Violation) -> Self {
        Self { rule: violation.rule().to_owned(), text: violation.to_string() }
    }
}

/// What is kept of a text.
#[must_use]
pub fn kept(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_KEPT_TEXT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_days_keep_nothing() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(RetentionDays(0).until(now), None);
        assert_eq!(RetentionDays(2).until(now).map(Timestamp::as_second), Some(172_800));
        assert_eq!(RetentionDays(u16::MAX).until(Timestamp::MAX), Some(Timestamp::MAX));
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let text = format!("x{}", "é".repeat(LONGEST_KEPT_TEXT));
        assert_eq!(kept(&text).len(), LONGEST_KEPT_TEXT - 1);
        assert_eq!(kept("short"), "short");
    }
}
