//! The server as tests hold it: started on loopback, looked into, and changed.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use grammers_crypto::AuthKey;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::assumptions::Assumptions;
use crate::call_log::{Call, Violation};
use crate::connection::{Shared, serve};
use crate::rsa::RsaKey;
use crate::state::Login;
use crate::world::{Account, AccountId, Channel, ChannelId, World, access_hash};

/// How many data centres there are, numbered from 1.
pub const DATA_CENTRES: i32 = 3;

/// How long something is waited for that has to come; only a test that fails waits so long.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A running server. It ends, with every connection, when this is dropped.
pub struct TelegramServer {
    pub(crate) shared: Arc<Shared>,
    _listeners: JoinSet<()>,
}

impl std::fmt::Debug for TelegramServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TelegramServer").field(&self.shared.state().data_centres).finish()
    }
}

impl TelegramServer {
    /// Starts a server with an empty world, on ports that are free.
    ///
    /// # Errors
    /// Where no port can be listened to.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_at(0).await
    }

    /// Starts a server whose data centres listen on this port and the next ones; 0 for any that are free.
    ///
    /// # Errors
    /// Where one of the ports cannot be listened to.
    pub async fn start_at(first_port: u16) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut listeners = JoinSet::new();
        for data_centre in 1..=DATA_CENTRES {
            let port = if first_port == 0 { 0 } else { first_port + (data_centre - 1) as u16 };
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            shared.state().data_centres.insert(data_centre, listener.local_addr()?);
            listeners.spawn(accept(listener, data_centre, Arc::clone(&shared)));
        }
        Ok(Self { shared, _listeners: listeners })
    }

    /// Where a data centre listens.
    ///
    /// # Panics
    /// Where there is no such data centre.
    #[must_use]
    pub fn address(&self, data_centre: i32) -> SocketAddr {
        self.shared.state().data_centres[&data_centre]
    }

    /// The public key that clients must be told, in PEM (PKCS #1).
    #[must_use]
    pub fn public_key(&self) -> String {
        RsaKey::of_this_process().public_pem()
    }

    /// Makes up an authorization key without a login, for clients that cannot be told the public key.
    ///
    /// # Panics
    /// Where the system has no randomness.
    #[must_use]
    pub fn seed_key(&self, data_centre: i32) -> [u8; 256] {
        let mut key = [0; 256];
        getrandom::fill(&mut key).expect("the system has randomness");
        self.shared.state().learn_key(AuthKey::from_bytes(key), data_centre, None);
        key
    }

    /// The same with a login of this account, in its data centre.
    ///
    /// # Panics
    /// Where there is no such account.
    #[must_use]
    pub fn seed_login(&self, account: AccountId) -> [u8; 256] {
        let home = self.shared.state().world.accounts[&account].data_centre;
        let key = self.seed_key(home);
        if let Some(known) = self.shared.state().keys.get_mut(&crate::seal::key_id(&key)) {
            known.login = Login::In(account);
        }
        key
    }

    /// Adds an account; gives its number.
    pub fn add_account(&self, account: Account) -> AccountId {
        let id = account.id;
        self.shared.state().world.accounts.insert(id, account);
        id
    }

    /// Adds a channel; gives its number.
    pub fn add_channel(&self, channel: Channel) -> ChannelId {
        let id = channel.id;
        self.shared.state().world.channels.insert(id, channel);
        id
    }

    /// Looks at the world, or changes it without a trace: no event, no push.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shared.state().world)
    }

    /// Changes what is assumed of Telegram.
    pub fn assume(&self, change: impl FnOnce(&mut Assumptions)) {
        change(&mut self.shared.state().assumptions);
    }

    /// What an account must show for a channel.
    #[must_use]
    pub fn access_hash(&self, account: AccountId, channel: ChannelId) -> i64 {
        access_hash(account, channel.0)
    }

    /// Every call since the start or the last `forget_calls`, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// Those of one method.
    #[must_use]
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.shared.state().calls.iter().filter(|call| call.method == method).cloned().collect()
    }

    /// Forgets the calls.
    pub fn forget_calls(&self) {
        self.shared.state().calls.clear();
    }

    /// What clients did against the protocol. A test that expects nothing of the kind asserts that it is empty.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.state().violations.clone()
    }

    /// How many connections are open, and how many there ever were.
    #[must_use]
    pub fn connections(&self) -> (usize, u64) {
        let state = self.shared.state();
        (state.connections.len(), state.n_connections)
    }

    /// Waits until this holds, looking whenever a client did something.
    ///
    /// # Panics
    /// Where it does not hold after half a minute.
    pub async fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let mut changes = self.shared.changes();
        let waiting = async {
            while !holds(self) {
                // The sender lives as long as this server.
                let _ = changes.changed().await;
            }
        };
        let waited = tokio::time::timeout(LONGEST_WAIT, waiting).await;
        assert!(waited.is_ok(), "waited in vain until {what}; calls: {:#?}", self.call_lines());
    }

    /// The calls, a line each, for people.
    #[must_use]
    pub fn call_lines(&self) -> Vec<String> {
        let line = |call: &Call| format!("#{} {} {:?}", call.connection, call.method, call.outcome);
        self.shared.state().calls.iter().map(line).collect()
    }
}

/// Accepts connections for as long as the server runs.
async fn accept(listener: TcpListener, data_centre: i32, shared: Arc<Shared>) {
    // In a set, so that they end with the listener.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                let shared = Arc::clone(&shared);
                connections.spawn(async move { serve(&shared, socket, data_centre).await });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
