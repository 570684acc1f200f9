//! What becomes of requests while the store fails.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use axum::http::Method;
use functions::auth::Access;
use functions::metrics::Metrics;
use functions::state::Settings;
use serde_json::{Value, json};
use signals::api_key::Scope;
use signals::store::embedded::Engine;
use signals::store::{Counting, Shards, SignalStore};

use crate::asking::{Answer, Api, predecessors};

/// A database that throttles every request in which one of these texts stands, and counts what is read by its key.
#[derive(Clone, Debug)]
struct Throttling {
    engine: SharedHttpClient,
    texts: Arc<Mutex<Vec<&'static str>>>,
    n_reads: Arc<AtomicU32>,
}

impl Throttling {
    fn new() -> Self {
        let engine = Engine::in_memory().expect("an engine").transport();
        Self { engine, texts: Arc::default(), n_reads: Arc::default() }
    }

    fn throttles(&self, texts: &[&'static str]) {
        *self.texts.lock().expect("no panic") = texts.to_vec();
    }

    async fn store(&self) -> SignalStore {
        let client = SignalStore::local_client("http://embedded.invalid", Some(SharedHttpClient::new(self.clone())));
        SignalStore::create(client, "signals", Shards::LOCAL, Counting::FromStream).await.expect("a table")
    }
}

impl HttpClient for Throttling {
    fn http_connector(&self, how: &HttpConnectorSettings, with: &RuntimeComponents) -> SharedHttpConnector {
        let engine = self.engine.http_connector(how, with);
        SharedHttpConnector::new(End { engine, database: self.clone() })
    }
}

#[derive(Debug)]
struct End {
    engine: SharedHttpConnector,
    database: Throttling,
}

impl HttpConnector for End {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().expect("a body in memory"));
        if request.headers().get("x-amz-target").is_some_and(|target| target.ends_with(".GetItem")) {
            self.database.n_reads.fetch_add(1, Ordering::Relaxed);
        }
        if self.database.texts.lock().expect("no panic").iter().any(|text| body.contains(text)) {
            let code = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
            let refused = json!({"__type": code, "message": "not now"}).to_string();
            let status = StatusCode::try_from(400).expect("a status");
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(refused))));
        }
        self.engine.call(request)
    }
}

async fn send(api: &Api, batch: &Value) -> Answer {
    api.ask_with(Method::POST, "/batch", &[("idempotency-key", "one")], Some(&batch.to_string())).await
}

fn statuses(answer: &Answer) -> Vec<u64> {
    answer.json()["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["status"].as_u64().expect("a status"))
        .collect()
}

// The clock jumps over the waits between two tries.
#[tokio::test(start_paused = true)]
async fn a_batch_of_which_a_part_failed_is_completed_by_a_repeat() {
    let database = Throttling::new();
    let measured = Arc::new(Mutex::new(String::new()));
    let sink = measured.clone();
    let metrics = Metrics::to(move |line| sink.lock().expect("no panic").push_str(line));
    let api = Api::over(database.store().await, |it| it, Some(metrics));
    let mut other = predecessors();
    other["symbol"] = json!("SOLUSDT");
    let batch = json!([predecessors(), other]);

    database.throttles(&["SOLUSDT"]);
    let first = send(&api, &batch).await;
    assert_eq!((first.status.as_u16(), statuses(&first)), (200, vec![201, 503]), "{}", first.text);
    assert!(measured.lock().expect("no panic").contains("\"Errors\":1"));

    database.throttles(&[]);
    let second = send(&api, &batch).await;
    assert_eq!((statuses(&second), second.header("idempotent-replayed")), (vec![200, 201], ""), "{}", second.text);
    assert_eq!(second.json()["data"][0]["id"], first.json()["data"][0]["id"]);
    assert_eq!(api.get("").await.json()["data"].as_array().map(Vec::len), Some(2));
    let third = send(&api, &batch).await;
    assert_eq!((&third.text, third.header("idempotent-replayed")), (&second.text, "true"));
}

#[tokio::test]
async fn guesses_cost_the_store_little_and_keys_nothing() {
    let database = Throttling::new();
    let settings = |it| Settings { access: Access::Keys, requests_per_second: 1, ..it };
    let api = Api::over(database.store().await, settings, None);
    let key = api.key(&[Scope::Read], None).await;
    let before = database.n_reads.load(Ordering::Relaxed);
    let (mut n_refused, mut n_limited) = (0, 0);
    while n_limited < 50 {
        let guess = format!("sgt_{:043}", n_refused + n_limited);
        match api.ask_with(Method::GET, "", &[("x-api-key", &guess)], None).await.status.as_u16() {
            401 => n_refused += 1,
            429 => n_limited += 1,
            status => panic!("{status}"),
        }
    }
    // One look-up for each 401, and one more for the guess that finds the bucket empty.
    let n_reads = database.n_reads.load(Ordering::Relaxed) - before;
    assert!(n_reads <= 2 * n_refused + 1, "{n_reads} reads for {n_refused} guesses that were heard");
    // A key that nobody has used before is let in all the same.
    let headers = [("authorization", key.bearer.as_str())];
    assert_eq!(api.ask_with(Method::GET, "", &headers, None).await.status, 200);
}
