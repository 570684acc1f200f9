//! What needs the parser's own answers: that a signal reaches every form of output.

use serde_json::{Value, json};

use crate::{exits_with, run, stdout};

const POST: &str = "BTC LONG ENTRY 45000 TARGET 46000 SL 44000";

#[test]
fn a_signal_is_shown_as_a_card() {
    let output = run(&["parse"], POST);
    exits_with(&output, 0);
    let card = stdout(&output);
    assert!(card.starts_with("LONG BTC/USDT  confidence "), "{card}");
    for row in ["  entry      45000\n", "  target 1   46000  (+2.22 %)\n", "  stop loss  44000  (-2.22 %)\n"] {
        assert!(card.contains(row), "`{row}` is not in: {card}");
    }
}

#[test]
fn a_signal_is_an_object() {
    let output = run(&["parse", "--json"], POST);
    let object: Value = serde_json::from_str(stdout(&output)).unwrap();
    let signal = &object["signals"][0];
    assert_eq!(object["kind"], "signal");
    assert_eq!(
        (&signal["base"], &signal["quote"], &signal["quote_assumed"]),
        (&json!("BTC"), &json!("USDT"), &json!(true))
    );
    assert_eq!(signal["stop_loss"], 44000);
    assert!(signal["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()));
    for piece in signal["evidence"].as_array().unwrap() {
        let bytes = |key: &str| usize::try_from(piece[key].as_u64().unwrap()).unwrap();
        assert_eq!(piece["text"], POST[bytes("start")..bytes("end")]);
    }
}

#[test]
fn a_signal_is_explained() {
    let output = run(&["parse", "--explain"], POST);
    let shown = stdout(&output);
    for words in ["⟦45000⟧entry", "⟦46000⟧target", "⟦44000⟧stop_loss"] {
        assert!(shown.contains(words), "`{words}` is not in: {shown}");
    }
}

#[test]
fn a_signal_of_a_stream_has_the_shape_of_a_label() {
    let output = run(&["parse", "--jsonl"], json!({"id": 1, "text": POST}).to_string());
    exits_with(&output, 0);
    let mut line: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert!(line["signals"][0]["confidence"].take().is_number());
    assert_eq!(
        line,
        json!({"id": 1, "kind": "signal", "signals": [{
            "symbol": "BTCUSDT", "signal_type": "long", "entry": {"kind": "limit", "low": 45000, "high": 45000},
            "targets": [46000], "stop_loss": 44000, "leverage": null, "margin": null, "confidence": null,
        }]})
    );
}

#[test]
fn the_parser_is_scored() {
    let row = json!({"id": 1, "text": POST, "label": {
        "kind": "signal", "symbol": "BTCUSDT", "signal_type": "long", "targets": ["46000"], "stop_loss": "44000",
        "entry": {"kind": "limit", "low": "45000", "high": "45000"}, "leverage": null, "margin": null,
    }});
    let output = run(&["eval", "-", "--json"], row.to_string());
    exits_with(&output, 0);
    let report: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(report["fully_correct"], 1.0);
}
