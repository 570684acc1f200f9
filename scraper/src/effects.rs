//! What follows from a post: signals, news of a signal, or that it is passed over, and why.

use sha2::{Digest as _, Sha256};
use signals::confidence::Confidence;
use signals::event::SignalEvent;
use signals::message::ChannelMessage;
use signals::origin::{MessageOrigin, Origin};
use signals::parser::{Context, ParseOutcome, parse};
use signals::passed_over::{BrokenRule, KeptPost, PassedOver, RejectedDraft};
use signals::signal::Signal;
use signals::store::NewSignal;

/// How many signals of one post are kept; posts with more do not exist, and an id has two digits for them.
const MOST_SIGNALS: u8 = 100;

/// What is to be kept of a post. One of the four is there, but for posts of several signals of which some are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The signals that it holds.
    pub signals: Vec<NewSignal>,
    /// The drafts that the door refused, with the rules that they break.
    pub rejected: Vec<RejectedDraft>,
    /// The news that it tells.
    pub event: Option<SignalEvent>,
    /// That it is neither.
    pub passed_over: Option<PassedOver>,
}

impl Effects {
    /// Tells whether the same followed from the post when it was kept at the same place before: 64 bits of a hash. Two
    /// builds of the program may differ in it, as Rust promises no form of what it shows; then a post is kept once more.
    pub(crate) fn fingerprint(&self, kept_at: &str) -> u64 {
        let hash = Sha256::digest(format!("{kept_at} {self:?}"));
        hash.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
    }
}

/// What follows from a post whose channel is named by its key. Signals less sure than the threshold are flagged.
#[must_use]
pub fn effects(post: &ChannelMessage, threshold: Confidence) -> Effects {
    let origin = |ordinal| MessageOrigin {
        channel: post.channel.clone(),
        message_id: post.id,
        ordinal,
        posted_at: post.posted_at,
        edited_at: post.edited_at,
    };
    let mut effects = Effects::default();
    match parse(&post.text, &Context { reply_to: post.reply_to }) {
        ParseOutcome::Signals(drafts) => {
            for (ordinal, draft) in (0..MOST_SIGNALS).zip(drafts) {
                let below_threshold = draft.confidence < threshold;
                match Signal::from_draft(draft, Origin::Message(origin(ordinal))) {
                    Ok(signal) => {
                        let text = Some(post.text.clone());
                        effects.signals.push(NewSignal { signal, text, below_threshold });
                    }
                    Err(invalid) => effects.rejected.push(RejectedDraft {
                        post: KeptPost::from(post),
                        ordinal,
                        violations: invalid.violations.iter().map(BrokenRule::from).collect(),
                    }),
                }
            }
        }
        ParseOutcome::Update(update) => effects.event = Some(SignalEvent::of_post(&update, origin(0))),
        ParseOutcome::NotASignal(none) => {
            effects.passed_over = Some(PassedOver { post: KeptPost::from(post), reason: none.reason });
        }
    }
    effects
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use signals::message::{ChannelName, MessageId};
    use signals::parser::Reason;
    use signals::update::UpdateEvent;

    use super::*;

    fn of(text: &str) -> Effects {
        let post = ChannelMessage {
            channel: ChannelName::parse("whalechart").unwrap(),
            id: MessageId(7),
            posted_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
            text: text.to_owned(),
            reply_to: Some(MessageId(5)),
        };
        effects(&post, Confidence::from_percent(70))
    }

    #[test]
    fn a_signal_has_the_id_of_its_post() {
        let effects = of("BTC LONG ENTRY 45000 TARGET 46000 SL 44000");
        assert_eq!(effects.signals[0].signal.id().to_string(), "whalechart_7_0");
        assert!(!effects.signals[0].below_threshold && effects.rejected.is_empty() && effects.passed_over.is_none());
    }

    #[test]
    fn broken_prices_are_kept_with_the_rule() {
        let effects = of("BTC LONG ENTRY 45000 TARGET 46000 SL 45500");
        assert!(effects.signals.is_empty());
        assert_eq!(effects.rejected[0].violations[0].rule, "stop_on_wrong_side");
    }

    #[test]
    fn news_keep_what_they_answer_and_chat_its_reason() {
        let event = of("✅ #NEAR/USDT target 2 reached").event.unwrap();
        assert_eq!((event.event, event.link.reply_to), (UpdateEvent::TargetHit, Some(MessageId(5))));
        assert_eq!(of("Good morning everyone").passed_over.unwrap().reason, Reason::Chat);
    }
}
