//! Bodies at their limits, and beyond them.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use futures_util::stream::{self, StreamExt as _};
use serde_json::json;

use crate::asking::{Api, predecessors};

async fn refused(api: &Api, body: &str) -> u16 {
    let answer = api.ask(Method::POST, "", Some(body)).await;
    assert!(answer.status.is_client_error(), "{} {}", answer.status, answer.text);
    assert!(answer.text.len() < 2_000, "the answer grows with the body");
    answer.status.as_u16()
}

#[tokio::test]
async fn bodies_are_bounded() {
    let api = Api::new().await;
    let padded = |bytes: usize| {
        let body = predecessors().to_string();
        format!("{body}{}", " ".repeat(bytes - body.len()))
    };
    let limit = 256 * 1024;
    assert_eq!(api.ask(Method::POST, "", Some(&padded(limit))).await.status, StatusCode::CREATED);
    api.ask(Method::POST, "", Some(&padded(limit + 1))).await.is_problem(413, "payload_too_large");
    api.ask(Method::POST, "/batch", Some(&padded((1 << 20) + 1))).await.is_problem(413, "payload_too_large");
    api.ask(Method::POST, "/parse", Some(&padded(limit * 1000))).await.is_problem(413, "payload_too_large");
}

/// A body that begins so, and then comes a byte at a time, with these pauses between them.
fn dribbling(begin: &'static str, pause: Duration) -> Body {
    let rest = stream::repeat(" ").then(move |byte| async move {
        tokio::time::sleep(pause).await;
        byte
    });
    Body::from_stream(stream::once(async move { begin }).chain(rest).map(Ok::<_, Infallible>))
}

// The clock jumps over the pauses.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let api = Api::new().await;
    let header = "{\"schema\":\"sigtower-backup/1\"}";
    for (path, kind, begin, pause_s) in [
        ("/api/v1/signals", "application/json", "{", 3600),
        ("/api/v1/signals/batch", "application/json", "[", 1),
        ("/api/v1/backup", "application/jsonl", "", 3600),
        // Refused at its first line, and then read on to let the client see it.
        ("/api/v1/backup", "application/jsonl", "{}\n", 3600),
        ("/api/v1/backup", "application/jsonl", "{}\n", 1),
        ("/api/v1/backup", "application/jsonl", header, 3600),
    ] {
        let request = Request::post(path).header("host", "localhost").header("content-type", kind);
        let request = request.body(dribbling(begin, Duration::from_secs(pause_s))).unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(600), api.send(request)).await.expect("an answer");
        let (status, code) = if begin == "{}\n" { (422, "invalid_backup") } else { (408, "request_timeout") };
        answer.is_problem(status, code);
    }
}

#[tokio::test]
async fn what_is_no_json_is_told_from_json_that_is_no_signal() {
    let api = Api::new().await;
    for body in ["", "{", "nonsense", "{\"symbol\":}", "\u{feff}{}", "NaN"] {
        assert_eq!(refused(&api, body).await, 400, "{body}");
    }
    assert_eq!(refused(&api, &format!("{} x", predecessors())).await, 400);
    for body in ["null", "[]", "{} {}", "1", "\"x\"", "{}", "{\"symbol\":\"a\",\"symbol\":\"b\"}"] {
        assert_eq!(refused(&api, body).await, 422, "{body}");
    }
    for (name, value) in [("leverage", "[5,10]"), ("entry", "[\"market\"]"), ("origin", "[\"whalechart\",7]")] {
        let body = format!(r#"{{"symbol":"BTC","signal_type":"long","source":"desk","{name}":{value}}}"#);
        assert_eq!(refused(&api, &body).await, 422, "{body}");
    }
    assert_eq!(refused(&api, r#"["BTC","long"]"#).await, 422);
    assert_eq!(refused(&api, &"[".repeat(10_000)).await, 422);
    assert_eq!(refused(&api, &format!("{{\"symbol\":{}", "[".repeat(100_000))).await, 422);
    assert_eq!(api.post("/batch", &json!([[[[[[]]]]]])).await.status, StatusCode::OK);
    let deep = format!("[{}{}]", "[".repeat(10_000), "]".repeat(10_000));
    let answer = api.ask(Method::POST, "/batch", Some(&deep)).await;
    assert_eq!((answer.status, &answer.json()["data"][0]["status"]), (StatusCode::OK, &json!(422)));
}

#[tokio::test]
async fn numbers_that_are_no_prices_are_refused() {
    let api = Api::new().await;
    for number in ["1e400", "-0", "0", "-1", "1e-30", "1e29", "NaN", "Infinity", "0x10", "1.2.3", "01"] {
        let body = predecessors().to_string().replace("45000", number);
        refused(&api, &body).await;
        let body = predecessors().to_string().replace("45000", &format!("\"{number}\""));
        if number != "01" {
            refused(&api, &body).await;
        }
    }
    let body = r#"{"symbol":"BTC","signal_type":"long","source":"desk","targets":[1,4.8e64]}"#;
    let answer = api.ask(Method::POST, "", Some(body)).await;
    assert_eq!(answer.json()["field"], "targets[1]", "{}", answer.text);
    let digits = "1".repeat(100_000);
    refused(&api, &predecessors().to_string().replace("45000", &digits)).await;
    assert_eq!(api.get("/stats").await.json()["total_signals"], 0);
}

#[tokio::test]
async fn prices_of_all_sizes_come_back_exactly() {
    let api = Api::new().await;
    for price in ["0.000000000001", "1000000000", "8.142994999999999", "0.1", "123456789.123456789123456789"] {
        let body = format!(r#"{{"symbol":"BTC","signal_type":"long","entry_price":{price},"source":"desk"}}"#);
        let answer = api.ask(Method::POST, "", Some(&body)).await;
        assert!(answer.text.contains(&format!("\"entry_price\":{price},")), "{}", answer.text);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert!(api.get(&format!("/{id}")).await.text.contains(&format!("\"entry_price\":{price},")));
    }
}
