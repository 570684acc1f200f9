//! What a post says about a signal that was posted before.

use serde::{Deserialize, Serialize};

use crate::message::MessageId;
use crate::parser::evidence::Evidence;
use crate::symbol::Symbol;

/// What happened to the earlier signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateEvent {
    /// A target was reached.
    TargetHit,
    /// The stop loss was reached, also after taking profit.
    StopHit,
    /// The position was, or is to be, closed by hand or by an opposite signal.
    Closed,
    /// The signal no longer holds and was not entered.
    Cancelled,
    /// The stop moves to the entry.
    Breakeven,
    /// An entry was reached.
    EntryFilled,
    /// Every target was reached.
    AllTargets,
    /// Anything else: stop or targets changed, part closed, size changed, plan confirmed.
    Other,
}

impl UpdateEvent {
    /// The word on the wire, such as `target_hit`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TargetHit => "target_hit",
            Self::StopHit => "stop_hit",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Breakeven => "breakeven",
            Self::EntryFilled => "entry_filled",
            Self::AllTargets => "all_targets",
            Self::Other => "other",
        }
    }
}

/// An update, with everything the post offers for finding the signal it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalUpdate {
    /// What happened.
    pub event: UpdateEvent,
    /// The symbol, where the post names one.
    pub symbol: Option<Symbol>,
    /// The number of the target reached, the highest where several were.
    pub target_index: Option<u8>,
    /// The number of the entry filled.
    pub entry_index: Option<u8>,
    /// How to find the signal.
    pub link: UpdateLink,
    /// Which words said so.
    pub evidence: Vec<Evidence>,
}

/// Ways to the signal that an update speaks of, the surest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateLink {
    /// The post that the update answers.
    pub reply_to: Option<MessageId>,
    /// The provider's own number of the signal (`SIGNAL ID: #0980`).
    pub provider_id: Option<String>,
}
