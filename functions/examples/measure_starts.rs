//! How soon a function answers after its process began, and how much memory it has then.
//!
//! Usage: `measure_starts PROGRAM...`, with the functions as built for Lambda. The first event waits already, as it
//! does on Lambda. A DynamoDB on loopback, without TLS, is asked by each for the table; by the reader for the key and a
//! signal, by the writer for the key and to store a signal, by the reader of the stream to count one.
//! Programs take turns, so that a moment in which the machine is busy is shared.

#[path = "../tests/e2e/dynamodb.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod dynamodb;
#[path = "../tests/e2e/runtime_api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod runtime_api;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};
use signals::api_key::{ApiSecret, NewApiKey, Scope};
use signals::message::{ChannelName, MessageId};
use signals::origin::{MessageOrigin, Origin};
use signals::parser::{Context, ParseOutcome, parse};
use signals::signal::Signal;
use signals::store::NewSignal;

use crate::dynamodb::DynamoDb;
use crate::runtime_api::{Function, Told};

const N_STARTS: usize = 20;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let programs: Vec<String> = std::env::args().skip(1).collect();
    let database = DynamoDb::start().await;
    let secret = ApiSecret::of_random([7; 32]);
    let key = NewApiKey::new("measure", BTreeSet::from(Scope::ALL), None, Timestamp::UNIX_EPOCH).expect("a key");
    let store = database.store().await;
    store.create_key(key, &secret, Timestamp::UNIX_EPOCH).await.expect("an answer");
    let ParseOutcome::Signals(drafts) = parse("BTC LONG ENTRY 45000 TARGET 46000 SL 44000", &Context::default()) else {
        panic!("it is a signal")
    };
    let origin = Origin::Message(MessageOrigin {
        channel: ChannelName::parse("whalechart").expect("a name"),
        message_id: MessageId(7),
        ordinal: 0,
        posted_at: Timestamp::UNIX_EPOCH,
        edited_at: None,
    });
    let signal = drafts.into_iter().next().and_then(|draft| Signal::from_draft(draft, origin).ok()).expect("a signal");
    let new = NewSignal { signal, text: None, below_threshold: false };
    store.put(new, Timestamp::UNIX_EPOCH).await.expect("an answer");
    let (_, rows) = database.engine().answer("Scan", br#"{"TableName":"signals"}"#);
    let rows: Value = serde_json::from_str(&rows).expect("JSON");
    let row = rows["Items"].as_array().and_then(|rows| rows.iter().find(|row| !row["sym"].is_null()));
    let body = json!({"symbol": "BTCUSDT", "signal_type": "long", "entry_price": 45000, "source": "desk"}).to_string();
    let request = |method: &str, path: &str| {
        let headers = json!({
            "authorization": format!("Bearer {}", secret.expose()), "content-type": "application/json"
        });
        let context = json!({"http": {"method": method}, "stage": "$default"});
        json!({"version": "2.0", "rawPath": path, "headers": headers, "body": body, "requestContext": context})
    };
    let mut starts = vec![Vec::new(); programs.len()];
    for n in 0..N_STARTS {
        let record = json!({"dynamodb": {"SequenceNumber": "7", "NewImage": row}});
        for (program, starts) in programs.iter().zip(&mut starts) {
            let event = match program {
                it if it.contains("signals-reader") => request("GET", "/api/v1/signals/whalechart_7_0"),
                it if it.contains("signals-writer") => request("POST", "/api/v1/signals"),
                _ => json!({"shardId": format!("shardId-{n}"), "Records": [record]}),
            };
            starts.push(start(Path::new(program), &database, &event).await);
        }
    }
    let mut out = std::io::stdout().lock();
    for (program, starts) in programs.iter().zip(starts) {
        let figures = |of: fn(&Start) -> f64| {
            let mut figures: Vec<f64> = starts.iter().map(of).collect();
            figures.sort_by(f64::total_cmp);
            [figures[N_STARTS / 2], figures[N_STARTS / 10], figures[N_STARTS * 9 / 10]]
        };
        writeln!(out, "{program}: medians of {N_STARTS} starts, and what 10 % and 90 % stay below")?;
        let [median, low, high] = figures(|it| it.first_answer_ms);
        writeln!(out, "  process start to first answer  {median:5.1} ms  ({low:.1} to {high:.1})")?;
        let [median, low, high] = figures(|it| it.second_answer_ms);
        writeln!(out, "  second answer                  {median:5.1} ms  ({low:.1} to {high:.1})")?;
        let [median, low, high] = figures(|it| it.resident_mib);
        writeln!(out, "  resident                       {median:5.1} MiB ({low:.1} to {high:.1})")?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Start {
    first_answer_ms: f64,
    second_answer_ms: f64,
    resident_mib: f64,
}

async fn start(program: &Path, database: &DynamoDb, event: &Value) -> Start {
    let variables = [("SIGNALS_TABLE", "signals"), ("AWS_ENDPOINT_URL_DYNAMODB", &database.endpoint())];
    let began = Instant::now();
    let mut function = Function::start(program, &variables).await;
    let first = function.invoke(event).await;
    let first_answer_ms = began.elapsed().as_secs_f64() * 1000.0;
    let began = Instant::now();
    let second = function.invoke(event).await;
    let second_answer_ms = began.elapsed().as_secs_f64() * 1000.0;
    for told in [first, second] {
        let Told::Answer(answer) = told else { panic!("{told:?}") };
        let is_well = answer.get("state").is_some() || answer["statusCode"] == 200 || answer["statusCode"] == 201;
        assert!(is_well, "{answer}");
    }
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", function.process.id().expect("it runs"))).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    Start { first_answer_ms, second_answer_ms, resident_mib: kib / 1024.0 }
}
