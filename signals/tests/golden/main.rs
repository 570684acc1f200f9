//! Messages written for this project, each named for the case it shows, against what a reader finds in them.
//!
//! Beside each `testdata/messages/<name>.txt` stands `<name>.expected.json`, written by hand from the message and
//! never by the parser. A key that it leaves out is expected to be missing from the answer too. Numbers compare by
//! their spelling, so expected numbers have no trailing zeros.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use signals::entry::Entry;
use signals::parser::{Context, ParseOutcome, parse};
use signals::signal::{SignalDraft, Violation};
use signals::stop_loss::StopLoss;
use signals::update::SignalUpdate;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages")
}

/// The names of the files that end so, without the ending.
fn names(ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(directory()).expect("testdata/messages is there");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name().into_string().expect("UTF-8"));
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

fn read(name: &str, ending: &str) -> String {
    let path = directory().join(format!("{name}{ending}"));
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn every_message_has_an_expected_outcome() {
    assert_eq!(names(".txt"), names(".expected.json"));
    assert!(names(".txt").len() >= 30);
}

#[test]
fn every_message_is_read_as_expected() {
    let mut differences = Vec::new();
    for name in names(".txt") {
        let expected: Value = serde_json::from_str(&read(&name, ".expected.json"))
            .unwrap_or_else(|e| panic!("{name}.expected.json: {e}"));
        let text = read(&name, ".txt");
        let answer = stated(outcome(&parse(&text, &Context::default())));
        if answer != expected {
            differences.push(format!("{name}\n  expected {expected}\n  parsed   {answer}"));
        }
    }
    assert!(differences.is_empty(), "{} messages:\n{}", differences.len(), differences.join("\n"));
}

fn outcome(outcome: &ParseOutcome) -> Value {
    match outcome {
        ParseOutcome::Signals(drafts) => {
            json!({"kind": "signal", "signals": drafts.iter().map(signal).collect::<Vec<_>>()})
        }
        ParseOutcome::Update(news) => json!({"kind": "update", "update": update(news)}),
        ParseOutcome::NotASignal(none) => json!({"kind": "none", "reason": none.reason}),
    }
}

fn signal(draft: &SignalDraft) -> Value {
    let stop_loss_percent = match draft.stop_loss {
        StopLoss::Percent { percent } => Value::Number(percent.to_string().parse().expect("a decimal is a number")),
        StopLoss::None | StopLoss::Price { .. } => Value::Null,
    };
    json!({
        "symbol": draft.symbol.compact(),
        "signal_type": draft.signal_type,
        "entry": entry(&draft.entry),
        "targets": draft.targets,
        "stop_loss": draft.stop_loss.price(),
        "stop_loss_percent": stop_loss_percent,
        "percent": draft.in_percent,
        "leverage": draft.leverage,
        "margin": draft.margin,
        "provider_id": draft.provider_id,
        "violations": draft.violations.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    let (low, high) = entry.range().unzip();
    let (prices, when) = match entry {
        Entry::Ladder { prices } => (Some(prices), None),
        Entry::Breakout { when, .. } => (None, Some(when)),
        Entry::Market | Entry::Limit { .. } | Entry::Zone { .. } => (None, None),
    };
    json!({"kind": entry.kind(), "low": low, "high": high, "prices": prices, "when": when})
}

fn update(update: &SignalUpdate) -> Value {
    json!({
        "event": update.event,
        "symbol": update.symbol.as_ref().map(|symbol| symbol.compact()),
        "target_index": update.target_index,
        "entry_index": update.entry_index,
        "provider_id": update.link.provider_id,
    })
}

fn rule(violation: &Violation) -> &'static str {
    match violation {
        Violation::StopOnWrongSide { .. } => "stop_on_wrong_side",
        Violation::TargetOnWrongSide { .. } => "target_on_wrong_side",
        Violation::StopBeyondTarget { .. } => "stop_beyond_target",
        Violation::TooManyTargets { .. } => "too_many_targets",
    }
}

/// What was stated: without nulls, without `false` and without empty lists other than that of the targets.
fn stated(value: Value) -> Value {
    let is_unstated = |key: &str, value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty() && key != "targets",
        _ => false,
    };
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, value)| !is_unstated(key, value));
            Value::Object(kept.map(|(key, value)| (key, stated(value))).collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(stated).collect()),
        other => other,
    }
}
