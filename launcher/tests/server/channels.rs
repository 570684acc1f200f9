//! What the command says of channels, with nothing running and with `sigtower up` running, and of their pages.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::collecting::{batch, long, pages, runtime, sigtower};
use crate::pages::{Fault, Server as Pages};
use crate::process::Server;

/// What it ended with, and what it said on stdout and stderr.
fn channels(data_dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = sigtower(&[&["channels"], args].concat(), data_dir).output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Imports these posts as those of `whalechart`, which has the number 77.
fn imported(folder: &Path, messages: &Value) {
    let export = folder.join("result.json");
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": {messages}}}"#);
    std::fs::write(&export, chat).expect("it is written");
    let import = ["import", export.to_str().expect("UTF-8"), "--channel", "whalechart"];
    let output = sigtower(&import, folder).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn message(id: i64, text: &str) -> Value {
    json!({"id": id, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": text})
}

/// Fills a store with an export of `whalechart` and with the page of `sharkchart`.
fn filled(folder: &Path) {
    let wrong = "BTC LONG ENTRY 40000 TARGET 41000 SL 42000";
    let good_morning = "Good \u{1b}[31mmorning";
    let messages = [message(1, &long(40_000)), message(2, good_morning), message(3, wrong), message(4, "Hi all")];
    imported(folder, &json!(messages));
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
        &["passed-over", "whalechart"],
        &["passed-over", "77", "--json", "--limit", "1"],
        &["passed-over", "@whalechart", "--rejected"],
        &["passed-over", "whalechart", "--rejected", "--json"],
        &["passed-over", "sharkchart"],
        &["coverage", "dolphins"],
        &["passed-over", "dolphins", "--rejected"],
    ];
    let alone: Vec<_> = questions.iter().map(|args| asked(args)).collect();
    let server = Server::start(folder.path());
    let beside: Vec<_> = questions.iter().map(|args| asked(args)).collect();
    assert_eq!(beside, alone);
    drop(server);

    assert_eq!(alone.iter().map(|it| it.0.unwrap()).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    let first_words = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().next().unwrap_or_default().to_owned()).collect()
    };
    let parsed = |at: usize| -> Value { serde_json::from_str(&alone[at].1).unwrap() };
    assert_eq!(first_words(&alone[0].1), ["channel", "sharkchart", "whalechart"], "{}", alone[0].1);
    let list = parsed(1);
    assert_eq!((&list["schema"], &list["data"][1]["number"]), (&json!("channels/1"), &json!(77)), "{list}");
    assert!(alone[2].1.starts_with("whalechart: read up to post 4 at "), "{}", alone[2].1);
    let coverage = parsed(3);
    assert_eq!((&coverage["schema"], &coverage["n_missing"]), (&json!("coverage/1"), &json!(0)), "{coverage}");

    assert_eq!(first_words(&alone[4].1), ["post", "4", "2"], "{}", alone[4].1);
    assert!(alone[4].1.contains("Good ␛[31mmorning") && !alone[4].1.contains('\u{1b}'), "{}", alone[4].1);
    let newest = parsed(5);
    assert_eq!((&newest["schema"], &newest["data"][0]["id"]), (&json!("passed-over/1"), &json!(4)), "{newest}");
    assert_eq!((newest["data"].as_array().unwrap().len(), &newest["next_before"]), (1, &json!(4)), "{newest}");
    assert_eq!(first_words(&alone[6].1), ["post", "3"], "{}", alone[6].1);
    let rejected = parsed(7);
    assert_eq!((&rejected["schema"], &rejected["data"][0]["id"]), (&json!("rejected/1"), &json!(3)), "{rejected}");
    assert_eq!(alone[8].1, "");

    for (_, out, error) in &alone[9..] {
        assert_eq!(out, "");
        for words in ["`dolphins`", "why:  ", "next: ", "sigtower channels list"] {
            assert!(error.contains(words), "`{words}` is not in: {error}");
        }
    }
    for args in [&["coverage", "no name"][..], &["passed-over", "whalechart", "--limit", "0"]] {
        assert_eq!(asked(args).0, Some(2));
    }
}

#[test]
fn as_many_posts_are_listed_as_are_wanted_and_those_of_several_pages_are_one_list() {
    let folder = tempfile::tempdir().unwrap();
    let posts: Vec<Value> = (1..=450).map(|id| message(id, "Hi all")).collect();
    imported(folder.path(), &json!(posts));
    for (limit, n_listed, next_before) in [("7", 7, json!(444)), ("401", 401, json!(50)), ("1000", 450, Value::Null)] {
        let (code, out, _) = channels(folder.path(), &["passed-over", "whalechart", "--json", "--limit", limit]);
        assert_eq!(code, Some(0));
        let list: Value = serde_json::from_str(&out).unwrap();
        let ids: Vec<i64> = list["data"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect();
        assert_eq!((ids, &list["next_before"]), ((451 - n_listed..=450).rev().collect(), &next_before));
    }
}

/// Tests these channels on these pages; gives how it ended, and stdout.
fn tested(pages: &Pages, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtower"));
    command.args(["channels", "test", "--delay", "0s", "--preview-url", &pages.url]).args(args).env_clear();
    let output = command.output().expect("the command starts");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn each_channel_is_said_to_be_readable_or_why_not() {
    let runtime = runtime();
    let pages = pages(&runtime);
    let (code, out) = tested(&pages, &["WhaleChart", "@sharkchart"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, lines.len()), (Some(0), 2), "{out}");
    assert!(lines[0].starts_with("whalechart: ok, newest post 8, "), "{out}");
    assert!(lines[1].starts_with("sharkchart: ok, newest post 9, "), "{out}");
    let (code, out) = tested(&pages, &["nobodyhere", "sharkchart"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(out.starts_with("nobodyhere: no channel `nobodyhere`"), "{out}");
    assert_eq!(tested(&pages, &["nobodyhere", "-10077"]).0, Some(1));
    assert_eq!(tested(&pages, &[]).0, Some(2));

    let (code, out) = tested(&pages, &["sharkchart", "nobodyhere", "--json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["schema"], &report["n_readable"]), (Some(3), &json!("channels-test/1"), &json!(1)));
    let (good, bad) = (&report["channels"][0], &report["channels"][1]);
    assert_eq!((&good["is_readable"], &good["newest"], &good["error"]), (&json!(true), &json!(9), &Value::Null));
    assert_eq!((&bad["channel"], &bad["is_readable"]), (&json!("nobodyhere"), &json!(false)), "{bad}");
    assert_eq!(bad["error"]["is_retryable"], false, "{bad}");

    pages.world.lock().unwrap().faults.push_back(Fault::retry_after(429, "300"));
    let n_asked = pages.world.lock().unwrap().asked.len();
    let (code, out) = tested(&pages, &["whalechart", "sharkchart", "--json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["channels"][0]["error"]["retry_after_s"]), (Some(6), &json!(300)), "{report}");
    assert_eq!(pages.world.lock().unwrap().asked.len(), n_asked + 1, "whoever asks to be left alone is");
}
