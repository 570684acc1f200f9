//! Killed at any moment, the command loses nothing that it acknowledged.
//!
//! `SIGTOWER_LONG=1` kills 200 times instead of 40.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Connection, Server};

/// A start takes some hundredths of a second; whoever takes this long hangs.
const HANGS_AFTER: Duration = Duration::from_secs(20);

fn signal(message_id: u64) -> Value {
    let coin = ["BTC", "ETH", "SOL"][usize::try_from(message_id % 3).expect("a small number")];
    json!({
        "symbol": coin,
        "signal_type": "long", "entry_price": 100, "targets": [110, 120], "stop_loss": 90, "confidence": 0.9,
        "origin": {"channel": "whalechart", "message_id": message_id, "posted_at": "2026-09-01T10:00:00Z"}
    })
}

/// Numbers that look random and are the same in every run.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn nothing_that_was_acknowledged_is_lost_or_doubled() {
    let n_kills = if std::env::var_os("SIGTOWER_LONG").is_some() { 200 } else { 40 };
    let folder = tempfile::tempdir().expect("a folder");
    // What was acknowledged, kept outside the store.
    let acknowledged: Mutex<BTreeSet<u64>> = Mutex::default();
    let numbers = AtomicU64::new(1);
    let mut seed = 0x0051_6770_57e5_u64;
    for kill in 0..n_kills {
        let mut server = Server::start(folder.path());
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (address, is_over, numbers, acknowledged) = (server.address(), &is_over, &numbers, &acknowledged);
                scope.spawn(move || write(address, writer, is_over, numbers, acknowledged));
            }
            std::thread::sleep(Duration::from_millis(50 + next(&mut seed) % 350));
            server.kill();
            is_over.store(true, Ordering::Relaxed);
        });
        check_file(folder.path(), kill);
    }
    let server = Server::start(folder.path());
    let stored = walk(&mut Connection::open(server.address()));
    let acknowledged = acknowledged.into_inner().expect("no writer panicked");
    assert!(acknowledged.len() > n_kills, "only {} writes were acknowledged", acknowledged.len());
    let once: BTreeSet<u64> = stored.iter().copied().collect();
    assert_eq!(once.len(), stored.len(), "a signal is there twice");
    let lost: Vec<&u64> = acknowledged.difference(&once).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let (_, stats) = Connection::open(server.address()).ask("GET", "/api/v1/signals/stats", None).expect("an answer");
    assert_eq!(stats["total_signals"], stored.len(), "the counters are not what is there");
}

/// Writes one by one and in batches until the server is gone, and notes what was acknowledged.
fn write(
    address: std::net::SocketAddr,
    writer: u64,
    is_over: &AtomicBool,
    numbers: &AtomicU64,
    acknowledged: &Mutex<BTreeSet<u64>>,
) {
    let mut connection = Connection::open(address);
    while !is_over.load(Ordering::Relaxed) {
        let n = if writer == 0 { 5 } else { 1 };
        let first = numbers.fetch_add(n, Ordering::Relaxed);
        let answer = if n == 1 {
            connection.ask("POST", "/api/v1/signals", Some(&signal(first)))
        } else {
            let batch: Vec<Value> = (first..first + n).map(signal).collect();
            connection.ask("POST", "/api/v1/signals/batch", Some(&Value::from(batch)))
        };
        let Ok((status, body)) = answer else { return };
        assert!(matches!(status, 200 | 201), "{status} {body}");
        let mut acknowledged = acknowledged.lock().expect("no writer panicked");
        match body["data"].as_array() {
            None => drop(acknowledged.insert(first)),
            Some(items) => {
                assert!(items.iter().all(|item| item["status"] == 201), "{body}");
                acknowledged.extend(first..first + n);
            }
        }
    }
}

/// The numbers of all posts that are stored.
fn walk(connection: &mut Connection) -> Vec<u64> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/signals?limit=200{cursor}");
        let (status, page) = connection.ask("GET", &path, None).expect("an answer");
        assert_eq!(status, 200, "{page}");
        let signals = page["data"].as_array().expect("a page");
        all.extend(signals.iter().filter_map(|it| it["origin"]["message_id"].as_u64()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn check_file(folder: &std::path::Path, kill: usize) {
    let database = rusqlite::Connection::open(folder.join("signals.db")).expect("the database opens");
    let found: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict");
    assert_eq!(found, "ok", "after kill {kill}");
}

#[test]
fn a_start_after_a_kill_is_ready_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..3 {
        let began = Instant::now();
        let mut server = Server::start(folder.path());
        let mut connection = Connection::open(server.address());
        let (status, _) = connection.ask("GET", "/api/v1/signals/health/ready", None).expect("an answer");
        assert_eq!(status, 200);
        assert!(began.elapsed() < HANGS_AFTER);
        let (status, _) = connection.ask("POST", "/api/v1/signals", Some(&signal(1))).expect("an answer");
        assert!(matches!(status, 200 | 201));
        server.kill();
    }
}
