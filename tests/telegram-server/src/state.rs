//! Everything that the server remembers, behind one lock: no part of it is ever waited for.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use grammers_crypto::AuthKey;
use tokio::sync::mpsc::UnboundedSender;

use crate::assumptions::Assumptions;
use crate::call_log::{Call, Violation};
use crate::faults::Faults;
use crate::push::Push;
use crate::rpc::login::PendingLogin;
use crate::rpc::qr::QrToken;
use crate::salts::Salts;
use crate::seal::key_id;
use crate::session::Session;
use crate::world::{AccountId, World};

/// What a key is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Login {
    /// Nobody has logged in under it.
    Nobody,
    /// The code was right, and the second factor is due.
    PasswordDue(AccountId),
    /// Somebody is logged in.
    In(AccountId),
    /// It is dead: every request is refused with this code and name.
    Dead(i32, String),
}

/// An authorization key that the server knows.
#[derive(Debug)]
pub(crate) struct Key {
    /// The key itself.
    pub key: AuthKey,
    /// Where it was made; other data centres do not know it.
    pub data_centre: i32,
    /// Its salts.
    pub salts: Salts,
    /// Who is logged in under it.
    pub login: Login,
    /// A login that is under way.
    pub pending: Option<PendingLogin>,
    /// The layer that its client said it speaks.
    pub(crate) layer: Option<i32>,
}

/// What is to be written to a connection.
#[derive(Debug, Clone)]
pub(crate) enum Outgoing {
    /// A message of a session, sealed when its turn comes.
    Message {
        /// The key and the session.
        session: (i64, i64),
        /// What it says.
        body: Vec<u8>,
        /// Whether it answers something.
        is_answer: bool,
        /// Whether it wants to be acknowledged.
        is_content: bool,
    },
    /// An unencrypted message of the key exchange.
    Plain(Vec<u8>),
    /// A transport error, after which the connection is closed.
    TransportError(i32),
    /// A packet that nobody can decrypt.
    Garbage,
    /// The end of the connection.
    Close,
    /// The end of the connection, unless this comes again in time.
    CloseUnlessRenewed(Duration),
    /// Something of the above, later.
    Later(Duration, Box<Outgoing>),
}

/// A connection that is open.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The data centre that it goes to.
    pub data_centre: i32,
    /// What is to be written to it.
    pub outbox: UnboundedSender<Outgoing>,
    /// The key and session that it carries, once a message came.
    pub session: Option<(i64, i64)>,
}

/// The state.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Who and what there is.
    pub world: World,
    /// What is taken for granted.
    pub assumptions: Assumptions,
    /// What goes wrong.
    pub faults: Faults,
    /// Who asked what.
    pub calls: Vec<Call>,
    /// Who broke the protocol.
    pub violations: Vec<Violation>,
    /// The keys by their ids.
    pub keys: HashMap<i64, Key>,
    /// The sessions by key and session.
    pub sessions: HashMap<(i64, i64), Session>,
    /// The open connections by their numbers.
    pub connections: BTreeMap<u64, Connection>,
    /// Where each data centre listens.
    pub data_centres: BTreeMap<i32, SocketAddr>,
    /// Logins that were handed out for another data centre: whose, and for which.
    pub exported: HashMap<i64, (AccountId, i32)>,
    /// Tokens that clients show as QR codes.
    pub(crate) qr_tokens: Vec<QrToken>,
    /// Pushes that wait for their release.
    pub held: Vec<Push>,
    /// How many connections there ever were.
    pub n_connections: u64,
    /// Whether packets are read and thrown away.
    pub is_deaf: bool,
    /// Whether new connections are closed at once.
    pub refuses_connections: bool,
    /// By how much the server's clock is ahead of the machine's, in seconds.
    pub clock_ahead_seconds: i64,
}

impl State {
    /// The server's time since 1970.
    #[must_use]
    pub(crate) fn since_1970(&self) -> Duration {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead = Duration::from_secs(self.clock_ahead_seconds.unsigned_abs());
        if self.clock_ahead_seconds < 0 { machine.saturating_sub(ahead) } else { machine + ahead }
    }

    /// The server's time in seconds since 1970.
    #[must_use]
    pub(crate) fn now(&self) -> i64 {
        self.since_1970().as_secs() as i64
    }

    /// The same in the width of the schema.
    #[must_use]
    pub(crate) fn now_i32(&self) -> i32 {
        i32::try_from(self.now()).unwrap_or(i32::MAX)
    }

    /// Makes a key known; gives its id.
    pub(crate) fn learn_key(&mut self, key: AuthKey, data_centre: i32, first_salt: Option<i64>) -> i64 {
        let id = key_id(&key.to_bytes());
        let salts = Salts::new(id, first_salt);
        self.keys.insert(id, Key { key, data_centre, salts, login: Login::Nobody, pending: None, layer: None });
        id
    }

    /// Who is logged in on a connection.
    #[must_use]
    pub(crate) fn account_of(&self, connection: u64) -> Option<AccountId> {
        let (key, _) = self.connections.get(&connection)?.session?;
        match self.keys.get(&key)?.login {
            Login::In(account) => Some(account),
            _ => None,
        }
    }

    /// Notes that a client broke the protocol.
    pub(crate) fn violated(&mut self, connection: u64, what: impl Into<String>) {
        self.violations.push(Violation { connection, what: what.into() });
    }

    /// Hands something to a connection, if it is still there.
    pub(crate) fn send(&self, connection: u64, outgoing: Outgoing) {
        if let Some(connection) = self.connections.get(&connection) {
            // A connection that is about to end reads no more of its outbox.
            let _ = connection.outbox.send(outgoing);
        }
    }
}
