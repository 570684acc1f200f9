//! How a change of a channel reaches those who read it, and how it does not.

use grammers_tl_types as tl;
use serde::Deserialize;
use tl::Serializable;

use crate::assumptions::PushedTo;
use crate::shapes;
use crate::state::{Outgoing, State};
use crate::world::{Change, ChannelId, Event};

/// How a change reaches its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It is pushed at once.
    #[default]
    Pushed,
    /// It is never pushed; only a difference or the history shows it.
    Lost,
    /// It is pushed twice.
    Doubled,
    /// It waits for `release`, which pushes in any order.
    Held,
}

/// A push on its way.
#[derive(Debug, Clone)]
pub struct Push {
    channel: ChannelId,
    update: tl::enums::Update,
    /// Whether it says who the channel is.
    names_the_channel: bool,
}

impl Push {
    /// Says no more who the channel is.
    pub fn leave_out_the_channel(&mut self) {
        self.names_the_channel = false;
    }
}

/// A change as an update.
#[must_use]
pub(crate) fn update_of(state: &State, channel: ChannelId, event: &Event) -> Option<tl::enums::Update> {
    let channel = state.world.channels.get(&channel)?;
    let message = |id| channel.posts.get(id).map(|post| shapes::message(channel, post));
    let (pts, pts_count) = (event.pts, event.count);
    Some(match &event.change {
        Change::New(id) => tl::types::UpdateNewChannelMessage { message: message(id)?, pts, pts_count }.into(),
        Change::Edit(id) => tl::types::UpdateEditChannelMessage { message: message(id)?, pts, pts_count }.into(),
        Change::Delete(ids) => {
            tl::types::UpdateDeleteChannelMessages { channel_id: channel.id.0, messages: ids.clone(), pts, pts_count }
                .into()
        }
    })
}

impl State {
    /// Delivers a change.
    pub(crate) fn deliver(&mut self, channel: ChannelId, event: &Event, delivery: Delivery) {
        let Some(update) = update_of(self, channel, event) else { return };
        let push = Push { channel, update, names_the_channel: true };
        match delivery {
            Delivery::Lost => {}
            Delivery::Pushed => self.push(&push),
            Delivery::Doubled => {
                self.push(&push);
                self.push(&push);
            }
            Delivery::Held => self.held.push(push),
        }
    }

    /// Tells the readers of a channel that they missed too much of it.
    pub(crate) fn push_too_long(&mut self, channel: ChannelId, pts: Option<i32>, names_the_channel: bool) {
        let update = tl::types::UpdateChannelTooLong { channel_id: channel.0, pts }.into();
        self.push(&Push { channel, update, names_the_channel });
    }

    /// Pushes what was held back, in the order that `reorder` gives it.
    pub(crate) fn release(&mut self, reorder: impl FnOnce(&mut Vec<Push>)) {
        let mut held = std::mem::take(&mut self.held);
        reorder(&mut held);
        for push in &held {
            self.push(push);
        }
    }

    fn push(&self, push: &Push) {
        let Some(channel) = self.world.channels.get(&push.channel).filter(|channel| channel.is_pushed) else { return };
        let mut newest_first: Vec<_> = self.connections.iter().rev().collect();
        let mut served = Vec::new();
        newest_first.retain(|(_, connection)| {
            connection.session.and_then(|id| self.sessions.get(&id)).is_some_and(|session| session.is_subscribed)
        });
        for (id, connection) in newest_first {
            let Some(account) = self.account_of(*id).and_then(|account| self.world.accounts.get(&account)) else {
                continue;
            };
            let is_served = self.assumptions.pushed_to == PushedTo::Newest && served.contains(&account.id);
            if is_served || !account.joined.contains(&push.channel) {
                continue;
            }
            served.push(account.id);
            let chats = if push.names_the_channel { vec![shapes::chat(channel, account)] } else { Vec::new() };
            let updates = tl::enums::Updates::Updates(tl::types::Updates {
                updates: vec![push.update.clone()],
                users: Vec::new(),
                chats,
                date: self.now_i32(),
                seq: 0,
            });
            if let Some(session) = connection.session {
                let body = updates.to_bytes();
                self.send(*id, Outgoing::Message { session, body, is_answer: false, is_content: true });
            }
        }
    }
}
