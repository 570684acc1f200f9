//! What has become of a signal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::update::UpdateEvent;

/// What has become of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Published; no entry is known to be filled.
    Open,
    /// Entered.
    Filled,
    /// Entered, and part of the profit is taken.
    Partial,
    /// Left, with all targets reached or by hand.
    Closed,
    /// Left at the stop loss.
    Stopped,
    /// Withdrawn before it was entered.
    Cancelled,
    /// Too old to be entered.
    Expired,
    /// Its post was deleted from the channel.
    Deleted,
}

impl Status {
    /// Every status, in the order of a signal's life.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Filled,
        Self::Partial,
        Self::Closed,
        Self::Stopped,
        Self::Cancelled,
        Self::Expired,
        Self::Deleted,
    ];

    /// The word on the wire, such as `open`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Filled => "filled",
            Self::Partial => "partial",
            Self::Closed => "closed",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
        }
    }

    /// Whether news can still change it.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Filled | Self::Partial)
    }

    /// The status after this event; `n_targets` is how many targets the signal has.
    ///
    /// An ended signal stays as it ended: channels go on celebrating targets of positions that were stopped.
    #[must_use]
    pub fn after(self, event: UpdateEvent, target_index: Option<u8>, n_targets: usize) -> Self {
        if !self.is_live() {
            return self;
        }
        match event {
            UpdateEvent::EntryFilled => match self {
                Self::Open => Self::Filled,
                later => later,
            },
            UpdateEvent::TargetHit => {
                let is_last = target_index.is_some_and(|index| n_targets > 0 && usize::from(index) >= n_targets);
                if is_last { Self::Closed } else { Self::Partial }
            }
            UpdateEvent::AllTargets | UpdateEvent::Closed => Self::Closed,
            UpdateEvent::StopHit => Self::Stopped,
            UpdateEvent::Cancelled => Self::Cancelled,
            UpdateEvent::Breakeven | UpdateEvent::Other => self,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_move_a_signal_through_its_life() {
        let steps = [
            (UpdateEvent::EntryFilled, None, Status::Filled),
            (UpdateEvent::TargetHit, Some(1), Status::Partial),
            (UpdateEvent::EntryFilled, None, Status::Partial),
            (UpdateEvent::Breakeven, None, Status::Partial),
            (UpdateEvent::TargetHit, Some(3), Status::Closed),
            (UpdateEvent::StopHit, None, Status::Closed),
        ];
        let mut status = Status::Open;
        for (event, index, expected) in steps {
            status = status.after(event, index, 3);
            assert_eq!(status, expected, "{event:?}");
        }
    }

    #[test]
    fn a_target_of_a_signal_without_targets_does_not_end_it() {
        assert_eq!(Status::Open.after(UpdateEvent::TargetHit, Some(1), 0), Status::Partial);
        assert_eq!(Status::Open.after(UpdateEvent::TargetHit, None, 3), Status::Partial);
        assert_eq!(Status::Filled.after(UpdateEvent::StopHit, None, 3), Status::Stopped);
        assert_eq!(Status::Open.after(UpdateEvent::Cancelled, None, 3), Status::Cancelled);
        assert_eq!(Status::Filled.after(UpdateEvent::AllTargets, None, 3), Status::Closed);
    }

    #[test]
    fn the_words_are_those_of_the_wire() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
        }
    }
}
