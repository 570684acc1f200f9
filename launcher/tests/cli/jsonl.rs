//! `sigtower parse --jsonl`: a stream of posts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{exits_with, run, stderr, stdout};

const BAD: &str = r#"{"id":null,"kind":"none","reason":"bad_json"}"#;

fn answers(stdin: impl Into<Vec<u8>>) -> (Vec<Value>, std::process::Output) {
    let output = run(&["parse", "--jsonl"], stdin);
    let lines = stdout(&output).lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    (lines, output)
}

#[test]
fn each_post_gets_one_line_and_its_id_back() {
    let (lines, output) = answers(
        "{\"id\":1,\"text\":\"hi\"}\n{\"text\":\"no id\",\"lang\":\"en\",\"label\":{\"kind\":\"none\"}}\r\n\n{\"id\":[\"a\",{}],\"text\":\"\"}",
    );
    exits_with(&output, 0);
    let ids: Vec<&Value> = lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, [&json!(1), &Value::Null, &json!(["a", {}])]);
    for line in &lines {
        assert_eq!(line["kind"], "none");
        assert!(line["reason"].is_string() && line.get("signals").is_none() && line.get("update").is_none());
    }
    assert_eq!(stderr(&output), "");
}

#[test]
fn an_id_comes_back_in_its_own_spelling() {
    for id in ["1.50", "12345678901234567890123456789", "1e999", r#""\u0041\/""#, r#"{ "a" : [ 1 ] }"#] {
        let output = run(&["parse", "--jsonl"], format!("{{\"id\":{id},\"text\":\"hi\"}}"));
        assert!(stdout(&output).starts_with(&format!("{{\"id\":{id},\"kind\"")), "{}", stdout(&output));
    }
}

#[test]
fn a_bad_line_is_answered_in_its_place_and_counted() {
    let good = r#"{"id":7,"text":"hi"}"#;
    let nested = "[".repeat(200_000);
    for bad in [
        b"{".as_slice(),
        b"hi there",
        b"null",
        b"[\"id\",\"text\"]",
        br#"{"id":3}"#,
        br#"{"id":3,"text":null}"#,
        br#"{"id":3,"text":5}"#,
        b"{\"id\":3,\"text\":\"\xff\xfe\"}",
        nested.as_bytes(),
        format!("{{\"id\":3,\"text\":{nested}").as_bytes(),
    ] {
        let (lines, output) = answers([good.as_bytes(), b"\n\n", bad, b"\n", good.as_bytes(), b"\n"].concat());
        exits_with(&output, 3);
        assert_eq!(stdout(&output).lines().nth(1), Some(BAD), "{}", String::from_utf8_lossy(&bad[..bad.len().min(80)]));
        assert_eq!((lines.len(), &lines[0]["id"], &lines[2]["id"]), (3, &json!(7), &json!(7)));
        assert!(stderr(&output).contains("1 of 4 lines of stdin") && stderr(&output).contains("line 3"));
    }
}

#[test]
fn blank_lines_are_passed_over() {
    let (lines, output) = answers("\n  \n\t\r\n{\"text\":\"hi\"}\n\n");
    exits_with(&output, 0);
    assert_eq!(lines.len(), 1);
    let (lines, output) = answers("");
    exits_with(&output, 0);
    assert!(lines.is_empty());
}

#[test]
fn the_order_of_the_input_is_kept_over_many_blocks() {
    let posts: String = (0..60_000)
        .map(|i| format!("{{\"id\":{i},\"text\":\"{}\"}}\n", "post ".repeat(if i % 1000 < 10 { 900 } else { i % 7 })))
        .collect();
    let output = run(&["parse", "--jsonl"], posts);
    exits_with(&output, 0);
    let mut n = 0;
    for (i, line) in stdout(&output).lines().enumerate() {
        assert!(line.starts_with(&format!("{{\"id\":{i},")), "line {i}: {line}");
        n += 1;
    }
    assert_eq!(n, 60_000);
}

#[test]
fn a_text_over_16_kib_is_no_signal_but_no_bad_line() {
    for n in [16 * 1024 + 1, 1024 * 1024] {
        let (lines, output) = answers(format!("{{\"id\":\"long\",\"text\":\"{}\"}}\n", "x".repeat(n)));
        exits_with(&output, 0);
        assert_eq!(lines, [json!({"id": "long", "kind": "none", "reason": "too_long"})]);
    }
}

#[test]
fn a_line_without_end_is_answered_and_the_next_one_read() {
    let (lines, output) = answers(["x".repeat(30_000_000), "\n{\"id\":2,\"text\":\"hi\"}\n".to_owned()].concat());
    exits_with(&output, 3);
    assert_eq!(lines[0], json!({"id": null, "kind": "none", "reason": "too_long"}));
    assert_eq!(lines[1]["id"], 2);
    assert_eq!(lines.len(), 2);
}

#[test]
fn posts_are_read_from_a_file_with_a_byte_order_mark() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "\u{feff}{\"id\":1,\"text\":\"hi\"}\r\n").unwrap();
    let output = run(&["parse", "--jsonl", file.path().to_str().unwrap()], "");
    exits_with(&output, 0);
    assert!(stdout(&output).starts_with("{\"id\":1,"));
}

#[test]
fn a_stream_has_no_colours_even_when_they_are_asked_for() {
    let output = run(&["--color", "always", "parse", "--jsonl"], "{\"text\":\"hi\"}\n");
    assert!(!stdout(&output).contains('\u{1b}'));
}

/// A command whose stdin stays open, and what it writes, line by line.
fn conversation() -> (Child, mpsc::Receiver<String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sigtower"))
        .args(["parse", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let written = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let (to_test, lines) = mpsc::channel();
    std::thread::spawn(move || written.lines().map_while(Result::ok).try_for_each(|line| to_test.send(line)));
    (child, lines)
}

/// Long enough for any machine; only a command that waits for more input gets there.
const HANGS_AFTER: Duration = Duration::from_secs(60);

#[test]
fn whoever_writes_a_line_and_waits_gets_the_answer() {
    let (mut child, lines) = conversation();
    let mut stdin = child.stdin.take().unwrap();
    for i in 0..20 {
        writeln!(stdin, "{{\"id\":{i},\"text\":\"hi\"}}").unwrap();
        let line = lines.recv_timeout(HANGS_AFTER).expect("an answer while stdin is open");
        assert!(line.starts_with(&format!("{{\"id\":{i},")), "{line}");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sigtower"))
        .args(["parse", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // stdin stays open: the command must end because of stdout alone.
    stdin.write_all(b"{\"text\":\"hi\"}\n").unwrap();
    let (to_test, ended) = mpsc::channel();
    std::thread::spawn(move || to_test.send(child.wait_with_output()));
    let output = ended.recv_timeout(HANGS_AFTER).expect("the command ends").unwrap();
    exits_with(&output, 0);
    assert_eq!(stderr(&output), "");
    drop(stdin);
}
