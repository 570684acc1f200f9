//! Asked more than it can do or wants to do, the command answers whoever is well-behaved, and keeps its memory.
//!
//! `SIGTOWER_LONG=1` opens 10 000 connections instead of 2 000.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::process::{Connection, Server};

/// Whoever waits this long for an answer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(60);

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(HANGS_AFTER)).expect("a socket");
    stream.set_write_timeout(Some(HANGS_AFTER)).expect("a socket");
    stream
}

/// Sends these bytes and reads to the end.
fn exchange(address: SocketAddr, request: &[u8]) -> String {
    exchange_much(address, request, &[], 0)
}

/// The same, with this piece so many times behind it. Where the server closes before all is sent, what it said may be
/// lost.
fn exchange_much(address: SocketAddr, request: &[u8], piece: &[u8], n_pieces: usize) -> String {
    let mut stream = connect(address);
    let mut sent = stream.write_all(request);
    for _ in 0..n_pieces {
        sent = sent.and_then(|()| stream.write_all(piece));
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).expect("text")
}

fn head(method: &str, headers: &str) -> String {
    format!("{method} /api/v1/signals HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer}"))
}

#[test]
fn a_key_far_over_its_rate_is_told_so_and_keeps_nobody_else_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start_with(folder.path(), &["--requests-per-second", "5"]);
    let address = server.address();
    let key = json!({"name": "greedy", "scopes": ["read"]});
    let (_, made) = Connection::open(address).ask("POST", "/api/v1/keys", Some(&key)).expect("an answer");
    let request = head("GET", &format!("authorization: Bearer {}\r\n", made["secret"].as_str().expect("a secret")));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut n_limited = 0;
                while n_limited < 100 {
                    let answer = exchange(address, request.as_bytes());
                    assert!(matches!(status(&answer), 200 | 429), "{answer}");
                    if status(&answer) == 429 {
                        assert!(answer.to_ascii_lowercase().contains("\r\nretry-after: "), "{answer}");
                        n_limited += 1;
                    }
                }
            });
        }
        // Eight without a pause are within the burst of the other bucket, of which making the key took one.
        let mut other = Connection::open(address);
        for _ in 0..8 {
            let (status, answer) = other.ask("GET", "/api/v1/signals", None).expect("an answer");
            assert_eq!(status, 200, "{answer}");
        }
    });
}

#[test]
fn clients_that_dribble_their_headers_keep_nobody_else_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let mut slow: Vec<TcpStream> = (0..200).map(|_| connect(server.address())).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /api/v1/signals HTTP/1.1\r\nx-slow: ").expect("it reads");
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for stream in &mut slow {
                    // The server may have had enough of it.
                    let _ = stream.write_all(b"x");
                }
            }
        });
        let asked = std::panic::catch_unwind(|| {
            for _ in 0..50 {
                let answer = Connection::open(server.address()).ask("GET", "/api/v1/signals", None);
                assert_eq!(answer.expect("an answer").0, 200);
            }
        });
        is_over.store(true, Ordering::Relaxed);
        asked.expect("the well-behaved client is answered");
    });
}

#[test]
fn connections_that_come_and_go_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let n_connections = if std::env::var_os("SIGTOWER_LONG").is_some() { 10_000 } else { 2_000 };
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..n_connections / 16 {
                    let mut connection = Connection::open(server.address());
                    for _ in 0..2 {
                        let answer = connection.ask("GET", "/api/v1/signals/health", None).expect("an answer");
                        assert_eq!(answer.0, 200);
                    }
                }
            });
        }
    });
    let answer = Connection::open(server.address()).ask("GET", "/api/v1/signals/health/ready", None);
    assert_eq!(answer.expect("an answer").0, 200);
}

#[test]
fn a_compressed_body_is_refused_and_not_inflated() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    // `{}` by gzip.
    let body = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00";
    let headers =
        format!("content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n", body.len());
    let answer = exchange(server.address(), &[head("POST", &headers).as_bytes(), body].concat());
    // Inflated it would be JSON, and no signal: 422.
    assert!(matches!(status(&answer), 400 | 415), "{answer}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_refused_takes_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let resident_kib = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
    };
    // The second round meets a server that has made its caches and its threads.
    refused_many_times(server.address());
    let before = resident_kib();
    refused_many_times(server.address());
    let after = resident_kib();
    assert!(after < before + 20 * 1024, "{before} KiB before, {after} KiB after");
}

fn refused_many_times(address: SocketAddr) {
    const LIMIT: usize = 256 * 1024;
    let json = "content-type: application/json\r\n";
    let announced = head("POST", &format!("{json}content-length: {}\r\n", LIMIT * 1000));
    let chunked = head("POST", &format!("{json}transfer-encoding: chunked\r\n"));
    let piece = vec![b' '; LIMIT];
    let chunk = [format!("{LIMIT:x}\r\n").as_bytes(), &piece, b"\r\n"].concat();
    let whole = |body: &str| {
        let head = head("POST", &format!("{json}content-length: {}\r\n", body.len()));
        format!("{head}{body}").into_bytes()
    };
    let signal = |more: &str| format!(r#"{{"symbol":"BTC","signal_type":"long","source":"desk",{more}}}"#);
    let deep = whole(&signal(&format!(r#""targets":{}{}"#, "[".repeat(10_000), "]".repeat(10_000))));
    let huge = whole(&signal(r#""entry_price":1e400"#));
    let digits = whole(&signal(&format!(r#""entry_price":{}"#, "9".repeat(200_000))));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    for (head, piece) in [(&announced, &piece), (&chunked, &chunk)] {
                        let answer = exchange_much(address, head.as_bytes(), piece, 1000);
                        // The answer to a body that is not read to its end may be lost with the connection.
                        assert!(answer.is_empty() || status(&answer) == 413, "{answer}");
                    }
                    for request in [&deep, &huge, &digits] {
                        let answer = exchange(address, request);
                        assert_eq!(status(&answer), 422, "{answer}");
                    }
                }
            });
        }
    });
}
