//! The server as a program of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// The built program.
pub(crate) struct Program {
    process: Child,
    /// What it said when it was up.
    pub(crate) said: Value,
    lines: BufReader<TcpStream>,
}

impl Program {
    /// Starts it, and waits until it is up.
    pub(crate) fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_telegram-server"))
            .arg("--until-input-ends")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).expect("a line of JSON");
        let lines = TcpStream::connect(("127.0.0.1", port(&said["control_port"]))).expect("a control port");
        // What never comes fails the test.
        lines.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket");
        let lines = BufReader::new(lines);
        Self { process, said, lines }
    }

    /// Sends a line, and reads the answer.
    pub(crate) fn line(&mut self, line: &str) -> Value {
        self.lines.get_mut().write_all(format!("{line}\n").as_bytes()).expect("a connection");
        let mut answer = String::new();
        self.lines.read_line(&mut answer).expect("a line");
        serde_json::from_str(&answer).expect("a line of JSON")
    }

    /// Ends its input, and waits for its end.
    pub(crate) fn ends_with_its_input(&mut self) {
        drop(self.process.stdin.take());
        for _ in 0..3_000 {
            if let Some(status) = self.process.try_wait().expect("a process") {
                return assert!(status.success(), "{status}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it goes on without its input");
    }

    /// Has a command done.
    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        self.line(&command.to_string())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that it said.
pub(crate) fn port(said: &Value) -> u16 {
    said.as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port")
}
