//! Stored signals are read, replaced, changed and deleted.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::asking::{Api, posted, predecessors};

#[tokio::test]
async fn a_version_that_is_known_is_not_sent_again() {
    let api = Api::new().await;
    api.stored(&posted(7)).await;
    let path = "/whalechart_7_0";
    let known = |tag| [("if-none-match", tag)];
    let answer = api.ask_with(Method::GET, path, &known("\"v1\""), None).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let answer = api.ask_with(Method::GET, path, &known("\"v9\", W/\"v1\""), None).await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    let answer = api.ask_with(Method::GET, path, &known("\"v9\""), None).await;
    assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, "\"v1\""));
}

#[tokio::test]
async fn a_change_names_the_version_it_is_meant_for() {
    let api = Api::new().await;
    api.stored(&posted(7)).await;
    let patch = |tag: &'static str, body: &'static str| {
        let api = &api;
        async move { api.ask_with(Method::PATCH, "/whalechart_7_0", &[("if-match", tag)], Some(body)).await }
    };
    let answer = patch("\"v1\"", r#"{"status":"filled"}"#).await;
    assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, "\"v2\""));
    assert_eq!(answer.json()["status"], "filled");
    patch("\"v1\"", r#"{"status":"closed"}"#).await.is_problem(412, "precondition_failed");
    patch("\"else\"", r#"{"status":"closed"}"#).await.is_problem(412, "precondition_failed");
    assert_eq!(patch("*", r#"{"status":"closed"}"#).await.status, StatusCode::OK);
    assert_eq!(api.get("/stats").await.json()["by_status"]["closed"], 1);
}

#[tokio::test]
async fn a_patch_leaves_the_rest_and_null_takes_away() {
    let api = Api::new().await;
    let before = api.stored(&posted(7)).await;
    let body = r#"{"stop_loss":null,"leverage":null,"entry":{"kind":"market"},"confidence":1}"#;
    let after = api.ask(Method::PATCH, "/whalechart_7_0", Some(body)).await.json();
    for (name, value) in [("stop_loss", json!(null)), ("leverage", json!(null)), ("entry", json!({"kind": "market"}))] {
        assert_eq!(after[name], value);
    }
    for name in ["targets", "margin", "original_text", "symbol", "origin", "created_at"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    let upside_down =
        api.ask(Method::PATCH, "/whalechart_7_0", Some(r#"{"signal_type":"long","stop_loss":5000}"#)).await;
    upside_down.is_problem(422, "price_geometry");
    for body in [r#"{"id":"x"}"#, r#"{"source":"x"}"#, r#"{"version":9}"#, r#"{"origin":null}"#] {
        api.ask(Method::PATCH, "/whalechart_7_0", Some(body)).await.is_problem(422, "invalid_body");
    }
}

#[tokio::test]
async fn a_signal_is_flagged_as_its_confidence_says() {
    let api = Api::new().await;
    api.stored(&posted(7)).await;
    let flagged = async || {
        let signal = api.get("/whalechart_7_0").await.json()["below_threshold"].as_bool().unwrap();
        let stats = api.get("/stats").await.json()["below_threshold"].as_i64().unwrap();
        (signal, stats)
    };
    assert_eq!(flagged().await, (true, 1));
    for (method, body, after) in [
        (Method::PATCH, r#"{"status":"filled"}"#, (true, 1)),
        (Method::PATCH, r#"{"confidence":0.99}"#, (false, 0)),
        (Method::PUT, r#"{"symbol":"SOL","signal_type":"long","entry_price":150,"confidence":0.69}"#, (true, 1)),
        (Method::PUT, r#"{"symbol":"SOL","signal_type":"long","entry_price":150}"#, (false, 0)),
    ] {
        let answer = api.ask(method, "/whalechart_7_0", Some(body)).await;
        assert_eq!((answer.status, flagged().await), (StatusCode::OK, after), "{body}");
    }
}

#[tokio::test]
async fn a_replacement_states_everything_anew() {
    let api = Api::new().await;
    api.stored(&posted(7)).await;
    let body = r#"{"symbol":"SOL","signal_type":"long","entry_price":"150.1","status":"expired"}"#;
    let after = api.ask(Method::PUT, "/whalechart_7_0/", Some(body)).await.json();
    assert_eq!((&after["symbol"], &after["entry_price"]), (&json!("SOLUSDT"), &json!(150.1)));
    assert_eq!(
        (&after["targets"], &after["stop_loss"], &after["status"]),
        (&json!([]), &json!(null), &json!("expired"))
    );
    assert_eq!((&after["id"], &after["version"]), (&json!("whalechart_7_0"), &json!(2)));
    let stats = api.get("/stats").await.json();
    assert_eq!((&stats["total_signals"], &stats["by_symbol"]["ETHUSDT"]), (&json!(1), &json!(null)));
}

#[tokio::test]
async fn a_deleted_signal_is_gone_and_its_post_does_not_bring_it_back() {
    let api = Api::new().await;
    api.stored(&posted(7)).await;
    api.wait(60);
    let stale = api.ask_with(Method::DELETE, "/whalechart_7_0", &[("if-match", "\"v4\"")], None).await;
    stale.is_problem(412, "precondition_failed");
    assert_eq!(api.ask(Method::DELETE, "/whalechart_7_0", None).await.status, StatusCode::NO_CONTENT);
    for path in ["/whalechart_7_0", "/whalechart_7_0/versions"] {
        api.get(path).await.is_problem(404, "not_found");
    }
    api.ask(Method::DELETE, "/whalechart_7_0", None).await.is_problem(404, "not_found");
    api.ask(Method::PATCH, "/whalechart_7_0", Some("{}")).await.is_problem(404, "not_found");
    api.post("", &posted(7)).await.is_problem(409, "conflict");
    assert_eq!(api.get("").await.json()["data"], json!([]));
    assert_eq!(api.get("/stats").await.json()["total_signals"], 0);
    api.stored(&predecessors()).await;
}
