//! The template's table against the one that the store makes.

use serde_json::{Value, json};
use signals::store::embedded::Engine;

use crate::translated::Template;

/// The table that the store makes, as DynamoDB describes it.
async fn made_by_the_store() -> Value {
    let engine = Engine::in_memory().expect("an engine");
    let store = engine.store().await.expect("a store");
    let (status, body) = engine.answer("DescribeTable", json!({"TableName": store.table()}).to_string().as_bytes());
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).expect("JSON")["Table"].clone()
}

fn sorted(list: &Value, by: &str) -> Vec<Value> {
    let mut list = list.as_array().expect("a list").clone();
    list.sort_by_key(|it| it[by].to_string());
    list
}

#[tokio::test]
async fn the_table_is_the_one_that_the_store_makes() {
    let (made, template) = (made_by_the_store().await, Template::ours());
    assert_eq!(*template.get("Table/KeySchema"), made["KeySchema"]);
    assert_eq!(
        sorted(template.get("Table/AttributeDefinitions"), "AttributeName"),
        sorted(&made["AttributeDefinitions"], "AttributeName")
    );
    let indexes = sorted(template.get("Table/GlobalSecondaryIndexes"), "IndexName");
    let of_store = sorted(&made["GlobalSecondaryIndexes"], "IndexName");
    assert_eq!(indexes.len(), 2);
    for (index, of_store) in indexes.iter().zip(&of_store) {
        assert_eq!((&index["IndexName"], &index["KeySchema"]), (&of_store["IndexName"], &of_store["KeySchema"]));
        let names = |projection: &Value| {
            let mut names: Vec<String> =
                projection["NonKeyAttributes"].as_array().expect("names").iter().map(Value::to_string).collect();
            names.sort();
            (projection["ProjectionType"].clone(), names)
        };
        assert_eq!(names(&index["Projection"]), names(&of_store["Projection"]));
    }
}
