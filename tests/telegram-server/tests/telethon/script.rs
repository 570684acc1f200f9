//! The Python side: installed where it is not, started, listened to, and told to go on.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use telegram_server::TelegramServer;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

/// How long a line of the script may take; only a test that fails waits so long.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A running script. It is killed when this is dropped.
pub(crate) struct Script {
    _process: Child,
    _key: NamedTempFile,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Starts a scenario of `client.py` against the server's second data centre.
    pub(crate) fn start(server: &TelegramServer, scenario: &str, arguments: &[&str]) -> Self {
        Self::start_at(server.address(2).port(), &server.public_key(), scenario, arguments)
    }

    /// Starts it against a port of a server with this public key.
    pub(crate) fn start_at(port: u16, public_key: &str, scenario: &str, arguments: &[&str]) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let tests = folder.parent().expect("the tests").to_owned();
        let installed = Command::new("bash").arg(tests.join("install")).arg("telethon").status().expect("bash");
        assert!(installed.success(), "tests/install telethon failed: see above");

        let mut key = NamedTempFile::new().expect("a file");
        key.write_all(public_key.as_bytes()).expect("the key is written");
        let mut process = tokio::process::Command::new(tests.join(".venv/telethon/bin/python"))
            .arg(folder.join("tests/telethon/client.py"))
            .arg(scenario)
            .arg(key.path())
            .arg(port.to_string())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the Python of tests/.venv/telethon");
        let stdin = process.stdin.take().expect("a pipe");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Self { _process: process, _key: key, stdin, lines }
    }

    /// What the script says next.
    pub(crate) async fn line(&mut self) -> Value {
        let line = timeout(LONGEST_WAIT, self.lines.next_line()).await.expect("a line in time").expect("a pipe");
        let line = line.expect("the script failed: see its last words above");
        serde_json::from_str(&line).expect("a line of JSON")
    }

    /// Ends its pause.
    pub(crate) async fn go_on(&mut self) {
        self.stdin.write_all(b"\n").await.expect("a pipe");
    }
}
