//! What waits until another system takes it: the requests that a backend could not be sent yet.

use crate::origin::SignalId;

/// A request that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// What it hands in.
    pub kind: OutboxKind,
    /// Its place in a post. One place waits once: what it says later takes the place of what it said before.
    pub place: SignalId,
    /// Orders what a place says: milliseconds since 1970 of the edit, 0 for the post as it came.
    pub revision: i64,
    /// The request's body, JSON.
    pub body: String,
}

/// What a request hands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutboxKind {
    /// A signal.
    Signal,
    /// News of one.
    Event,
}

impl OutboxKind {
    /// The word that is kept: `signal` or `event`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Event => "event",
        }
    }

    /// Reads the word that is kept.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Signal, Self::Event].into_iter().find(|kind| kind.as_str() == word)
    }
}
