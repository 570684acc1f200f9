//! `sigtower eval`: the figures of answers that are known beforehand.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::{exits_with, run, stderr, stdout};

/// Five posts: three signals (one of them mangled), an update, talk.
fn corpus(folder: &Path) -> String {
    let signal = |symbol: &str, low: &str, high: &str| {
        json!({"kind": "signal", "symbol": symbol, "signal_type": "long", "entry": {"kind": "limit", "low": low, "high": high},
               "targets": ["110", "120.50"], "stop_loss": "90", "leverage": {"min": 5, "max": 10}, "margin": null,
               "accept": {"stop_loss": ["91"]}})
    };
    write_lines(
        folder,
        "corpus.jsonl",
        &[
            json!({"id": "a", "lang": "en", "text": "a", "label": signal("AAAUSDT", "100", "100")}),
            json!({"id": "b", "lang": "ru", "text": "b", "label": signal("BBBUSDT", "99", "101")}),
            json!({"id": "c", "lang": "en", "text": "c", "mangled": "flattened", "label": signal("CCCUSDT", "100", "100")}),
            json!({"id": 4, "lang": "en", "text": "d", "label": {"kind": "update", "event": "closed", "accept": {"kind": ["none"], "event": ["stop_hit"]}}}),
            json!({"id": "e", "text": "e", "label": {"kind": "none"}}),
        ],
    )
}

fn given(symbol: &str, low: f64, high: f64, stop_loss: i64, confidence: f64) -> Value {
    json!({"symbol": symbol, "signal_type": "long", "entry": {"kind": "zone", "low": low, "high": high},
           "targets": [110, 120.5], "stop_loss": stop_loss, "leverage": {"min": 5, "max": 10}, "confidence": confidence})
}

fn write_lines(folder: &Path, name: &str, lines: &[Value]) -> String {
    let path = folder.join(name);
    let text = lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    });
    std::fs::write(&path, text).expect("the folder takes a file");
    path.to_str().expect("the folder's name is UTF-8").to_owned()
}

/// The JSON report on these answers to the corpus.
fn report(predictions: &[Value], flags: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let corpus = corpus(folder.path());
    let predictions = write_lines(folder.path(), "predictions.jsonl", predictions);
    let args = [&["eval", &corpus, "--predictions", &predictions, "--json"][..], flags].concat();
    let output = run(&args, "");
    exits_with(&output, 0);
    serde_json::from_str(stdout(&output)).expect("a JSON object")
}

fn answers() -> Vec<Value> {
    vec![
        json!({"id": "a", "kind": "signal", "signals": [given("AAAUSDT", 100.0, 100.0, 91, 0.97)]}),
        json!({"id": "b", "kind": "signal", "signals": [given("BBBUSDT", 99.0, 100.5, 90, 0.62)]}),
        json!({"id": "c", "kind": "none", "reason": "chat"}),
        json!({"id": 4, "kind": "update", "update": {"event": "stop_hit"}}),
        json!({"id": "e", "kind": "signal", "signals": [given("EEEUSDT", 1.0, 1.0, 1, 0.9)]}),
    ]
}

#[test]
fn figures_follow_the_labels() {
    let report = report(&answers(), &[]);
    assert_eq!(report["schema"], "eval/1");
    let expected = json!({
        "messages": 5, "signals": 3, "precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "fully_correct": 0.3333,
        "symbol": 0.6667, "side": 0.6667, "entry": 0.3333, "targets": 0.6667, "stop_loss": 0.6667, "leverage": 0.6667,
        "kind_accuracy": {"signal": "2/3", "update": "1/1", "none": "0/1"}, "update_event": "1/1",
    });
    for (figure, value) in expected.as_object().unwrap() {
        assert_eq!(&report[figure], value, "{figure}");
    }
}

#[test]
fn each_language_has_its_own_figures() {
    let report = report(&answers(), &[]);
    let languages = report["languages"].as_object().unwrap();
    assert_eq!(languages.keys().collect::<Vec<_>>(), ["en", "none", "ru"]);
    assert_eq!((&languages["en"]["fully_correct"], &languages["ru"]["fully_correct"]), (&json!(0.5), &json!(0.0)));
    assert_eq!(languages["none"]["kind_accuracy"]["none"], "0/1");
}

#[test]
fn mangled_posts_can_be_left_out() {
    let report = report(&answers(), &["--without-mangled"]);
    assert_eq!((&report["messages"], &report["signals"], &report["recall"]), (&json!(4), &json!(2), &json!(1.0)));
}

#[test]
fn a_confidence_is_held_against_what_was_right() {
    let report = report(&answers(), &[]);
    let rows = report["calibration"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    assert_eq!(
        rows[0],
        json!({"confidence": 0.5, "given": 3, "fully_right": 1, "share_right": 0.3333, "share_of_right": 1.0})
    );
    assert_eq!(
        rows[8],
        json!({"confidence": 0.9, "given": 2, "fully_right": 1, "share_right": 0.5, "share_of_right": 1.0})
    );
    assert_eq!(rows[9]["given"], 1);
}

#[test]
fn another_kind_may_be_accepted_and_more_signals_than_there_are_may_not() {
    let mut answers = answers();
    answers[0]["signals"].as_array_mut().unwrap().push(given("XXXUSDT", 1.0, 1.0, 1, 0.5));
    answers[3] = json!({"id": 4, "kind": "none"});
    let report = report(&answers, &[]);
    assert_eq!((&report["fully_correct"], &report["symbol"]), (&json!(0.0), &json!(0.6667)));
    assert_eq!((&report["kind_accuracy"]["update"], &report["update_event"]), (&json!("1/1"), &json!("0/0")));
}

#[test]
fn misses_name_the_post_and_the_field() {
    let all = report(&answers(), &["--misses"]);
    let what: Vec<(&str, &str)> = all["misses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|miss| (miss["id"].as_str().unwrap(), miss["what"].as_str().unwrap()))
        .collect();
    assert_eq!(
        what,
        [
            ("b", "BBBUSDT: entry: want 99 to 101 got 99 to 100.5"),
            ("c", "CCCUSDT: missed signal"),
            ("e", "false signal")
        ]
    );
    assert_eq!(report(&answers(), &["--misses", "1"])["misses"].as_array().unwrap().len(), 1);
    assert!(report(&answers(), &[]).get("misses").is_none());
}

#[test]
fn people_get_tables() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    let predictions = write_lines(folder.path(), "predictions.jsonl", &answers());
    let output = run(&["eval", &corpus, "--predictions", &predictions, "--misses", "9"], "");
    exits_with(&output, 0);
    for words in ["e  false signal\n", "language", "all           5       3  0.6667", "update 1/1", "≥ 0.95"] {
        assert!(stdout(&output).contains(words), "`{words}` is not in: {}", stdout(&output));
    }
}

#[test]
fn the_parsers_own_answers_are_scored_without_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["eval", &corpus(folder.path()), "--json"], "");
    exits_with(&output, 0);
    let report: Value = serde_json::from_str(stdout(&output)).unwrap();
    // One letter is no signal to anybody.
    assert_eq!((&report["recall"], &report["kind_accuracy"]["none"]), (&json!(0.0), &json!("1/1")));
}

#[test]
fn a_corpus_that_cannot_be_used_is_refused_with_its_line() {
    for (corpus, says) in [
        ("\n{\"id\":1}\n", "line 2 of stdin"),
        ("{\"text\":\"x\",\"label\":{\"kind\":\"maybe\"}}\n", "maybe"),
        ("{\"text\":\"x\",\"label\":{}}\n", "kind"),
        ("\n\n", "no post to score"),
    ] {
        let output = run(&["eval", "-"], corpus);
        exits_with(&output, 1);
        assert!(stderr(&output).contains(says) && stderr(&output).contains("next:"), "{}", stderr(&output));
    }
    let output = run(&["eval", "--misses", "corpus.jsonl"], "");
    exits_with(&output, 2);
    assert!(stderr(&output).contains("before --misses"));
}
