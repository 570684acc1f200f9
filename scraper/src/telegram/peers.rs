//! Who a name or a number is: looked up once, kept, and looked up again only where what was kept is wrong.
//!
//! Looking names up is what Telegram refuses first and for the longest, so an account does it a number of times a day. A
//! channel without a public name is found among those that the account has joined; nothing is ever joined here.

use jiff::Timestamp;
use signals::message::ChannelName;
use signals::peer::{KnownPeer, Peer};
use signals::store::StoreError;

use crate::source::SourceError;
use crate::telegram::failure::TelegramError;
use crate::telegram::history::SeenChannel;
use crate::telegram::joined::{DialogPlace, MOST_PAGES};
use crate::telegram::source::TelegramSource;

impl TelegramSource {
    /// The channel of this spelling.
    pub(super) async fn known(&mut self, channel: &ChannelName) -> Result<Peer, SourceError> {
        match self.store.peer(self.account, channel, self.now()).await.map_err(unkept)? {
            Some(KnownPeer::Channel(peer)) => Ok(peer),
            Some(KnownPeer::Nobody { .. }) => Err(SourceError::NoSuchChannel { channel: channel.clone() }),
            None => self.look_up(channel).await,
        }
    }

    /// Looks the spelling up, whatever is kept.
    pub(super) async fn look_up(&mut self, channel: &ChannelName) -> Result<Peer, SourceError> {
        match channel.number() {
            Some(number) => self.look_up_number(channel, number).await,
            None => self.look_up_name(channel).await,
        }
    }

    async fn look_up_name(&mut self, channel: &ChannelName) -> Result<Peer, SourceError> {
        let now = self.now();
        // What is refused before it is asked is not counted.
        self.telegram.may_resolve().map_err(|error| error.of_channel(channel))?;
        if !self.store.may_look_up(self.account, self.look_ups_per_day, now).await.map_err(unkept)? {
            return Err(SourceError::NoLookUpsLeft {
                per_day: self.look_ups_per_day,
                retry_after: until_midnight(now),
            });
        }
        match self.telegram.resolve(channel.as_str()).await {
            Ok(seen) => self.keep(channel, seen).await,
            Err(TelegramError::NameFree) => {
                let nobody = KnownPeer::Nobody { seen_at: now };
                self.store.keep_peer(self.account, channel, &nobody).await.map_err(unkept)?;
                Err(SourceError::NoSuchChannel { channel: channel.clone() })
            }
            Err(error) => Err(error.of_channel(channel)),
        }
    }

    async fn look_up_number(&mut self, channel: &ChannelName, number: u64) -> Result<Peer, SourceError> {
        let mut place = DialogPlace::FIRST;
        for _ in 0..MOST_PAGES {
            let page = self.telegram.joined(place).await.map_err(|error| error.of_channel(channel))?;
            for seen in page.seen {
                if u64::try_from(seen.number) == Ok(number) {
                    return self.keep(channel, seen).await;
                }
            }
            match page.next {
                Some(next) => place = next,
                None => break,
            }
        }
        Err(SourceError::NotAMember { channel: channel.clone() })
    }

    async fn keep(&mut self, channel: &ChannelName, seen: SeenChannel) -> Result<Peer, SourceError> {
        let peer = self.peer_of(&seen).ok_or_else(|| SourceError::unknown("a channel's number is none"))?;
        self.keep_as(channel, &peer).await.map_err(unkept)?;
        Ok(peer)
    }

    /// Keeps a channel under its number, and under its public name where it has one.
    pub(super) async fn keep_joined(&self, seen: &SeenChannel) -> Result<(), StoreError> {
        let Some(peer) = self.peer_of(seen) else { return Ok(()) };
        let number = ChannelName::of_number(peer.number);
        for spelling in [Some(&number), peer.username.as_ref()].into_iter().flatten() {
            self.keep_as(spelling, &peer).await?;
        }
        Ok(())
    }

    async fn keep_as(&self, spelling: &ChannelName, peer: &Peer) -> Result<(), StoreError> {
        self.store.keep_peer(self.account, spelling, &KnownPeer::Channel(peer.clone())).await
    }

    /// What is kept of a channel.
    fn peer_of(&self, seen: &SeenChannel) -> Option<Peer> {
        let number = u64::try_from(seen.number).ok()?;
        let (username, title) = (seen.username.clone(), seen.title.clone());
        Some(Peer { number, access_hash: seen.access_hash, username, title, seen_at: self.now() })
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// A store that keeps no peers lets nobody look any up either.
fn unkept(error: StoreError) -> SourceError {
    SourceError::Unkept(error)
}

/// The time until the day is over, by which look-ups are counted.
fn until_midnight(now: Timestamp) -> std::time::Duration {
    const DAY: i64 = 24 * 3600;
    let left = DAY - now.as_second().rem_euclid(DAY);
    std::time::Duration::from_secs(left.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        let left = |text: &str| until_midnight(text.parse().unwrap()).as_secs();
        assert_eq!(left("2026-11-23T23:59:59Z"), 1);
        assert_eq!(left("2026-11-23T00:00:00Z"), 24 * 3600);
    }
}
