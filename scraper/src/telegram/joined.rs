//! Which channels an account has joined: a page at a time, and all of them with what the store keeps of each.

use std::collections::BTreeSet;

use grammers_client::tl;
use signals::message::ChannelName;
use signals::store::StoreError;

use crate::telegram::connection::Telegram;
use crate::telegram::failure::TelegramError;
use crate::telegram::history::{PAGE, SeenChannel};
use crate::telegram::source::TelegramSource;

/// How many pages of joined channels are looked through, of 100 each: an account joins at most a thousand.
pub(super) const MOST_PAGES: usize = 12;

/// A channel that the account has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedChannel {
    /// Its number, without a prefix.
    pub number: u64,
    /// Its public name, where it has one.
    pub username: Option<ChannelName>,
    /// Its title: text of a stranger.
    pub title: String,
    /// Whether its posts can be read: an account that was thrown out still has the channel in its list.
    pub can_be_read: bool,
}

/// Why it cannot be said which channels were joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinedError {
    /// Telegram does not say.
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    /// What it says cannot be kept.
    #[error("what was found cannot be kept: {0}")]
    Store(#[from] StoreError),
}

impl JoinedError {
    /// Whether the same question may be answered later, without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Telegram(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
        }
    }
}

/// A page of the chats of an account.
pub(super) struct DialogPage {
    /// Those of the answer that are channels and can be reached, also some that were not joined, such as those from
    /// which a post was forwarded.
    pub(super) seen: Vec<SeenChannel>,
    /// Those that were joined.
    joined: Vec<JoinedChannel>,
    /// Where the next page begins; nothing behind the last.
    pub(super) next: Option<DialogPlace>,
}

/// Where a page of dialogs begins.
#[derive(Clone)]
pub(super) struct DialogPlace {
    date: i32,
    id: i32,
    peer: tl::enums::InputPeer,
}

impl DialogPlace {
    pub(super) const FIRST: Self = Self { date: 0, id: 0, peer: tl::enums::InputPeer::Empty };
}

impl TelegramSource {
    /// The channels that the account has joined, those with the newest posts first. Nothing is joined, and no name is
    /// looked up; what is found is kept, so that reading these channels looks none up either.
    ///
    /// # Errors
    /// [`JoinedError`].
    pub async fn joined(&self) -> Result<Vec<JoinedChannel>, JoinedError> {
        let (mut all, mut numbers, mut place) = (Vec::new(), BTreeSet::new(), DialogPlace::FIRST);
        for _ in 0..MOST_PAGES {
            let page = self.telegram.joined(place).await?;
            // What is pinned may stand on several pages.
            let new: Vec<JoinedChannel> = page.joined.into_iter().filter(|it| numbers.insert(it.number)).collect();
            let is_new = |seen: &&SeenChannel| new.iter().any(|it| u64::try_from(seen.number) == Ok(it.number));
            for seen in page.seen.iter().filter(is_new) {
                self.keep_joined(seen).await?;
            }
            all.extend(new);
            match page.next {
                Some(next) => place = next,
                None => break,
            }
        }
        Ok(all)
    }
}

impl Telegram {
    /// A page of the channels that the account has joined.
    pub(super) async fn joined(&self, from: DialogPlace) -> Result<DialogPage, TelegramError> {
        let DialogPlace { date, id, peer } = from;
        let request = tl::functions::messages::GetDialogs {
            exclude_pinned: false,
            folder_id: None,
            offset_date: date,
            offset_id: id,
            offset_peer: peer,
            limit: PAGE,
            hash: 0,
        };
        let (dialogs, messages, chats, is_whole) = match self.ask("which channels were joined", &request).await? {
            tl::enums::messages::Dialogs::Dialogs(it) => (it.dialogs, it.messages, it.chats, true),
            tl::enums::messages::Dialogs::Slice(it) => (it.dialogs, it.messages, it.chats, false),
            tl::enums::messages::Dialogs::NotModified(_) => (Vec::new(), Vec::new(), Vec::new(), true),
        };
        let joined = dialogs.iter().filter_map(|dialog| joined_channel(dialog, &chats)).collect();
        let last = messages.iter().rev().find_map(place_of);
        let is_last = is_whole || dialogs.is_empty();
        let seen: Vec<SeenChannel> = chats.into_iter().filter_map(SeenChannel::of).collect();
        let next = last.filter(|_| !is_last).map(|(date, id, number)| {
            let known = seen.iter().find(|it| it.number == number);
            DialogPlace { date, id, peer: known.map_or(tl::enums::InputPeer::Empty, |it| it.address().peer()) }
        });
        Ok(DialogPage { seen, joined, next })
    }
}

/// The channel of a dialog, unless it is a person, a small group, or a channel that the account has left.
fn joined_channel(dialog: &tl::enums::Dialog, chats: &[tl::enums::Chat]) -> Option<JoinedChannel> {
    let tl::enums::Dialog::Dialog(dialog) = dialog else { return None };
    let tl::enums::Peer::Channel(peer) = &dialog.peer else { return None };
    let number = u64::try_from(peer.channel_id).ok()?;
    let of = |chat: &tl::enums::Chat| match chat {
        tl::enums::Chat::Channel(it) if it.id == peer.channel_id && !it.left => {
            let seen = SeenChannel::of(chat.clone())?;
            Some(JoinedChannel { number, username: seen.username, title: seen.title, can_be_read: true })
        }
        tl::enums::Chat::ChannelForbidden(it) if it.id == peer.channel_id => {
            Some(JoinedChannel { number, username: None, title: it.title.clone(), can_be_read: false })
        }
        _ => None,
    };
    chats.iter().find_map(of)
}

fn place_of(message: &tl::enums::Message) -> Option<(i32, i32, i64)> {
    let (date, id, peer) = match message {
        tl::enums::Message::Message(it) => (it.date, it.id, &it.peer_id),
        tl::enums::Message::Service(it) => (it.date, it.id, &it.peer_id),
        tl::enums::Message::Empty(_) => return None,
    };
    let number = match peer {
        tl::enums::Peer::Channel(it) => it.channel_id,
        _ => 0,
    };
    Some((date, id, number))
}
