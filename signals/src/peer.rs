//! What an account of Telegram knows of a channel: looked up once and kept, as looking up is counted by the day.

use std::fmt;

use jiff::Timestamp;

use crate::message::ChannelName;

/// What came of looking a channel up.
#[derive(Clone, PartialEq, Eq)]
pub struct Peer {
    /// The channel's number, without a prefix.
    pub number: u64,
    /// What this account shows to be let in; another account has another one.
    pub access_hash: i64,
    /// Its public name, where it has one.
    pub username: Option<ChannelName>,
    /// Its title: text of a stranger.
    pub title: String,
    /// When it was looked up.
    pub seen_at: Timestamp,
}

/// What is known of a spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownPeer {
    /// It leads to this channel.
    Channel(Peer),
    /// It led to no channel then.
    Nobody {
        /// When it was looked up.
        seen_at: Timestamp,
    },
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peer({})", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_an_account_in_is_not_shown() {
        let peer = Peer {
            number: 1001,
            access_hash: 987_654_321,
            username: None,
            title: "a title".to_owned(),
            seen_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(format!("{:?}", KnownPeer::Channel(peer)), "Channel(Peer(1001))");
    }
}
