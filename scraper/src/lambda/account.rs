//! Channels through the account whose login is kept on AWS, as a source that connects when it is first asked.
//!
//! Where no channel may be asked yet, nobody connects. What stood in the way once stands in the way of every channel of a
//! pass: a login that is over gets worse by asking on, and a pass has no time to wait for the same silence twelve times.

use signals::message::{ChannelName, MessageId};
use signals::store::SignalStore;

use crate::holding::Grip;
use crate::lambda::config::AccountSettings;
use crate::source::{Changes, Chunk, Found, MessageSource, SourceError};
use crate::telegram::{SessionBlob, SessionSecret, SessionSecretError, Telegram, TelegramError, TelegramSource};

/// Reads channels as the account sees them.
pub(super) struct AccountSource<'a> {
    settings: &'a AccountSettings,
    store: SignalStore,
    grip: Grip,
    /// The login that an earlier pass saw end.
    ended: Option<EndedLogin>,
    /// The login that is kept now, once it was looked for.
    kept: Option<SessionBlob>,
    state: State,
}

/// A login under which nothing works any more: it is not tried again while it is the one that is kept.
#[derive(Clone)]
pub(super) struct EndedLogin {
    login: SessionBlob,
    why: String,
}

enum State {
    /// Nothing was asked yet.
    Fresh,
    /// It is logged in.
    Connected(Telegram, TelegramSource),
    /// It cannot be asked.
    Barred(Barred),
}

/// Why the account cannot be asked.
#[derive(Clone)]
enum Barred {
    Ended { why: String },
    Secret(SessionSecretError),
    Telegram(TelegramError),
}

impl Barred {
    /// What it means for whoever wanted to read this channel.
    fn of_channel(self, channel: &ChannelName) -> SourceError {
        match self {
            Self::Ended { why } => SourceError::LoginOver { why },
            Self::Telegram(error) => error.of_channel(channel),
            Self::Secret(error) => {
                let why = error.to_string();
                match error {
                    error if error.needs_login() => SourceError::LoginOver { why },
                    error if error.is_retryable() => SourceError::Unreachable { why },
                    _ => SourceError::Refused { why },
                }
            }
        }
    }
}

impl<'a> AccountSource<'a> {
    /// A source under a login whose lease is held.
    pub(super) fn new(
        settings: &'a AccountSettings,
        store: SignalStore,
        grip: Grip,
        ended: Option<EndedLogin>,
    ) -> Self {
        Self { settings, store, grip, ended, kept: None, state: State::Fresh }
    }

    /// Ends the connection, if there is one.
    pub(super) async fn close(&self) {
        if let State::Connected(telegram, _) = &self.state {
            telegram.close().await;
        }
    }

    /// The login, where it is known to have ended for this reason.
    pub(super) fn ended(self, why: String) -> Option<EndedLogin> {
        Some(EndedLogin { login: self.kept?, why })
    }

    /// What an operator must mend before anything can be read: a right, or the secret.
    pub(super) fn refusal(&self) -> Option<String> {
        match &self.state {
            State::Barred(Barred::Secret(error @ SessionSecretError::Refused { .. })) => Some(error.to_string()),
            _ => None,
        }
    }

    /// The channels, once the account is logged in.
    async fn account(&mut self, channel: &ChannelName) -> Result<&mut TelegramSource, SourceError> {
        if matches!(self.state, State::Fresh) {
            self.state = match self.connected().await {
                Ok((telegram, source)) => State::Connected(telegram, source),
                Err(barred) => State::Barred(barred),
            };
        }
        match &mut self.state {
            State::Connected(_, source) => Ok(source),
            State::Barred(barred) => Err(barred.clone().of_channel(channel)),
            State::Fresh => Err(SourceError::unknown("an account that was not asked")),
        }
    }

    async fn connected(&mut self) -> Result<(Telegram, TelegramSource), Barred> {
        let AccountSettings { secret, telegram, look_ups_per_day, .. } = self.settings;
        let secret = SessionSecret::of_environment(secret.clone()).await;
        let login = secret.load().await.map_err(Barred::Secret)?;
        self.kept = Some(login.clone());
        if let Some(ended) = self.ended.take_if(|ended| ended.login == login) {
            return Err(Barred::Ended { why: ended.why });
        }
        let connected = Telegram::connect(login, telegram.clone(), self.grip.clone()).await;
        let (telegram, me) = connected.map_err(Barred::Telegram)?;
        match TelegramSource::new(telegram.clone(), &me, self.store.clone()) {
            Ok(source) => Ok((telegram, source.looking_up_at_most(*look_ups_per_day))),
            Err(error) => {
                telegram.close().await;
                Err(Barred::Telegram(error))
            }
        }
    }
}

impl MessageSource for AccountSource<'_> {
    const SHOWS_DELETIONS: bool = TelegramSource::SHOWS_DELETIONS;
    const PAUSES_FOR_ALL: bool = TelegramSource::PAUSES_FOR_ALL;

    async fn find(&mut self, channel: &ChannelName) -> Result<Found, SourceError> {
        self.account(channel).await?.find(channel).await
    }

    async fn after(&mut self, found: &Found, after: MessageId) -> Result<Chunk, SourceError> {
        self.account(&found.channel).await?.after(found, after).await
    }

    async fn newest(&mut self, found: &Found, n: usize) -> Result<Chunk, SourceError> {
        self.account(&found.channel).await?.newest(found, n).await
    }

    async fn changes(&mut self, found: &Found, since: i64) -> Result<Option<Changes>, SourceError> {
        self.account(&found.channel).await?.changes(found, since).await
    }
}
