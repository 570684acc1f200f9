//! The reader and the writer answer API Gateway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::asking::{Ask, PREDECESSORS, READER, WRITER, database, function};
use crate::runtime_api::Told;

#[tokio::test]
async fn what_the_writer_stores_the_reader_gives() {
    let database = database().await;
    let (mut writer, mut reader) = (function(WRITER, &database).await, function(READER, &database).await);
    let stored = Ask::new("POST", "/api/v1/signals/").body(PREDECESSORS).of(&mut writer).await;
    assert_eq!(stored.status, 201, "{}", stored.text);
    let id = stored.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(stored.headers["location"], format!("/api/v1/signals/{id}"));

    let read = Ask::new("GET", &format!("/api/v1/signals/{id}")).of(&mut reader).await;
    assert_eq!((read.status, &read.headers["etag"]), (200, &json!("\"v1\"")), "{}", read.text);
    assert!(read.text.contains("\"entry_price\":45000,"), "{}", read.text);
    assert_eq!(read.json()["original_text"], "BTC LONG ENTRY 45000 TARGET 46000 SL 44000");
    let again =
        Ask::new("GET", &format!("/api/v1/signals/{id}")).header("if-none-match", "\"v1\"").of(&mut reader).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));

    let body = STANDARD.encode(PREDECESSORS.replace("BTCUSDT", "ETHUSDT"));
    let second = Ask::new("POST", "/api/v1/signals").body(&body).said_to_be_base64().of(&mut writer).await;
    assert_eq!((second.status, &second.json()["symbol"]), (201, &json!("ETHUSDT")), "{}", second.text);
    let page = Ask::new("GET", "/api/v1/signals/?symbol=BTC%2FUSDT&limit=20").of(&mut reader).await.json();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["data"][0]["id"]), (1, &json!(id)));
    let first = Ask::new("GET", "/api/v1/signals?limit=1").of(&mut reader).await.json();
    let path = format!("/api/v1/signals?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = Ask::new("GET", &path).of(&mut reader).await.json();
    assert_ne!(rest["data"][0]["id"], first["data"][0]["id"]);

    let stats = Ask::new("GET", "/api/v1/signals/stats").of(&mut reader).await;
    assert_eq!(stats.status, 200, "{}", stats.text);
    let document = Ask::new("GET", "/openapi.json").without_key().of(&mut reader).await;
    assert!(document.json()["paths"].as_object().unwrap().len() > 5);
    assert_eq!(Ask::new("GET", "/docs").without_key().of(&mut reader).await.status, 200);
}

#[tokio::test]
async fn each_function_has_the_routes_of_its_privilege_alone() {
    let database = database().await;
    let (mut writer, mut reader) = (function(WRITER, &database).await, function(READER, &database).await);
    let post = || Ask::new("POST", "/api/v1/signals").body(PREDECESSORS);
    post().of(&mut reader).await.is_problem(405, "method_not_allowed");
    Ask::new("GET", "/api/v1/signals").of(&mut writer).await.is_problem(405, "method_not_allowed");
    Ask::new("DELETE", "/api/v1/signals/x").of(&mut reader).await.is_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn the_reader_needs_no_right_to_write() {
    let database = database().await;
    let mut writer = function(WRITER, &database).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let stored = Ask::new("POST", "/api/v1/signals").body(PREDECESSORS).of(&mut writer).await;
        ids.push(stored.json()["id"].as_str().unwrap().to_owned());
    }
    let mut reader = function(READER, &database).await;
    let mut path = "/api/v1/signals?limit=2".to_owned();
    for n_signals in [2, 1] {
        let page = Ask::new("GET", &path).of(&mut reader).await;
        assert_eq!((page.status, page.json()["data"].as_array().unwrap().len()), (200, n_signals), "{}", page.text);
        path = format!("/api/v1/signals?limit=2&cursor={}", page.json()["next_cursor"].as_str().unwrap_or_default());
    }
    for path in [
        "/api/v1/signals/stats".to_owned(),
        "/api/v1/signals/unlinked".to_owned(),
        "/api/v1/channels".to_owned(),
        "/api/v1/signals/health/ready".to_owned(),
        format!("/api/v1/signals/{}", ids[0]),
        format!("/api/v1/signals/{}/versions", ids[0]),
        format!("/api/v1/signals/{}?as_of=2099-01-01T00:00:00Z", ids[0]),
    ] {
        assert_eq!(Ask::new("GET", &path).of(&mut reader).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_writer_has_the_rights_that_its_routes_need() {
    let database = database().await;
    let mut writer = function(WRITER, &database).await;
    let of_post = |id: u32, symbol: &str| {
        let origin =
            format!(r#""origin":{{"channel":"whalechart","message_id":{id},"posted_at":"2026-11-22T10:00:00Z"}}"#);
        PREDECESSORS.replace("\"source\":\"telegram_cryptosignals\"", &origin).replace("BTCUSDT", symbol)
    };
    let hit = r#""event":"target_hit","target_index":1"#;
    let news = r#""channel":"whalechart","posted_at":"2026-11-22T12:00:00Z""#;
    let key = r#"{"name":"desk","scopes":["read"]}"#;
    let batch = format!("[{},{}]", of_post(8, "ETHUSDT"), of_post(9, "SOLUSDT"));
    for (method, path, body, status) in [
        ("POST", "/api/v1/signals", of_post(7, "BTCUSDT"), 201),
        // The same request once more, which is answered as it was.
        ("POST", "/api/v1/signals", of_post(7, "BTCUSDT"), 201),
        ("POST", "/api/v1/signals/batch", batch, 200),
        // Found by the post that they answer, by the symbol, by the id, and not at all.
        (
            "POST",
            "/api/v1/signals/events",
            format!(r#"{{{hit},"reply_to":7,"origin":{{{news},"message_id":10}}}}"#),
            201,
        ),
        (
            "POST",
            "/api/v1/signals/events",
            format!(r#"{{{hit},"symbol":"ETH","origin":{{{news},"message_id":11}}}}"#),
            201,
        ),
        ("POST", "/api/v1/signals/events", format!(r#"{{{hit},"signal_id":"whalechart_9_0","source":"desk"}}"#), 201),
        (
            "POST",
            "/api/v1/signals/events",
            format!(r#"{{{hit},"symbol":"XRP","origin":{{{news},"message_id":12}}}}"#),
            201,
        ),
        ("PATCH", "/api/v1/signals/whalechart_8_0", r#"{"confidence":0.9}"#.to_owned(), 200),
        (
            "PUT",
            "/api/v1/signals/whalechart_8_0",
            r#"{"symbol":"BTC","signal_type":"long","confidence":0.5}"#.to_owned(),
            200,
        ),
        ("DELETE", "/api/v1/signals/whalechart_8_0", String::new(), 204),
        ("POST", "/api/v1/keys", key.to_owned(), 201),
        ("GET", "/api/v1/keys", String::new(), 200),
    ] {
        // One for each request, and the same for the same.
        let repeat: u64 = body.bytes().fold(7, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let repeat = repeat.to_string();
        let answer = Ask::new(method, path).body(&body).header("idempotency-key", &repeat).of(&mut writer).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text);
    }
    let made = Ask::new("POST", "/api/v1/keys").body(key).of(&mut writer).await.json();
    let path = format!("/api/v1/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(Ask::new("DELETE", &path).of(&mut writer).await.status, 200);
    let logged = writer.stop().await;
    assert!(!format!("{logged:?}").contains("not authorized"), "{logged:?}");
}

#[tokio::test]
async fn nobody_is_served_without_a_key() {
    let database = database().await;
    let mut reader = function(READER, &database).await;
    let list = || Ask::new("GET", "/api/v1/signals");
    let answer = list().without_key().of(&mut reader).await;
    answer.is_problem(401, "unauthorized");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    // Neither is whoever says to sit at the same machine.
    list().without_key().header("host", "127.0.0.1").of(&mut reader).await.is_problem(401, "unauthorized");
    let wrong = format!("Bearer sgt_{}", "A".repeat(43));
    list().header("authorization", &wrong).of(&mut reader).await.is_problem(401, "unauthorized");
    list().header("authorization", "Bearer nonsense").of(&mut reader).await.is_problem(401, "unauthorized");
    assert_eq!(Ask::new("GET", "/api/v1/signals/health").without_key().of(&mut reader).await.status, 200);
    assert_eq!(list().of(&mut reader).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_a_problem_and_the_process_lives() {
    let database = database().await;
    let (mut writer, mut reader) = (function(WRITER, &database).await, function(READER, &database).await);
    let post = |body: &str| Ask::new("POST", "/api/v1/signals").body(body);
    post("{").of(&mut writer).await.is_problem(400, "invalid_json");
    post("[]").of(&mut writer).await.is_problem(422, "invalid_body");
    post("{}").header("content-type", "text/plain").of(&mut writer).await.is_problem(415, "unsupported_media_type");
    let upside_down = PREDECESSORS.replace("\"stop_loss\":44000", "\"stop_loss\":47000");
    post(&upside_down).of(&mut writer).await.is_problem(422, "price_geometry");
    post(&"x".repeat(300_000)).of(&mut writer).await.is_problem(413, "payload_too_large");
    for path in
        ["/", "/api/v1/nothing", "/api/v1/signals/a b", "/api/v1/signals/лонг\u{0}\r\n\"", "/api/v1/signals/%ff", "//"]
    {
        Ask::new("GET", path).of(&mut reader).await.is_problem(404, "not_found");
    }
    let broken = Ask::new("POST", "/api/v1/signals").body("%%%").said_to_be_base64().of(&mut writer).await;
    broken.is_problem(400, "invalid_parameter");
    assert_eq!(broken.headers["x-content-type-options"], "nosniff");
    assert_eq!(post(PREDECESSORS).of(&mut writer).await.status, 201);
}

#[tokio::test]
async fn an_event_of_another_kind_fails_by_name_and_the_process_lives() {
    let database = database().await;
    let mut reader = function(READER, &database).await;
    let mut old = Ask::new("GET", "/api/v1/signals").event().clone();
    old["version"] = json!("1.0");
    for event in [old, json!({"Records": []}), json!(7), json!([])] {
        let told = reader.invoke(&event).await;
        assert!(matches!(told, Told::Failure(_)), "{told:?}");
    }
    assert_eq!(Ask::new("GET", "/api/v1/signals").of(&mut reader).await.status, 200);
}

#[tokio::test]
async fn a_store_that_is_down_is_told_and_used_again_when_it_is_up() {
    let mut database = database().await;
    let mut reader = function(READER, &database).await;
    let ask = || Ask::new("GET", "/api/v1/signals/whalechart_7_0");
    ask().of(&mut reader).await.is_problem(404, "not_found");
    database.stop();
    let down = ask().of(&mut reader).await;
    down.is_problem(503, "store_unavailable");
    assert_eq!(down.headers["retry-after"], "1");
    assert!(!down.text.contains("127.0.0.1"), "{}", down.text);
    let ready = || Ask::new("GET", "/api/v1/signals/health/ready").without_key();
    ready().of(&mut reader).await.is_problem(503, "not_ready");
    database.run();
    ask().of(&mut reader).await.is_problem(404, "not_found");
    let lines = reader.stop().await;
    let why: Vec<&Value> = lines.iter().filter(|line| line["event"] == "store.not_ready").collect();
    assert!(why.len() == 1 && why[0]["error"].as_str().is_some_and(|error| !error.is_empty()), "{why:?}");
}

#[tokio::test]
async fn each_change_is_logged_with_what_it_is_about_and_whose_key_it_was() {
    let database = database().await;
    let mut writer = function(WRITER, &database).await;
    let posted = PREDECESSORS.replace(
        "\"source\":\"telegram_cryptosignals\"",
        r#""origin":{"channel":"whalechart","message_id":7,"posted_at":"2026-11-22T10:00:00Z"}"#,
    );
    let news = r#"{"event":"target_hit","symbol":"BTC","signal_id":"whalechart_7_0","source":"desk"}"#;
    let path = "/api/v1/signals/whalechart_7_0";
    for (method, path, body, status) in [
        ("POST", "/api/v1/signals", posted.as_str(), 201),
        ("PATCH", path, r#"{"confidence":0.9}"#, 200),
        // It changes nothing.
        ("PATCH", path, r#"{"confidence":0.9}"#, 200),
        ("PUT", path, r#"{"symbol":"BTC","signal_type":"long","confidence":0.5}"#, 200),
        ("POST", "/api/v1/signals/events", news, 201),
        ("DELETE", path, "", 204),
    ] {
        let answer = Ask::new(method, path).body(body).of(&mut writer).await;
        assert_eq!(answer.status, status, "{method}: {}", answer.text);
    }
    let lines = writer.stop().await;
    let changes: Vec<&Value> = lines.iter().filter(|line| line["signal_id"] == "whalechart_7_0").collect();
    let seen: Vec<[&Value; 3]> = changes.iter().map(|it| [&it["event"], &it["symbol"], &it["confidence"]]).collect();
    let (btc, none) = (&json!("BTCUSDT"), &Value::Null);
    assert_eq!(
        seen,
        [
            [&json!("signal.stored"), btc, &json!("0.80")],
            [&json!("signal.changed"), btc, &json!("0.90")],
            [&json!("signal.changed"), btc, &json!("0.50")],
            [&json!("event.stored"), btc, none],
            [&json!("signal.deleted"), btc, &json!("0.50")],
        ]
    );
    assert!(changes.iter().all(|line| line["key_id"] == changes[0]["key_id"] && line["source"].is_string()));
    assert!(changes[0]["key_id"].is_string(), "{changes:?}");
}

#[tokio::test]
async fn each_request_is_measured_and_no_secret_is_logged() {
    let database = database().await;
    let mut writer = function(WRITER, &database).await;
    let batch = format!("[{PREDECESSORS},{PREDECESSORS},7]");
    let answer = Ask::new("POST", "/api/v1/signals/batch").body(&batch).of(&mut writer).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Ask::new("PUT", "/api/v1/nothing").body("{}").of(&mut writer).await.is_problem(404, "not_found");
    let broken = Ask::new("POST", "/api/v1/signals").body("%%%").said_to_be_base64();
    broken.of(&mut writer).await.is_problem(400, "invalid_parameter");
    let lines = writer.stop().await;
    let measured: Vec<&Value> = lines.iter().filter(|line| line.get("_aws").is_some()).collect();
    let of_stack = |it: &&Value| it["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "sigtower-e2e";
    assert!(measured.iter().all(of_stack), "{measured:?}");
    let seen: Vec<[&Value; 4]> = measured
        .iter()
        .map(|it| ["Operation", "Requests", "Errors", "SignalsStored"].map(|name| it.get(name).unwrap_or(&Value::Null)))
        .collect();
    assert_eq!(
        seen,
        [
            [&json!("create_signals"), &json!(1), &json!(0), &json!(2)],
            [&json!("none"), &json!(1), &json!(0), &Value::Null],
            [&json!("none"), &json!(1), &json!(0), &Value::Null]
        ]
    );
    let logged: Vec<&Value> = lines.iter().filter(|line| line["event"] == "request.answered").collect();
    assert_eq!(logged.len(), 3);
    assert!(logged.iter().all(|line| line["invocation_id"].is_string() && line["request_id"].is_string()));
    let stored: Vec<&Value> = lines.iter().filter(|line| line["event"] == "signal.stored").collect();
    assert_eq!(stored.len(), 2);
    // An operator can tell whose key it was, also of what was refused; of what no request came of nobody is asked.
    assert!(stored.iter().chain(&logged[..2]).all(|line| line["key_id"].as_str().is_some_and(|id| id.len() == 16)));
    let all = serde_json::to_string(&lines).unwrap();
    assert!(!all.contains("sgt_") && !all.contains("BTC LONG"), "{all}");
    // Each is read by somebody: no line is without a meaning.
    assert!(lines.iter().all(|line| line.get("_aws").is_some() != line.get("event").is_some()));
}
