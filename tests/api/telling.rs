//! News of earlier signals are handed in.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::asking::{Api, posted};

fn news(message_id: i64, event: &str) -> Value {
    json!({
        "event": event, "symbol": "ETH/USDT",
        "origin": {"channel": "whalechart", "message_id": message_id, "posted_at": "2026-09-02T10:00:00Z"}
    })
}

#[tokio::test]
async fn news_change_the_signal_that_they_speak_of_once() {
    let api = Api::new().await;
    api.stored(&posted(7)).await;
    let mut hit = news(8, "target_hit");
    hit["target_index"] = json!(1);
    hit["reply_to"] = json!(7);
    let answer = api.post("/events", &hit).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let answer = answer.json();
    assert_eq!((&answer["result"], &answer["signal"]["status"]), (&json!("linked"), &json!("partial")));
    let again = api.post("/events/", &hit).await;
    assert_eq!((again.status, &again.json()["result"]), (StatusCode::OK, &json!("unchanged")));
    assert_eq!(again.json()["event"]["signal_id"], "whalechart_7_0");
    assert_eq!(api.post("/events", &news(9, "stop_hit")).await.json()["signal"]["status"], "stopped");
    let signal = api.get("/whalechart_7_0").await.json();
    assert_eq!((&signal["version"], signal["events"].as_array().map(Vec::len)), (&json!(3), Some(2)));
    assert_eq!(api.get("/stats").await.json()["by_status"]["stopped"], 1);
}

#[tokio::test]
async fn news_that_find_no_signal_wait_where_they_are_seen() {
    let api = Api::new().await;
    for n in 1..=5 {
        let answer = api.post("/events", &news(n, "closed")).await.json();
        assert_eq!((&answer["result"], &answer["event"]["signal_id"]), (&json!("unlinked"), &Value::Null));
    }
    let mut seen = Vec::new();
    let mut path = "/unlinked?limit=2".to_owned();
    while !path.is_empty() {
        let page = api.get(&path).await.json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        path = page["next_cursor"].as_str().map(|next| format!("/unlinked?limit=2&cursor={next}")).unwrap_or_default();
    }
    seen.sort();
    assert_eq!(seen, ["whalechart_1_0", "whalechart_2_0", "whalechart_3_0", "whalechart_4_0", "whalechart_5_0"]);
    let of_signals = api.get("?limit=1&cursor=x").await;
    of_signals.is_problem(400, "invalid_parameter");
}

#[tokio::test]
async fn news_that_say_nothing_are_refused() {
    let api = Api::new().await;
    for (name, value) in [
        ("event", json!("won")),
        ("target_index", json!(0)),
        ("reply_to", json!(-1)),
        ("signal_id", json!("x")),
        ("symbol", json!("two words")),
        ("source", json!("desk")),
        ("provider_id", json!("x".repeat(65))),
        ("origin", json!({"channel": "x", "message_id": 1, "posted_at": "2026-09-02T10:00:00Z"})),
    ] {
        let mut body = news(1, "closed");
        body[name] = value;
        api.post("/events", &body).await.is_problem(422, "invalid_body");
    }
}
