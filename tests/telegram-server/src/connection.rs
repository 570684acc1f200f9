//! One connection: from its bytes to packets, and back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::handshake::Handshake;
use crate::protocol;
use crate::seal::{self, Clear};
use crate::state::{Connection, Outgoing, State};
use crate::transport::Transport;

/// How long a connection lives; a ping with a delay sets another end.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What the connections of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(0) }
    }
}

impl Shared {
    /// The state, also after a panic of a test that held it: what it left is what others see.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that changes whenever a client did something.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn has_changed(&self) {
        self.changes.send_modify(|n_changes| *n_changes += 1);
    }
}

/// What a connection is to do after it wrote something.
enum Next {
    GoOn,
    Close,
    CloseAfter(Duration),
}

/// Serves a connection until one side ends it.
pub(crate) async fn serve(shared: &Shared, mut socket: TcpStream, data_centre: i32) {
    let (outbox, mut inbox) = unbounded_channel();
    let id = {
        let mut state = shared.state();
        if state.refuses_connections {
            return;
        }
        state.n_connections += 1;
        let id = state.n_connections;
        let connection = Connection { data_centre, outbox: outbox.clone(), session: None };
        state.connections.insert(id, connection);
        id
    };
    // Small packets are answered with small packets.
    let _ = socket.set_nodelay(true);
    run(shared, &mut socket, id, data_centre, &outbox, &mut inbox).await;
    shared.state().connections.remove(&id);
    shared.has_changed();
}

async fn run(
    shared: &Shared,
    socket: &mut TcpStream,
    id: u64,
    data_centre: i32,
    outbox: &UnboundedSender<Outgoing>,
    inbox: &mut UnboundedReceiver<Outgoing>,
) {
    let mut handshake = Handshake::new(data_centre);
    let (mut transport, mut first): (Option<Transport>, Vec<u8>) = (None, Vec::new());
    let mut bytes = vec![0; 64 * 1024];
    let mut end = Instant::now() + LONGEST_LIFE;
    loop {
        tokio::select! {
            read = socket.read(&mut bytes) => {
                let Ok(n_bytes @ 1..) = read else { return };
                match &mut transport {
                    Some(transport) => transport.receive(&bytes[..n_bytes]),
                    None => {
                        first.extend(&bytes[..n_bytes]);
                        match Transport::detect(&first) {
                            Ok(found) => transport = found,
                            Err(error) => return shared.state().violated(id, error.to_string()),
                        }
                    }
                }
                while let Some(known) = &mut transport {
                    match known.packet() {
                        Ok(Some(packet)) => {
                            protocol::receive(&mut shared.state(), id, &mut handshake, &packet);
                            shared.has_changed();
                        }
                        Ok(None) => break,
                        Err(error) => return shared.state().violated(id, error.to_string()),
                    }
                }
            }
            outgoing = inbox.recv() => {
                let Some(outgoing) = outgoing else { return };
                let Some(transport) = &mut transport else {
                    // Nobody said yet how to be spoken to.
                    if matches!(outgoing, Outgoing::Close) {
                        return;
                    }
                    continue;
                };
                let (bytes, next) = written(shared, transport, outbox, outgoing);
                if socket.write_all(&bytes).await.is_err() {
                    return;
                }
                match next {
                    Next::GoOn => {}
                    Next::Close => return,
                    Next::CloseAfter(delay) => end = Instant::now() + delay,
                }
            }
            () = sleep_until(end) => return,
        }
    }
}

/// The bytes of what is to be written, and what comes then.
fn written(
    shared: &Shared,
    transport: &mut Transport,
    outbox: &UnboundedSender<Outgoing>,
    outgoing: Outgoing,
) -> (Vec<u8>, Next) {
    match outgoing {
        Outgoing::Message { session, body, is_answer, is_content } => {
            let mut state = shared.state();
            let (nanos, now) = (state.since_1970().as_nanos(), state.now());
            let (id, number) = state.sessions.entry(session).or_default().next(is_answer, is_content, nanos);
            let Some(key) = state.keys.get(&session.0) else { return (Vec::new(), Next::Close) };
            let clear = Clear { salt: key.salts.at(now).0, session: session.1, id, number, body };
            (transport.wrap(&seal::seal(&key.key, &clear)), Next::GoOn)
        }
        Outgoing::Plain(body) => {
            let nanos = shared.state().since_1970().as_nanos();
            let id = ((nanos / 1_000_000_000) << 32 | (nanos % 1_000_000_000) << 2 | 1) as i64;
            let length = u32::try_from(body.len()).expect("answers are bounded");
            let head = [&[0; 8][..], &id.to_le_bytes(), &length.to_le_bytes()].concat();
            (transport.wrap(&[head, body].concat()), Next::GoOn)
        }
        Outgoing::TransportError(code) => (transport.wrap_error(code), Next::Close),
        Outgoing::Garbage => {
            let mut bytes = [0; 104];
            getrandom::fill(&mut bytes).expect("the system has randomness");
            (transport.wrap(&bytes), Next::GoOn)
        }
        Outgoing::Close => (Vec::new(), Next::Close),
        Outgoing::CloseUnlessRenewed(delay) => (Vec::new(), Next::CloseAfter(delay)),
        Outgoing::Later(delay, outgoing) => {
            let outbox = outbox.clone();
            tokio::spawn(async move {
                sleep(delay).await;
                // The connection may be gone by then.
                let _ = outbox.send(*outgoing);
            });
            (Vec::new(), Next::GoOn)
        }
    }
}
