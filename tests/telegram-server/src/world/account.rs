//! What an account is: how one logs in to it, and which channels it has joined.

use std::collections::BTreeSet;

use crate::world::ChannelId;

/// The number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its phone number, with country code. Use obviously false ones: `+99966…` is Telegram's own range for tests.
    pub phone: String,
    /// The code that it is sent when somebody logs in.
    pub code: String,
    /// The second factor, if it has one.
    pub password: Option<String>,
    /// What its owner wrote down to remember the second factor by.
    pub hint: Option<String>,
    /// The token by which it logs in, if it is a bot.
    pub bot_token: Option<String>,
    /// How it is called.
    pub first_name: String,
    /// Its public name, if it has one.
    pub username: Option<String>,
    /// Where it lives: others send a login there.
    pub data_centre: i32,
    /// The channels that it reads.
    pub joined: BTreeSet<ChannelId>,
    /// The pts of its own updates, which channels have no part in.
    pub pts: i32,
}

impl Account {
    /// An account without second factor and public name in data centre 2, whose code is `12345`.
    #[must_use]
    pub fn new(id: i64, phone: &str) -> Self {
        Self {
            id: AccountId(id),
            phone: phone.to_owned(),
            code: "12345".to_owned(),
            password: None,
            hint: None,
            bot_token: None,
            first_name: format!("Test {id}"),
            username: None,
            data_centre: 2,
            joined: BTreeSet::new(),
            pts: 1,
        }
    }

    /// The same with a second factor.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// The same with a hint at the second factor.
    #[must_use]
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    /// The same as a bot with this token.
    #[must_use]
    pub fn as_bot(mut self, token: &str) -> Self {
        self.bot_token = Some(token.to_owned());
        self
    }

    /// The same in another data centre.
    #[must_use]
    pub fn living_in(mut self, data_centre: i32) -> Self {
        self.data_centre = data_centre;
        self
    }

    /// The same as a reader of these channels.
    #[must_use]
    pub fn reading(mut self, channels: impl IntoIterator<Item = ChannelId>) -> Self {
        self.joined.extend(channels);
        self
    }
}
