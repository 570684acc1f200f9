//! Where a signal came from, and the id that follows from it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::message::{ChannelName, MessageId};

/// Where a signal came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A post of a channel.
    Message(MessageOrigin),
    /// A request that named no post.
    Api(ApiOrigin),
}

/// A signal's place in a post. Its id follows from it, so reading a post twice stores it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageOrigin {
    /// The channel.
    pub channel: ChannelName,
    /// The post.
    pub message_id: MessageId,
    /// The number of the signal within the post, from 0.
    pub ordinal: u8,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// When it was last edited, if it was.
    pub edited_at: Option<Timestamp>,
}

/// A signal that was handed in as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiOrigin {
    /// A UUID of version 7, chosen by whoever took the request.
    pub id: Uuid,
    /// What the client called the source.
    pub source: Source,
    /// When it was handed in.
    pub created_at: Timestamp,
}

impl Origin {
    /// The id that follows from the origin.
    #[must_use]
    pub fn id(&self) -> SignalId {
        match self {
            Self::Message(origin) => SignalId::Message {
                channel: origin.channel.clone(),
                message_id: origin.message_id,
                ordinal: origin.ordinal,
            },
            Self::Api(origin) => SignalId::Api(origin.id),
        }
    }

    /// The source that lists are filtered by: `telegram_<channel>` for a post.
    #[must_use]
    pub fn source(&self) -> Source {
        match self {
            Self::Message(origin) => Source::of_channel(&origin.channel),
            Self::Api(origin) => origin.source.clone(),
        }
    }

    /// When it was posted, or handed in: the time by which lists are ordered.
    #[must_use]
    pub fn posted_at(&self) -> Timestamp {
        match self {
            Self::Message(origin) => origin.posted_at,
            Self::Api(origin) => origin.created_at,
        }
    }

    /// When the post was last edited, if it was.
    #[must_use]
    pub fn edited_at(&self) -> Option<Timestamp> {
        match self {
            Self::Message(origin) => origin.edited_at,
            Self::Api(_) => None,
        }
    }
}

/// The key of a signal: `<channel>_<message>_<ordinal>` for a post, a UUID for one that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalId {
    /// Of a post.
    Message {
        /// The channel.
        channel: ChannelName,
        /// The post.
        message_id: MessageId,
        /// The number of the signal within the post.
        ordinal: u8,
    },
    /// Of a request.
    Api(Uuid),
}

/// Why a text is no id of a signal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a signal: <channel>_<message>_<ordinal>, or a UUID")]
pub struct InvalidSignalId(pub String);

impl SignalId {
    /// Reads an id; a channel's name may hold `_`, so it is split from the right.
    ///
    /// # Errors
    /// [`InvalidSignalId`] when the text is no id in the one spelling that ids have.
    ///
    /// ```
    /// use signals::origin::SignalId;
    /// let id = SignalId::parse("io_altsignals_42_0").unwrap();
    /// assert!(matches!(&id, SignalId::Message { channel, .. } if channel.as_str() == "io_altsignals"));
    /// assert_eq!(id.to_string(), "io_altsignals_42_0");
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidSignalId> {
        let read = || {
            if let Ok(id) = Uuid::try_parse(text) {
                return Some(Self::Api(id));
            }
            let (rest, ordinal) = text.rsplit_once('_')?;
            let (channel, message) = rest.rsplit_once('_')?;
            let channel = ChannelName::parse(channel).ok()?;
            let message_id = MessageId(message.parse().ok()?);
            Some(Self::Message { channel, message_id, ordinal: ordinal.parse().ok()? })
        };
        // One id, one spelling: `Foo_042_0` and `{uuid}` are refused, so that no id has two rows in a cache or a log.
        let id = (text.len() <= 80).then(read).flatten().filter(|id| id.to_string() == text);
        id.ok_or_else(|| InvalidSignalId(text.chars().take(80).collect()))
    }
}

impl fmt::Display for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { channel, message_id, ordinal } => write!(f, "{channel}_{message_id}_{ordinal}"),
            Self::Api(id) => id.fmt(f),
        }
    }
}

impl FromStr for SignalId {
    type Err = InvalidSignalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for SignalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Who published a signal, such as `telegram_whalechart`: what lists are filtered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Source(String);

/// Why a text is no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no source: 1 to 64 letters, digits and . _ : -")]
pub struct InvalidSource(pub String);

impl Source {
    /// What stands before the channel's key in the source of a post.
    const CHANNEL_PREFIX: &str = "telegram_";

    /// Reads a source; capitals become small letters, as in the names of channels.
    ///
    /// # Errors
    /// [`InvalidSource`] when it is empty, too long, or holds other characters.
    ///
    /// ```
    /// use signals::origin::Source;
    /// assert_eq!(Source::parse("telegram_CryptoSignals").unwrap().as_str(), "telegram_cryptosignals");
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidSource> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
        if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
            return Err(InvalidSource(text.chars().take(64).collect()));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The source of what this channel posts.
    #[must_use]
    pub fn of_channel(channel: &ChannelName) -> Self {
        Self(format!("{}{channel}", Self::CHANNEL_PREFIX))
    }

    /// The channel whose posts have this source, where it is a channel's.
    #[must_use]
    pub fn channel(&self) -> Option<ChannelName> {
        ChannelName::parse(self.0.strip_prefix(Self::CHANNEL_PREFIX)?).ok().filter(|it| Self::of_channel(it) == *self)
    }

    /// The source as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_split_from_the_right() {
        let id = SignalId::parse("io_altsignals_42_1").unwrap();
        let channel = ChannelName::parse("io_altsignals").unwrap();
        assert_eq!(id, SignalId::Message { channel, message_id: MessageId(42), ordinal: 1 });
    }

    #[test]
    fn an_id_has_one_spelling() {
        let uuid = "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d";
        assert_eq!(SignalId::parse(uuid).unwrap().to_string(), uuid);
        for text in [
            "",
            "a_1_2",
            "WhaleChart_1_0",
            "whalechart_01_0",
            "whalechart_1_256",
            "whalechart_+1_0",
            &uuid.to_uppercase(),
            &uuid.replace('-', ""),
        ] {
            assert!(SignalId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_source_of_a_channel_leads_back_to_it() {
        let channel = ChannelName::parse("WhaleChart").unwrap();
        assert_eq!(Source::of_channel(&channel).as_str(), "telegram_whalechart");
        assert_eq!(Source::of_channel(&channel).channel(), Some(channel));
        assert_eq!(Source::parse("my-desk").unwrap().channel(), None);
        for text in ["", "two words", "né", &"x".repeat(65)] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }
}
