//! The signal, and the one door from what a post said to a signal whose fields agree.

use crate::confidence::Confidence;
use crate::entry::Entry;
use crate::leverage::{Leverage, MarginMode};
use crate::origin::{Origin, SignalId};
use crate::parser::evidence::Evidence;
use crate::price::Price;
use crate::side::SignalType;
use crate::stop_loss::StopLoss;
use crate::symbol::Symbol;

/// What a post said, field by field; nothing is checked across fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalDraft {
    /// What to trade.
    pub symbol: Symbol,
    /// Which way.
    pub signal_type: SignalType,
    /// Where to enter.
    pub entry: Entry,
    /// Target prices in the order of the post; empty where it gave none or only percentages.
    pub targets: Vec<Price>,
    /// Where to give up.
    pub stop_loss: StopLoss,
    /// How much leverage, where stated.
    pub leverage: Option<Leverage>,
    /// Margin mode, where stated.
    pub margin: Option<MarginMode>,
    /// Whether stop or targets were given as percentages only.
    pub in_percent: bool,
    /// The provider's own number of the signal.
    pub provider_id: Option<String>,
    /// How sure the reader is that every field is right.
    pub confidence: Confidence,
    /// Rules that the stated prices break; the door refuses a draft that breaks any.
    pub violations: Vec<Violation>,
    /// Which words said so.
    pub evidence: Vec<Evidence>,
}

/// A rule of price geometry that a draft breaks, with the prices that break it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A long's stop must lie below its lowest entry, a short's above its highest.
    #[error("the stop {stop} of this {side} lies on the wrong side of its entry {entry}")]
    StopOnWrongSide {
        /// The side of the signal.
        side: SignalType,
        /// The stated stop.
        stop: Price,
        /// The edge of the entry that it must not cross.
        entry: Price,
    },
    /// A long's targets must lie above its entry, a short's below.
    #[error("target {index} at {target} of this {side} lies on the wrong side of its entry {entry}")]
    TargetOnWrongSide {
        /// The side of the signal.
        side: SignalType,
        /// The number of the target, from 1.
        index: usize,
        /// The stated target.
        target: Price,
        /// The edge of the entry that it must not cross.
        entry: Price,
    },
    /// The stop lies beyond a target, where no entry price is there to compare with.
    #[error("the stop {stop} of this {side} lies beyond its target {target}")]
    StopBeyondTarget {
        /// The side of the signal.
        side: SignalType,
        /// The stated stop.
        stop: Price,
        /// The first target.
        target: Price,
    },
    /// A post may hold many targets, but not without end.
    #[error("{count} targets are more than the {limit} that a signal may have")]
    TooManyTargets {
        /// How many were stated.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl Violation {
    /// The word on the wire, such as `stop_on_wrong_side`.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::StopOnWrongSide { .. } => "stop_on_wrong_side",
            Self::TargetOnWrongSide { .. } => "target_on_wrong_side",
            Self::StopBeyondTarget { .. } => "stop_beyond_target",
            Self::TooManyTargets { .. } => "too_many_targets",
        }
    }
}

/// How many targets a signal may have; the longest ladder seen in a real post had 21.
pub const MOST_TARGETS: usize = 50;

/// Lists every rule of price geometry that these fields break; empty when they agree.
#[must_use]
pub fn violations(side: SignalType, entry: &Entry, targets: &[Price], stop_loss: StopLoss) -> Vec<Violation> {
    let mut broken = Vec::new();
    // `beyond(a, b)`: a lies further in the direction of profit than b.
    let beyond = |a: Price, b: Price| match side {
        SignalType::Long => a > b,
        SignalType::Short => a < b,
    };
    if targets.len() > MOST_TARGETS {
        broken.push(Violation::TooManyTargets { count: targets.len(), limit: MOST_TARGETS });
    }
    if let Some((low, high)) = entry.range() {
        let (near_stop, near_targets) = match side {
            SignalType::Long => (low, low),
            SignalType::Short => (high, high),
        };
        if let Some(stop) = stop_loss.price()
            && !beyond(near_stop, stop)
        {
            broken.push(Violation::StopOnWrongSide { side, stop, entry: near_stop });
        }
        for (i, &target) in targets.iter().enumerate().take(MOST_TARGETS) {
            if !beyond(target, near_targets) {
                broken.push(Violation::TargetOnWrongSide { side, index: i + 1, target, entry: near_targets });
            }
        }
    } else if let (Some(stop), Some(&target)) = (stop_loss.price(), targets.first())
        && !beyond(target, stop)
    {
        broken.push(Violation::StopBeyondTarget { side, stop, target });
    }
    broken
}

/// A draft that the door refused, with every rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", join(.violations))]
pub struct InvalidSignal {
    /// The broken rules; never empty.
    pub violations: Vec<Violation>,
}

fn join(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A signal whose prices agree with its side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    origin: Origin,
    draft: SignalDraft,
}

impl Signal {
    /// The one door from draft to signal: checks every rule across fields.
    ///
    /// The evidence stays outside: it speaks of one reading of one text, and reading the text again brings it back.
    ///
    /// # Errors
    /// [`InvalidSignal`] with every broken rule and its prices.
    pub fn from_draft(mut draft: SignalDraft, origin: Origin) -> Result<Self, InvalidSignal> {
        draft.violations = violations(draft.signal_type, &draft.entry, &draft.targets, draft.stop_loss);
        if !draft.violations.is_empty() {
            return Err(InvalidSignal { violations: draft.violations });
        }
        draft.evidence.clear();
        Ok(Self { origin, draft })
    }

    /// Its key.
    #[must_use]
    pub fn id(&self) -> SignalId {
        self.origin.id()
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The fields, checked.
    #[must_use]
    pub fn fields(&self) -> &SignalDraft {
        &self.draft
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::message::{ChannelName, MessageId};
    use crate::origin::MessageOrigin;

    fn price(text: &str) -> Price {
        Price::parse(text).unwrap()
    }

    fn draft(side: SignalType, entry: &str, target: &str, stop: &str) -> SignalDraft {
        SignalDraft {
            symbol: Symbol::parse("BTCUSDT").unwrap(),
            signal_type: side,
            entry: Entry::Limit { price: price(entry) },
            targets: vec![price(target)],
            stop_loss: StopLoss::Price { price: price(stop) },
            leverage: None,
            margin: None,
            in_percent: false,
            provider_id: None,
            confidence: Confidence::from_percent(90),
            violations: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn origin() -> Origin {
        Origin::Message(MessageOrigin {
            channel: ChannelName::parse("io_altsignals").unwrap(),
            message_id: MessageId(42),
            ordinal: 1,
            posted_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
        })
    }

    #[test]
    fn a_draft_whose_prices_agree_becomes_a_signal() {
        let signal = Signal::from_draft(draft(SignalType::Long, "100", "110", "95"), origin()).unwrap();
        assert_eq!(signal.id().to_string(), "io_altsignals_42_1");
        assert!(Signal::from_draft(draft(SignalType::Short, "100", "90", "105"), origin()).is_ok());
    }

    #[test]
    fn each_broken_rule_is_named_with_its_prices() {
        let refused = Signal::from_draft(draft(SignalType::Long, "100", "90", "105"), origin()).unwrap_err();
        assert_eq!(
            refused.violations,
            [
                Violation::StopOnWrongSide { side: SignalType::Long, stop: price("105"), entry: price("100") },
                Violation::TargetOnWrongSide {
                    side: SignalType::Long,
                    index: 1,
                    target: price("90"),
                    entry: price("100")
                },
            ]
        );
        assert!(refused.to_string().contains("the stop 105 of this long"));
    }

    #[test]
    fn at_market_stop_and_target_are_held_against_each_other() {
        let mut at_market = draft(SignalType::Long, "100", "90", "95");
        at_market.entry = Entry::Market;
        let refused = Signal::from_draft(at_market, origin()).unwrap_err();
        assert_eq!(
            refused.violations,
            [Violation::StopBeyondTarget { side: SignalType::Long, stop: price("95"), target: price("90") }]
        );
    }
}
