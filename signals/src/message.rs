//! One post of a channel, as a source hands it over.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A spelling of a channel: its lower-case public name, or its numeric id.
///
/// A channel can have several; one of them is its key, under which its posts are stored (see [`crate::channel`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ChannelName(String);

/// Why a text names no channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChannelName {
    /// It is none.
    #[error("`{0}` is no channel name: 4 to 32 letters, digits and underscores, or a numeric id")]
    NoName(String),
    /// It is an invite link (<https://core.telegram.org/api/links#chat-invite-links>), which leads nowhere until somebody
    /// joins. It is not repeated here: whoever has it can join.
    #[error(
        "this is an invite link, and nothing here joins a channel: join it in an app of Telegram with the account, then \
         give the number that `sigtower channels joined` shows"
    )]
    InviteLink,
}

impl ChannelName {
    /// Reads `name`, `@name`, `t.me/name`, `https://t.me/s/name` or a numeric id (`-100…` or bare).
    ///
    /// Public names have 4 to 32 characters of `a-z 0-9 _` (<https://core.telegram.org/method/channels.checkUsername>).
    ///
    /// # Errors
    /// [`InvalidChannelName`] when the text is none of these.
    ///
    /// ```
    /// use signals::message::ChannelName;
    /// assert_eq!(ChannelName::parse("https://t.me/s/WhaleChart").unwrap().as_str(), "whalechart");
    /// assert_eq!(ChannelName::parse("@io_altsignals").unwrap().as_str(), "io_altsignals");
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidChannelName> {
        let refused = || InvalidChannelName::NoName(text.chars().take(64).collect());
        let mut name = text.trim();
        if is_invite(name) {
            return Err(InvalidChannelName::InviteLink);
        }
        for prefix in ["https://", "http://", "t.me/", "telegram.me/", "s/", "@"] {
            name = name.strip_prefix(prefix).unwrap_or(name);
        }
        let name = name.trim_end_matches('/');
        let digits = name.strip_prefix("-100").unwrap_or(name);
        // One number, one spelling: no zeros in front.
        if !digits.starts_with(['0', '+']) && digits.parse::<u64>().is_ok() {
            return Ok(Self(digits.to_owned()));
        }
        let well_formed = (4..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if well_formed { Ok(Self(name.to_ascii_lowercase())) } else { Err(refused()) }
    }

    /// The spelling of a numeric id, without the `-100` that some programs put in front.
    #[must_use]
    pub fn of_number(number: u64) -> Self {
        Self(number.to_string())
    }

    /// The numeric id, where the spelling is one: public names begin with a letter.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The spelling itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is an invite link, in one of its spellings.
fn is_invite(text: &str) -> bool {
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let beginnings = ["t.me/+", "t.me/joinchat/", "telegram.me/+", "telegram.me/joinchat/", "tg://join?invite="];
    beginnings.iter().any(|beginning| text.starts_with(beginning))
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChannelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The number of a post within its channel; it only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub i64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One post: what every source delivers and the parser reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelMessage {
    /// Where it was posted.
    pub channel: ChannelName,
    /// Its number there.
    pub id: MessageId,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// When it was last edited, if it was.
    pub edited_at: Option<Timestamp>,
    /// Its text, or the caption of its media, as a reader sees it.
    pub text: String,
    /// The post that it answers.
    pub reply_to: Option<MessageId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_spelling() {
        for text in ["WhaleChart", "@whalechart", "t.me/whalechart", "https://t.me/s/WhaleChart/"] {
            assert_eq!(ChannelName::parse(text).unwrap().as_str(), "whalechart", "{text}");
        }
        assert_eq!(ChannelName::parse("-1001234567890").unwrap().as_str(), "1234567890");
    }

    #[test]
    fn what_is_no_channel_is_refused_with_its_text() {
        for text in ["", "abc", "two words", "1name", "né_accent", "007"] {
            assert_eq!(ChannelName::parse(text), Err(InvalidChannelName::NoName(text.to_owned())));
        }
    }

    #[test]
    fn an_invite_link_is_told_from_a_name_and_is_not_repeated() {
        for text in
            ["https://t.me/+AbCdEf", "t.me/joinchat/AbCdEf", " http://telegram.me/+AbCdEf", "tg://join?invite=AbCdEf"]
        {
            let error = ChannelName::parse(text).unwrap_err();
            assert_eq!(error, InvalidChannelName::InviteLink, "{text}");
            assert!(!error.to_string().contains("AbCdEf"));
        }
        assert_eq!(ChannelName::parse("t.me/joinchat").unwrap().as_str(), "joinchat");
    }
}
