//! Which pages are asked for, so that nothing is skipped and little is held.
//!
//! Pages only lead back, from a number to those before it. To go forward from a post, a window of numbers behind it is
//! taken, and the pages are read back from the window's end until the post is reached: a window that holds about a
//! page costs one request, whatever lies in front of it or behind. Numbers have holes (deleted posts, other parts of
//! albums); where nothing lies in a window the next one is twice as wide, and one that holds more than may be held is
//! halved until it does not.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use signals::message::{ChannelName, MessageId};

use super::Preview;
use super::page::History;
use super::post::{Content, Entry};
use crate::source::{BadPost, Chunk, Found, MOST_HELD, SourceError};

/// How many numbers the narrowest window has: about as many messages as one page shows.
const NARROWEST: i64 = 20;

/// The most bytes of text that a chunk holds: that of [`MOST_HELD`] posts of the greatest length, 4 096 characters.
const MOST_TEXT: usize = 64 * 1024 * 1024;

/// Entries that were read, newest first.
#[derive(Debug, Default)]
pub(super) struct Held {
    entries: VecDeque<Entry>,
    n_bytes: usize,
}

impl Preview {
    /// Posts behind the number `last`.
    pub(super) async fn walk_after(&mut self, found: &Found, last: i64) -> Result<Chunk, SourceError> {
        let channel = &found.channel;
        let known = found.newest.map_or(0, |id| id.0);
        let seen = self.seen(channel);
        let mut newest = seen.newest.max(known);
        let mut window = seen.window.clamp(NARROWEST, MOST_HELD as i64);
        // What lies up to here was looked at, and no post was there.
        let mut floor = last;
        loop {
            let mut top = floor.saturating_add(window);
            let mut first = None;
            if top >= newest {
                let page = self.newest_page_of_found(channel).await?;
                newest = page.newest().unwrap_or(0);
                if newest <= floor {
                    return Ok(Held::default().chunk(behind(last)..=MessageId(floor), true));
                }
                if top >= newest || reaches(&page, floor) {
                    top = newest;
                    first = Some(page);
                }
            }
            let is_last = top == newest && first.is_some();
            let page = match first {
                Some(page) => page,
                None => self.page_before(channel, top + 1).await?,
            };
            let is_one_page = reaches(&page, floor);
            if !is_one_page && top - floor > MOST_HELD as i64 {
                window = (top - floor) / 2;
                continue;
            }
            let mut held = self.read_back(channel, page, floor).await?;
            let n_messages = held.n_messages();
            if !is_last {
                top = held.leave_cut_album(top, floor);
            }
            if !is_last && held.entries.iter().all(|entry| entry.content == Content::Service) {
                floor = top;
                window = window.saturating_mul(2);
                continue;
            }
            if !is_last {
                // What is left of a channel at its end says nothing of how dense its numbers are.
                self.seen(channel).window = match is_one_page {
                    true if n_messages <= NARROWEST / 2 => window.saturating_mul(2),
                    true => window,
                    false => window / 2,
                };
            }
            return Ok(held.chunk(behind(last)..=MessageId(top), is_last));
        }
    }

    /// The newest `n` posts.
    pub(super) async fn walk_newest(&mut self, found: &Found, n: usize) -> Result<Chunk, SourceError> {
        let channel = &found.channel;
        let mut page = self.newest_page_of_found(channel).await?;
        let mut top = page.newest().unwrap_or(0);
        let (mut n_posts, mut bottom, mut is_last) = (0, top + 1, true);
        let mut held = Held::default();
        while n_posts < n {
            let Some(oldest) = page.oldest() else {
                bottom = 1;
                break;
            };
            for entry in page.entries.into_iter().rev().filter(|entry| entry.content != Content::Service) {
                if n_posts == n {
                    break;
                }
                n_posts += 1;
                bottom = *entry.ids.start();
                held.add(entry)?;
                if held.entries.len() > MOST_HELD
                    && let Some(newest) = held.entries.pop_front()
                {
                    (top, is_last) = (newest.ids.start() - 1, false);
                }
            }
            if n_posts == n {
                break;
            }
            page = if oldest > 1 { self.page_before(channel, oldest).await? } else { History::default() };
        }
        Ok(held.chunk(MessageId(bottom)..=MessageId(top), is_last))
    }

    /// This page and those before it, down to what lies behind the number `floor`.
    async fn read_back(&mut self, channel: &ChannelName, first: History, floor: i64) -> Result<Held, SourceError> {
        let mut held = Held::default();
        let mut page = first;
        loop {
            let (reached, oldest) = (reaches(&page, floor), page.oldest());
            for entry in page.entries.into_iter().rev().filter(|entry| *entry.ids.start() > floor) {
                held.add(entry)?;
            }
            match oldest {
                Some(oldest) if !reached => page = self.page_before(channel, oldest).await?,
                _ => return Ok(held),
            }
        }
    }
}

fn behind(last: i64) -> MessageId {
    MessageId(last.saturating_add(1))
}

/// Whether nothing lies between `floor` and what the page shows: it shows what follows, or what stands before, or that
/// there is nothing more.
fn reaches(page: &History, floor: i64) -> bool {
    page.oldest().is_none_or(|oldest| oldest <= floor.saturating_add(1))
}

impl Held {
    pub(super) fn of(page: History) -> Self {
        Self { entries: page.entries.into_iter().rev().collect(), n_bytes: 0 }
    }

    fn add(&mut self, entry: Entry) -> Result<(), SourceError> {
        if let Content::Post(post) = &entry.content {
            self.n_bytes += post.text.len();
        }
        if self.n_bytes > MOST_TEXT {
            return Err(SourceError::TooLarge { what: "the text of so many posts", most_bytes: MOST_TEXT as u64 });
        }
        self.entries.push_back(entry);
        Ok(())
    }

    fn n_messages(&self) -> i64 {
        self.entries.iter().map(|entry| entry.ids.end() - entry.ids.start() + 1).sum()
    }

    /// Leaves what ends the window to the next one where it may be the beginning of an album; returns where the window
    /// ends now. A page before a number shows of an album what lies before it, and its caption may lie behind.
    fn leave_cut_album(&mut self, top: i64, floor: i64) -> i64 {
        let Some(newest) = self.entries.front() else { return top };
        let (start, end) = (*newest.ids.start(), *newest.ids.end());
        if newest.has_media && end >= top && start > floor + 1 {
            self.entries.pop_front();
            return start - 1;
        }
        top.max(end)
    }

    pub(super) fn chunk(self, covers: RangeInclusive<MessageId>, is_last: bool) -> Chunk {
        let (mut posts, mut bad) = (Vec::new(), Vec::new());
        for entry in self.entries.into_iter().rev() {
            match entry.content {
                Content::Post(post) => posts.push(post),
                Content::Service => {}
                Content::Bad(why) => bad.push(BadPost { id: Some(MessageId(*entry.ids.start())), why: why.to_owned() }),
            }
        }
        Chunk { posts, bad, covers, is_last }
    }
}
