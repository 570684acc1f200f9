//! What becomes of signals when a backend elsewhere fails: each way in which it can.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use scraper::backend::{Backend, BackendConfig, BackendKey};
use scraper::collect::CollectSettings;
use scraper::report::SweepReport;
use serde_json::{Value, json};
use signals::store::SignalStore;
use tokio::net::TcpListener;

use crate::world::{CHANNEL, World, at, collector, lease, name, store};

/// How a backend answers a request.
#[derive(Clone, Debug)]
enum Answers {
    /// As it should.
    Well,
    /// With this status, and the seconds for which it wants to be left alone.
    Status(u16, Option<&'static str>),
    /// With this body and 200.
    Says(&'static str),
    /// Each signal with this status.
    Each(u16),
    /// It closes the connection in the middle of its answer.
    Breaks,
}

/// What a backend was asked, and how it will answer.
#[derive(Clone, Debug, Default)]
struct Asked {
    paths: Vec<String>,
    bodies: Vec<Value>,
    keys: Vec<Option<String>>,
    next: VecDeque<Answers>,
}

#[derive(Clone)]
struct Remote {
    asked: Arc<Mutex<Asked>>,
    address: SocketAddr,
}

impl Remote {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Asked::default()));
        let router = Router::new().fallback(answer).with_state(asked.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { asked, address }
    }

    fn then(&self, answers: impl IntoIterator<Item = Answers>) {
        self.asked.lock().expect("no panic").next.extend(answers);
    }

    fn asked(&self) -> Asked {
        self.asked.lock().expect("no panic").clone()
    }

    /// The ids that were handed in well, in their order.
    fn handed_in(&self) -> Vec<(i64, i64)> {
        let bodies = self.asked().bodies;
        let one =
            |it: &Value| (it["origin"]["message_id"].as_i64().unwrap_or(0), it["entry"]["low"].as_i64().unwrap_or(0));
        bodies
            .iter()
            .flat_map(|body| body.as_array().map_or_else(|| vec![one(body)], |all| all.iter().map(one).collect()))
            .collect()
    }

    fn backend(&self) -> Backend {
        let quick = Duration::from_millis(1);
        let key = Some(BackendKey::new("sgt_not-real"));
        let config = BackendConfig::at(format!("http://{}", self.address));
        Backend::new(BackendConfig { key, backoff: quick, tries: 2, ..config }).expect("an address")
    }

    /// One pass by a collector of its own.
    async fn pass(&self, store: &SignalStore, world: &mut World) -> SweepReport {
        let lease = lease(store).await;
        let collector = collector(store, CollectSettings { edit_window: 10, ..CollectSettings::default() });
        let collector = collector.for_backend(self.backend());
        let sweep = collector.sweep(world, &[name(CHANNEL)], &lease, None, |_| {}).await;
        store.release_lease(&lease).await.expect("it works");
        sweep
    }
}

async fn answer(State(asked): State<Arc<Mutex<Asked>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut asked = asked.lock().expect("no panic");
    asked.paths.push(uri.path().to_owned());
    asked.keys.push(headers.get("authorization").and_then(|it| it.to_str().ok()).map(str::to_owned));
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let n = body.as_array().map(Vec::len);
    let all = |item: Value| match n {
        Some(n) => json!({"data": vec![item; n]}).to_string(),
        None => item.to_string(),
    };
    match asked.next.pop_front().unwrap_or(Answers::Well) {
        Answers::Well => {
            asked.bodies.push(body);
            let result = if n.is_some() { "created" } else { "linked" };
            all(json!({"status": 201, "result": result})).into_response()
        }
        Answers::Status(status, retry_after) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let problem = json!({"title": "no", "detail": "not today"}).to_string();
            match retry_after {
                Some(seconds) => (status, [("retry-after", seconds)], problem).into_response(),
                None => (status, problem).into_response(),
            }
        }
        Answers::Says(text) => text.into_response(),
        Answers::Each(status) => {
            all(json!({"status": status, "problem": {"title": "no", "detail": "not this one"}})).into_response()
        }
        Answers::Breaks => ([("content-length", "1000")], "{").into_response(),
    }
}

fn long(entry: i64) -> String {
    format!("BTC LONG ENTRY {entry} TARGET {} SL {}", entry + 1_000, entry - 1_000)
}

fn two_signals_and_news() -> World {
    let mut world = World::new(50);
    world.post(CHANNEL, 1, &long(40_000));
    world.post(CHANNEL, 2, "Good morning everyone");
    world.post(CHANNEL, 3, &long(41_000));
    world.post(CHANNEL, 4, "BTC target 1 hit ✅");
    world
}

#[tokio::test]
async fn signals_go_in_one_request_and_news_after_them_with_the_key() {
    let (remote, store, mut world) = (Remote::start().await, store().await, two_signals_and_news());
    let sweep = remote.pass(&store, &mut world).await;
    assert_eq!((sweep.total.stored, sweep.total.waiting), (3, 0), "{sweep:?}");
    let asked = remote.asked();
    assert_eq!(asked.paths, ["/api/v1/signals/batch", "/api/v1/signals/events"]);
    assert!(asked.keys.iter().all(|key| key.as_deref() == Some("Bearer sgt_not-real")));
    assert_eq!(remote.handed_in(), [(1, 40_000), (3, 41_000), (4, 0)]);
    assert_eq!(store.passed_over(&name(CHANNEL), None, 9, at(1_000_000)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn whatever_fails_nothing_is_lost_and_the_checkpoint_moves() {
    let failures = [
        vec![Answers::Status(503, None), Answers::Status(500, None)],
        vec![Answers::Status(429, Some("3000"))],
        vec![Answers::Status(401, None)],
        vec![Answers::Status(404, None)],
        vec![Answers::Status(302, None)],
        vec![Answers::Says("<html>a proxy says hello")],
        vec![Answers::Says(r#"{"data": []}"#)],
        vec![Answers::Says(r#"{"data": [{"status": 299}, {"status": 299}]}"#)],
        vec![Answers::Breaks, Answers::Breaks],
    ];
    for failure in failures {
        let (remote, store, mut world) = (Remote::start().await, store().await, two_signals_and_news());
        remote.then(failure.clone());
        let sweep = remote.pass(&store, &mut world).await;
        let backend = sweep.backend.as_ref().expect("there is one");
        assert_eq!((sweep.total.stored, backend.waiting), (0, Some(sweep.total.waiting)), "{failure:?}: {sweep:?}");
        assert!(sweep.total.waiting >= 2 && backend.trouble.is_some(), "{failure:?}: {sweep:?}");
        assert_eq!(sweep.channels[0].checkpoint.map(|id| id.0), Some(4), "{failure:?}");
        assert!(!format!("{sweep:?}").contains("not-real"));

        let sweep = remote.pass(&store, &mut world).await;
        let backend = sweep.backend.expect("there is one");
        assert_eq!((backend.waiting, backend.trouble), (Some(0), None), "{failure:?}");
        let mut places: Vec<i64> = remote.handed_in().iter().map(|it| it.0).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places, [1, 3, 4], "{failure:?}");
    }
}

#[tokio::test]
async fn what_a_backend_refuses_for_good_is_kept_to_be_seen_and_stops_nothing() {
    let (remote, store, mut world) = (Remote::start().await, store().await, two_signals_and_news());
    remote.then([Answers::Each(422)]);
    let sweep = remote.pass(&store, &mut world).await;
    assert_eq!((sweep.total.bad_posts, sweep.total.waiting, sweep.n_failed()), (2, 0, 0), "{sweep:?}");
    let rejected = store.rejected(&name(CHANNEL), None, 9, at(1_000_000)).await.unwrap();
    let rules: Vec<(&str, &str)> =
        rejected.iter().map(|it| (it.violations[0].rule.as_str(), it.post.text.as_str())).collect();
    assert_eq!(rules, [("refused_by_backend", long(41_000).as_str()), ("refused_by_backend", &long(40_000))]);
    assert_eq!(sweep.backend.map(|it| it.refused), Some(2));

    // News too, though their text is not sent.
    let (remote, store, mut world) = (Remote::start().await, self::store().await, two_signals_and_news());
    remote.then([Answers::Well, Answers::Status(422, None)]);
    let sweep = remote.pass(&store, &mut world).await;
    assert_eq!((sweep.total.bad_posts, sweep.backend.map(|it| it.refused)), (1, Some(1)));
    let rejected = store.rejected(&name(CHANNEL), None, 9, at(1_000_000)).await.unwrap();
    assert_eq!(rejected.iter().map(|it| it.post.id.0).collect::<Vec<_>>(), [4]);

    // A whole request that is refused is taken apart: one of its signals may spoil it for all.
    let (remote, store, mut world) = (Remote::start().await, self::store().await, two_signals_and_news());
    remote.then([Answers::Status(413, None), Answers::Status(422, None)]);
    let sweep = remote.pass(&store, &mut world).await;
    assert_eq!((sweep.total.bad_posts, sweep.total.stored), (1, 2), "{sweep:?}");
    assert_eq!(remote.handed_in(), [(3, 41_000), (4, 0)]);
}

#[tokio::test]
async fn what_is_new_is_not_sent_before_what_waits_and_an_edit_takes_the_place_of_what_it_edits() {
    let (remote, store, mut world) = (Remote::start().await, store().await, two_signals_and_news());
    let collector = collector(&store, CollectSettings { edit_window: 10, ..CollectSettings::default() });
    let collector = collector.for_backend(remote.backend());
    let lease = lease(&store).await;
    remote.then([Answers::Status(429, Some("3000"))]);
    collector.collect_channel(&mut world, &name(CHANNEL), &lease, None).await;
    // The same collector leaves the backend alone as it was asked to.
    world.post(CHANNEL, 3, &long(43_000));
    world.post(CHANNEL, 5, &long(44_000));
    let report = collector.collect_channel(&mut world, &name(CHANNEL), &lease, None).await;
    assert_eq!((report.tally.waiting, remote.asked().paths.len()), (4, 1), "{report:?}");
    store.release_lease(&lease).await.expect("it works");

    let sweep = remote.pass(&store, &mut world).await;
    assert_eq!(sweep.backend.expect("there is one").caught_up, 4);
    assert_eq!(remote.handed_in()[..4], [(1, 40_000), (3, 43_000), (4, 0), (5, 44_000)]);
}

/// What was looked at before is known by the place at which it is kept.
#[tokio::test]
async fn what_the_own_store_holds_is_sent_once_to_a_backend_that_is_named_later_and_to_another_one() {
    let (store, mut world) = (store().await, two_signals_and_news());
    let settings = CollectSettings { edit_window: 10, ..CollectSettings::default() };
    for _ in 0..2 {
        let lease = lease(&store).await;
        let report = collector(&store, settings).collect_channel(&mut world, &name(CHANNEL), &lease, None).await;
        assert_eq!((report.error, report.tally.fetched > 2), (None, true));
        store.release_lease(&lease).await.expect("it works");
    }
    let (remote, another) = (Remote::start().await, Remote::start().await);
    for _ in 0..2 {
        remote.pass(&store, &mut world).await;
        assert_eq!(remote.handed_in(), [(1, 40_000), (3, 41_000), (4, 0)]);
    }
    another.pass(&store, &mut world).await;
    assert_eq!(another.handed_in(), [(1, 40_000), (3, 41_000), (4, 0)]);
}

#[tokio::test]
async fn one_that_fails_there_again_and_again_does_not_keep_the_others() {
    let (remote, store, mut world) = (Remote::start().await, store().await, two_signals_and_news());
    world.post("sharkchart", 9, &long(50_000));
    let lease = lease(&store).await;
    let collector = collector(&store, CollectSettings::default()).for_backend(remote.backend());
    let channels = [name(CHANNEL), name("sharkchart")];
    // The signals of the first channel fail at each try; the other channel, and the news behind them, go through.
    remote.then([Answers::Each(500), Answers::Well, Answers::Each(500)]);
    let sweep = collector.sweep(&mut world, &channels, &lease, None, |_| {}).await;
    let backend = sweep.backend.expect("there is one");
    assert_eq!((sweep.total.stored, backend.waiting, backend.caught_up), (1, Some(2), 1), "{backend:?}");
    assert_eq!(backend.trouble.as_deref(), Some("not this one"));
    assert_eq!(remote.handed_in(), [(9, 50_000), (4, 0)]);
    // Once they go through, they do.
    let sweep = collector.sweep(&mut world, &channels, &lease, None, |_| {}).await;
    assert_eq!(sweep.backend.map(|it| (it.waiting, it.trouble)), Some((Some(0), None)));
}
