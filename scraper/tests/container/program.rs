//! The program over a database, a Telegram and a secret.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use telegram_server::world::{Account, AccountId, Channel, ChannelId, Draft};
use telegram_server::{Delivery, TelegramServer};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::dynamodb::DynamoDb;
use crate::kept_secret::Secret;
use crate::telegram_world::{login, long, stored};

/// How long something may take that has to come; only a test that fails waits so long.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// An account that reads the channel `signals`, and everything that following it needs.
pub(crate) struct World {
    pub(crate) server: TelegramServer,
    pub(crate) database: DynamoDb,
    pub(crate) account: AccountId,
    pub(crate) channel: ChannelId,
    pub(crate) secret: Secret,
}

/// The program as a process.
pub(crate) struct Program {
    pub(crate) process: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

/// The program: the one that was built with the tests, or what `SIGTOWER_TEST_REALTIME` names, such as one out of an image.
pub(crate) fn program() -> OsString {
    std::env::var_os("SIGTOWER_TEST_REALTIME").unwrap_or_else(|| env!("CARGO_BIN_EXE_scraper-realtime").into())
}

impl World {
    /// With a login in a secret of this name, and so many posts.
    pub(crate) async fn with_posts(test: &str, n_posts: i32) -> Self {
        let server = TelegramServer::start().await.expect("ports");
        let channel = server.add_channel(Channel::new(1001, "signals").with_posts(n_posts, |i| long("BTC", i * 10)));
        let account = server.add_account(Account::new(7, "+9996621234").reading([channel]));
        let secret = Secret::fresh(&format!("{test}/telegram/realtime")).await;
        secret.put(&login(&server, account).to_json()).await;
        Self { server, database: DynamoDb::start().await, account, channel, secret }
    }

    pub(crate) fn post(&self, entry: i32) -> i32 {
        self.server.post(self.channel, Draft::text(long("ETH", entry)), Delivery::Pushed)
    }

    /// Starts the program, with the rights of its role and no others.
    pub(crate) fn program(&self, others: &[(&str, &str)]) -> Program {
        let key = [("AWS_ACCESS_KEY_ID", "scraper-realtime"), ("AWS_SECRET_ACCESS_KEY", "not-a-real-key")];
        self.program_without_key(&[&key[..], others].concat())
    }

    /// Starts the program, which has to find out itself who it is.
    pub(crate) fn program_without_key(&self, others: &[(&str, &str)]) -> Program {
        let mut command = Command::new(program());
        command
            .env_clear()
            .env("SIGNALS_TABLE", "signals")
            .env("SIGTOWER_CHANNELS", "signals")
            .env("TELEGRAM_API_ID", "1")
            .env("TELEGRAM_SESSION_SECRET", &self.secret.name)
            .env("SIGTOWER_LEASE_SECONDS", "2")
            .env("TELEGRAM_LOGIN_PAUSE_SECONDS", "0")
            .env("AWS_ENDPOINT_URL_DYNAMODB", self.database.endpoint())
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.secret.endpoint)
            .env("AWS_REGION", "eu-central-1")
            .envs(others.iter().copied());
        Program::run(command)
    }

    /// Waits until so many signals are stored.
    pub(crate) async fn until_stored(&self, n: usize) {
        let store = self.database.store().await;
        let is_there = async {
            while stored(&store, "signals").await.len() < n {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LONGEST_WAIT, is_there).await.expect("the signals are stored");
    }

    /// Whether so many signals are stored.
    pub(crate) async fn is_stored(&self, n: usize) -> bool {
        stored(&self.database.store().await, "signals").await.len() >= n
    }

    /// Whether nobody holds the lease of the login.
    pub(crate) async fn is_free(&self) -> bool {
        self.database.store().await.lease_holder("telegram/realtime").await.expect("a store").is_none()
    }
}

impl Program {
    pub(crate) fn run(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().expect("the program");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (mut output, kept) = (BufReader::new(process.stdout.take().expect("a pipe")).lines(), Arc::clone(&lines));
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                kept.lock().expect("lines").push(line);
            }
        });
        Self { process, lines }
    }

    /// What it wrote, each line an object.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.lines.lock().expect("lines");
        lines.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// Waits for an event of the log.
    pub(crate) async fn until(&self, event: &str) -> Value {
        let line = async {
            loop {
                if let Some(line) = self.lines().into_iter().find(|line| line["event"] == event) {
                    return line;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match timeout(LONGEST_WAIT, line).await {
            Ok(line) => line,
            Err(_) => panic!("`{event}` never came: {:#?}", self.lines()),
        }
    }

    /// How much memory it has, as Linux counts it.
    pub(crate) fn resident_kib(&self) -> u64 {
        let id = self.process.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number")
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args([name, &id]).status().expect("kill");
        assert!(sent.success(), "kill {name} {id}");
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        match timeout(LONGEST_WAIT, self.process.wait()).await {
            Ok(status) => status.expect("a status"),
            Err(_) => panic!("it goes on: {:#?}", self.lines()),
        }
    }
}
