//! Channels: who is known, what was read of them, and what was passed over.

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use signals::channel::Sighting;
use signals::coverage::Coverage;
use signals::lease::{Lease, LeaseAnswer, LeaseWatch};
use signals::message::{ChannelName, MessageId};
use signals::parser::Reason;
use signals::passed_over::{BrokenRule, KeptPost, PassedOver, RejectedDraft, RetentionDays};

use crate::asking::{Answer, Api};

const KEEP: RetentionDays = RetentionDays(2);

fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("a name")
}

/// The time at which the clock of an API begins, and some seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
}

fn post(id: i64) -> KeptPost {
    let text = format!("post {id} \u{1b}[31m");
    KeptPost { channel: name("whales"), id: MessageId(id), posted_at: at(id), edited_at: None, text }
}

/// An API that knows the channel `whales` by two names and a number, and another that nobody has read.
async fn with_channels() -> Api {
    let api = Api::new().await;
    let store = api.store();
    for sighting in [
        Sighting::with_number(77, Some(name("whales"))),
        Sighting::with_number(77, Some(name("big_whales"))),
        Sighting::of(name("sharks")),
    ] {
        store.channel_key(&sighting, at(0)).await.expect("it is kept");
    }
    api
}

async fn leased(api: &Api) -> Lease {
    let mut watch = LeaseWatch::new(std::time::Duration::from_secs(9));
    let answer = api.store().acquire_lease("collect", "a test", &mut watch, Default::default(), at(0)).await;
    match answer.expect("the store answers") {
        LeaseAnswer::Held(lease) => lease,
        other => panic!("{other:?}"),
    }
}

async fn get(api: &Api, path: &str) -> Answer {
    api.ask_at(Method::GET, &format!("/api/v1/channels{path}"), &[], None).await
}

async fn good(api: &Api, path: &str) -> Value {
    let answer = get(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

/// The numbers on each page, to the end of a list.
async fn pages(api: &Api, path: &str, limit: u32) -> Vec<Vec<i64>> {
    let (mut pages, mut before) = (Vec::new(), String::new());
    for _ in 0..50 {
        let page = good(api, &format!("{path}?limit={limit}{before}")).await;
        pages.push(
            page["data"].as_array().expect("a list").iter().map(|it| it["id"].as_i64().expect("a number")).collect(),
        );
        match page["next_before"].as_i64() {
            Some(next) => before = format!("&before={next}"),
            None => return pages,
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn every_known_channel_is_listed_with_how_far_it_is_read() {
    let api = with_channels().await;
    let lease = leased(&api).await;
    api.store().claim_checkpoint(&name("sharks"), &lease, at(1)).await.unwrap();
    api.store().advance_checkpoint(&name("whales"), MessageId(99), &lease, at(2)).await.unwrap();
    api.store().add_coverage(&name("whales"), &Coverage::parse("1-57 60 70-99").unwrap()).await.unwrap();
    assert_eq!(
        good(&api, "").await,
        json!({"data": [
            {"key": "sharks", "number": null, "names": ["sharks"], "first_seen": "2026-09-21T14:13:20Z",
             "checkpoint": {"last_message_id": null, "moved_at": "2026-09-21T14:13:21Z"}, "n_ranges": 0},
            {"key": "whales", "number": 77, "names": ["whales", "big_whales"], "first_seen": "2026-09-21T14:13:20Z",
             "checkpoint": {"last_message_id": 99, "moved_at": "2026-09-21T14:13:22Z"}, "n_ranges": 3},
        ], "next_cursor": null})
    );
    let none = Api::new().await;
    assert_eq!(good(&none, "").await, json!({"data": [], "next_cursor": null}));
}

#[tokio::test]
async fn the_list_goes_on_by_its_own_cursor() {
    let api = Api::new().await;
    for n in (0..5).rev() {
        api.store().channel_key(&Sighting::of(name(&format!("whales{n}"))), at(0)).await.unwrap();
    }
    let (mut keys, mut cursor) = (Vec::new(), String::new());
    for n_listed in [2, 2, 1] {
        let page = good(&api, &format!("?limit=2{cursor}")).await;
        let data = page["data"].as_array().unwrap();
        assert_eq!(data.len(), n_listed);
        keys.extend(data.iter().map(|it| it["key"].as_str().unwrap().to_owned()));
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap_or_default());
    }
    assert_eq!((keys, cursor.as_str()), ((0..5).map(|n| format!("whales{n}")).collect(), "&cursor="));
    let page = good(&api, "?limit=2").await;
    let of_channels = page["next_cursor"].as_str().unwrap();
    api.get(&format!("?cursor={of_channels}")).await.is_problem(400, "invalid_parameter");
    for query in ["?cursor=x", "?limit=0", "?limit=201", "?before=7"] {
        get(&api, query).await.is_problem(400, "invalid_parameter");
    }
}

#[tokio::test]
async fn coverage_says_what_was_read_and_what_is_missing_between() {
    let api = with_channels().await;
    let nothing =
        json!({"key": "whales", "checkpoint": null, "ranges": [], "missing": [], "n_read": 0, "n_missing": 0});
    assert_eq!(good(&api, "/whales/coverage").await, nothing);
    api.store().add_coverage(&name("whales"), &Coverage::parse("11-57 60 70-99").unwrap()).await.unwrap();
    let read = json!({
        "key": "whales", "checkpoint": null,
        "ranges": [{"first": 11, "last": 57}, {"first": 60, "last": 60}, {"first": 70, "last": 99}],
        "missing": [{"first": 58, "last": 59}, {"first": 61, "last": 69}], "n_read": 78, "n_missing": 11,
    });
    for spelling in ["whales", "Big_Whales", "@whales", "77", "-10077", "https:%2F%2Ft.me%2Fs%2Fwhales"] {
        assert_eq!(good(&api, &format!("/{spelling}/coverage")).await, read, "{spelling}");
    }
}

#[tokio::test]
async fn what_was_passed_over_is_listed_newest_first_to_its_end() {
    let api = with_channels().await;
    assert_eq!(good(&api, "/77/passed-over").await, json!({"data": [], "next_before": null}));
    for id in 1..=7 {
        let it = PassedOver { post: post(id), reason: Reason::MarketAlert };
        api.store().keep_passed_over(&it, KEEP, at(0)).await.unwrap();
    }
    let newest = good(&api, "/big_whales/passed-over?limit=1").await;
    assert_eq!(
        newest,
        json!({"data": [{"id": 7, "posted_at": "2026-09-21T14:13:27Z", "edited_at": null, "reason": "market_alert",
                         "text": "post 7 \u{1b}[31m"}], "next_before": 7})
    );
    assert_eq!(pages(&api, "/whales/passed-over", 3).await, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    assert_eq!(pages(&api, "/whales/passed-over", 7).await, [[7, 6, 5, 4, 3, 2, 1]]);
    assert_eq!(pages(&api, "/sharks/passed-over", 7).await, [[0; 0]]);
    api.wait(3 * 86_400);
    assert_eq!(pages(&api, "/whales/passed-over", 7).await, [[0; 0]], "their time is over");
}

#[tokio::test]
async fn refused_signals_are_listed_with_their_rules_and_no_post_is_cut_in_two() {
    let api = with_channels().await;
    for (id, n_drafts) in [(1, 1), (2, 4), (3, 1), (4, 2)] {
        for ordinal in 0..n_drafts {
            let violations = vec![BrokenRule { rule: "stop_on_wrong_side".to_owned(), text: "109 > 100".to_owned() }];
            let it = RejectedDraft { post: post(id), ordinal, violations };
            api.store().keep_rejected(&it, KEEP, at(0)).await.unwrap();
        }
    }
    let newest = good(&api, "/-10077/rejected?limit=1").await;
    assert_eq!(newest["data"][0]["violations"], json!([{"rule": "stop_on_wrong_side", "message": "109 > 100"}]));
    assert_eq!((&newest["data"][0]["ordinal"], &newest["data"][1]["ordinal"]), (&json!(1), &json!(0)));
    assert_eq!((&newest["data"][0]["text"], &newest["next_before"]), (&json!("post 4 \u{1b}[31m"), &json!(4)));
    assert_eq!(pages(&api, "/whales/rejected", 1).await, [vec![4, 4], vec![3], vec![2, 2, 2, 2], vec![1]]);
    assert_eq!(pages(&api, "/whales/rejected", 4).await, [vec![4, 4, 3, 2, 2, 2, 2], vec![1]]);
    assert_eq!(pages(&api, "/whales/rejected", 7).await, [vec![4, 4, 3, 2, 2, 2, 2], vec![1]]);
    assert_eq!(pages(&api, "/whales/rejected", 8).await, [[4, 4, 3, 2, 2, 2, 2, 1]]);
}

#[tokio::test]
async fn a_channel_that_nobody_saw_is_not_found_and_not_made() {
    let api = with_channels().await;
    for what in ["coverage", "passed-over", "rejected"] {
        for spelling in ["dolphins", "78", "x", "two%20words", "%ff", "whales%2F..%2Fsharks"] {
            get(&api, &format!("/{spelling}/{what}")).await.is_problem(404, "not_found");
        }
    }
    assert_eq!(good(&api, "").await["data"].as_array().unwrap().len(), 2);
    for what in ["passed-over", "rejected"] {
        for query in
            ["?limit=0", "?limit=201", "?before=0", "?before=-1", "?before=9000000000001", "?before=x", "?cursor=x"]
        {
            get(&api, &format!("/whales/{what}{query}")).await.is_problem(400, "invalid_parameter");
        }
    }
}
