//! What a page says: the posts of a channel, or what its name stands for.

use signals::message::ChannelName;

use super::post::{self, Entry};
use crate::foreign::shown;
use crate::html::{Page, Spaces};
use crate::source::SourceError;

/// The most characters of a title that are kept; Telegram allows 128.
const LONGEST_TITLE: usize = 256;

/// A page of a channel's posts.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) title: String,
    /// What stands on the page, oldest first.
    pub(super) entries: Vec<Entry>,
}

impl History {
    /// The smallest number on the page.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.entries.first().map(|entry| *entry.ids.start())
    }

    /// The largest number on the page, also within an album.
    pub(super) fn newest(&self) -> Option<i64> {
        self.entries.iter().map(|entry| *entry.ids.end()).max()
    }

    /// The largest number that a post begins with.
    pub(super) fn newest_first(&self) -> Option<i64> {
        self.entries.last().map(|entry| *entry.ids.start())
    }
}

/// What a name stands for that has no preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Card {
    /// A channel or group that anybody may open in the app.
    Shown,
    /// One that only its members open.
    Closed,
    /// No channel: a person, a bot, or nothing.
    Nobody,
}

fn read(html: &str) -> Result<Page<'_>, SourceError> {
    // Whoever takes the beginning of a page for the page takes posts for missing.
    if !html.trim_end().ends_with("</html>") && !html.contains("</body>") {
        return Err(SourceError::unknown("it breaks off before its end"));
    }
    Page::read(html).map_err(|_| SourceError::unknown("it has more elements than any page"))
}

/// Reads the page of a channel's posts.
pub(super) fn history(html: &str, channel: &ChannelName) -> Result<History, SourceError> {
    let page = read(html)?;
    if page.first("tgme_channel_history").is_none() {
        if page.first("tgme_page").is_some() {
            return Err(read_card(&page, channel)?.error(channel));
        }
        return Err(SourceError::unknown("it has no history of posts"));
    }
    let messages = page.outermost("tgme_widget_message");
    let mut entries = messages.map(|it| post::read(it, channel)).collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() && page.first("tme_no_messages_found").is_none() {
        return Err(SourceError::unknown("it has a history without posts, and does not say that there are none"));
    }
    entries.sort_by_key(|entry| *entry.ids.start());
    entries.dedup_by_key(|entry| *entry.ids.start());
    let title = page.first("tgme_channel_info_header_title").map(|it| it.text(Spaces::Joined)).unwrap_or_default();
    Ok(History { title: title.chars().take(LONGEST_TITLE).collect(), entries })
}

/// Reads the page of a name.
pub(super) fn card(html: &str, channel: &ChannelName) -> Result<Card, SourceError> {
    read_card(&read(html)?, channel)
}

fn read_card(page: &Page<'_>, channel: &ChannelName) -> Result<Card, SourceError> {
    if page.first("tgme_page").is_none() {
        return Err(SourceError::unknown(format!("what `{channel}` is, it does not say")));
    }
    let says = |class: &str| page.first(class).map(|it| it.text(Spaces::Joined).to_lowercase()).unwrap_or_default();
    let (extra, description) = (says("tgme_page_extra"), says("tgme_page_description"));
    if page.first("tgme_page_invite").is_some() || description.contains("channel is private") {
        return Ok(Card::Closed);
    }
    if ["subscriber", "member"].iter().any(|it| extra.contains(it)) {
        return Ok(Card::Shown);
    }
    // A name that is free and a person's name look alike, on purpose; a person's page may repeat the name, and a bot's
    // counts its users.
    let is_somebody = extra.is_empty() || extra.starts_with('@') || extra.contains("user") || extra.contains("bot");
    if is_somebody {
        Ok(Card::Nobody)
    } else {
        Err(SourceError::unknown(format!("it calls `{channel}` {}", shown(&extra))))
    }
}
