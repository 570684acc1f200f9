//! Many signals at once.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::asking::{Api, posted, predecessors};

#[tokio::test]
async fn one_bad_signal_does_not_keep_the_others_out() {
    let api = Api::new().await;
    api.stored(&posted(1)).await;
    let mut upside_down = predecessors();
    upside_down["target_price"] = json!(1);
    let batch = json!([posted(1), posted(2), {"symbol": "BTC"}, upside_down, 7, posted(2), predecessors()]);
    let answer = api.post("/batch", &batch).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    let seen: Vec<(&Value, &Value, &Value)> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["status"], &it["result"], &it["problem"]["code"]))
        .collect();
    let none = &Value::Null;
    assert_eq!(
        seen,
        [
            (&json!(200), &json!("unchanged"), none),
            (&json!(201), &json!("created"), none),
            (&json!(422), none, &json!("invalid_body")),
            (&json!(422), none, &json!("price_geometry")),
            (&json!(422), none, &json!("invalid_body")),
            (&json!(200), &json!("unchanged"), none),
            (&json!(201), &json!("created"), none),
        ]
    );
    assert_eq!(api.get("/stats").await.json()["total_signals"], 3);
}

#[tokio::test]
async fn a_batch_has_1_to_100_signals() {
    let api = Api::new().await;
    api.post("/batch", &json!([])).await.is_problem(422, "invalid_body");
    api.post("/batch", &json!({"data": []})).await.is_problem(422, "invalid_body");
    let many = |n: i64| {
        Value::from(
            (0..n)
                .map(posted)
                .map(|mut it| {
                    it["origin"]["message_id"] = json!(it["origin"]["message_id"].as_i64().unwrap() + 1);
                    it
                })
                .collect::<Vec<_>>(),
        )
    };
    api.post("/batch", &many(101)).await.is_problem(422, "invalid_body");
    let answer = api.post("/batch/", &many(100)).await.json();
    assert!(answer["data"].as_array().unwrap().iter().all(|it| it["status"] == 201), "{answer}");
    assert_eq!(api.get("/stats/").await.json()["by_symbol"]["ETHUSDT"]["signals"], 100);
}
