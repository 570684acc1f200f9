//! What tests make happen: in channels, on the way to the client, and to the client's login.

use crate::faults::Fault;
use crate::push::{Delivery, Push};
use crate::server::TelegramServer;
use crate::state::{Login, Outgoing};
use crate::world::{AccountId, Channel, ChannelId, Draft, Event};

impl TelegramServer {
    /// Somebody posts; gives the post's number.
    ///
    /// # Panics
    /// Where there is no such channel.
    pub fn post(&self, channel: ChannelId, draft: Draft, delivery: Delivery) -> i32 {
        let change = |known: &mut Channel, now| Some(known.post(draft, now));
        self.change(channel, delivery, change);
        self.with_world(|world| world.channels[&channel].last_post())
    }

    /// Somebody edits a post; gives whether it was there.
    pub fn edit(&self, channel: ChannelId, post: i32, text: &str, delivery: Delivery) -> bool {
        self.change(channel, delivery, |known, now| known.edit(post, text, now))
    }

    /// Somebody deletes posts; gives whether any was there.
    pub fn delete(&self, channel: ChannelId, posts: &[i32], delivery: Delivery) -> bool {
        self.change(channel, delivery, |known, now| known.delete(posts, now))
    }

    fn change(
        &self,
        channel: ChannelId,
        delivery: Delivery,
        change: impl FnOnce(&mut Channel, i32) -> Option<Event>,
    ) -> bool {
        let mut state = self.shared.state();
        let now = state.now_i32();
        let event = state.world.channels.get_mut(&channel).and_then(|known| change(known, now));
        if let Some(event) = &event {
            state.deliver(channel, event, delivery);
        }
        event.is_some()
    }

    /// Pushes what was held back, as `reorder` leaves it: `|held| held.reverse()`, or without the names of channels, as
    /// to clients that are taken to know them: `|held| held.iter_mut().for_each(Push::leave_out_the_channel)`.
    pub fn release(&self, reorder: impl FnOnce(&mut Vec<Push>)) {
        self.shared.state().release(reorder);
    }

    /// Tells the readers of a channel that they missed too much of it, with its present pts or without.
    pub fn push_too_long(&self, channel: ChannelId, with_pts: bool) {
        let mut state = self.shared.state();
        let pts = state.world.channels.get(&channel).map(|known| known.pts).filter(|_| with_pts);
        state.push_too_long(channel, pts, true);
    }

    /// Whoever asks for the difference since before now is told that it is too long.
    pub fn forget_events(&self, channel: ChannelId) {
        self.with_world(|world| {
            if let Some(known) = world.channels.get_mut(&channel) {
                known.forgotten_below = known.pts;
            }
        });
    }

    /// The next `calls` calls of a method have this fault; `*` is every method.
    pub fn fault(&self, method: &str, fault: Fault, calls: usize) {
        self.fault_after(0, method, fault, calls);
    }

    /// The same after `calls_before` calls that go well.
    pub fn fault_after(&self, calls_before: usize, method: &str, fault: Fault, calls: usize) {
        self.shared.state().faults.add(method, fault, calls_before, calls);
    }

    /// The next `calls` calls of a method are refused with `FLOOD_WAIT`.
    pub fn flood(&self, method: &str, seconds: u32, calls: usize) {
        self.fault(method, Fault::Error(420, format!("FLOOD_WAIT_{seconds}")), calls);
    }

    /// Everything goes well again.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Closes every connection.
    pub fn disconnect_all(&self) {
        let state = self.shared.state();
        for id in state.connections.keys() {
            state.send(*id, Outgoing::Close);
        }
    }

    /// Whether connections are accepted and closed at once.
    pub fn refuse_connections(&self, refuses: bool) {
        self.shared.state().refuses_connections = refuses;
    }

    /// Whether everything that clients send is thrown away, as on a line that is dead without anybody knowing.
    pub fn be_deaf(&self, is_deaf: bool) {
        self.shared.state().is_deaf = is_deaf;
    }

    /// All salts end: the next message of every client is refused, with the new salt.
    pub fn rotate_salts(&self) {
        self.shared.state().keys.values_mut().for_each(|key| key.salts.rotate());
    }

    /// The server's clock goes ahead of the machine's by so many seconds, or behind.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.shared.state().clock_ahead_seconds = seconds;
    }

    /// An app of the account accepts the token that a client shows as a QR code; gives whether somebody shows it.
    pub fn accept_qr_token(&self, token: &[u8], account: AccountId) -> bool {
        self.shared.state().accept_qr_token(token, account)
    }

    /// The same of the token that a client shows since last, for a test that does not read it.
    pub fn accept_shown_qr_token(&self, account: AccountId) -> bool {
        self.shared.state().accept_shown_qr_token(account)
    }

    /// Somebody else was seen with the account's keys: all of them are dead (406 `AUTH_KEY_DUPLICATED`).
    pub fn take_over_keys(&self, account: AccountId) {
        self.end_logins(account, 406, "AUTH_KEY_DUPLICATED");
    }

    /// The account's logins end, and every request is refused with this: `401, "SESSION_REVOKED"`.
    pub fn end_logins(&self, account: AccountId, code: i32, name: &str) {
        for key in self.shared.state().keys.values_mut() {
            if matches!(key.login, Login::In(other) | Login::PasswordDue(other) if other == account) {
                key.login = Login::Dead(code, name.to_owned());
            }
        }
    }

    /// The server forgets the account's keys: their holders are told transport error 404.
    pub fn forget_keys(&self, account: AccountId) {
        let is_of = |login: &Login| matches!(login, Login::In(other) | Login::PasswordDue(other) if *other == account);
        self.shared.state().keys.retain(|_, key| !is_of(&key.login));
    }
}
