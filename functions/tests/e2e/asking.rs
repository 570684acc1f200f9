//! The deployed functions of a test's own, and short verbs to ask them as API Gateway does.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use signals::api_key::{ApiSecret, NewApiKey, Scope};

use crate::dynamodb::DynamoDb;
use crate::runtime_api::{Function, Told};

/// A request that API Gateway hands over.
pub(crate) struct Ask {
    event: Value,
}

/// An answer that API Gateway would send.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: Value,
    pub(crate) text: String,
}

impl Ask {
    /// With a key that opens everything.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let event = json!({
            "version": "2.0",
            "routeKey": "ANY /{path+}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {
                "accept": "*/*",
                "content-length": "0",
                "host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
                "user-agent": "curl/8.5.0",
                "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https"
            },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "a1b2c3d4e5",
                "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
                "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "curl/8.5.0"
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": "ANY /{path+}",
                "stage": "$default",
                "time": "22/Nov/2026:10:00:00 +0000",
                "timeEpoch": 1_795_000_000_000_i64
            },
            "pathParameters": {"path": path.trim_start_matches('/')},
            "isBase64Encoded": false
        });
        Self { event }.header("authorization", &format!("Bearer {}", secret().expose()))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.event["headers"][name] = json!(value);
        self
    }

    pub(crate) fn without_key(mut self) -> Self {
        self.event["headers"].as_object_mut().expect("an object").remove("authorization");
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.event["body"] = json!(body);
        self.header("content-type", "application/json")
    }

    /// The body so far is said to be Base64.
    pub(crate) fn said_to_be_base64(mut self) -> Self {
        self.event["isBase64Encoded"] = json!(true);
        self
    }

    pub(crate) fn event(&self) -> &Value {
        &self.event
    }

    pub(crate) async fn of(self, function: &mut Function) -> Answer {
        Answer::read(function.invoke(&self.event).await)
    }
}

impl Answer {
    pub(crate) fn read(told: Told) -> Self {
        let Told::Answer(answer) = told else { panic!("no answer: {told:?}") };
        assert_eq!(answer["isBase64Encoded"], false);
        Self {
            status: answer["statusCode"].as_u64().expect("a status"),
            headers: answer["headers"].clone(),
            text: answer["body"].as_str().expect("a body").to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    #[track_caller]
    pub(crate) fn is_problem(&self, status: u64, code: &str) {
        assert_eq!(
            (self.status, &self.headers["content-type"]),
            (status, &json!("application/problem+json")),
            "{}",
            self.text
        );
        let problem = self.json();
        assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)), "{}", self.text);
        assert!(problem["request_id"].is_string() && problem["request_id"] == self.headers["x-request-id"], "{self:?}");
    }
}

/// The secret of the one key that there is.
pub(crate) fn secret() -> ApiSecret {
    ApiSecret::of_random([7; 32])
}

/// A database in which the key is.
pub(crate) async fn database() -> DynamoDb {
    let database = DynamoDb::start().await;
    let store = database.store().await;
    let now = Timestamp::UNIX_EPOCH;
    let key = NewApiKey::new("tests", BTreeSet::from(Scope::ALL), None, now).expect("a key");
    store.create_key(key, &secret(), now).await.expect("an answer");
    database
}

/// Starts one of the functions over this database, where it has its own rights and no others.
pub(crate) async fn function(program: &str, database: &DynamoDb) -> Function {
    let program = Path::new(program);
    let name = program.file_name().and_then(|name| name.to_str()).expect("a name");
    let endpoint = database.endpoint();
    let variables = [
        ("SIGNALS_TABLE", "signals"),
        ("METRICS_NAMESPACE", "sigtower-e2e"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
        ("AWS_ACCESS_KEY_ID", name),
    ];
    Function::start(program, &variables).await
}

pub(crate) const READER: &str = env!("CARGO_BIN_EXE_signals-reader");
pub(crate) const WRITER: &str = env!("CARGO_BIN_EXE_signals-writer");
pub(crate) const STREAM: &str = env!("CARGO_BIN_EXE_signals-stream");

/// The predecessor's body, word for word.
pub(crate) const PREDECESSORS: &str = r#"{"symbol":"BTCUSDT","signal_type":"long","entry_price":45000,"target_price":46000,"stop_loss":44000,"confidence":0.8,"source":"telegram_cryptosignals","original_text":"BTC LONG ENTRY 45000 TARGET 46000 SL 44000"}"#;
