//! How far a channel has been read.

use jiff::Timestamp;

use crate::message::MessageId;

/// The last post of a channel up to which everything is processed. It moves only forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The post.
    pub last: MessageId,
    /// The name of the lease in whose name it was moved, or claimed, last.
    pub lease: String,
    /// The fence of that lease then.
    pub fence: u64,
    /// When it was moved, or claimed, last.
    pub moved_at: Timestamp,
}

/// What became of the wish to move a checkpoint, or to be the one who moves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advance {
    /// It stands where it was to stand, and the lease in question moves it.
    Done,
    /// It stands there already, or further on.
    AlreadyThere(Checkpoint),
    /// A later holder of the lease, or the holder of another one, moves it now.
    Fenced(Checkpoint),
    /// The lease is no longer held.
    Lost,
}

impl Checkpoint {
    /// Why a holder with this lease and fence may not move the checkpoint to this post; [`Advance::Done`] if it may.
    ///
    /// Fences of different leases say nothing about one another: a channel that moves to another login is claimed.
    #[must_use]
    pub fn advance(&self, to: MessageId, lease: &str, fence: u64) -> Advance {
        if self.lease != lease || self.fence > fence {
            Advance::Fenced(self.clone())
        } else if self.last >= to {
            Advance::AlreadyThere(self.clone())
        } else {
            Advance::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_forward_for_the_holder_alone() {
        let at = Checkpoint { last: MessageId(7), lease: "main".to_owned(), fence: 3, moved_at: Timestamp::UNIX_EPOCH };
        assert_eq!(at.advance(MessageId(8), "main", 3), Advance::Done);
        assert_eq!(at.advance(MessageId(8), "main", 4), Advance::Done);
        assert_eq!(at.advance(MessageId(7), "main", 4), Advance::AlreadyThere(at.clone()));
        assert_eq!(at.advance(MessageId(8), "main", 2), Advance::Fenced(at.clone()));
        assert_eq!(at.advance(MessageId(8), "other", 9), Advance::Fenced(at.clone()));
    }
}
