//! What the command says of channels, with nothing running and with `sigtower up` running: the same.

use std::path::Path;

use serde_json::{Value, json};

use crate::collecting::{batch, long, pages, runtime, sigtower};
use crate::process::Server;

/// What it ended with, and what it said on stdout and stderr.
fn channels(data_dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = sigtower(&[&["channels"], args].concat(), data_dir).output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Fills a store with an export of `whalechart`, which has the number 77, and with the page of `sharkchart`.
fn filled(folder: &Path) {
    let export = folder.join("result.json");
    let message = |id: i64, text: &str| json!({"id": id, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": text});
    let wrong = "BTC LONG ENTRY 40000 TARGET 41000 SL 42000";
    let messages =
        [message(1, &long(40_000)), message(2, "Good \u{1b}[31mmorning"), message(3, wrong), message(4, "Hi all")];
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": {}}}"#, json!(messages));
    std::fs::write(&export, chat).expect("it is written");
    let import = ["import", export.to_str().expect("UTF-8"), "--channel", "whalechart"];
    let output = sigtower(&import, folder).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let runtime = runtime();
    assert_eq!(batch(&pages(&runtime), folder, &["sharkchart"]).0, Some(0));
}

#[test]
fn the_channels_are_told_alike_whether_it_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let asked = |args: &[&str]| channels(folder.path(), args);
    assert_eq!((asked(&["list"]).0, asked(&["list"]).1.as_str()), (Some(0), ""));
    filled(folder.path());
    let questions = [
        &["list"][..],
        &["list", "--json"],
        &["coverage", "https://t.me/WhaleChart"],
        &["coverage", "-10077", "--json"],
        &["coverage", "dolphins"],
    ];
    let alone: Vec<_> = questions.iter().map(|args| asked(args)).collect();
    let server = Server::start(folder.path());
    let beside: Vec<_> = questions.iter().map(|args| asked(args)).collect();
    assert_eq!(beside, alone);
    drop(server);

    assert_eq!(alone.iter().map(|it| it.0.unwrap()).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
    let keys: Vec<_> = alone[0].1.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(keys, ["channel", "sharkchart", "whalechart"], "{}", alone[0].1);
    let list: Value = serde_json::from_str(&alone[1].1).unwrap();
    assert_eq!((&list["schema"], &list["data"][1]["number"]), (&json!("channels/1"), &json!(77)), "{list}");
    assert!(alone[2].1.starts_with("whalechart: read up to post 4 at "), "{}", alone[2].1);
    let coverage: Value = serde_json::from_str(&alone[3].1).unwrap();
    assert_eq!((&coverage["schema"], &coverage["n_missing"]), (&json!("coverage/1"), &json!(0)), "{coverage}");
    let (_, out, error) = &alone[4];
    assert_eq!(out, "");
    for words in ["`dolphins`", "why:  ", "next: ", "sigtower channels list"] {
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
    assert_eq!(asked(&["coverage", "no name"]).0, Some(2));
}
