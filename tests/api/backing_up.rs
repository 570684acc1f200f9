//! Backups over the wire.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::asking::{Answer, Api, posted, predecessors};

const PATH: &str = "/api/v1/backup";

async fn filled() -> Api {
    let api = Api::new().await;
    for n in 1..=30 {
        api.stored(&posted(n)).await;
    }
    api.stored(&predecessors()).await;
    api.ask(Method::PATCH, "/whalechart_7_0", Some(r#"{"status":"closed"}"#)).await;
    api.ask_at(Method::POST, "/api/v1/keys", &[], Some(r#"{"name":"desk","scopes":["read"]}"#)).await;
    api
}

async fn import(api: &Api, lines: &str) -> Answer {
    api.ask_at(Method::POST, PATH, &[("content-type", "Application/JSONL; charset=utf-8")], Some(lines)).await
}

async fn everything(api: &Api) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["?limit=200", "/stats", "/whalechart_7_0/versions"] {
        all.push(api.get(path).await.json());
    }
    all.push(api.ask_at(Method::GET, "/api/v1/keys", &[], None).await.json());
    all
}

#[tokio::test]
async fn a_backup_makes_an_empty_store_the_same() {
    let api = filled().await;
    let backup = api.ask_at(Method::GET, PATH, &[], None).await;
    assert_eq!((backup.status.as_u16(), backup.header("content-type")), (200, "application/jsonl"));
    let other = Api::new().await;
    let imported = import(&other, &backup.text).await.json();
    assert_eq!((&imported["unchanged"], &imported["expired"]), (&json!(0), &json!(0)));
    assert_eq!(imported["written"].as_u64().unwrap(), backup.text.lines().count() as u64 - 2);
    assert_eq!(everything(&other).await, everything(&api).await);
    let again = import(&other, &backup.text).await.json();
    assert_eq!((&again["written"], &again["unchanged"]), (&json!(0), &imported["written"]));
    assert_eq!(everything(&other).await, everything(&api).await);
}

#[tokio::test]
async fn a_backup_comes_in_pieces_of_any_size() {
    let backup = filled().await.ask_at(Method::GET, PATH, &[], None).await.text;
    for size in [1, 7, 1000] {
        let other = Api::new().await;
        let bytes = backup.clone().into_bytes();
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> = bytes.chunks(size).map(|piece| Ok(piece.to_vec())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let request = Request::post(PATH).header("host", "localhost").header("content-type", "application/jsonl");
        let answer = other.send(request.body(body).unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(other.get("/stats").await.json()["total_signals"], 31);
    }
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_with_the_line() {
    let backup = filled().await.ask_at(Method::GET, PATH, &[], None).await.text;
    let lines: Vec<&str> = backup.lines().collect();
    let cut = lines[..lines.len() - 1].join("\n");
    let damaged = backup.replacen("ETHUSDT", "XTHUSDT", 1);
    let long = format!("{}\n{}", lines[0], "x".repeat(5 << 20));
    for (text, says) in [
        ("", "no backup"),
        ("{}", "no backup"),
        ("{\"schema\":\"sigtower-backup/99\"}\n", "update the program"),
        (cut.as_str(), "cut short"),
        (damaged.as_str(), "line "),
        (long.as_str(), "bytes"),
    ] {
        let answer = import(&Api::new().await, text).await;
        answer.is_problem(422, "invalid_backup");
        assert!(answer.text.contains(says), "{}", answer.text);
    }
    let pieces = [Ok(lines[0].to_owned() + "\n"), Err(std::io::Error::other("gone"))];
    let request = Request::post(PATH).header("host", "localhost").header("content-type", "application/jsonl");
    let request = request.body(Body::from_stream(futures_util::stream::iter(pieces))).unwrap();
    Api::new().await.send(request).await.is_problem(422, "invalid_backup");
    let answer = Api::new().await.ask_at(Method::POST, PATH, &[("content-type", "text/plain")], Some(&backup)).await;
    answer.is_problem(415, "unsupported_media_type");
}

/// A client that is still sending when the connection closes may never see the answer.
#[tokio::test]
async fn what_is_refused_is_read_to_its_end() {
    let mut n_read = 0;
    let pieces = (0..100).map(|_| Ok::<_, std::io::Error>("{}\n")).collect::<Vec<_>>();
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let told = futures_util::StreamExt::inspect(futures_util::stream::iter(pieces), move |_| {
        sender.send(()).expect("the test listens");
    });
    let request = Request::post(PATH).header("host", "localhost").header("content-type", "application/jsonl");
    Api::new().await.send(request.body(Body::from_stream(told)).unwrap()).await.is_problem(422, "invalid_backup");
    while receiver.try_recv().is_ok() {
        n_read += 1;
    }
    assert_eq!(n_read, 100);
}

#[tokio::test]
async fn a_store_that_holds_something_else_is_left_as_it_is() {
    let backup = filled().await.ask_at(Method::GET, PATH, &[], None).await.text;
    let other = Api::new().await;
    other.stored(&posted(99)).await;
    import(&other, &backup).await.is_problem(409, "conflict");
    assert_eq!(other.get("/stats").await.json()["total_signals"], 1);
}
