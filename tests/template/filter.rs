//! Which rows wake the reader of the table's stream: the filter of its events against rows of a real store.

use jiff::Timestamp;
use serde_json::{Value, json};
use signals::message::{ChannelName, MessageId};
use signals::origin::{MessageOrigin, Origin};
use signals::parser::{Context, ParseOutcome, parse};
use signals::signal::Signal;
use signals::store::NewSignal;
use signals::store::embedded::Engine;

use crate::translated::Template;

/// Whether a row passes the filter: its keys have the beginnings that the pattern names
/// (<https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html>).
fn passes(pattern: &Value, row: &Value) -> bool {
    let keys = pattern["dynamodb"]["Keys"].as_object().expect("keys");
    keys.iter().all(|(name, wanted)| {
        let value = row[name]["S"].as_str().unwrap_or_default();
        let prefixes = wanted["S"].as_array().expect("rules").iter().filter_map(|rule| rule["prefix"].as_str());
        prefixes.into_iter().any(|prefix| value.starts_with(prefix))
    })
}

fn post(id: i64, text: &str, edited_at: Option<Timestamp>) -> Signal {
    let ParseOutcome::Signals(drafts) = parse(text, &Context::default()) else { panic!("no signal: {text}") };
    let origin = MessageOrigin {
        channel: ChannelName::parse("whalechart").expect("a name"),
        message_id: MessageId(id),
        ordinal: 0,
        posted_at: Timestamp::UNIX_EPOCH,
        edited_at,
    };
    let draft = drafts.into_iter().next().expect("a draft");
    Signal::from_draft(draft, Origin::Message(origin)).expect("a signal")
}

#[tokio::test]
async fn signals_wake_it_and_what_it_writes_itself_does_not() {
    let template = Template::ours();
    let filters = template.get("SignalsStreamChanges/FilterCriteria/Filters").as_array().expect("filters");
    assert_eq!(filters.len(), 1);
    let pattern: Value = serde_json::from_str(filters[0]["Pattern"].as_str().expect("text")).expect("JSON");

    let engine = Engine::in_memory().expect("an engine");
    let store = engine.store().await.expect("a store");
    let edited_at = Some(Timestamp::from_second(60).expect("a time"));
    for (id, text, edited_at) in [
        (1, "BTC LONG ENTRY 45000 TARGET 46000 SL 44000", None),
        (2, "ETH SHORT ENTRY 3100 TARGET 3000 SL 3180", None),
        // The first once more, changed: a former version is kept.
        (1, "BTC LONG ENTRY 45000 TARGET 47000 SL 44000", edited_at),
    ] {
        let new = NewSignal { signal: post(id, text, edited_at), text: Some(text.to_owned()), below_threshold: false };
        store.put(new, Timestamp::from_second(90).expect("a time")).await.expect("it is stored");
    }
    let (status, body) = engine.answer("Scan", json!({"TableName": store.table()}).to_string().as_bytes());
    assert_eq!(status, 200, "{body}");
    let rows: Value = serde_json::from_str(&body).expect("JSON");
    let rows = rows["Items"].as_array().expect("rows");
    let begins = |row: &&Value, key: &str, with: &str| row[key]["S"].as_str().expect("a key").starts_with(with);
    // The engine counts in the write itself, so counters are there as the reader of the stream writes them on AWS.
    assert!(rows.iter().any(|row| begins(&row, "PK", "ST#")) && rows.iter().any(|row| begins(&row, "SK", "V#")));
    let awake: Vec<&Value> = rows.iter().filter(|row| passes(&pattern, row)).collect();
    assert_eq!(awake.len(), 2, "{awake:?}");
    assert!(awake.iter().all(|row| begins(row, "PK", "C#whalechart#") && begins(row, "SK", "M#")));
    let handed_in = json!({"PK": {"S": "A#0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d"}, "SK": {"S": "M"}});
    let checkpoint = json!({"PK": {"S": "STCK#shardId-1"}, "SK": {"S": "CK"}});
    assert!(passes(&pattern, &handed_in) && !passes(&pattern, &checkpoint));
}
