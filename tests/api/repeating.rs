//! A request that is sent again under its `Idempotency-Key` is executed once.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use signals::api_key::Scope;
use tokio::task::JoinSet;

use crate::asking::{Answer, Api, posted, predecessors};

const DAY: i64 = 24 * 60 * 60;

async fn send(api: &Api, path: &str, key: &str, body: &Value) -> Answer {
    api.ask_with(Method::POST, path, &[("idempotency-key", key)], Some(&body.to_string())).await
}

async fn n_signals(api: &Api) -> Value {
    api.get("/stats").await.json()["total_signals"].clone()
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == "true"
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let api = Api::new().await;
    let first = send(&api, "", "one", &predecessors()).await;
    assert_eq!((first.status.as_u16(), is_replay(&first)), (201, false));
    for path in ["", "/"] {
        let again = send(&api, path, "one", &predecessors()).await;
        assert_eq!((again.status, &again.text, is_replay(&again)), (first.status, &first.text, true));
        for name in ["content-type", "etag", "location"] {
            assert!(!first.header(name).is_empty() && again.header(name) == first.header(name), "{name}");
        }
    }
    assert_eq!(n_signals(&api).await, 1);
    assert_eq!(send(&api, "", "two", &predecessors()).await.status, 201);
    assert_eq!(n_signals(&api).await, 2);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let api = Api::new().await;
    send(&api, "", "one", &predecessors()).await;
    send(&api, "", "one", &posted(1)).await.is_problem(422, "idempotency_key_reused");
    send(&api, "/batch", "one", &json!([predecessors()])).await.is_problem(422, "idempotency_key_reused");
    // The same text for another operation is another request.
    let batch = json!([posted(2)]);
    send(&api, "/batch", "both", &batch).await;
    send(&api, "", "both", &batch).await.is_problem(422, "idempotency_key_reused");
    assert_eq!(n_signals(&api).await, 2);
    assert!(is_replay(&send(&api, "", "one", &predecessors()).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_is_executed() {
    let api = Arc::new(Api::new().await);
    let mut sent = JoinSet::new();
    for _ in 0..32 {
        let api = api.clone();
        sent.spawn(async move { send(&api, "", "one", &predecessors()).await });
    }
    let answers = sent.join_all().await;
    let executed: Vec<&Answer> = answers.iter().filter(|it| it.status == 201 && !is_replay(it)).collect();
    assert_eq!(executed.len(), 1, "{answers:#?}");
    for answer in &answers {
        if answer.status == 201 {
            assert_eq!(answer.text, executed[0].text);
        } else {
            answer.is_problem(409, "in_progress");
            assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|it| it >= 1));
        }
    }
    assert_eq!(n_signals(&api).await, 1);
    let after = send(&api, "", "one", &predecessors()).await;
    assert_eq!((&after.text, is_replay(&after)), (&executed[0].text, true));
}

#[tokio::test]
async fn a_key_has_1_to_255_printable_characters() {
    let api = Api::new().await;
    assert_eq!(send(&api, "", &"k".repeat(255), &predecessors()).await.status, 201);
    for key in ["", &"k".repeat(256), "kéy", "a\tb"] {
        for (path, body) in [("", predecessors()), ("/batch", json!([predecessors()]))] {
            let answer = send(&api, path, key, &body).await;
            answer.is_problem(400, "invalid_parameter");
            assert_eq!(answer.json()["field"], "Idempotency-Key");
        }
    }
    assert_eq!(n_signals(&api).await, 1);
}

#[tokio::test]
async fn keys_of_different_clients_are_different_keys() {
    let api = Api::with_keys().await;
    let (one, other) = (api.key(&Scope::ALL, None).await, api.key(&Scope::ALL, None).await);
    let send = |bearer: &str| {
        let (bearer, api) = (bearer.to_owned(), &api);
        async move {
            let headers = [("idempotency-key", "one"), ("authorization", bearer.as_str())];
            api.ask_with(Method::POST, "", &headers, Some(&predecessors().to_string())).await
        }
    };
    let (first, second) = (send(&one.bearer).await, send(&other.bearer).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16(), is_replay(&second)), (201, 201, false));
    assert_ne!(first.json()["id"], second.json()["id"]);
    assert_eq!(send(&other.bearer).await.text, second.text);
}

#[tokio::test]
async fn after_a_day_a_key_is_forgotten() {
    let api = Api::new().await;
    let first = send(&api, "", "one", &predecessors()).await;
    api.wait(DAY - 1);
    assert!(is_replay(&send(&api, "", "one", &predecessors()).await));
    api.wait(1);
    let second = send(&api, "", "one", &predecessors()).await;
    assert_eq!((second.status.as_u16(), is_replay(&second)), (201, false));
    assert_ne!(first.json()["id"], second.json()["id"]);
    assert_eq!(n_signals(&api).await, 2);
    api.wait(DAY);
    assert_eq!(send(&api, "", "one", &posted(1)).await.status, 201, "also for another request");
}

#[tokio::test]
async fn a_refusal_that_lasts_is_repeated() {
    let api = Api::new().await;
    let mut upside_down = predecessors();
    upside_down["target_price"] = json!(1);
    let first = send(&api, "", "one", &upside_down).await;
    first.is_problem(422, "price_geometry");
    let again = send(&api, "", "one", &upside_down).await;
    again.is_problem(422, "price_geometry");
    assert!(is_replay(&again) && !is_replay(&first));
    assert_eq!(again.json()["violations"], first.json()["violations"]);
}

#[tokio::test]
async fn news_are_taken_in_once_too() {
    let api = Api::new().await;
    let news = json!({"event": "closed", "symbol": "BTC", "source": "desk"});
    let first = send(&api, "/events", "one", &news).await;
    let again = send(&api, "/events", "one", &news).await;
    assert_eq!((first.status.as_u16(), is_replay(&first), is_replay(&again)), (201, false, true), "{}", first.text);
    assert_eq!(first.text, again.text);
    assert_eq!(api.get("/unlinked").await.json()["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_batch_is_executed_once_too() {
    let api = Api::new().await;
    let batch = json!([posted(1), predecessors(), {"symbol": "BTC"}]);
    let first = send(&api, "/batch", "one", &batch).await;
    let again = send(&api, "/batch", "one", &batch).await;
    assert_eq!((first.status.as_u16(), is_replay(&first), is_replay(&again)), (200, false, true));
    assert_eq!(first.text, again.text);
    assert_eq!(n_signals(&api).await, 2);
}
