//! Channels, tried: found, some posts fetched, and what they hold counted. Nothing is stored.

use jiff::Timestamp;
use scraper::effects::effects;
use scraper::source::{MessageSource, SourceError};
use signals::confidence::Confidence;
use signals::message::ChannelName;
use signals::store::SignalStore;

use super::report::{ChannelTest, Read};

/// How many posts of a channel are enough to see whether they can be read: those of one page.
const ENOUGH_POSTS: usize = 20;

/// Tries each of them; one that fails stops none of the others, and one to be left alone is not asked.
pub(super) async fn read(
    source: &mut impl MessageSource,
    channels: &[ChannelName],
    most_posts: usize,
    store: Option<&SignalStore>,
    now: Timestamp,
) -> Read {
    let mut read = Read::default();
    for channel in channels {
        let test = match quiet_for(channel, store, now).await {
            Some((error, seconds)) => failed(error, Some(seconds), false),
            None => try_one(source, channel, most_posts.clamp(1, ENOUGH_POSTS), &mut read).await,
        };
        read.channels.insert(channel.to_string(), test);
    }
    read
}

/// None was tried, for this reason.
pub(super) fn unread(channels: &[ChannelName], why: &str) -> Read {
    let failed = |channel: &ChannelName| (channel.to_string(), failed(why.to_owned(), None, false));
    Read { channels: channels.iter().map(failed).collect(), ..Read::default() }
}

async fn try_one(
    source: &mut impl MessageSource,
    channel: &ChannelName,
    most_posts: usize,
    read: &mut Read,
) -> ChannelTest {
    let found = match source.find(channel).await {
        Ok(found) => found,
        Err(error) => return of_error(&error, false),
    };
    let chunk = match source.newest(&found, most_posts).await {
        Ok(chunk) => chunk,
        Err(error) => return of_error(&error, true),
    };
    let n_fetched = (chunk.posts.len() + chunk.bad.len()) as u64;
    read.messages_fetched += n_fetched;
    read.bad_posts += chunk.bad.len() as u64;
    for post in &chunk.posts {
        let effects = effects(post, Confidence::from_percent(0));
        read.signals_found += effects.signals.len() as u64;
        read.updates_found += u64::from(effects.event.is_some());
    }
    ChannelTest { accessible: true, messages_fetched: n_fetched, error: None, retry_after_s: None }
}

/// That the channel is to be left alone, and for how many seconds. What a store that fails knows is not known.
async fn quiet_for(channel: &ChannelName, store: Option<&SignalStore>, now: Timestamp) -> Option<(String, u64)> {
    let until = store?.channel_run(channel).await.ok()??.quiet_until(now)?;
    let seconds = u64::try_from(until.duration_since(now).as_secs()).unwrap_or(0) + 1;
    Some((format!("the source asked to be left alone until {until:.0}; it was not asked"), seconds))
}

fn of_error(error: &SourceError, accessible: bool) -> ChannelTest {
    failed(error.to_string(), error.retry_after().map(|it| it.as_secs()), accessible)
}

fn failed(error: String, retry_after_s: Option<u64>, accessible: bool) -> ChannelTest {
    ChannelTest { accessible, messages_fetched: 0, error: Some(error), retry_after_s }
}
