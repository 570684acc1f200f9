//! What a failure of Telegram means: whether to wait, to ask elsewhere, to leave a channel out, or to stop for good.

use std::time::Duration;

use grammers_client::InvocationError;
use grammers_client::sender::RpcError;
use signals::message::ChannelName;

use crate::foreign::shown;
use crate::source::SourceError;

/// How the library's words for the transport's error 404 end, which says that the key is unknown. Its type for it is in
/// a crate below the client.
const UNKNOWN_KEY: &str = "-404)";

/// The longest wait that is believed: a week. Nothing longer has been seen, and sums of it stay sums.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Why Telegram did not do what it was asked.
///
/// As a text it says what happened and what to do next; names that the server chose are short and escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    /// Too much was asked: nothing more of this kind until then.
    #[error("Telegram asks for a pause of {} s; it is not asked before", .retry_after.as_secs())]
    Flood {
        /// For how long.
        retry_after: Duration,
    },
    /// The login is over, or was used by somebody else at the same time. Asking again makes it worse.
    #[error("the login is no longer valid ({}); log in again", shown(.name))]
    LoginOver {
        /// Telegram's name for it.
        name: String,
    },
    /// The account was banned or deleted: logging in again does not help.
    #[error("the account is banned or deleted ({}); take another one, or write to recover@telegram.org", shown(.name))]
    AccountGone {
        /// Telegram's name for it.
        name: String,
    },
    /// The login is half done: its second factor was not given.
    #[error("the login wants its password; log in again")]
    PasswordDue,
    /// The account lives in another data centre.
    #[error("the account lives in data centre {0}; log in again")]
    Elsewhere(u32),
    /// Only members read the channel, or the account was thrown out.
    #[error("the channel is private; join it with the account, or leave it out")]
    ChannelPrivate,
    /// The channel's number or its key for this account is wrong: its name has to be looked up again.
    #[error("the channel is not known by this number; its name is looked up again")]
    ChannelUnknown,
    /// No channel has the name.
    #[error("no channel has this name; check the spelling")]
    NameFree,
    /// The position in the channel's updates is none: the history is read instead.
    #[error("the position in the channel's updates is not known to Telegram; the history is read instead")]
    PositionUnknown,
    /// Another refusal, which asking again does not change.
    #[error("Telegram refuses this ({code} {})", shown(.name))]
    Refused {
        /// Telegram's code.
        code: i32,
        /// Telegram's name for it.
        name: String,
    },
    /// Telegram has trouble of its own.
    #[error("Telegram cannot answer now ({code} {}); it is tried again later", shown(.name))]
    Server {
        /// Telegram's code.
        code: i32,
        /// Telegram's name for it.
        name: String,
    },
    /// No connection, or one that broke.
    #[error("no connection to Telegram: {}; it is tried again later", shown(.why))]
    Unreachable {
        /// Why not.
        why: String,
    },
    /// Nothing came in time. The connection may be dead.
    #[error("no answer from Telegram to {what} within {} s; it is tried again over a new connection", .after.as_secs())]
    TimedOut {
        /// What was asked.
        what: &'static str,
        /// For how long it was waited.
        after: Duration,
    },
    /// An answer that this version cannot read.
    #[error("Telegram answers what this version cannot read ({}); look for a newer one", shown(.why))]
    Unreadable {
        /// What about it.
        why: String,
    },
    /// The client library stopped. The connection is of no more use.
    #[error("the connection to Telegram ended by itself; it is opened again")]
    Stopped,
    /// The lease of the login is over: somebody else may connect now.
    #[error("the lease of the login is no longer held, and nobody connects without it")]
    LeaseLost,
    /// The login is a bot's.
    #[error(
        "a bot may not read the history of channels, Telegram allows it to accounts of people alone; log in with one"
    )]
    IsABot,
}

impl TelegramError {
    /// Whether the same question may be answered later, without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Flood { .. } | Self::Server { .. } | Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Stopped
        )
    }

    /// Whether nothing works under this login until a person has logged in again.
    #[must_use]
    pub fn is_end_of_login(&self) -> bool {
        matches!(
            self,
            Self::LoginOver { .. } | Self::AccountGone { .. } | Self::PasswordDue | Self::Elsewhere(_) | Self::IsABot
        )
    }

    /// Whether another connection is needed before anything else is asked.
    #[must_use]
    pub fn wants_a_new_connection(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::Stopped)
    }

    /// What it means for whoever wanted to read this channel.
    #[must_use]
    pub fn of_channel(self, channel: &ChannelName) -> SourceError {
        let channel = channel.clone();
        match self {
            Self::Flood { retry_after } => SourceError::RateLimited { retry_after },
            Self::ChannelPrivate => SourceError::Private { channel },
            Self::ChannelUnknown | Self::NameFree => SourceError::NoSuchChannel { channel },
            Self::LeaseLost => SourceError::LeaseLost,
            Self::Unreadable { why } => SourceError::UnknownLayout { what: why },
            Self::Server { .. } | Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Stopped => {
                SourceError::Unreachable { why: self.to_string() }
            }
            Self::LoginOver { .. }
            | Self::AccountGone { .. }
            | Self::PasswordDue
            | Self::Elsewhere(_)
            | Self::IsABot => SourceError::LoginOver { why: self.to_string() },
            Self::PositionUnknown | Self::Refused { .. } => SourceError::Refused { why: self.to_string() },
        }
    }

    /// How long Telegram asked to be left alone, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Flood { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

impl From<InvocationError> for TelegramError {
    fn from(error: InvocationError) -> Self {
        match error {
            InvocationError::Rpc(refusal) => of_refusal(refusal),
            // The session refuses one thing alone: that the login's key is replaced because the server forgot it.
            InvocationError::Session(refusal) => Self::LoginOver { name: refusal.to_string() },
            InvocationError::Io(error) => Self::Unreachable { why: error.to_string() },
            InvocationError::Deserialize(error) => Self::Unreadable { why: error.to_string() },
            InvocationError::Transport(error) => {
                let why = error.to_string();
                if why.ends_with(UNKNOWN_KEY) {
                    return Self::LoginOver { name: "the server does not know its key".to_owned() };
                }
                Self::Unreachable { why }
            }
            InvocationError::Dropped(_) => Self::Stopped,
            InvocationError::InvalidDc => Self::Unreadable { why: "an unknown data centre".to_owned() },
            // A key is made only where the login's is unknown.
            InvocationError::Authentication(error) => Self::LoginOver { name: error.to_string() },
        }
    }
}

fn of_refusal(RpcError { code, name, value, .. }: RpcError) -> TelegramError {
    match (code, &name[..]) {
        (420, _) => {
            let seconds = value.map_or(LONGEST_WAIT, |seconds| Duration::from_secs(u64::from(seconds)));
            TelegramError::Flood { retry_after: seconds.min(LONGEST_WAIT) }
        }
        (401, "SESSION_PASSWORD_NEEDED") => TelegramError::PasswordDue,
        (401, "USER_DEACTIVATED" | "USER_DEACTIVATED_BAN") => TelegramError::AccountGone { name },
        (401, _) | (406, "AUTH_KEY_DUPLICATED") => TelegramError::LoginOver { name },
        (303, _) => TelegramError::Elsewhere(value.unwrap_or(0)),
        (_, "CHANNEL_PRIVATE" | "CHANNEL_PUBLIC_GROUP_NA" | "USER_BANNED_IN_CHANNEL") => TelegramError::ChannelPrivate,
        (_, "CHANNEL_INVALID" | "PEER_ID_INVALID" | "CHAT_ID_INVALID") => TelegramError::ChannelUnknown,
        (_, "USERNAME_NOT_OCCUPIED" | "USERNAME_INVALID") => TelegramError::NameFree,
        (_, "PERSISTENT_TIMESTAMP_INVALID" | "PERSISTENT_TIMESTAMP_EMPTY") => TelegramError::PositionUnknown,
        (code, _) if !(0..500).contains(&code) => TelegramError::Server { code, name },
        (code, _) => TelegramError::Refused { code, name },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: i32, name: &str, value: Option<u32>) -> TelegramError {
        InvocationError::Rpc(RpcError { code, name: name.to_owned(), value, caused_by: None }).into()
    }

    #[test]
    fn every_refusal_says_what_to_do_about_it() {
        let wait = |seconds| TelegramError::Flood { retry_after: Duration::from_secs(seconds) };
        assert_eq!(refused(420, "FLOOD_WAIT", Some(66_000)), wait(66_000));
        assert_eq!(refused(420, "FLOOD_PREMIUM_WAIT", Some(3)), wait(3));
        assert_eq!(refused(420, "FLOOD_WAIT", Some(u32::MAX)).retry_after(), Some(LONGEST_WAIT));
        for (code, name) in [(401, "SESSION_REVOKED"), (401, "USER_DEACTIVATED_BAN"), (406, "AUTH_KEY_DUPLICATED")] {
            let error = refused(code, name, None);
            assert!(error.is_end_of_login() && !error.is_retryable(), "{name}");
        }
        let gone = refused(401, "USER_DEACTIVATED_BAN", None);
        assert!(matches!(&gone, TelegramError::AccountGone { .. }) && !gone.to_string().contains("log in again"));
        assert_eq!(refused(401, "SESSION_PASSWORD_NEEDED", None), TelegramError::PasswordDue);
        assert_eq!(refused(303, "USER_MIGRATE", Some(4)), TelegramError::Elsewhere(4));
        assert_eq!(refused(400, "CHANNEL_PRIVATE", None), TelegramError::ChannelPrivate);
        assert_eq!(refused(400, "CHANNEL_INVALID", None), TelegramError::ChannelUnknown);
        assert_eq!(refused(400, "USERNAME_NOT_OCCUPIED", None), TelegramError::NameFree);
        assert_eq!(refused(400, "PERSISTENT_TIMESTAMP_INVALID", None), TelegramError::PositionUnknown);
        for code in [500, -503] {
            assert!(refused(code, "RPC_CALL_FAIL", None).is_retryable());
        }
        assert!(!refused(400, "BOT_METHOD_INVALID", None).is_retryable());
    }

    #[test]
    fn names_of_the_server_are_escaped_and_short() {
        let text = refused(400, &format!("\u{1b}[2J{}", "X".repeat(5_000)), None).to_string();
        assert!(!text.contains('\u{1b}') && text.len() < 400, "{text}");
    }
}
