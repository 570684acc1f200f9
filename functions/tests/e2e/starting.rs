//! What a function needs to start, and what it says when it cannot.

use std::path::Path;

use serde_json::{Value, json};

use crate::asking::{Answer, Ask, READER, STREAM, WRITER, database, function};
use crate::dynamodb::DynamoDb;
use crate::runtime_api::{Function, Told};

async fn cannot_start(mut function: Function) -> (Value, Vec<Value>) {
    let told = function.told().await;
    let Told::CannotStart(why) = told else { panic!("it started: {told:?}") };
    let (is_success, lines) = function.ended().await;
    assert!(!is_success);
    (why, lines)
}

#[tokio::test]
async fn every_variable_that_is_wrong_is_named() {
    for program in [READER, WRITER, STREAM] {
        let variables = [("SIGNAL_CONFIDENCE_THRESHOLD", "70"), ("LOG_LEVEL", "loud")];
        let (why, lines) = cannot_start(Function::start(Path::new(program), &variables).await).await;
        assert_eq!(why["errorType"], "Config.Invalid");
        let message = why["errorMessage"].as_str().unwrap();
        for name in ["SIGNALS_TABLE", "SIGNAL_CONFIDENCE_THRESHOLD", "LOG_LEVEL"] {
            assert!(message.contains(name), "{message}");
        }
        assert_eq!(
            (lines.len(), &lines[0]["event"], &lines[0]["error"]),
            (1, &json!("function.not_started"), &json!(message))
        );
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named() {
    let mut database = DynamoDb::without_table();
    database.run();
    let (why, _) = cannot_start(function(READER, &database).await).await;
    assert_eq!(why["errorType"], "Store.Unusable");
    assert!(why["errorMessage"].as_str().unwrap().contains("`signals`"), "{why}");
}

#[tokio::test]
async fn the_writer_furnishes_a_table_that_a_template_made() {
    let database = DynamoDb::with_bare_table().await;
    let (why, _) = cannot_start(function(READER, &database).await).await;
    assert!(why["errorMessage"].as_str().unwrap().contains("lacks its first rows"), "{why}");
    let mut writer = function(WRITER, &database).await;
    Ask::new("GET", "/api/v1/keys").of(&mut writer).await.is_problem(401, "unauthorized");
    let mut reader = function(READER, &database).await;
    assert_eq!(Ask::new("GET", "/api/v1/signals/health/ready").of(&mut reader).await.status, 200);
}

#[tokio::test]
async fn a_store_that_is_down_at_the_start_is_used_when_it_is_up() {
    let mut database = database().await;
    database.stop();
    let mut reader = function(READER, &database).await;
    Ask::new("GET", "/api/v1/signals").of(&mut reader).await.is_problem(503, "store_unavailable");
    database.run();
    assert_eq!(Ask::new("GET", "/api/v1/signals").of(&mut reader).await.status, 200);
}

#[tokio::test]
async fn an_event_that_waits_already_is_answered() {
    let database = database().await;
    let mut reader = function(READER, &database).await;
    for _ in 0..3 {
        reader.hand_over(Ask::new("GET", "/api/v1/signals/health").event().to_string());
    }
    for _ in 0..3 {
        assert_eq!(Answer::read(reader.told().await).status, 200);
    }
}
