//! A `sigtower up` of a test's own, something that pretends to be one, and plain HTTP to ask them.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A running `sigtower up`; dropped, it is killed.
pub(crate) struct Up {
    child: Child,
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Up {
    /// Starts it on a free port, and waits until it says that it is up.
    pub(crate) fn start(data_dir: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sigtower"))
            .args(["up", "--port", "0", "--data-dir"])
            .arg(data_dir)
            .args(flags)
            .env_clear()
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its stderr")).lines();
        let said = Arc::new(Mutex::new(String::new()));
        let mut address = None;
        while address.is_none() {
            let line = lines.next().and_then(Result::ok);
            let line = line.unwrap_or_else(|| panic!("it ended: {}", said.lock().expect("no panic")));
            address = line
                .split_once("http://")
                .and_then(|(_, rest)| rest.split_once('/'))
                .map(|(address, _)| address.parse().expect("an address"));
            said.lock().expect("no panic").push_str(&(line + "\n"));
        }
        let sink = said.clone();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                sink.lock().expect("no panic").push_str(&(line + "\n"));
            }
        });
        Self { child, address: address.expect("an address"), said, reader: Some(reader) }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal and waits for its end; gives the exit code, and what it said on stderr.
    pub(crate) fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill").args(["-s", signal, &self.pid().to_string()]).status();
        assert!(sent.expect("kill(1) starts").success());
        let status = self.child.wait().expect("it ends");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("its stderr is read");
        }
        let said = self.said.lock().expect("no panic").clone();
        (status.code(), said)
    }

    /// Asks it; gives status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        write!(stream, "{request}\r\n{body}").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Owns a data folder as `sigtower up` does, and gives the one client that comes this answer; without one it takes
/// the connection and is silent.
pub(crate) struct FakeOwner {
    _lock: File,
    _listener: TcpListener,
}

impl FakeOwner {
    pub(crate) fn start(data_dir: &Path, answer: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let lock = own(data_dir, address);
        if let Some(answer) = answer {
            let listener = listener.try_clone().expect("a second handle");
            std::thread::spawn(move || {
                // The first connection only looks whether somebody is there.
                for stream in listener.incoming() {
                    let mut stream = stream.expect("a connection");
                    let mut first = [0; 1024];
                    if stream.read(&mut first).is_ok_and(|n| n > 0) {
                        // The client may have heard enough before the end.
                        let _ = stream.write_all(answer.as_bytes());
                    }
                }
            });
        }
        Self { _lock: lock, _listener: listener }
    }
}

/// Owns a data folder, and says that its API is at this address.
pub(crate) fn own(data_dir: &Path, address: SocketAddr) -> File {
    std::fs::create_dir_all(data_dir).expect("a folder");
    let path = data_dir.join("owner.lock");
    let mut lock = OpenOptions::new().write(true).create(true).truncate(true).open(path).expect("a file");
    lock.try_lock().expect("it is free");
    write!(lock, "{{\"pid\":4711,\"address\":\"{address}\"}}").expect("it is written");
    lock
}
