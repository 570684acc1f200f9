//! Who and what there is: accounts, channels, and what happened in them.

pub mod account;
pub mod channel;
pub mod post;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use account::{Account, AccountId};
pub use channel::{Change, Channel, ChannelId, Event, Kind, Visibility};
pub use post::{Draft, Forward, Post};

/// Everything that the server knows of the world.
#[derive(Debug, Default)]
pub struct World {
    /// The accounts.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The channels.
    pub channels: BTreeMap<ChannelId, Channel>,
}

impl World {
    /// The account with this number; a leading plus makes no difference.
    #[must_use]
    pub fn account_by_phone(&self, phone: &str) -> Option<&Account> {
        let digits = |phone: &str| phone.chars().filter(char::is_ascii_digit).collect::<String>();
        self.accounts.values().find(|account| digits(&account.phone) == digits(phone))
    }

    /// The channel with this user name; case makes no difference.
    #[must_use]
    pub fn channel_by_username(&self, username: &str) -> Option<&Channel> {
        let is_it = |channel: &&Channel| channel.username.as_deref().is_some_and(|u| u.eq_ignore_ascii_case(username));
        self.channels.values().find(is_it)
    }

    /// The account with this user name; case makes no difference.
    #[must_use]
    pub fn account_by_username(&self, username: &str) -> Option<&Account> {
        let is_it = |account: &&Account| account.username.as_deref().is_some_and(|u| u.eq_ignore_ascii_case(username));
        self.accounts.values().find(is_it)
    }
}

/// What an account must show for a channel or another account: known to itself alone, and the same in all its sessions.
#[must_use]
pub fn access_hash(account: AccountId, peer: i64) -> i64 {
    let hash = Sha256::new().chain_update(account.0.to_le_bytes()).chain_update(peer.to_le_bytes()).finalize();
    i64::from_le_bytes(*hash.first_chunk().expect("32 bytes"))
}
