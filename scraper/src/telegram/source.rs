//! Channels through an account, as a source of posts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use signals::channel::Sighting;
use signals::message::{ChannelName, MessageId};
use signals::peer::Peer;
use signals::store::SignalStore;

use crate::collect::Clock;
use crate::source::{Changes, Chunk, Found, LARGEST_ID, MOST_HELD, MessageSource, SourceError};
use crate::telegram::connection::{Me, Telegram};
use crate::telegram::failure::TelegramError;
use crate::telegram::history::{Address, Difference, PAGE, Page, Window};
use crate::telegram::message::{Message, posts};

/// The most parts of an album (<https://core.telegram.org/method/messages.sendMultiMedia>).
const LONGEST_ALBUM: i64 = 10;
/// How many of the newest messages may be unreadable before a channel is.
const MOST_UNREADABLE: i32 = 8;
/// How often an account looks names up in a day, unless told otherwise: more than some hundred are refused for hours.
pub const LOOK_UPS_PER_DAY: u32 = 50;

/// Reads channels as the account that is logged in sees them.
#[derive(Clone)]
pub struct TelegramSource {
    pub(super) telegram: Telegram,
    pub(super) account: i64,
    pub(super) store: SignalStore,
    pub(super) clock: Clock,
    pub(super) look_ups_per_day: u32,
    /// The channels that were found, by the spelling that was asked for; clones share them.
    found: Arc<Mutex<BTreeMap<ChannelName, Peer>>>,
}

impl std::fmt::Debug for TelegramSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TelegramSource({:?})", self.telegram)
    }
}

impl TelegramSource {
    /// A source over this connection; what is looked up is kept in the store.
    ///
    /// # Errors
    /// [`TelegramError::IsABot`]: a bot may not read history.
    pub fn new(telegram: Telegram, me: &Me, store: SignalStore) -> Result<Self, TelegramError> {
        if me.is_bot {
            return Err(TelegramError::IsABot);
        }
        Ok(Self {
            telegram,
            account: me.id,
            store,
            clock: Arc::new(jiff::Timestamp::now),
            look_ups_per_day: LOOK_UPS_PER_DAY,
            found: Arc::default(),
        })
    }

    /// The same with another number of look-ups in a day; 0 looks nothing up.
    #[must_use]
    pub fn looking_up_at_most(self, look_ups_per_day: u32) -> Self {
        Self { look_ups_per_day, ..self }
    }

    /// The same by another clock.
    #[must_use]
    pub fn by_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    fn address(&self, channel: &ChannelName) -> Result<Address, SourceError> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let peer = found.get(channel).ok_or_else(|| SourceError::unknown("a channel that was not looked for"))?;
        Ok(address_of(peer))
    }

    /// The number of a channel that was found, as what happens in it is told.
    pub(super) fn number(&self, channel: &ChannelName) -> Option<i64> {
        self.address(channel).ok().map(|it| it.number)
    }

    /// The newest message, and where the channel's changes stand.
    async fn head(&self, address: Address, channel: &ChannelName) -> Result<Page, TelegramError> {
        let mut unreadable = None;
        for add_offset in 0..MOST_UNREADABLE {
            match self.telegram.page(address, channel, Window { add_offset, limit: 1, ..Window::default() }).await {
                // The newest ones may be what this version does not know; those before them lead to them.
                Err(error @ TelegramError::Unreadable { .. }) => unreadable = Some(error),
                answer => return answer,
            }
        }
        Err(unreadable.unwrap_or(TelegramError::Stopped))
    }

    /// Messages behind this number, oldest first, and up to where the look went.
    async fn messages_after(&self, found: &Found, after: i64) -> Result<(Vec<Message>, i64), SourceError> {
        let (address, channel) = (self.address(&found.channel)?, &found.channel);
        let newest = found.newest.map_or(0, |it| it.0);
        if newest <= after {
            return Ok((Vec::new(), after));
        }
        let few = newest - after < i64::from(PAGE);
        let read = if few {
            self.down_to(address, channel, after, newest + 1).await
        } else {
            self.up_from(address, channel, after, newest).await
        };
        match read {
            Ok(messages) => {
                let top = messages.last().and_then(Message::id).map_or(newest, |id| id.0);
                Ok((messages, top))
            }
            Err(TelegramError::Unreadable { .. }) => {
                let to = (after + i64::from(PAGE)).min(newest);
                let messages = self.telegram.messages_one_by_one(address, channel, after + 1..=to).await;
                Ok((messages.map_err(|error| error.of_channel(channel))?, to))
            }
            Err(error) => Err(error.of_channel(channel)),
        }
    }

    /// The oldest of many messages behind this number.
    async fn up_from(
        &self,
        address: Address,
        channel: &ChannelName,
        after: i64,
        newest: i64,
    ) -> Result<Vec<Message>, TelegramError> {
        // From the last one that was read on: whether a window that goes to newer posts holds the one it begins at, is
        // not known, and so none is missing.
        let (offset_id, min_id) = (id_of(after.max(1)), id_of(after));
        let window = Window { offset_id, add_offset: -PAGE, limit: PAGE, min_id };
        let mut messages = self.telegram.page(address, channel, window).await?.messages;
        messages.retain(|it| it.id().is_some_and(|id| id.0 > after));
        // A whole window begins right behind the number. One that is shorter may have lost its older end.
        if messages.len() + 1 < PAGE as usize {
            let from = messages.first().and_then(Message::id).map_or(newest + 1, |id| id.0);
            let older = self.down_to(address, channel, after, from).await?;
            messages.splice(0..0, older);
        } else if after == 0 && messages.first().and_then(Message::id).is_none_or(|first| first.0 > 1) {
            let first = self.telegram.messages(address, channel, [1]).await?;
            messages.splice(0..0, first);
        }
        Ok(messages)
    }

    /// The messages between these numbers, both left out. That none is missing shows the one before them, or that there
    /// is none.
    async fn down_to(
        &self,
        address: Address,
        channel: &ChannelName,
        after: i64,
        mut from: i64,
    ) -> Result<Vec<Message>, TelegramError> {
        let mut messages = Vec::new();
        while from > after + 1 {
            let limit = i32::try_from(from - after).unwrap_or(PAGE).min(PAGE);
            let window = Window { offset_id: id_of(from), limit, ..Window::default() };
            let page = self.telegram.page(address, channel, window).await?.messages;
            let Some(first) = page.iter().filter_map(Message::id).map(|id| id.0).min().filter(|id| *id < from) else {
                break;
            };
            messages.splice(0..0, page.into_iter().filter(|it| it.id().is_some_and(|id| id.0 > after)));
            from = first;
        }
        Ok(messages)
    }

    /// The messages with all parts of those albums of which a part is meant.
    async fn whole_albums(
        &self,
        address: Address,
        channel: &ChannelName,
        mut messages: Vec<Message>,
        is_meant: impl Fn(&Message) -> bool,
    ) -> Result<Vec<Message>, TelegramError> {
        let album = |message: &Message| match message {
            Message::Post(part) => part.album,
            _ => None,
        };
        let open: Vec<&Message> = messages.iter().filter(|it| album(it).is_some() && is_meant(it)).collect();
        let albums: BTreeSet<i64> = open.iter().filter_map(|it| album(it)).collect();
        let there: BTreeSet<i64> = messages.iter().filter_map(Message::id).map(|id| id.0).collect();
        let near = open.iter().filter_map(|it| it.id()).flat_map(|id| id.0 - LONGEST_ALBUM + 1..id.0 + LONGEST_ALBUM);
        let missing: Vec<i64> = near.filter(|id| !there.contains(id)).collect::<BTreeSet<_>>().into_iter().collect();
        for ids in missing.chunks(PAGE as usize) {
            let more = match self.telegram.messages(address, channel, ids.iter().copied()).await {
                // One that stands beside an album and cannot be read is none of its parts that matters.
                Err(TelegramError::Unreadable { .. }) => {
                    let mut more = Vec::new();
                    for id in ids {
                        more.extend(self.telegram.messages_one_by_one(address, channel, *id..=*id).await?);
                    }
                    more
                }
                answer => answer?,
            };
            messages.extend(more.into_iter().filter(|it| album(it).is_some_and(|album| albums.contains(&album))));
        }
        messages.sort_by_key(Message::id);
        Ok(messages)
    }

    /// What follows from messages that changed.
    pub(super) async fn changed_posts(
        &self,
        channel: &ChannelName,
        messages: Vec<Message>,
    ) -> Result<Changes, SourceError> {
        let address = self.address(channel)?;
        // What came later counts: it is the same message as it was edited.
        let by_id: BTreeMap<_, _> = messages.into_iter().map(|it| (it.id(), it)).collect();
        let messages = by_id.into_values().collect();
        let whole = self.whole_albums(address, channel, messages, |_| true).await;
        let (posts, bad) = posts(whole.map_err(|error| error.of_channel(channel))?);
        Ok(Changes { posts, bad, ..Changes::default() })
    }
}

/// A number as Telegram has them.
fn id_of(id: i64) -> i32 {
    i32::try_from(id).unwrap_or(i32::MAX)
}

pub(super) fn address_of(peer: &Peer) -> Address {
    Address { number: i64::try_from(peer.number).unwrap_or(0), access_hash: peer.access_hash }
}

impl MessageSource for TelegramSource {
    const SHOWS_DELETIONS: bool = true;
    // A flood belongs to a kind of request, which the connection remembers, and to a channel.
    const PAUSES_FOR_ALL: bool = false;

    async fn find(&mut self, channel: &ChannelName) -> Result<Found, SourceError> {
        let mut peer = self.known(channel).await?;
        let head = match self.head(address_of(&peer), channel).await {
            // It may be that what was kept is of another time: the name belongs to another channel now.
            Err(TelegramError::ChannelUnknown) => {
                peer = self.look_up(channel).await?;
                self.head(address_of(&peer), channel).await
            }
            answer => answer,
        };
        let page = head.map_err(|error| error.of_channel(channel))?;
        let (title, username) = match page.seen {
            Some(seen) => (seen.title, seen.username),
            None => (peer.title.clone(), peer.username.clone()),
        };
        let sighting = Sighting::with_number(peer.number, username);
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(channel.clone(), peer);
        Ok(Found {
            channel: channel.clone(),
            sighting,
            title,
            newest: page.messages.last().and_then(Message::id),
            position: Some(i64::from(page.pts)),
        })
    }

    async fn after(&mut self, found: &Found, after: MessageId) -> Result<Chunk, SourceError> {
        let after = after.0.clamp(0, LARGEST_ID);
        let newest = found.newest.map_or(0, |it| it.0);
        let (mut messages, top) = self.messages_after(found, after).await?;
        let is_last = top >= newest;
        let mut end = if is_last { top.max(newest).max(after) } else { top };
        if !is_last && let Some(first) = first_of_last_album(&messages).filter(|first| *first > after + 1) {
            // Its other parts may come behind.
            messages.retain(|it| it.id().is_some_and(|id| id.0 < first));
            end = first - 1;
        }
        let first = messages.first().and_then(Message::id);
        let address = self.address(&found.channel)?;
        // The album that the look begins with may have parts before it.
        let whole = self.whole_albums(address, &found.channel, messages, |it| after > 0 && it.id() == first).await;
        let (posts, bad) = posts(whole.map_err(|error| error.of_channel(&found.channel))?);
        Ok(Chunk { posts, bad, covers: MessageId(after + 1)..=MessageId(end), is_last })
    }

    async fn newest(&mut self, found: &Found, n: usize) -> Result<Chunk, SourceError> {
        let (address, channel) = (self.address(&found.channel)?, &found.channel);
        let (mut messages, mut n_posts, mut offset_id, mut is_last) = (Vec::new(), 0, 0, true);
        let is_post = |it: &Message| !matches!(it, Message::Nothing(_));
        while n_posts < n {
            let limit = i32::try_from(n - n_posts).unwrap_or(PAGE).min(PAGE);
            let page = self.telegram.page(address, channel, Window { offset_id, limit, ..Window::default() }).await;
            let page = match page {
                Ok(page) => page.messages,
                Err(TelegramError::Unreadable { .. }) => {
                    let to = if offset_id > 0 { i64::from(offset_id) - 1 } else { found.newest.map_or(0, |it| it.0) };
                    let ids = (to - i64::from(limit) + 1).max(1)..=to;
                    let answer = self.telegram.messages_one_by_one(address, channel, ids).await;
                    answer.map_err(|error| error.of_channel(channel))?
                }
                Err(error) => return Err(error.of_channel(channel)),
            };
            let first = page.iter().filter_map(Message::id).min();
            let Some(first) = first.filter(|first| offset_id == 0 || first.0 < i64::from(offset_id)) else { break };
            n_posts += page.iter().filter(|it| is_post(it)).count();
            // Of more than may be held only the oldest are.
            messages.splice(0..0, page);
            is_last &= messages.len() <= MOST_HELD;
            messages.truncate(MOST_HELD);
            offset_id = i32::try_from(first.0).unwrap_or(1);
            if offset_id <= 1 {
                break;
            }
        }
        let newest = found.newest.map_or(0, |it| it.0);
        let top = messages.last().and_then(Message::id).map_or(0, |id| id.0);
        let first = messages.first().and_then(Message::id);
        let low = match first {
            Some(first) if n_posts >= n => first.0,
            _ => 1,
        };
        let whole = self.whole_albums(address, channel, messages, |it| low > 1 && it.id() == first).await;
        let (posts, bad) = posts(whole.map_err(|error| error.of_channel(channel))?);
        let end = if is_last { top.max(newest) } else { top };
        // An album that begins before is read whole.
        let low = posts.first().map_or(low, |post| low.min(post.id.0));
        Ok(Chunk { posts, bad, covers: MessageId(low)..=MessageId(end), is_last })
    }

    async fn changes(&mut self, found: &Found, since: i64) -> Result<Option<Changes>, SourceError> {
        let (address, channel) = (self.address(&found.channel)?, &found.channel);
        let Ok(pts) = i32::try_from(since) else { return Ok(None) };
        let difference = match self.telegram.difference(address, channel, pts).await {
            Ok(difference) => difference,
            // The posts themselves can be looked at one by one.
            Err(TelegramError::Unreadable { .. }) => return Ok(None),
            Err(error) => return Err(error.of_channel(channel)),
        };
        let Difference::Changes { messages, deleted, pts, is_last } = difference else { return Ok(None) };
        let changes = self.changed_posts(channel, messages).await?;
        let deleted = deleted.into_iter().map(|id| MessageId(i64::from(id))).collect();
        Ok(Some(Changes { deleted, position: i64::from(pts), is_last, ..changes }))
    }
}

/// Where the album begins that the messages end with.
fn first_of_last_album(messages: &[Message]) -> Option<i64> {
    let Some(Message::Post(last)) = messages.last() else { return None };
    let album = last.album?;
    let first = messages.iter().find(|it| matches!(it, Message::Post(part) if part.album == Some(album)))?;
    first.id().map(|id| id.0)
}
