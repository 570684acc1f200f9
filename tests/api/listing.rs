//! Lists of signals.

use serde_json::{Value, json};

use crate::asking::{Api, posted, predecessors};

async fn filled() -> Api {
    let api = Api::new().await;
    for n in 1..=30 {
        let mut body = posted(n);
        body["origin"]["posted_at"] = json!(format!("2026-09-01T10:{n:02}:00Z"));
        body["symbol"] = json!(["BTC", "ETH", "SOL"][usize::try_from(n).expect("a small number") % 3]);
        api.stored(&body).await;
    }
    api
}

async fn walk(api: &Api, filters: &str, limit: u32) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    for _ in 0..100 {
        let page = api.get(&format!("?limit={limit}{filters}{cursor}")).await.json();
        all.extend(page["data"].as_array().expect("a list").clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn lists_are_newest_first_and_cursors_lead_to_their_end() {
    let api = filled().await;
    let numbers = |signals: &[Value]| -> Vec<i64> {
        signals.iter().map(|it| it["origin"]["message_id"].as_i64().unwrap()).collect()
    };
    assert_eq!(numbers(&walk(&api, "", 7).await), (1..=30).rev().collect::<Vec<_>>());
    let of_btc = numbers(&walk(&api, "&symbol=BTCUSDT", 3).await);
    assert_eq!(of_btc, (1..=30).rev().filter(|n| n % 3 == 0).collect::<Vec<_>>());
    assert_eq!(numbers(&walk(&api, "&symbol=btc", 3).await), of_btc);
    assert_eq!(numbers(&walk(&api, "&source=telegram_whalechart&symbol=BTC/USDT", 200).await), of_btc);
    let some = "&since=2026-09-01T10:05:00Z&until=2026-09-01T10:09:00Z";
    assert_eq!(numbers(&walk(&api, some, 200).await), [8, 7, 6, 5]);
    for filters in ["&signal_type=long", "&status=closed", "&min_confidence=0.9", "&source=desk", "&symbol=DOGE"] {
        assert_eq!(numbers(&walk(&api, filters, 200).await), [0; 0], "{filters}");
    }
    assert_eq!(walk(&api, "&signal_type=short&status=open&min_confidence=0.65", 200).await.len(), 30);
}

#[tokio::test]
async fn a_cursor_of_another_list_or_another_hand_is_refused() {
    let api = filled().await;
    let page = api.get("?limit=2").await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    api.get(&format!("?limit=2&symbol=BTC&cursor={cursor}")).await.is_problem(400, "invalid_parameter");
    let of_another_deployment = filled().await.get("?limit=2").await.json();
    let foreign = of_another_deployment["next_cursor"].as_str().unwrap();
    for cursor in ["x", "", &"A".repeat(500), foreign] {
        let answer = api.get(&format!("?cursor={cursor}")).await;
        answer.is_problem(400, "invalid_parameter");
        assert_eq!(answer.json()["field"], "cursor");
    }
}

#[tokio::test]
async fn parameters_that_say_nothing_are_refused() {
    let api = Api::new().await;
    for query in [
        "?limit=0",
        "?limit=201",
        "?limit=-1",
        "?limit=x",
        "?symbol=two%20words",
        "?source=%20",
        "?signal_type=up",
        "?status=lost",
        "?min_confidence=2",
        "?since=yesterday",
        "?unknown=1",
        "?limit=1&limit=2",
    ] {
        api.get(query).await.is_problem(400, "invalid_parameter");
    }
    api.get("/whalechart_7_0?as_of=soon").await.is_problem(400, "invalid_parameter");
}

#[tokio::test]
async fn stats_are_what_the_list_holds() {
    let api = filled().await;
    api.stored(&predecessors()).await;
    let stats = api.get("/stats").await.json();
    assert_eq!(stats["total_signals"], 31);
    assert_eq!(stats["by_type"], json!({"long": 1, "short": 30}));
    assert_eq!(stats["by_day"]["2026-09-01"]["signals"], 30);
    assert_eq!(stats["by_source"]["telegram_cryptosignals"]["mean_confidence"], 0.8);
    assert_eq!(stats["below_threshold"], 30);
    assert_eq!(stats["by_symbol"].as_object().unwrap().len(), 3);
}
