//! Leverage and margin mode.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A range of leverage; `min == max` for a single figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leverage {
    /// The lowest figure of the post.
    pub min: u16,
    /// The highest figure of the post.
    pub max: u16,
}

impl Leverage {
    /// The highest leverage that any exchange of note has offered; a larger figure in a post is something else.
    pub const HIGHEST: u16 = 1000;

    /// The range of these two figures, in either order; `None` outside 1..=[`Self::HIGHEST`].
    #[must_use]
    pub fn new(a: u16, b: u16) -> Option<Self> {
        let (min, max) = (a.min(b), a.max(b));
        (min >= 1 && max <= Self::HIGHEST).then_some(Self { min, max })
    }
}

impl fmt::Display for Leverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max { write!(f, "{}x", self.min) } else { write!(f, "{}x-{}x", self.min, self.max) }
    }
}

/// Whether a position's margin is shared with the account (cross) or its own (isolated).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarginMode {
    /// Shared with the account.
    Cross,
    /// The position's own.
    Isolated,
}

impl MarginMode {
    /// The word on the wire: `cross` or `isolated`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cross => "cross",
            Self::Isolated => "isolated",
        }
    }
}
