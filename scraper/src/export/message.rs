//! What one message of a `result.json` says.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny};
use signals::message::{ChannelMessage, ChannelName, MessageId};

use crate::source::LARGEST_ID;

/// What stands at one place of a chat.
#[derive(Debug)]
pub(super) enum Entry {
    Post(Box<ChannelMessage>),
    /// What the chat says of itself: joined, pinned, a new photo.
    Service(i64),
    Bad(Option<i64>, String),
}

impl Entry {
    /// Its number, where that could be read.
    pub(super) fn id(&self) -> Option<i64> {
        match self {
            Self::Post(post) => Some(post.id.0),
            Self::Service(id) => Some(*id),
            Self::Bad(id, _) => *id,
        }
    }
}

#[derive(Deserialize)]
struct Message {
    id: i64,
    #[serde(default)]
    r#type: String,
    date: Option<String>,
    date_unixtime: Option<Seconds>,
    edited: Option<String>,
    edited_unixtime: Option<Seconds>,
    reply_to_message_id: Option<i64>,
    /// The chat of the message that is answered, where it is another one.
    reply_to_peer_id: Option<IgnoredAny>,
    #[serde(default)]
    text: Text,
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

/// Reads a message as it stands in the file.
pub(super) fn read(raw: &[u8], channel: &ChannelName, zone: &TimeZone) -> Entry {
    let message: Message = match serde_json::from_slice(raw) {
        Ok(message) => message,
        Err(e) => {
            let id =
                serde_json::from_slice::<Numbered>(raw).ok().map(|it| it.id).filter(|id| (1..=LARGEST_ID).contains(id));
            // The parser's own words could repeat text of the post.
            let why = if e.is_data() { "a field of it is not what it should be" } else { "it is no JSON" };
            return Entry::Bad(id, format!("{why}, at byte {} of the message", e.column()));
        }
    };
    let id = message.id;
    if id < 1 {
        return Entry::Bad(None, "its number is below 1: it comes from before its group became a channel".to_owned());
    }
    if id > LARGEST_ID {
        return Entry::Bad(None, format!("its number is above {LARGEST_ID}, which no message has"));
    }
    if message.r#type == "service" {
        return Entry::Service(id);
    }
    let Some(posted_at) = time(message.date_unixtime, message.date.as_deref(), zone) else {
        return Entry::Bad(Some(id), "its time could not be read".to_owned());
    };
    let edited_at = time(message.edited_unixtime, message.edited.as_deref(), zone);
    let reply_to = message.reply_to_message_id.filter(|id| *id > 0 && message.reply_to_peer_id.is_none());
    Entry::Post(Box::new(ChannelMessage {
        channel: channel.clone(),
        id: MessageId(id),
        posted_at,
        // Old exports write the year 1970 where nothing was edited.
        edited_at: edited_at.filter(|it| *it > posted_at),
        text: message.text.0,
        reply_to: reply_to.map(MessageId),
    }))
}

/// The time in seconds, where there is one, and else by the clock on a wall in this zone.
fn time(seconds: Option<Seconds>, clock: Option<&str>, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(Seconds(seconds)) = seconds {
        return Timestamp::from_second(seconds).ok();
    }
    let clock: DateTime = clock?.parse().ok()?;
    zone.to_ambiguous_timestamp(clock).compatible().ok()
}

/// Seconds since 1970, which stand there as a text.
struct Seconds(i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| D::Error::custom("no seconds"))
    }
}

/// A text as a reader sees it. Hidden addresses are no part of it.
#[derive(Default, Deserialize)]
#[serde(from = "Parts")]
struct Text(String);

/// How it stands there: whole, or in parts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Parts {
    Whole(String),
    Several(Vec<Part>),
}

/// A part is a string, or an object that has one beside what it looks like.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Plain(String),
    Formatted {
        #[serde(default)]
        text: String,
    },
}

impl From<Parts> for Text {
    fn from(parts: Parts) -> Self {
        let text = |part| match part {
            Part::Plain(text) | Part::Formatted { text } => text,
        };
        Self(match parts {
            Parts::Whole(text) => text,
            Parts::Several(parts) => parts.into_iter().map(text).collect(),
        })
    }
}
