//! Signals are handed in.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::asking::{Api, posted, predecessors};

#[tokio::test]
async fn the_predecessors_body_is_taken_as_it_is() {
    let api = Api::new().await;
    for path in ["", "/"] {
        let answer = api.post(path, &predecessors()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let signal = answer.json();
        let names = [
            "symbol",
            "signal_type",
            "entry_price",
            "target_price",
            "stop_loss",
            "confidence",
            "source",
            "original_text",
        ];
        for name in names {
            assert_eq!(signal[name], predecessors()[name], "{name}");
        }
        let id = signal["id"].as_str().unwrap();
        assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
        assert_eq!(answer.header("location"), format!("/api/v1/signals/{id}"));
        assert_eq!(answer.header("etag"), "\"v1\"");
        let read = api.get(&format!("/{id}")).await.json();
        assert_eq!(signal["result"], "created");
        for (name, value) in read.as_object().unwrap() {
            assert_eq!(signal[name], *value, "{name}");
        }
    }
}

#[tokio::test]
async fn a_signal_of_a_post_is_stored_once_and_an_edit_makes_a_version() {
    let api = Api::new().await;
    let first = api.stored(&posted(7)).await;
    assert_eq!(first["id"], "whalechart_7_0");
    assert_eq!(first["source"], "telegram_whalechart");
    assert_eq!(first["targets"].to_string(), "[1900,1800.000000000000001]");
    assert_eq!((&first["entry_price"], &first["below_threshold"]), (&json!(2000.5), &json!(true)));
    let again = api.post("", &posted(7)).await;
    assert_eq!((again.status, &again.json()["result"]), (StatusCode::OK, &json!("unchanged")));
    let mut edited = posted(7);
    edited["targets"] = json!([1700]);
    edited["origin"]["edited_at"] = json!("2026-09-01T11:00:00Z");
    let again = api.post("", &edited).await;
    assert_eq!((again.status, &again.json()["result"]), (StatusCode::OK, &json!("new_version")));
    assert_eq!(again.header("etag"), "\"v2\"");

    let versions = api.get("/whalechart_7_0/versions").await.json();
    let seen: Vec<(&Value, &Value)> =
        versions["data"].as_array().unwrap().iter().map(|it| (&it["signal"]["version"], &it["cause"])).collect();
    assert_eq!(seen, [(&json!(2), &Value::Null), (&json!(1), &json!("edited"))]);
    let then = api.get("/whalechart_7_0?as_of=2026-09-01T10:30:00Z").await.json();
    assert_eq!(then["version"], 1);
    api.get("/whalechart_7_0?as_of=2026-09-01T09:00:00Z").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn every_kind_of_entry_comes_back_as_it_was_and_can_be_sent_again() {
    let api = Api::new().await;
    for entry in [
        json!({"kind": "market"}),
        json!({"kind": "limit", "price": 100}),
        json!({"kind": "zone", "low": 99, "high": 100.5}),
        json!({"kind": "ladder", "prices": [100, 98, 99]}),
        json!({"kind": "breakout", "low": 100, "high": 100, "when": "above"}),
    ] {
        let body = json!({"symbol": "SOL", "signal_type": "long", "source": "desk", "entry": entry, "targets": [110]});
        let stored = api.stored(&body).await;
        let mut again = body.clone();
        again["entry"] = stored["entry"].clone();
        assert_eq!(api.stored(&again).await["entry"], stored["entry"]);
        assert_eq!(stored["entry"]["kind"], entry["kind"]);
        assert_eq!(stored["symbol"], "SOLUSDT");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let api = Api::new().await;
    let with = |name: &str, value: Value| {
        let mut body = predecessors();
        body[name] = value;
        body
    };
    for (body, field) in [
        (with("symbol", json!("")), "symbol"),
        (with("symbol", json!("two words")), "symbol"),
        (with("signal_type", json!("up")), "signal_type"),
        (with("entry_price", json!(-1)), "entry_price"),
        (with("entry_price", json!("abc")), "entry_price"),
        (with("confidence", json!(1.5)), "confidence"),
        (with("source", json!("two words")), "source"),
        (with("source", Value::Null), "source"),
        (with("entry", json!({"kind": "market"})), "entry_price"),
        (with("targets", json!([1])), "target_price"),
        (with("leverage", json!({"min": 0, "max": 5})), "leverage"),
        (with("stop_loss_percent", json!(2)), "stop_loss_percent"),
        (with("original_text", json!("x".repeat(17_000))), "original_text"),
        (with("id", json!("mine")), "id"),
        (with("status", json!("closed")), "status"),
    ] {
        let answer = api.post("", &body).await;
        answer.is_problem(422, "invalid_body");
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    let mut other = posted(7);
    other["source"] = json!("telegram_other");
    let answer = api.post("", &other).await;
    answer.is_problem(422, "invalid_body");
    assert!(answer.text.contains("telegram_whalechart"));
}

#[tokio::test]
async fn prices_that_contradict_one_another_are_refused_with_the_rule() {
    let api = Api::new().await;
    let mut body = predecessors();
    body["stop_loss"] = json!(45_500);
    let answer = api.post("", &body).await;
    answer.is_problem(422, "price_geometry");
    assert_eq!(answer.json()["violations"][0]["rule"], "stop_on_wrong_side");
    assert_eq!(api.get("/stats").await.json()["total_signals"], 0);
}

#[tokio::test]
async fn a_text_is_read_without_being_stored() {
    let api = Api::new().await;
    let answer = api.post("/parse", &json!({"text": "BTC LONG ENTRY 45000 TARGET 46000 SL 44000"})).await;
    let parsed = answer.json();
    assert_eq!((&parsed["schema"], &parsed["kind"]), (&json!("parse/1"), &json!("signal")));
    assert_eq!(parsed["signals"][0]["evidence"][0]["text"], "BTC");
    let long = api.post("/parse", &json!({"text": "x".repeat(20_000)})).await;
    assert_eq!(long.json()["reason"], "too_long");
    assert_eq!(api.get("").await.json()["data"], json!([]));
}
