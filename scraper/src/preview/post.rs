//! What one post on the page says.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use signals::message::{ChannelMessage, ChannelName, MessageId};

use crate::html::{Element, Spaces};
use crate::source::{LARGEST_ID, SourceError};

/// The most messages that one album has, with room to grow; Telegram allows ten.
const LONGEST_ALBUM: i64 = 100;

/// What stands at one place of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number, and those of an album's other parts.
    pub(super) ids: RangeInclusive<i64>,
    /// Whether it shows media: what stands beside it may belong to the same album.
    pub(super) has_media: bool,
    pub(super) content: Content,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Post(ChannelMessage),
    /// What the channel says of itself: created, pinned, a new photo.
    Service,
    /// A post that could not be read, and why.
    Bad(&'static str),
}

/// Reads an element with the class `tgme_widget_message`.
///
/// An edited post is marked so on the page, without the time of the edit: `edited_at` stays empty.
pub(super) fn read(message: Element<'_, '_>, channel: &ChannelName) -> Result<Entry, SourceError> {
    let place = message.attribute("data-post").ok_or_else(|| SourceError::unknown("a post has no number"))?;
    let (name, id) = place.split_once('/').ok_or_else(|| SourceError::unknown("a post's number is none"))?;
    let id = number(id).ok_or_else(|| SourceError::unknown("a post's number is none"))?;
    let named = ChannelName::parse(name).map_err(|_| SourceError::unknown("a post's channel has no name"))?;
    if named != *channel {
        return Err(SourceError::Renamed { channel: channel.clone(), to: named });
    }
    if message.has_class("service_message") {
        return Ok(Entry { ids: id..=id, has_media: false, content: Content::Service });
    }
    let parts = Parts::of(message, channel, id);
    let ids = id..=parts.last_of_album;
    let has_media = parts.has_media;
    let content = match (parts.date, parts.is_hidden()) {
        (_, true) => Content::Bad("the web preview does not show it, only the app does"),
        (None, _) => Content::Bad("its time could not be read"),
        (Some(posted_at), _) => Content::Post(ChannelMessage {
            channel: channel.clone(),
            id: MessageId(id),
            posted_at,
            edited_at: None,
            text: parts.text(),
            reply_to: parts.reply_to.map(MessageId),
        }),
    };
    Ok(Entry { ids, has_media, content })
}

/// What is looked for in a post, found in one pass over it.
struct Parts<'p, 'a> {
    text: Option<Element<'p, 'a>>,
    poll: Option<Element<'p, 'a>>,
    date: Option<Timestamp>,
    reply_to: Option<i64>,
    last_of_album: i64,
    has_media: bool,
    is_not_shown: bool,
}

impl<'p, 'a> Parts<'p, 'a> {
    fn of(message: Element<'p, 'a>, channel: &ChannelName, id: i64) -> Self {
        let mut parts = Self {
            text: None,
            poll: None,
            date: None,
            reply_to: None,
            last_of_album: id,
            has_media: false,
            is_not_shown: false,
        };
        // The quote of the post that is answered has a text and an author of its own; links in the text are the
        // author's, who could put anything there.
        let is_closed = |it: Element<'p, 'a>| {
            [
                "tgme_widget_message_reply",
                "js-message_text",
                "tgme_widget_message_poll",
                "tgme_widget_message_link_preview",
            ]
            .iter()
            .any(|class| it.has_class(class))
        };
        for element in message.inner_closed(is_closed) {
            if !element.is_classed() {
                continue;
            }
            if element.has_class("js-message_text") {
                parts.text = parts.text.or(Some(element));
            } else if element.has_class("tgme_widget_message_reply") {
                let to = element.attribute("href").and_then(|href| post_of(&href, channel));
                parts.reply_to = parts.reply_to.or(to);
            } else if element.has_class("tgme_widget_message_poll") {
                parts.poll = parts.poll.or(Some(element));
            } else if element.has_class("tgme_widget_message_date") {
                // Videos have a `time` too, for how long they are.
                let time = element.inner().find(|it| it.is("time")).and_then(|it| it.attribute("datetime"));
                parts.date = parts.date.or(time.and_then(|it| it.parse().ok()));
            } else if element.has_class("message_media_not_supported_wrap") {
                parts.is_not_shown = true;
            } else if element.is("a")
                && let Some(href) = element.attribute("href")
            {
                parts.media(&href, channel, id);
            }
        }
        parts
    }

    /// A link of the page's own: to a part of an album, or to the post itself, from its media.
    fn media(&mut self, href: &str, channel: &ChannelName, id: i64) {
        let Some(part) = post_of(href, channel) else { return };
        let is_part = href.ends_with("?single") && (id..id + LONGEST_ALBUM).contains(&part);
        if is_part {
            self.last_of_album = self.last_of_album.max(part);
        }
        self.has_media |= is_part || part == id;
    }

    fn is_hidden(&self) -> bool {
        self.is_not_shown && self.text.is_none() && self.poll.is_none() && !self.has_media
    }

    /// The text or caption, or what a poll asks and offers, a line each.
    fn text(&self) -> String {
        let text = self.text.map(|it| it.text(Spaces::Kept)).unwrap_or_default();
        let Some(poll) = self.poll else { return text };
        let lines = poll.inner().filter(|it| {
            it.has_class("tgme_widget_message_poll_question") || it.has_class("tgme_widget_message_poll_option_text")
        });
        let lines = lines.map(|it| it.text(Spaces::Joined));
        Some(text).into_iter().filter(|it| !it.is_empty()).chain(lines).collect::<Vec<_>>().join("\n")
    }
}

fn number(text: &str) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|id| is_plain && (1..=LARGEST_ID).contains(id))
}

/// The post of this channel to which an address leads: `https://t.me/<channel>/<number>`.
fn post_of(href: &str, channel: &ChannelName) -> Option<i64> {
    let (_, path) = href.split_once("://")?;
    let path = path.split(['?', '#']).next()?;
    let mut segments = path.split('/').skip(1).filter(|it| *it != "s");
    let (name, id) = (segments.next()?, segments.next()?);
    (name.eq_ignore_ascii_case(channel.as_str())).then(|| number(id)).flatten()
}
