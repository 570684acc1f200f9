//! The server that is read from, as a process of its own: this program once more.

use std::error::Error;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;

use scraper::telegram::SessionBlob;
use serde::{Deserialize, Serialize};
use telegram_server::world::{Account, Channel};
use telegram_server::{ControlPort, TelegramServer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};

use crate::posts::post;
use crate::remote_store;

/// The argument by which this program becomes the server.
pub(crate) const SERVE: &str = "serve";

/// The phone number of the account that reads, for whoever logs in by it. Telegram keeps `+99966…` for tests.
pub(crate) const PHONE: &str = "+9996621234";

/// The number of the first channel; the others follow.
const FIRST_CHANNEL: i64 = 1_001;

/// Where the server is, and how one gets in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Address {
    /// The port of the account's data centre.
    pub(crate) port: u16,
    /// The key that clients must be told, in PEM.
    pub(crate) public_key: String,
    /// Logins of the account, as they are kept. No two connections share one.
    pub(crate) logins: Vec<String>,
    /// Where a store is, for readers that bring none.
    pub(crate) store: String,
    control_port: u16,
}

impl Address {
    /// A login that nobody used.
    pub(crate) fn take_login(&mut self) -> Result<SessionBlob, Box<dyn Error>> {
        let login = self.logins.pop().ok_or("too few logins")?;
        Ok(SessionBlob::from_json(login.as_bytes())?)
    }
}

/// The public name of a channel.
pub(crate) fn name(channel: usize) -> String {
    format!("signals_{channel}")
}

/// Is the server until its input ends: so many channels with so many posts each, and an account that joined them.
pub(crate) async fn serve(n_channels: usize, n_posts: i32, n_logins: usize) -> Result<(), Box<dyn Error>> {
    let server = Arc::new(TelegramServer::start().await?);
    let joined: Vec<_> = (FIRST_CHANNEL..)
        .zip(0..n_channels)
        .map(|(id, n)| server.add_channel(Channel::new(id, &name(n)).with_posts(n_posts, |post_id| post(post_id).0)))
        .collect();
    let account = server.add_account(Account::new(7, PHONE).reading(joined));
    let SocketAddr::V4(home) = server.address(2) else { return Err("the server listens on IPv4".into()) };
    let login = || {
        let mut blob = SessionBlob::empty(2, home);
        blob.data_centres[0].key = Some(server.seed_login(account));
        blob.to_json()
    };
    let logins = (0..n_logins).map(|_| login()).collect();
    let control = ControlPort::open(Arc::clone(&server), 0).await?;
    let (store, control_port) = (remote_store::serve().await?, control.address().port());
    let address = Address { port: home.port(), public_key: server.public_key(), logins, store, control_port };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&address)?)?;
    tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
    match server.violations() {
        none if none.is_empty() => Ok(()),
        some => Err(format!("a client broke the protocol: {some:?}").into()),
    }
}

/// The running server.
pub(crate) struct Served {
    process: Child,
    pub(crate) address: Address,
}

impl Served {
    /// Starts it, and waits until it is up.
    pub(crate) async fn start(n_channels: usize, n_posts: i32, n_logins: usize) -> Result<Self, Box<dyn Error>> {
        let numbers = [n_channels.to_string(), n_posts.to_string(), n_logins.to_string()];
        let mut process = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .args(numbers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let said = lines.next_line().await?.ok_or("the server ended before it was up")?;
        Ok(Self { process, address: serde_json::from_str(&said)? })
    }

    /// A connection to its control port.
    pub(crate) async fn control(&self) -> Result<Control, Box<dyn Error>> {
        let (reader, writer) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.address.control_port)).await?.into_split();
        Ok(Control { answers: BufReader::new(reader).lines(), writer })
    }

    /// Ends it, and says whether all clients kept to the protocol.
    pub(crate) async fn end(mut self) -> Result<(), Box<dyn Error>> {
        drop(self.process.stdin.take());
        let status = self.process.wait().await?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}").into()) }
    }
}

/// The control port, by which somebody posts.
pub(crate) struct Control {
    answers: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
}

impl Control {
    /// Posts the next post of a channel, which has this number, and says so before anybody can be told of it.
    pub(crate) async fn post(&mut self, channel: usize, id: i32) -> Result<(), Box<dyn Error>> {
        let channel = FIRST_CHANNEL + i64::try_from(channel)?;
        let command = serde_json::json!({ "do": "post", "channel": channel, "text": post(id).0 });
        self.writer.write_all(format!("{command}\n").as_bytes()).await?;
        Ok(())
    }

    /// Waits for the answer to the next command.
    pub(crate) async fn answered(&mut self, id: i32) -> Result<(), Box<dyn Error>> {
        let answer = self.answers.next_line().await?.ok_or("the control port closed")?;
        let expected = serde_json::json!({ "ok": { "post": id } }).to_string();
        if answer == expected { Ok(()) } else { Err(format!("{answer}, and not {expected}").into()) }
    }
}
