//! What a channel is: its posts, and the log of what happened to them.
//!
//! Every change counts: a new post and an edit one, a deletion as many as it deletes
//! ([`pts`](https://core.telegram.org/api/updates#message-related-event-sequences)).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::world::{Draft, Post};

/// The number of a channel, without the prefix that bots see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub i64);

/// What kind of channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Few write, all read.
    #[default]
    Broadcast,
    /// A group of many.
    Group,
    /// A group with topics.
    Forum,
}

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Who joined it.
    Members,
    /// Nobody any more: the account was thrown out, or the channel is gone.
    Nobody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A post appeared.
    New(i32),
    /// A post was changed.
    Edit(i32),
    /// Posts went.
    Delete(Vec<i32>),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The channel's pts after it.
    pub pts: i32,
    /// By how much it raised it.
    pub count: i32,
    /// When it happened, in seconds since 1970.
    pub date: i32,
    /// What happened.
    pub change: Change,
}

/// A channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its number.
    pub id: ChannelId,
    /// Its title.
    pub title: String,
    /// Its public name, if it has one.
    pub username: Option<String>,
    /// What kind it is.
    pub kind: Kind,
    /// Who sees it.
    pub visibility: Visibility,
    /// Whether its posts may not be forwarded or saved.
    pub is_protected: bool,
    /// Whether its changes are pushed at all; large channels are known to be silent.
    pub is_pushed: bool,
    /// The hash of its invite link, if it has one.
    pub invite: Option<String>,
    /// When it was made, in seconds since 1970.
    pub date: i32,
    /// Its pts.
    pub pts: i32,
    /// Its posts by their numbers, without deleted ones.
    pub posts: BTreeMap<i32, Post>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// Below which pts differences are "too long" however few events there are.
    pub forgotten_below: i32,
    last_post: i32,
}

impl Channel {
    /// An empty public channel whose changes are pushed.
    #[must_use]
    pub fn new(id: i64, username: &str) -> Self {
        Self {
            id: ChannelId(id),
            title: format!("Channel {username}"),
            username: Some(username.to_owned()),
            kind: Kind::Broadcast,
            visibility: Visibility::Public,
            is_protected: false,
            is_pushed: true,
            invite: None,
            date: 1_600_000_000,
            pts: 1,
            posts: BTreeMap::new(),
            events: Vec::new(),
            forgotten_below: 0,
            last_post: 0,
        }
    }

    /// The same with so many posts, a minute between each two, as they would be in a channel of some age.
    #[must_use]
    pub fn with_posts(mut self, n_posts: i32, text: impl Fn(i32) -> String) -> Self {
        for i in 0..n_posts {
            let date = self.date + 60 * i;
            self.post(Draft::text(text(self.last_post + 1)), date);
        }
        self
    }

    /// The same, seen by members alone and without a public name.
    #[must_use]
    pub fn for_members(mut self, invite: &str) -> Self {
        (self.visibility, self.username, self.invite) = (Visibility::Members, None, Some(invite.to_owned()));
        self
    }

    /// The number of the newest post that there ever was; 0 where there was none.
    #[must_use]
    pub fn last_post(&self) -> i32 {
        self.last_post
    }

    /// A new post; `now` is its date where the draft has none.
    pub fn post(&mut self, draft: Draft, now: i32) -> Event {
        self.last_post += 1;
        let post = Post::new(self.last_post, draft, now);
        let date = post.date;
        self.posts.insert(post.id, post);
        self.happened(Change::New(self.last_post), 1, date)
    }

    /// A post's text is another one now; none where there is no such post.
    pub fn edit(&mut self, id: i32, text: &str, now: i32) -> Option<Event> {
        let post = self.posts.get_mut(&id)?;
        text.clone_into(&mut post.draft.text);
        post.edit_date = Some(now);
        Some(self.happened(Change::Edit(id), 1, now))
    }

    /// Posts go; none where none of them is there.
    pub fn delete(&mut self, ids: &[i32], now: i32) -> Option<Event> {
        let gone: Vec<i32> = ids.iter().copied().filter(|id| self.posts.remove(id).is_some()).collect();
        let count = i32::try_from(gone.len()).ok().filter(|count| *count > 0)?;
        Some(self.happened(Change::Delete(gone), count, now))
    }

    fn happened(&mut self, change: Change, count: i32, date: i32) -> Event {
        self.pts += count;
        let event = Event { pts: self.pts, count, date, change };
        self.events.push(event.clone());
        event
    }

    /// What happened after this pts, oldest first.
    #[must_use]
    pub fn since(&self, pts: i32) -> &[Event] {
        let from = self.events.partition_point(|event| event.pts <= pts);
        &self.events[from..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_raises_the_pts_by_what_it_changes() {
        let mut channel = Channel::new(1, "signals").with_posts(3, |i| format!("post {i}"));
        assert_eq!((channel.pts, channel.last_post()), (4, 3));
        assert_eq!(channel.edit(2, "changed", 9).map(|event| (event.pts, event.count)), Some((5, 1)));
        let gone = channel.delete(&[1, 2, 7], 10).unwrap();
        assert_eq!((gone.pts, gone.count, gone.change), (7, 2, Change::Delete(vec![1, 2])));
        assert_eq!(channel.delete(&[1], 11), None);
        assert_eq!(channel.edit(1, "gone", 11), None);
        assert_eq!(channel.post(Draft::text("next"), 12).change, Change::New(4));
        assert_eq!(channel.since(4).len(), 3);
        assert_eq!(channel.since(8), []);
    }
}
