//! The login while it is used: in memory, and closed against a change of its key.
//!
//! The client library asks for it at every request, so nothing here waits.

use std::collections::HashMap;
use std::net::SocketAddrV6;
use std::sync::{Mutex, MutexGuard, PoisonError};

use grammers_client::session::types::{DcOption, PeerId, PeerInfo, UpdateState, UpdatesState};
use grammers_client::session::{BoxFuture, Session};

use crate::telegram::session_blob::{DataCentre, SessionBlob};

/// How many peers are remembered; beyond them all are forgotten, as each answer brings its own again.
const MOST_PEERS: usize = 10_000;

/// What the session does not let the library do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SessionRefusal {
    /// The server no longer knows the login's key, and the library made another one: it would overwrite the login.
    #[error("the server does not know the login's key in data centre {0}")]
    KeyReplaced(i32),
}

/// Who may change what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// A login that is used: its keys stay.
    Kept,
    /// A login that is being made: keys come, and others replace them.
    Made,
}

/// A login in memory.
pub(crate) struct BlobSession {
    keys: Keys,
    inner: Mutex<Inner>,
}

struct Inner {
    blob: SessionBlob,
    peers: HashMap<PeerId, PeerInfo>,
}

impl BlobSession {
    pub(crate) fn new(blob: SessionBlob, keys: Keys) -> Self {
        Self { keys, inner: Mutex::new(Inner { blob, peers: HashMap::new() }) }
    }

    /// The login as it is now.
    pub(crate) fn blob(&self) -> SessionBlob {
        self.inner().blob.clone()
    }

    /// That no account is logged in under it, whatever was kept.
    pub(crate) fn forget_account(&self) {
        self.inner().blob.me = None;
    }

    /// Whatever held the lock when it panicked left a whole value: each change below is one assignment.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_centre(&self, option: &DcOption) -> Result<(), SessionRefusal> {
        let mut inner = self.inner();
        let known = inner.blob.data_centres.iter_mut().find(|centre| centre.id == option.id);
        let centre = DataCentre { id: option.id, address: option.ipv4, key: option.auth_key };
        let Some(known) = known else {
            inner.blob.data_centres.push(centre);
            return Ok(());
        };
        if self.keys == Keys::Kept && known.key.is_some() && known.key != option.auth_key {
            return Err(SessionRefusal::KeyReplaced(option.id));
        }
        *known = centre;
        Ok(())
    }
}

impl Session for BlobSession {
    type Error = SessionRefusal;

    fn home_dc_id(&self) -> Result<i32, SessionRefusal> {
        Ok(self.inner().blob.home)
    }

    fn set_home_dc_id(&self, dc_id: i32) -> BoxFuture<'_, Result<(), SessionRefusal>> {
        Box::pin(async move {
            self.inner().blob.home = dc_id;
            Ok(())
        })
    }

    fn dc_option(&self, dc_id: i32) -> Result<Option<DcOption>, SessionRefusal> {
        let inner = self.inner();
        let centre = inner.blob.data_centres.iter().find(|centre| centre.id == dc_id);
        Ok(centre.map(|centre| DcOption {
            id: centre.id,
            ipv4: centre.address,
            ipv6: SocketAddrV6::new(centre.address.ip().to_ipv6_mapped(), centre.address.port(), 0, 0),
            auth_key: centre.key,
        }))
    }

    fn set_dc_option(&self, dc_option: &DcOption) -> BoxFuture<'_, Result<(), SessionRefusal>> {
        let set = self.set_centre(dc_option);
        Box::pin(async move { set })
    }

    fn peer(&self, peer: PeerId) -> BoxFuture<'_, Result<Option<PeerInfo>, SessionRefusal>> {
        let inner = self.inner();
        // Peers are known by their numbers, and the account itself is asked for without one.
        let id = if peer == PeerId::self_user() { inner.blob.me.and_then(PeerId::user) } else { Some(peer) };
        let found = id.and_then(|id| inner.peers.get(&id).cloned());
        Box::pin(async move { Ok(found) })
    }

    fn cache_peer(&self, peer: PeerInfo) -> BoxFuture<'_, Result<(), SessionRefusal>> {
        let mut inner = self.inner();
        if let PeerInfo::User { id, is_self: Some(true), .. } = peer {
            inner.blob.me = Some(id);
        }
        if inner.peers.len() >= MOST_PEERS {
            inner.peers.clear();
        }
        inner.peers.insert(peer.id(), peer);
        Box::pin(async { Ok(()) })
    }

    // The state of updates is kept with the posts, by whoever stores them; the library's own would be lost with them.
    fn updates_state(&self) -> BoxFuture<'_, Result<UpdatesState, SessionRefusal>> {
        Box::pin(async { Ok(UpdatesState::default()) })
    }

    fn set_update_state(&self, _: UpdateState) -> BoxFuture<'_, Result<(), SessionRefusal>> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(keys: Keys) -> BlobSession {
        let mut blob = SessionBlob::empty(2, "127.0.0.1:443".parse().unwrap());
        blob.data_centres[0].key = Some([1; 256]);
        BlobSession::new(blob, keys)
    }

    #[tokio::test]
    async fn a_login_that_is_used_keeps_its_key_and_learns_addresses() {
        let session = session(Keys::Kept);
        let mut option = session.dc_option(2).unwrap().unwrap();
        option.ipv4 = "127.0.0.1:444".parse().unwrap();
        session.set_dc_option(&option).await.unwrap();
        assert_eq!(session.blob().data_centres[0].address, option.ipv4);
        for other in [Some([2; 256]), None] {
            option.auth_key = other;
            assert_eq!(session.set_dc_option(&option).await, Err(SessionRefusal::KeyReplaced(2)));
        }
        assert_eq!(session.blob().data_centres[0].key, Some([1; 256]));
    }

    #[tokio::test]
    async fn a_new_data_centre_may_bring_its_key() {
        let session = session(Keys::Kept);
        let option = DcOption { id: 4, auth_key: Some([4; 256]), ..session.dc_option(2).unwrap().unwrap() };
        session.set_dc_option(&option).await.unwrap();
        assert_eq!(session.dc_option(4).unwrap().unwrap(), option);
    }

    #[tokio::test]
    async fn the_account_itself_is_found_without_its_number() {
        let session = session(Keys::Kept);
        assert_eq!(session.peer(PeerId::self_user()).await, Ok(None));
        let me = PeerInfo::User { id: 7, auth: None, bot: None, is_self: Some(true) };
        session.cache_peer(me.clone()).await.unwrap();
        assert_eq!(session.peer(PeerId::self_user()).await, Ok(Some(me)));
        assert_eq!(session.blob().me, Some(7));
    }

    #[tokio::test]
    async fn no_number_of_peers_fills_the_memory() {
        let session = session(Keys::Kept);
        for id in 1..=(MOST_PEERS as i64 + 5) {
            session.cache_peer(PeerInfo::Channel { id, auth: None, kind: None }).await.unwrap();
        }
        assert!(session.inner().peers.len() <= MOST_PEERS);
    }
}
