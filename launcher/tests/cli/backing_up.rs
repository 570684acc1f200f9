//! Backups, with nothing running and with `sigtower up` running.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::running::{FakeOwner, Up};
use crate::{exits_with, run, stderr, stdout};

const BATCH: &str = r#"[
    {"symbol":"BTC","signal_type":"long","entry_price":45000,"source":"desk","original_text":"лонг \u2028 \"BTC\""},
    {"symbol":"ETH","signal_type":"short","targets":["1800.000000000000001"],
     "origin":{"channel":"whalechart","message_id":7,"posted_at":"2026-09-01T10:00:00Z"}}]"#;

fn folder_of(data_dir: &Path) -> [&str; 2] {
    ["--data-dir", data_dir.to_str().expect("UTF-8")]
}

fn export(data_dir: &Path, to: &str) -> Output {
    run(&[&["export", to], &folder_of(data_dir)[..]].concat(), "")
}

fn import(data_dir: &Path, from: &str, stdin: &str) -> Output {
    run(&[&["import", "--backup", from], &folder_of(data_dir)[..]].concat(), stdin)
}

/// A store with two signals and a key.
fn filled(data_dir: &Path) -> Up {
    let up = Up::start(data_dir, &[]);
    assert_eq!(up.ask("POST", "/api/v1/signals/batch", &[("content-type", "application/json")], BATCH).0, 200);
    exits_with(
        &run(&[&["keys", "create", "--name", "desk", "--scope", "read"], &folder_of(data_dir)[..]].concat(), ""),
        0,
    );
    up
}

/// The rows of a backup: all but its first line, which says when it was taken.
fn rows(backup: &str) -> Vec<&str> {
    backup.lines().skip(1).collect()
}

#[test]
fn a_backup_is_the_same_whoever_takes_it_and_restores_everything() {
    let folder = tempfile::tempdir().unwrap();
    let [data, other, third] = ["data", "other", "third"].map(|name| folder.path().join(name));
    let up = filled(&data);
    let running = export(&data, "-");
    exits_with(&running, 0);
    drop(up);
    let file = folder.path().join("backup.jsonl");
    let alone = export(&data, file.to_str().unwrap());
    exits_with(&alone, 0);
    assert_eq!((stdout(&alone), stderr(&alone)), ("", stderr(&running)));
    let alone = fs::read_to_string(&file).unwrap();
    assert_eq!(rows(stdout(&running)), rows(&alone));
    assert_eq!(rows(&alone).len(), 4, "two signals, a key, and the end");

    let restored = import(&other, file.to_str().unwrap(), "");
    exits_with(&restored, 0);
    assert_eq!(stdout(&restored), "Imported 3 rows; 0 were there already, and the time of 0 was over.\n");
    let up = Up::start(&third, &[]);
    assert_eq!(stdout(&import(&third, "-", &alone)), stdout(&restored));
    let again = run(&[&["import", "--json", "--backup", file.to_str().unwrap()], &folder_of(&third)[..]].concat(), "");
    assert_eq!(stdout(&again), "{\"schema\":\"imported/1\",\"written\":0,\"unchanged\":3,\"expired\":0}\n");
    for data_dir in [&other, &third] {
        assert_eq!(rows(stdout(&export(data_dir, "-"))), rows(&alone));
    }
    assert!(up.ask("GET", "/api/v1/signals", &[], "").1.contains("1800.000000000000001"));
}

#[test]
fn what_is_no_whole_backup_is_refused_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(filled(&data));
    let backup = export(&data, "-");
    let backup = stdout(&backup);
    let cut = &backup[..backup.trim_end().rfind('\n').unwrap() + 1];
    let torn = &backup[..backup.len() - 100];
    let long = format!("{{}}\n{}", "x".repeat(8 << 20));
    let damaged = backup.replace("ETHUSDT", "XTHUSDT");
    let cases = [("", "no backup"), (cut, "cut short"), (torn, "line 4"), (&damaged, "damaged"), (&long, "no backup")];
    for (n, (text, says)) in cases.into_iter().enumerate() {
        let [alone, running] = ["alone", "running"].map(|name| folder.path().join(format!("{name}{n}")));
        let up = Up::start(&running, &[]);
        let (alone, running) = (import(&alone, "-", text), import(&running, "-", text));
        drop(up);
        exits_with(&alone, 1);
        assert!(stderr(&alone).contains(says) && stderr(&alone).contains("next:"), "{}", stderr(&alone));
        assert_eq!((stderr(&running), running.status), (stderr(&alone), alone.status));
        assert_eq!(stdout(&alone), "");
    }
}

#[test]
fn a_store_that_holds_something_else_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let [data, other] = ["data", "other"].map(|name| folder.path().join(name));
    drop(filled(&data));
    let up = Up::start(&other, &[]);
    let signal = r#"{"symbol":"SOL","signal_type":"long","source":"desk"}"#;
    assert_eq!(up.ask("POST", "/api/v1/signals", &[("content-type", "application/json")], signal).0, 201);
    let output = import(&other, "-", stdout(&export(&data, "-")));
    exits_with(&output, 1);
    assert!(stderr(&output).contains("empty"), "{}", stderr(&output));
    assert!(up.ask("GET", "/api/v1/signals/stats", &[], "").1.contains("\"total_signals\":1,"));
}

#[test]
fn a_backup_that_broke_off_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, target) = (folder.path().join("data"), folder.path().join("target"));
    fs::create_dir(&target).unwrap();
    let file = target.join("backup.jsonl");
    fs::write(&file, "the one before").unwrap();
    // The first chunk of a body that has no last one.
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{}\n{\r\n".to_owned();
    let _owner = FakeOwner::start(&data, Some(answer));
    let output = export(&data, file.to_str().unwrap());
    exits_with(&output, 1);
    assert!(stderr(&output).contains("broke off"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), "the one before");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for path in [folder.path().to_str().unwrap(), "/dev/null", &format!("{}/no/where", folder.path().display())] {
        let output = export(&data, path);
        exits_with(&output, 1);
        assert!(stderr(&output).contains(&format!("cannot write `{path}`")), "{}", stderr(&output));
    }
    for path in [folder.path().to_str().unwrap(), &format!("{}/missing", folder.path().display())] {
        let output = import(&data, path, "");
        exits_with(&output, 1);
        assert!(stderr(&output).contains("cannot read"), "{}", stderr(&output));
    }
    exits_with(&run(&["import"], ""), 2);
}
