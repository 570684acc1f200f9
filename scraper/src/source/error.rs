//! Why posts could not be had, and whether asking again may help.

use std::fmt;
use std::time::Duration;

use signals::message::ChannelName;
use signals::store::StoreError;

use crate::foreign::shown;

/// Why a source did not do what it was asked.
///
/// As a text it says what happened, why, and what to do next; text of strangers in it is short and escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// Nothing public has this name, or it is no channel but a person or a bot.
    NoSuchChannel {
        /// The name.
        channel: ChannelName,
    },
    /// The source knows channels by their public names alone, and was given a number.
    NoPublicName {
        /// The number.
        channel: ChannelName,
    },
    /// The channel is there, and its owner does not show its posts on the web. Groups never do.
    PreviewOff {
        /// The channel.
        channel: ChannelName,
    },
    /// Only members read it.
    Private {
        /// The channel.
        channel: ChannelName,
    },
    /// The channel has another name now.
    Renamed {
        /// The name that was asked for.
        channel: ChannelName,
        /// Its name now.
        to: ChannelName,
    },
    /// What came is not what such a page is known to be; taking it for an empty channel would lose posts.
    UnknownLayout {
        /// What was missing or unknown.
        what: String,
    },
    /// More came than anything real has.
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most that is read.
        most_bytes: u64,
    },
    /// The source asks to be left alone for a while.
    RateLimited {
        /// How long.
        retry_after: Duration,
    },
    /// No answer came, or not the whole of it.
    Unreachable {
        /// Why not, as the network says it.
        why: String,
    },
    /// The account may look no more names up today.
    NoLookUpsLeft {
        /// How many it may in a day.
        per_day: u32,
        /// How long the day lasts.
        retry_after: Duration,
    },
    /// The account that reads has not joined the channel of this number.
    NotAMember {
        /// The number.
        channel: ChannelName,
    },
    /// The login is over, or is none that reads channels; nothing works until a person has logged in.
    LoginOver {
        /// What happened, and what to do.
        why: String,
    },
    /// Somebody else may use the login now.
    LeaseLost,
    /// The other side does not want this, and asking again does not change it.
    Refused {
        /// What it says.
        why: String,
    },
    /// What was learned about the channel could not be kept, or read.
    Unkept(StoreError),
    /// The other side answered that it cannot answer.
    Server {
        /// The status of HTTP.
        status: u16,
    },
}

impl SourceError {
    /// Whether the same question may be answered later, without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::NoLookUpsLeft { .. }
            | Self::Unreachable { .. }
            | Self::LeaseLost
            | Self::Server { .. } => true,
            Self::Unkept(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// How long the source asked to be left alone, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::NoLookUpsLeft { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Whether a person has to log in before anything can be read.
    #[must_use]
    pub fn needs_login(&self) -> bool {
        matches!(self, Self::LoginOver { .. })
    }

    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::UnknownLayout { what: what.into() }
    }
}

impl std::error::Error for SourceError {}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchChannel { channel } => {
                write!(
                    f,
                    "no channel `{channel}`: nothing public has this name, or it is no channel; check the spelling"
                )
            }
            Self::NoPublicName { channel } => {
                write!(f, "`{channel}` is a number, and a web preview has a name; give the channel's public name")
            }
            Self::PreviewOff { channel } => write!(
                f,
                "the channel `{channel}` shows no posts on the web: its owner switched the preview off, or it is a group; \
                 import an export of it, or read it with an account"
            ),
            Self::Private { channel } => write!(
                f,
                "the channel `{channel}` is private: only members read it; import an export of it, or read it with the \
                 account of a member"
            ),
            Self::Renamed { channel, to } => {
                write!(f, "the channel `{channel}` is now `{to}`; add it under that name")
            }
            Self::UnknownLayout { what } => write!(
                f,
                "the page is not laid out as channels' pages are known to be: {}; nothing of it was taken, look for a newer \
                 version of sigtower",
                shown(what)
            ),
            Self::TooLarge { what, most_bytes } => {
                write!(f, "{what} is longer than {most_bytes} bytes, which nothing real is; it was not read further")
            }
            Self::RateLimited { retry_after } => {
                write!(f, "the server asks for a pause of {} s; it is not asked before", retry_after.as_secs().max(1))
            }
            Self::Unreachable { why } => {
                write!(f, "no answer: {}; check the connection, it is tried again later", shown(why))
            }
            Self::NoLookUpsLeft { per_day, .. } => write!(
                f,
                "the account looked up {per_day} names today, and more would be refused for long; the rest follows tomorrow"
            ),
            Self::NotAMember { channel } => write!(
                f,
                "the account has not joined a channel with the number {channel}; join it with an app of Telegram, sigtower \
                 joins nothing by itself"
            ),
            Self::LoginOver { why } => f.write_str(why),
            Self::LeaseLost => write!(f, "the lease of the login is no longer held; whoever holds it goes on"),
            Self::Refused { why } => f.write_str(why),
            Self::Unkept(error) => write!(f, "what is known of the channel cannot be read or kept: {error}"),
            Self::Server { status } => {
                write!(f, "the server cannot answer now (HTTP status {status}); it is tried again later")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        let channel = ChannelName::parse("whalechart").unwrap();
        let pause = SourceError::RateLimited { retry_after: Duration::from_secs(61) };
        assert_eq!((pause.is_retryable(), pause.retry_after()), (true, Some(Duration::from_secs(61))));
        assert!(SourceError::Server { status: 502 }.is_retryable());
        assert!(SourceError::Unreachable { why: String::new() }.is_retryable());
        for error in [SourceError::PreviewOff { channel }, SourceError::unknown("no history")] {
            assert!(!error.is_retryable() && error.retry_after().is_none(), "{error}");
        }
    }

    #[test]
    fn text_of_strangers_is_escaped_and_short() {
        let text = SourceError::unknown(format!("\u{1b}[2J{}", "x".repeat(5_000))).to_string();
        assert!(!text.contains('\u{1b}') && text.len() < 400, "{text}");
    }
}
