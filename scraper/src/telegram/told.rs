//! What Telegram tells of its own accord: what happened in channels, as far as posts are concerned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;
use tokio::sync::mpsc;

/// How many things are kept that were told and not taken yet: what does not fit is asked for again.
const MOST_UNTAKEN: usize = 4_096;

/// Something that was told.
#[derive(Debug)]
pub(crate) enum Told {
    /// Something happened in a channel.
    Change(PushedChange),
    /// So much happened in a channel that it is not told, or something that only a look can tell.
    TooMuch {
        /// The channel's number.
        channel: i64,
    },
    /// Anything may have happened anywhere: the connection was another one before, or something could not be read.
    Lost,
}

/// Something that happened in a channel.
#[derive(Clone, Debug)]
pub(crate) struct PushedChange {
    /// The channel's number.
    pub(crate) channel: i64,
    /// The channel's pts after it (<https://core.telegram.org/api/updates#message-related-event-sequences>).
    pub(crate) pts: i32,
    /// By how much it raised it.
    pub(crate) count: i32,
    /// What happened.
    pub(crate) what: What,
    /// When it came.
    pub(crate) came: Instant,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A post is new.
    New(Box<tl::enums::Message>),
    /// A post was edited.
    Edited(Box<tl::enums::Message>),
    /// Posts were deleted.
    Deleted(Vec<i32>),
    /// Something that concerns no post's text.
    Other,
}

/// Where what is told arrives.
#[derive(Debug)]
pub(crate) struct Listener {
    told: mpsc::Receiver<Told>,
    overflowed: Arc<AtomicBool>,
}

/// Where it is put.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    told: mpsc::Sender<Told>,
    overflowed: Arc<AtomicBool>,
}

pub(super) fn channel() -> (Teller, Listener) {
    let (sender, receiver) = mpsc::channel(MOST_UNTAKEN);
    let overflowed = Arc::new(AtomicBool::new(false));
    (Teller { told: sender, overflowed: Arc::clone(&overflowed) }, Listener { told: receiver, overflowed })
}

impl Listener {
    /// The next thing that was told; `None` when the connection is given up for good.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        if self.overflowed.swap(false, Ordering::AcqRel) {
            return Some(Told::Lost);
        }
        self.told.recv().await
    }

    /// The next thing that was told, if it is there already.
    pub(crate) fn next_now(&mut self) -> Option<Told> {
        self.told.try_recv().ok()
    }
}

impl Teller {
    pub(super) fn tell(&self, told: Told) {
        // Whoever is too slow asks for everything again, which costs less than to keep it.
        if self.told.try_send(told).is_err() {
            self.overflowed.store(true, Ordering::Release);
        }
    }

    pub(super) fn tell_all(&self, updates: UpdatesLike, came: Instant) {
        let updates = match updates {
            UpdatesLike::Updates(updates) => updates,
            UpdatesLike::ConnectionClosed | UpdatesLike::MalformedUpdates => return self.tell(Told::Lost),
            // What follows from requests that are never made here.
            UpdatesLike::ShortSentMessage { .. }
            | UpdatesLike::AffectedMessages(_)
            | UpdatesLike::AffectedChannelMessages { .. }
            | UpdatesLike::InvitedUsers(_)
            | UpdatesLike::ChatInviteJoinResult(_) => return,
        };
        let updates = match updates {
            tl::enums::Updates::TooLong => return self.tell(Told::Lost),
            tl::enums::Updates::UpdateShort(short) => vec![short.update],
            tl::enums::Updates::Combined(many) => many.updates,
            tl::enums::Updates::Updates(many) => many.updates,
            // Between people.
            tl::enums::Updates::UpdateShortMessage(_)
            | tl::enums::Updates::UpdateShortChatMessage(_)
            | tl::enums::Updates::UpdateShortSentMessage(_) => return,
        };
        for told in updates.into_iter().filter_map(|update| told(update, came)) {
            self.tell(told);
        }
    }
}

/// What an update says of a channel; `None` where it is about something else.
pub(super) fn told(update: tl::enums::Update, came: Instant) -> Option<Told> {
    use tl::enums::Update;
    let change = |channel, pts, count, what| Some(Told::Change(PushedChange { channel, pts, count, what, came }));
    match update {
        Update::NewChannelMessage(it) => match channel_of(&it.message) {
            Some(channel) => change(channel, it.pts, it.pts_count, What::New(Box::new(it.message))),
            // It does not say where it is.
            None => Some(Told::Lost),
        },
        Update::EditChannelMessage(it) => match channel_of(&it.message) {
            Some(channel) => change(channel, it.pts, it.pts_count, What::Edited(Box::new(it.message))),
            None => Some(Told::Lost),
        },
        Update::DeleteChannelMessages(it) => change(it.channel_id, it.pts, it.pts_count, What::Deleted(it.messages)),
        Update::ChannelWebPage(it) => change(it.channel_id, it.pts, it.pts_count, What::Other),
        Update::PinnedChannelMessages(it) => change(it.channel_id, it.pts, it.pts_count, What::Other),
        // Its pts is the server's: what lies between is not known here.
        Update::ChannelTooLong(it) => Some(Told::TooMuch { channel: it.channel_id }),
        // Somebody joined, left or was thrown out; the channel may have become private.
        Update::Channel(it) => Some(Told::TooMuch { channel: it.channel_id }),
        _ => None,
    }
}

fn channel_of(message: &tl::enums::Message) -> Option<i64> {
    let peer = match message {
        tl::enums::Message::Empty(it) => it.peer_id.as_ref()?,
        tl::enums::Message::Message(it) => &it.peer_id,
        tl::enums::Message::Service(it) => &it.peer_id,
    };
    match peer {
        tl::enums::Peer::Channel(it) => Some(it.channel_id),
        _ => None,
    }
}
