//! Public channels through their pages at `https://t.me/s/<name>`, without an account.
//!
//! The page shows about twenty messages, the photos of an album counted one by one; `?before=N` shows those before the
//! number `N`, the newest of them. There is no documentation of it; what is known was seen
//! (<https://github.com/DIYgod/RSSHub> and others live from it), so that a page which is not as expected is an error.
//! What it does not show: when a post was edited, posts that need the app, members-only channels, groups.

mod config;
mod fetch;
mod page;
mod pause;
mod post;
mod walk;

use std::collections::HashMap;

use signals::channel::Sighting;
use signals::message::{ChannelName, MessageId};

pub use config::{InvalidPreviewUrl, PreviewConfig};
use fetch::{Answer, Fetch, Marks};
use page::{Card, History};

use crate::source::{Chunk, Found, MessageSource, SourceError};

/// How many channels' newest pages are remembered, to ask whether they changed.
const MOST_REMEMBERED: usize = 256;

/// Reads one page of the preview, as [`Preview`] does: for benches and for looking for pages that break it.
///
/// # Errors
/// [`SourceError::UnknownLayout`], [`SourceError::Renamed`].
#[doc(hidden)]
pub fn read_page(html: &str, channel: &ChannelName) -> Result<Chunk, SourceError> {
    let history = page::history(html, channel)?;
    let covers = MessageId(history.oldest().unwrap_or(1))..=MessageId(history.newest().unwrap_or(0));
    Ok(walk::Held::of(history).chunk(covers, false))
}

/// Reads the page of a name that has no preview, as [`Preview`] does: for looking for pages that break it.
#[doc(hidden)]
pub fn read_card(html: &str, channel: &ChannelName) -> SourceError {
    page::card(html, channel).map_or_else(|it| it, |card| card.error(channel))
}

/// A reader of public previews: one request at a time, politely.
#[derive(Debug)]
pub struct Preview {
    fetch: Fetch,
    seen: HashMap<ChannelName, Seen>,
}

/// What is remembered of a channel. All of it only saves requests.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Its newest number.
    newest: i64,
    /// How many numbers behind the last known post are likely to fill a page.
    window: i64,
    /// Its newest page, where the server said how to ask whether it is still that.
    page: Option<(Marks, History)>,
    /// The newest page as it was found, for whoever asks for it next.
    found: Option<History>,
}

impl Preview {
    /// A reader with these settings.
    ///
    /// # Errors
    /// [`InvalidPreviewUrl`] when the base address is none.
    pub fn new(config: PreviewConfig) -> Result<Self, InvalidPreviewUrl> {
        Ok(Self { fetch: Fetch::new(config)?, seen: HashMap::new() })
    }

    fn seen(&mut self, channel: &ChannelName) -> &mut Seen {
        if self.seen.len() >= MOST_REMEMBERED && !self.seen.contains_key(channel) {
            self.seen.clear();
        }
        self.seen.entry(channel.clone()).or_default()
    }

    /// The newest page of a channel, once as it was found, and from then on as it is.
    async fn newest_page_of_found(&mut self, channel: &ChannelName) -> Result<History, SourceError> {
        match self.seen(channel).found.take() {
            Some(page) => Ok(page),
            None => self.newest_page(channel).await,
        }
    }

    /// The newest page of a channel.
    async fn newest_page(&mut self, channel: &ChannelName) -> Result<History, SourceError> {
        let marks = self.seen(channel).page.as_ref().map(|(marks, _)| marks.clone());
        let answer = self.fetch.get(&format!("/s/{channel}"), marks.as_ref()).await?;
        if let (Answer::Unchanged, Some((_, page))) = (&answer, &self.seen(channel).page) {
            return Ok(page.clone());
        }
        let (history, marks) = self.read(channel, answer).await?;
        let seen = self.seen(channel);
        seen.newest = history.newest().unwrap_or(0);
        seen.page = marks.map(|marks| (marks, history.clone()));
        Ok(history)
    }

    /// The page of the newest posts before this number.
    async fn page_before(&mut self, channel: &ChannelName, before: i64) -> Result<History, SourceError> {
        let answer = self.fetch.get(&format!("/s/{channel}?before={before}"), None).await?;
        let (history, _) = self.read(channel, answer).await?;
        if history.newest_first().is_some_and(|newest| newest >= before) {
            return Err(SourceError::unknown("it shows other posts than those that were asked for"));
        }
        Ok(history)
    }

    async fn read(&mut self, channel: &ChannelName, answer: Answer) -> Result<(History, Option<Marks>), SourceError> {
        match answer {
            Answer::Page { html, marks } => Ok((page::history(&html, channel)?, marks)),
            Answer::Elsewhere(path) => Err(self.why_elsewhere(channel, &path).await),
            Answer::Missing => Err(SourceError::NoSuchChannel { channel: channel.clone() }),
            Answer::Unchanged => Err(SourceError::unknown("it is said to be unchanged without having been shown")),
        }
    }

    /// Why the server leads from the preview to another page. It does so for all names that have no preview, and the
    /// page of the name itself tells them apart.
    async fn why_elsewhere(&mut self, channel: &ChannelName, path: &str) -> SourceError {
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
        if path.starts_with('+') || path.starts_with("joinchat/") {
            return SourceError::Private { channel: channel.clone() };
        }
        match ChannelName::parse(path.strip_prefix("s/").unwrap_or(path)) {
            Ok(name) if name == *channel => {}
            Ok(to) => return SourceError::Renamed { channel: channel.clone(), to },
            Err(_) => return SourceError::unknown(format!("it leads to `/{path}`")),
        }
        match self.fetch.get(&format!("/{channel}"), None).await {
            Err(error) => error,
            Ok(Answer::Page { html, .. }) => match page::card(&html, channel) {
                Ok(card) => card.error(channel),
                Err(error) => error,
            },
            Ok(Answer::Missing) => SourceError::NoSuchChannel { channel: channel.clone() },
            Ok(Answer::Elsewhere(path)) => SourceError::unknown(format!("it leads to `/{path}` and on")),
            Ok(Answer::Unchanged) => SourceError::unknown("it is said to be unchanged without having been shown"),
        }
    }
}

impl Card {
    fn error(self, channel: &ChannelName) -> SourceError {
        let channel = channel.clone();
        match self {
            Self::Shown => SourceError::PreviewOff { channel },
            Self::Closed => SourceError::Private { channel },
            Self::Nobody => SourceError::NoSuchChannel { channel },
        }
    }
}

impl MessageSource for Preview {
    async fn find(&mut self, channel: &ChannelName) -> Result<Found, SourceError> {
        if channel.number().is_some() {
            return Err(SourceError::NoPublicName { channel: channel.clone() });
        }
        let page = self.newest_page(channel).await?;
        self.seen(channel).found = Some(page.clone());
        Ok(Found {
            channel: channel.clone(),
            sighting: Sighting::of(channel.clone()),
            newest: page.newest().map(MessageId),
            position: None,
            title: page.title,
        })
    }

    async fn after(&mut self, found: &Found, after: MessageId) -> Result<Chunk, SourceError> {
        self.walk_after(found, after.0.max(0)).await
    }

    async fn newest(&mut self, found: &Found, n: usize) -> Result<Chunk, SourceError> {
        self.walk_newest(found, n).await
    }
}
