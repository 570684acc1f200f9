//! Where posts come from: the port, in words of the domain.

mod error;

use std::future::Future;
use std::ops::RangeInclusive;

use signals::channel::Sighting;
use signals::message::{ChannelMessage, ChannelName, MessageId};

pub use error::SourceError;

/// The most posts, and the most numbers of posts where all are taken, that one chunk holds.
pub const MOST_HELD: usize = 4_096;

/// The largest number of a message: numbers are 32 bits wide (<https://core.telegram.org/constructor/message>).
pub(crate) const LARGEST_ID: i64 = i32::MAX as i64;

/// A place from which the posts of channels can be read, oldest first.
///
/// A source that has read a post tells it as it is now. Whether it was edited since the last look, the store finds out:
/// where a source knows no time of the edit, a changed text at a later look is the newer version.
///
/// ```no_run
/// # use scraper::source::{MessageSource, SourceError};
/// # use signals::message::{ChannelName, MessageId};
/// async fn read(source: &mut impl MessageSource, channel: &ChannelName, mut last: MessageId) -> Result<(), SourceError> {
///     let found = source.find(channel).await?;
///     loop {
///         let chunk = source.after(&found, last).await?;
///         // … store the effects of `chunk.posts`, and then:
///         last = last.max(*chunk.covers.end());
///         if chunk.is_last {
///             return Ok(());
///         }
///     }
/// }
/// ```
pub trait MessageSource: Send {
    /// Whether a number that was looked at and has no post is known to have none: then a post that was read there before
    /// was deleted.
    const SHOWS_DELETIONS: bool = false;

    /// Whether a pause that is asked for means every channel, and not the one that was asked for.
    const PAUSES_FOR_ALL: bool = true;

    /// Looks the channel up.
    ///
    /// # Errors
    /// [`SourceError`] when the channel cannot be read, or not now.
    fn find(&mut self, channel: &ChannelName) -> impl Future<Output = Result<Found, SourceError>> + Send;

    /// Posts after this one, oldest first: some of them, at most [`MOST_HELD`]. A number below 1 stands for all posts.
    ///
    /// What is covered begins right behind `after` and holds at least one number more, unless the chunk is the last.
    ///
    /// # Errors
    /// [`SourceError`] when the channel cannot be read, or not now; nothing of the chunk is lost then, it comes again.
    fn after(&mut self, found: &Found, after: MessageId) -> impl Future<Output = Result<Chunk, SourceError>> + Send;

    /// The newest `n` posts, oldest first. Of more than [`MOST_HELD`] the oldest; the others come with
    /// [`MessageSource::after`]. Posts that could not be read count among the `n`.
    ///
    /// # Errors
    /// As with [`MessageSource::after`].
    fn newest(&mut self, found: &Found, n: usize) -> impl Future<Output = Result<Chunk, SourceError>> + Send;

    /// What happened to posts since this position in the channel's changes; `None` where the source cannot tell, so that
    /// posts are to be looked at again.
    ///
    /// # Errors
    /// As with [`MessageSource::after`].
    fn changes(
        &mut self,
        _found: &Found,
        _since: i64,
    ) -> impl Future<Output = Result<Option<Changes>, SourceError>> + Send {
        async { Ok(None) }
    }
}

/// A channel that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The spelling by which it was asked for; posts carry it until the store knows their channel's key.
    pub channel: ChannelName,
    /// Who it is, as far as the source knows.
    pub sighting: Sighting,
    /// Its title, as a person wrote it: text of a stranger. Empty where the source knows none.
    pub title: String,
    /// Its newest post, unless it has none.
    pub newest: Option<MessageId>,
    /// Where the channel's changes stand now; `None` where the source does not count them.
    pub position: Option<i64>,
}

/// What happened to posts, in an order in which later things stand behind earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New and edited posts, as they are now.
    pub posts: Vec<ChannelMessage>,
    /// The posts that could not be read.
    pub bad: Vec<BadPost>,
    /// Posts that were deleted.
    pub deleted: Vec<MessageId>,
    /// Up to where in the channel's changes this goes.
    pub position: i64,
    /// Whether nothing came behind it when it was read.
    pub is_last: bool,
}

/// Posts that lie side by side in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The posts, oldest first. An album is one post with the number of its first part.
    pub posts: Vec<ChannelMessage>,
    /// The posts that are there and could not be read; going over them again will not help.
    pub bad: Vec<BadPost>,
    /// Every number in it was looked at, whether there is such a post or not. It ends before it begins where nothing was
    /// looked at.
    pub covers: RangeInclusive<MessageId>,
    /// Whether nothing newer was there when it was read.
    pub is_last: bool,
}

/// A post that is there and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPost {
    /// Its number, unless that is what could not be read.
    pub id: Option<MessageId>,
    /// Why not, in words that hold nothing of the post's text.
    pub why: String,
}
