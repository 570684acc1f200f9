//! What a post is.

use crate::world::ChannelId;

/// Where a forwarded post came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forward {
    /// A post of a channel.
    Channel(ChannelId, i32),
    /// Somebody who hides behind a name.
    Name(String),
}

/// What an author writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text, or the caption of a picture.
    pub text: String,
    /// The post that it answers.
    pub reply_to: Option<i32>,
    /// The topic that it stands in, by the number of the post that opened it.
    pub topic: Option<i32>,
    /// The album that it is part of.
    pub album: Option<i64>,
    /// Where it was forwarded from.
    pub forward: Option<Forward>,
    /// Whether it has a picture.
    pub has_picture: bool,
    /// The name that it is signed with.
    pub author: Option<String>,
    /// When it was written, in seconds since 1970; none for when it is posted.
    pub date: Option<i32>,
    /// Whether it is a service message: somebody changed the title, and the text is the new one.
    pub is_service: bool,
}

impl Draft {
    /// A text and nothing else.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same as an answer.
    #[must_use]
    pub fn replying_to(mut self, post: i32) -> Self {
        self.reply_to = Some(post);
        self
    }

    /// The same as a picture of an album.
    #[must_use]
    pub fn in_album(mut self, album: i64) -> Self {
        (self.album, self.has_picture) = (Some(album), true);
        self
    }

    /// The same as a forwarded post.
    #[must_use]
    pub fn forwarded(mut self, from: Forward) -> Self {
        self.forward = Some(from);
        self
    }

    /// The same at a time, in seconds since 1970.
    #[must_use]
    pub fn dated(mut self, date: i32) -> Self {
        self.date = Some(date);
        self
    }
}

/// A post as it stands in its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its number there.
    pub id: i32,
    /// When it was posted, in seconds since 1970.
    pub date: i32,
    /// When it was last changed.
    pub edit_date: Option<i32>,
    /// How often it was seen.
    pub views: i32,
    /// What it says.
    pub draft: Draft,
}

impl Post {
    /// A new post, at `now` where the draft has no date.
    #[must_use]
    pub fn new(id: i32, draft: Draft, now: i32) -> Self {
        Self { id, date: draft.date.unwrap_or(now), edit_date: None, views: 1, draft }
    }
}
