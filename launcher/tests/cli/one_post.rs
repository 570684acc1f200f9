//! `sigtower parse`: one post from a file or stdin.

use serde_json::{Value, json};

use crate::{exits_with, run, stderr, stdout};

const TALK: &str = "good morning everyone, have a nice weekend";

#[test]
fn a_post_that_is_no_signal_says_so_in_words_and_is_no_failure() {
    for args in [&["parse"][..], &["parse", "-"]] {
        let output = run(args, TALK);
        exits_with(&output, 0);
        assert!(stdout(&output).starts_with("NO SIGNAL  talk"), "{}", stdout(&output));
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn a_post_is_read_from_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), TALK).unwrap();
    let output = run(&["parse", file.path().to_str().unwrap()], "");
    exits_with(&output, 0);
    assert!(stdout(&output).starts_with("NO SIGNAL"));
}

#[test]
fn json_is_one_object_with_its_schema() {
    let output = run(&["parse", "--json"], TALK);
    exits_with(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 1);
    let object: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        (&object["schema"], &object["kind"], &object["reason"]),
        (&json!("parse/1"), &json!("none"), &json!("chat"))
    );
    assert!(object["evidence"].is_array());
    assert!(object.get("signals").is_none() && object.get("update").is_none());
}

#[test]
fn explain_shows_the_text_after_the_verdict() {
    let output = run(&["parse", "--explain"], TALK);
    exits_with(&output, 0);
    let plain: String = stdout(&output).chars().filter(|c| !"⟦⟧".contains(*c)).collect();
    assert!(plain.starts_with("NO SIGNAL"));
    assert!(plain.contains("good morning"));
}

#[test]
fn a_text_cannot_steer_the_terminal() {
    let output = run(&["--color", "always", "parse", "--explain"], "hello \u{1b}]0;owned\u{7} \u{1b}[2J there");
    exits_with(&output, 0);
    assert!(!stdout(&output).contains("\u{1b}]") && !stdout(&output).contains("\u{1b}[2J"));
    assert!(stdout(&output).contains("␛[2J"));
}

#[test]
fn a_post_that_is_too_long_is_answered_without_reading_it_all() {
    let output = run(&["parse", "--json"], "x".repeat(40_000_000));
    exits_with(&output, 0);
    let object: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(object["reason"], "too_long");
}

#[test]
fn no_text_is_a_post_too() {
    let output = run(&["parse"], "");
    exits_with(&output, 0);
    assert!(stdout(&output).starts_with("NO SIGNAL"));
}

#[test]
fn the_post_that_is_answered_has_a_number() {
    exits_with(&run(&["parse", "--reply-to", "41"], TALK), 0);
    exits_with(&run(&["parse", "--reply-to", "-41"], TALK), 0);
    exits_with(&run(&["parse", "--reply-to", "x"], TALK), 2);
}
