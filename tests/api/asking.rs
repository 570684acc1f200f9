//! An API with a store and a clock of its own for each test, and short verbs to ask it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use functions::auth::Access;
use functions::metrics::Metrics;
use functions::state::{ApiState, Settings};
use jiff::Timestamp;
use serde_json::{Value, json};
use signals::api_key::{ApiSecret, KeyId, NewApiKey, Scope};
use signals::confidence::Confidence;
use signals::store::embedded::Engine;
use signals::store::{KeyMade, SignalStore};
use tower::ServiceExt as _;

/// An API of a test's own.
pub(crate) struct Api {
    router: Router,
    store: SignalStore,
    now: Arc<AtomicI64>,
    n_keys: AtomicU8,
}

/// A key of a test's own.
pub(crate) struct TestKey {
    pub(crate) id: KeyId,
    /// The value of `Authorization`.
    pub(crate) bearer: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Api {
    pub(crate) async fn new() -> Self {
        Self::of(|settings| settings).await
    }

    pub(crate) async fn of(change: impl FnOnce(Settings) -> Settings) -> Self {
        Self::over(Engine::in_memory().expect("an engine").store().await.expect("a store"), change, None)
    }

    /// An API over this store, which tells there what it does.
    pub(crate) fn over(
        store: SignalStore,
        change: impl FnOnce(Settings) -> Settings,
        metrics: Option<Metrics>,
    ) -> Self {
        let settings = change(Settings {
            access: Access::Loopback,
            origins: Vec::new(),
            threshold: Confidence::from_percent(70),
            requests_per_second: 100_000,
        });
        let now = Arc::new(AtomicI64::new(1_790_000_000_000));
        let clock = now.clone();
        let clock = Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::Relaxed)).expect("a time"));
        let state = ApiState::new(store.clone(), settings, clock);
        let state = metrics.into_iter().fold(state, ApiState::with_metrics);
        let router = functions::all_routes(&state);
        Self { router, store, now, n_keys: AtomicU8::new(0) }
    }

    /// An API that asks for keys.
    pub(crate) async fn with_keys() -> Self {
        Self::of(|settings| Settings { access: Access::Keys, ..settings }).await
    }

    /// Makes a key, past the API; with `seconds` it is good for so long.
    pub(crate) async fn key(&self, scopes: &[Scope], seconds: Option<i64>) -> TestKey {
        let now = Timestamp::from_millisecond(self.now.load(Ordering::Relaxed)).expect("a time");
        let end = seconds.map(|seconds| Timestamp::from_second(now.as_second() + seconds).expect("a time"));
        let new = NewApiKey::new("test", BTreeSet::from_iter(scopes.iter().copied()), end, now).expect("a key");
        let secret = ApiSecret::of_random([self.n_keys.fetch_add(1, Ordering::Relaxed); 32]);
        match self.store.create_key(new, &secret, now).await.expect("the store answers") {
            KeyMade::Created(key) => TestKey { id: key.id, bearer: format!("Bearer {}", secret.expose()) },
            KeyMade::SecretTaken => panic!("each secret is another"),
        }
    }

    /// What stands behind it.
    pub(crate) fn store(&self) -> &SignalStore {
        &self.store
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("a router answers");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.expect("a body");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        self.ask_with(method, path, &[], body).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        self.ask_at(method, &format!("/api/v1/signals{path}"), headers, body).await
    }

    /// Asks for any path.
    pub(crate) async fn ask_at(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1:8000");
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_owned()));
        self.send(request.body(body).expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, Some(&body.to_string())).await
    }

    /// Stores a signal and gives it.
    pub(crate) async fn stored(&self, body: &Value) -> Value {
        let answer = self.post("", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// It is a problem of this status and code.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.header("content-type")),
            (status, "application/problem+json"),
            "{}",
            self.text
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}", self.text);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 5), "{}", self.text);
    }
}

/// The predecessor's body, word for word.
pub(crate) fn predecessors() -> Value {
    serde_json::from_str(
        r#"{"symbol":"BTCUSDT","signal_type":"long","entry_price":45000,"target_price":46000,"stop_loss":44000,
            "confidence":0.8,"source":"telegram_cryptosignals",
            "original_text":"BTC LONG ENTRY 45000 TARGET 46000 SL 44000"}"#,
    )
    .expect("JSON")
}

/// A signal of a post.
pub(crate) fn posted(message_id: i64) -> Value {
    json!({
        "symbol": "ETH/USDT", "signal_type": "short", "entry": {"kind": "zone", "low": "2000.5", "high": 2010},
        "targets": [1900, "1800.000000000000001"], "stop_loss": 2100, "leverage": {"min": 5, "max": 10},
        "margin": "isolated", "confidence": 0.65, "original_text": "short eth",
        "origin": {"channel": "@WhaleChart", "message_id": message_id, "posted_at": "2026-09-01T10:00:00Z"}
    })
}
