//! What is asked of a channel: a window of its history, messages by number, what happened since.

use std::ops::RangeInclusive;
use std::time::Instant;

use grammers_client::tl;
use signals::message::ChannelName;

use crate::source::BadPost;
use crate::telegram::connection::Telegram;
use crate::telegram::failure::TelegramError;
use crate::telegram::message::{Message, read};
use crate::telegram::told::{Told, What, told};
use signals::message::MessageId;

/// The most messages of a page (<https://core.telegram.org/method/messages.getHistory>).
pub(super) const PAGE: i32 = 100;

/// A channel as an account reaches it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) number: i64,
    pub(super) access_hash: i64,
}

/// Which messages of a history are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) offset_id: i32,
    pub(super) add_offset: i32,
    pub(super) limit: i32,
    pub(super) min_id: i32,
}

/// What a look at a history brings.
pub(super) struct Page {
    /// Oldest first.
    pub(super) messages: Vec<Message>,
    /// Where the channel's changes stood then.
    pub(super) pts: i32,
    pub(super) seen: Option<SeenChannel>,
}

/// A channel as an answer of Telegram names it.
#[derive(Clone, PartialEq, Eq)]
pub struct SeenChannel {
    /// Its number, without a prefix.
    pub number: i64,
    /// What the account must show for it; good for all logins of the account, and for no other account.
    pub access_hash: i64,
    /// Its title: text of a stranger.
    pub title: String,
    /// Its public name, where it has one.
    pub username: Option<ChannelName>,
}

/// What happened to a channel since a position.
pub(super) enum Difference {
    /// New and edited posts, in the order in which they are to be taken, and deleted ones.
    Changes { messages: Vec<Message>, deleted: Vec<i32>, pts: i32, is_last: bool },
    /// More than is told.
    TooLong,
}

impl Address {
    fn channel(self) -> tl::enums::InputChannel {
        tl::types::InputChannel { channel_id: self.number, access_hash: self.access_hash }.into()
    }

    pub(super) fn peer(self) -> tl::enums::InputPeer {
        tl::types::InputPeerChannel { channel_id: self.number, access_hash: self.access_hash }.into()
    }
}

impl std::fmt::Debug for SeenChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SeenChannel({})", self.number)
    }
}

impl SeenChannel {
    /// The channel in an answer, unless it is something else, or only hinted at
    /// (<https://core.telegram.org/api/min>).
    pub(super) fn of(chat: tl::enums::Chat) -> Option<Self> {
        let tl::enums::Chat::Channel(chat) = chat else { return None };
        if chat.min {
            return None;
        }
        let further = chat
            .usernames
            .unwrap_or_default()
            .into_iter()
            .find_map(|tl::enums::Username::Username(name)| name.active.then_some(name.username));
        let username = chat.username.or(further).and_then(|name| ChannelName::parse(&name).ok());
        Some(Self { number: chat.id, access_hash: chat.access_hash?, title: chat.title, username })
    }

    pub(super) fn address(&self) -> Address {
        Address { number: self.number, access_hash: self.access_hash }
    }
}

impl Telegram {
    /// Looks a public name up. It is a costly question, which Telegram counts by the day: keep the answer.
    ///
    /// # Errors
    /// [`TelegramError`]; `NameFree` also where the name is a person's.
    pub async fn resolve(&self, name: &str) -> Result<SeenChannel, TelegramError> {
        let request = tl::functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
        let tl::enums::contacts::ResolvedPeer::Peer(found) = self.ask("a name", &request).await?;
        let tl::enums::Peer::Channel(peer) = found.peer else { return Err(TelegramError::NameFree) };
        let seen = found.chats.into_iter().filter_map(SeenChannel::of).find(|it| it.number == peer.channel_id);
        seen.ok_or_else(|| TelegramError::Unreadable { why: "a name without its channel".to_owned() })
    }

    /// A window of a channel's history.
    pub(super) async fn page(
        &self,
        address: Address,
        channel: &ChannelName,
        window: Window,
    ) -> Result<Page, TelegramError> {
        let Window { offset_id, add_offset, limit, min_id } = window;
        let request = tl::functions::messages::GetHistory {
            peer: address.peer(),
            offset_id,
            offset_date: 0,
            add_offset,
            limit,
            max_id: 0,
            min_id,
            hash: 0,
        };
        page_of(self.ask("a channel's history", &request).await?, address, channel)
    }

    /// The messages with these numbers, at most [`PAGE`] of them.
    pub(super) async fn messages(
        &self,
        address: Address,
        channel: &ChannelName,
        ids: impl IntoIterator<Item = i64>,
    ) -> Result<Vec<Message>, TelegramError> {
        let ids = ids.into_iter().filter_map(|id| i32::try_from(id).ok()).filter(|id| *id > 0);
        let id: Vec<tl::enums::InputMessage> = ids.map(|id| tl::types::InputMessageId { id }.into()).collect();
        if id.is_empty() {
            return Ok(Vec::new());
        }
        let request = tl::functions::channels::GetMessages { channel: address.channel(), id };
        Ok(page_of(self.ask("messages of a channel", &request).await?, address, channel)?.messages)
    }

    /// The same one by one where they must be, so that one that cannot be read keeps none of the others back.
    pub(super) async fn messages_one_by_one(
        &self,
        address: Address,
        channel: &ChannelName,
        ids: RangeInclusive<i64>,
    ) -> Result<Vec<Message>, TelegramError> {
        let (mut open, mut messages) = (vec![ids], Vec::new());
        while let Some(ids) = open.pop() {
            let (first, last) = (*ids.start(), *ids.end());
            match self.messages(address, channel, ids).await {
                Ok(some) => messages.extend(some),
                Err(TelegramError::Unreadable { why }) if first == last => {
                    messages.push(Message::Bad(BadPost { id: Some(MessageId(first)), why }));
                }
                Err(TelegramError::Unreadable { .. }) => {
                    let middle = first + (last - first) / 2;
                    open.extend([middle + 1..=last, first..=middle]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(messages)
    }

    /// What happened to a channel since this position.
    pub(super) async fn difference(
        &self,
        address: Address,
        channel: &ChannelName,
        pts: i32,
    ) -> Result<Difference, TelegramError> {
        let request = tl::functions::updates::GetChannelDifference {
            force: false,
            channel: address.channel(),
            filter: tl::enums::ChannelMessagesFilter::Empty,
            pts,
            limit: PAGE,
        };
        let difference = match self.ask("what happened in a channel", &request).await {
            Err(TelegramError::PositionUnknown) => return Ok(Difference::TooLong),
            answer => answer?,
        };
        let difference = match difference {
            tl::enums::updates::ChannelDifference::TooLong(_) => return Ok(Difference::TooLong),
            tl::enums::updates::ChannelDifference::Empty(it) => {
                let (messages, deleted) = (Vec::new(), Vec::new());
                return Ok(Difference::Changes { messages, deleted, pts: it.pts, is_last: true });
            }
            tl::enums::updates::ChannelDifference::Difference(it) => it,
        };
        let mut messages: Vec<Message> = difference.new_messages.into_iter().map(|it| read(it, channel)).collect();
        let mut deleted = Vec::new();
        for update in difference.other_updates {
            match told(update, Instant::now()) {
                Some(Told::Change(change)) if change.channel == address.number => match change.what {
                    What::New(message) | What::Edited(message) => messages.push(read(*message, channel)),
                    What::Deleted(ids) => deleted.extend(ids),
                    What::Other => {}
                },
                _ => {}
            }
        }
        Ok(Difference::Changes { messages, deleted, pts: difference.pts, is_last: difference.r#final })
    }
}

fn page_of(
    messages: tl::enums::messages::Messages,
    address: Address,
    channel: &ChannelName,
) -> Result<Page, TelegramError> {
    let tl::enums::messages::Messages::ChannelMessages(found) = messages else {
        return Err(TelegramError::Unreadable { why: "messages that are of no channel".to_owned() });
    };
    let seen = found.chats.into_iter().filter_map(SeenChannel::of).find(|it| it.number == address.number);
    let mut messages: Vec<Message> = found.messages.into_iter().map(|message| read(message, channel)).collect();
    messages.sort_by_key(Message::id);
    messages.dedup_by_key(|message| message.id());
    Ok(Page { messages, pts: found.pts, seen })
}
