//! The reader of the table's stream counts what the writer stored.

use serde_json::{Value, json};

use crate::asking::{Ask, PREDECESSORS, READER, STREAM, WRITER, database, function};
use crate::dynamodb::DynamoDb;
use crate::runtime_api::Told;

/// The rows of the table, as the stream's images are.
fn rows(database: &DynamoDb) -> Vec<Value> {
    let (status, body) = database.engine().answer("Scan", br#"{"TableName":"signals"}"#);
    assert_eq!(status, 200, "{body}");
    let page: Value = serde_json::from_str(&body).expect("JSON");
    page["Items"].as_array().expect("rows").clone()
}

/// The event of a shard in which each row is new.
fn event(rows: &[Value]) -> Value {
    let records: Vec<Value> = rows
        .iter()
        .zip(1..)
        .map(|(row, n)| {
            json!({
                "eventID": format!("{n:032}"),
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "eu-central-1",
                "eventSourceARN": "arn:aws:dynamodb:eu-central-1:000000000000:table/signals/stream/2026-11-22T00:00:00.000",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_795_000_000.0,
                    "Keys": {"PK": row["PK"], "SK": row["SK"]},
                    "NewImage": row,
                    "SequenceNumber": format!("{n}00000000000000000000"),
                    "SizeBytes": 700,
                    "StreamViewType": "NEW_AND_OLD_IMAGES"
                }
            })
        })
        .collect();
    json!({
        "Records": records,
        "window": {"start": "2026-11-22T10:00:00Z", "end": "2026-11-22T10:01:00Z"},
        "state": {},
        "shardId": "shardId-00000000000000000001-abcdef01",
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:000000000000:table/signals/stream/2026-11-22T00:00:00.000",
        "isFinalInvokeForWindow": false,
        "isWindowTerminatedEarly": false
    })
}

#[tokio::test]
async fn what_was_stored_is_counted_once_however_often_it_is_delivered() {
    let database = database().await;
    let mut writer = function(WRITER, &database).await;
    for _ in 0..3 {
        let stored = Ask::new("POST", "/api/v1/signals").body(PREDECESSORS).of(&mut writer).await;
        assert_eq!(stored.status, 201, "{}", stored.text);
    }
    let mut reader = function(READER, &database).await;
    let mut total = async || {
        let stats = Ask::new("GET", "/api/v1/signals/stats").of(&mut reader).await.json();
        stats["total_signals"].clone()
    };
    assert_eq!(total().await, 0);
    let mut stream = function(STREAM, &database).await;
    let delivery = event(&rows(&database));
    for _ in 0..2 {
        let told = stream.invoke(&delivery).await;
        let Told::Answer(answer) = told else { panic!("{told:?}") };
        assert_eq!(answer, json!({"state": {}}));
        assert_eq!(total().await, 3);
    }
}

#[tokio::test]
async fn a_window_that_ends_and_a_record_that_is_none_change_nothing_and_no_shard_is_refused() {
    let database = database().await;
    let mut stream = function(STREAM, &database).await;
    let mut last = event(&[]);
    last["isFinalInvokeForWindow"] = json!(true);
    assert!(matches!(stream.invoke(&last).await, Told::Answer(_)));
    let mut malformed = event(&[json!({"PK": {"S": "x"}, "SK": {"S": "y"}})]);
    malformed["Records"][0]["dynamodb"]["SequenceNumber"] = json!("none");
    assert!(matches!(stream.invoke(&malformed).await, Told::Answer(_)));
    let mut without_shard = event(&[]);
    without_shard.as_object_mut().unwrap().remove("shardId");
    let told = stream.invoke(&without_shard).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert!(why["errorMessage"].as_str().unwrap().contains("shardId"), "{why}");
    let lines = stream.stop().await;
    assert!(
        lines.iter().any(|line| line["event"] == "stream.records_not_counted" && line["n_malformed"] == 1),
        "{lines:?}"
    );
}

#[tokio::test]
async fn what_could_not_be_counted_is_asked_for_again() {
    let mut database = database().await;
    let mut writer = function(WRITER, &database).await;
    assert_eq!(Ask::new("POST", "/api/v1/signals").body(PREDECESSORS).of(&mut writer).await.status, 201);
    let mut stream = function(STREAM, &database).await;
    let delivery = event(&rows(&database));
    assert!(matches!(stream.invoke(&event(&[])).await, Told::Answer(_)));
    database.stop();
    let told = stream.invoke(&delivery).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert_eq!(why["errorType"], "Stream.NotCounted");
    database.run();
    assert!(matches!(stream.invoke(&delivery).await, Told::Answer(_)));
}
