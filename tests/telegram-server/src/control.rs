//! The control port: how programs in other languages, and people, hold a server that runs as a process of its own.
//!
//! A line of JSON in, a line of JSON out: `{"do": "post", "channel": 1001, "text": "…"}` is answered with
//! `{"ok": {"post": 1}}`, and what cannot be done with `{"error": "…"}`. It listens on the loopback alone.

mod command;
mod execute;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::control::command::Command;
use crate::server::TelegramServer;

/// The longest command, in bytes.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

/// An open control port. It closes when this is dropped.
#[derive(Debug)]
pub struct ControlPort {
    address: SocketAddr,
    _listener: JoinSet<()>,
}

impl ControlPort {
    /// Opens the port, 0 for one that is free.
    ///
    /// # Errors
    /// Where it cannot be listened to.
    pub async fn open(server: Arc<TelegramServer>, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut clients = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((socket, _)) = accepted else { continue };
                        let server = Arc::clone(&server);
                        // Whoever breaks off is told nothing.
                        clients.spawn(async move { drop(serve(&server, socket).await) });
                    }
                    Some(_) = clients.join_next() => {}
                }
            }
        });
        Ok(Self { address, _listener: tasks })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn serve(server: &TelegramServer, mut socket: TcpStream) -> std::io::Result<()> {
    let (reader, mut writer) = socket.split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        let n_bytes = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        if n_bytes == 0 {
            return Ok(());
        }
        let mut answer = answer(server, &line).to_string();
        answer.push('\n');
        writer.write_all(answer.as_bytes()).await?;
        if !line.ends_with(b"\n") {
            return Ok(());
        }
    }
}

fn answer(server: &TelegramServer, line: &[u8]) -> Value {
    let command: Result<Command, _> = serde_json::from_slice(line);
    match command.map_err(|error| error.to_string()).and_then(|command| execute::execute(server, command)) {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "error": error }),
    }
}
