//! A wire between the SDK and the embedded engine on which things go wrong, and on which everything is counted.
//!
//! What goes wrong follows from a seed, which is printed when a test fails: `SIGTOWER_TEST_SEED` repeats it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use signals::store::embedded::Engine;
use signals::store::{Counting, Shards, SignalStore};
use tokio::sync::oneshot;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is done, and the connection breaks before the answer.
    LostAnswer,
    /// It is done, and no answer comes for an hour.
    Silence,
    /// It is done, and the answer is 500.
    FailedAfterwards,
    /// It is refused, because there are too many.
    Throttled,
    /// It is refused, because others change the same rows. Reads meet none.
    Conflict,
    /// Half of the keys of a batch are left unread.
    Unprocessed,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] =
        [Self::LostAnswer, Self::Silence, Self::FailedAfterwards, Self::Throttled, Self::Conflict, Self::Unprocessed];

    fn concerns(self, operation: &str) -> bool {
        match self {
            Self::Conflict => matches!(operation, "TransactWriteItems" | "PutItem" | "UpdateItem" | "DeleteItem"),
            Self::Unprocessed => operation == "BatchGetItem",
            _ => true,
        }
    }
}

/// What an operation of DynamoDB cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    pub(crate) n_requests: u32,
    /// Consumed read or write units.
    pub(crate) units: f64,
}

/// How one and the same request fared, however often it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) n_sent: u32,
    pub(crate) n_faults: u32,
}

/// Tells the test that a write is done, and waits until its answer shall be lost.
type Held = (oneshot::Sender<()>, oneshot::Receiver<()>);

/// The wire. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    engine: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    seed: u64,
    random: u64,
    faults: Vec<Fault>,
    percent: u64,
    forgets_tokens: bool,
    held: Option<(&'static str, Held)>,
    counts: BTreeMap<String, Count>,
    fates: HashMap<u64, Fate>,
}

impl Wire {
    /// A wire on which nothing goes wrong yet.
    pub(crate) fn new() -> Self {
        let seed = std::env::var("SIGTOWER_TEST_SEED").map_or(1, |seed| seed.parse().expect("a number"));
        let state = State {
            seed,
            random: seed,
            faults: Vec::new(),
            percent: 0,
            forgets_tokens: false,
            held: None,
            counts: BTreeMap::new(),
            fates: HashMap::new(),
        };
        let engine = Engine::in_memory().expect("an engine in memory");
        Self { engine: engine.transport(), state: Arc::new(Mutex::new(state)) }
    }

    /// A store at the end of this wire.
    pub(crate) async fn store(&self, shards: Shards, counting: Counting) -> SignalStore {
        let client = SignalStore::local_client("http://embedded.invalid", Some(SharedHttpClient::new(self.clone())));
        SignalStore::create(client, "signals", shards, counting).await.expect("a table")
    }

    /// The same store past the wire: nothing goes wrong on that way.
    pub(crate) async fn store_past_it(&self) -> SignalStore {
        let client = SignalStore::local_client("http://embedded.invalid", Some(self.engine.clone()));
        SignalStore::open(client, "signals").await.expect("a table")
    }

    /// From now on one of these befalls so many in a hundred of the requests that it concerns.
    pub(crate) fn fails(&self, faults: &[Fault], percent: u64) {
        let mut state = self.state();
        (state.faults, state.percent) = (faults.to_vec(), percent);
    }

    /// From now on the engine does not know a transaction again by its token, as after a restart or ten minutes.
    pub(crate) fn forgets_tokens(&self) {
        self.state().forgets_tokens = true;
    }

    /// The next request of this operation is done, its answer kept back until told, and then lost.
    pub(crate) fn holds_next(&self, operation: &'static str) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((done, when_done), (lose, when_lost)) = (oneshot::channel(), oneshot::channel());
        self.state().held = Some((operation, (done, when_lost)));
        (when_done, lose)
    }

    /// Forgets what was counted.
    pub(crate) fn counts_anew(&self) {
        let mut state = self.state();
        state.counts.clear();
        state.fates.clear();
    }

    /// What each operation of DynamoDB cost.
    pub(crate) fn counts(&self) -> BTreeMap<String, Count> {
        self.state().counts.clone()
    }

    /// The worst that befell any one request.
    pub(crate) fn worst(&self) -> Fate {
        let state = self.state();
        state.fates.values().fold(Fate::default(), |worst, fate| Fate {
            n_sent: worst.n_sent.max(fate.n_sent),
            n_faults: worst.n_faults.max(fate.n_faults),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn carry(
        self,
        engine: SharedHttpConnector,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut body: Value = serde_json::from_slice(request.body().bytes().expect("a body in memory")).expect("JSON");
        let (fault, held) = self.state().meets(&operation, &mut body);
        match fault {
            Some(Fault::Throttled) if operation == "TransactWriteItems" && body["TransactItems"][1].is_object() => {
                return Ok(canceled(&body, "ThrottlingError"));
            }
            Some(Fault::Throttled) if operation == "Query" => return Ok(refused("ThrottlingException")),
            Some(Fault::Throttled) => return Ok(refused("ProvisionedThroughputExceededException")),
            Some(Fault::Conflict) if operation == "TransactWriteItems" => {
                return Ok(canceled(&body, "TransactionConflict"));
            }
            Some(Fault::Conflict) => return Ok(refused("TransactionConflictException")),
            _ => {}
        }
        let left = if fault == Some(Fault::Unprocessed) { leave_half(&mut body) } else { json!({}) };
        *request.body_mut() = SdkBody::from(body.to_string());
        let mut response = engine.call(request).await?;
        let mut answer: Value = serde_json::from_slice(response.body().bytes().expect("in memory")).expect("JSON");
        self.state().count(operation, &answer);
        if let Some((done, lose)) = held {
            done.send(()).expect("the test waits");
            lose.await.expect("the test goes on");
            return Err(broken());
        }
        match fault {
            Some(Fault::LostAnswer) => Err(broken()),
            Some(Fault::Silence) => {
                tokio::time::sleep(Duration::from_hours(1)).await;
                Err(ConnectorError::timeout("an hour without an answer".into()))
            }
            Some(Fault::FailedAfterwards) => Ok(answered(500, &json!({"__type": "InternalServerError"}))),
            Some(Fault::Unprocessed) => {
                answer["UnprocessedKeys"] = left;
                *response.body_mut() = SdkBody::from(answer.to_string());
                Ok(response)
            }
            _ => Ok(response),
        }
    }
}

impl State {
    /// Prepares a request, and decides what befalls it.
    fn meets(&mut self, operation: &str, body: &mut Value) -> (Option<Fault>, Option<Held>) {
        let token = body.as_object_mut().and_then(|body| body.remove("ClientRequestToken"));
        let mut hasher = DefaultHasher::new();
        (operation, body.to_string()).hash(&mut hasher);
        if let Some(token) = token.filter(|_| !self.forgets_tokens) {
            body["ClientRequestToken"] = token;
        }
        if !matches!(operation, "CreateTable" | "UpdateTimeToLive") {
            body["ReturnConsumedCapacity"] = json!("INDEXES");
        }
        let concerning: Vec<Fault> = self.faults.iter().copied().filter(|it| it.concerns(operation)).collect();
        let (dice, which) = (self.next(), self.next());
        let fault = (dice % 100 < self.percent && !concerning.is_empty())
            .then(|| concerning[usize::try_from(which).expect("64 bits") % concerning.len()]);
        let fate = self.fates.entry(hasher.finish()).or_default();
        fate.n_sent += 1;
        fate.n_faults += u32::from(fault.is_some());
        let held = self.held.take_if(|(awaited, _)| *awaited == operation);
        (fault, held.map(|(_, held)| held))
    }

    fn count(&mut self, operation: String, answer: &Value) {
        let consumed = &answer["ConsumedCapacity"];
        let parts = consumed.as_array().cloned().unwrap_or_else(|| vec![consumed.clone()]);
        let count = self.counts.entry(operation).or_default();
        count.n_requests += 1;
        // A refused write costs what the row that it met weighs, and only AWS says so in its books
        // (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
        if let Some(row) = answer["Item"].as_object().filter(|_| answer["__type"].is_string()) {
            count.units += f64::from(u32::try_from(size(row).div_ceil(1024)).expect("at most 400"));
        }
        count.units += parts.iter().filter_map(|part| part["CapacityUnits"].as_f64()).sum::<f64>();
    }

    /// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("faults followed from SIGTOWER_TEST_SEED={}", self.seed);
        }
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, how: &HttpConnectorSettings, with: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(End { wire: self.clone(), engine: self.engine.http_connector(how, with) })
    }
}

#[derive(Debug)]
struct End {
    wire: Wire,
    engine: SharedHttpConnector,
}

impl HttpConnector for End {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.wire.clone().carry(self.engine.clone(), request))
    }
}

fn broken() -> ConnectorError {
    ConnectorError::io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
}

fn answered(status: u16, body: &Value) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}

fn refused(code: &str) -> HttpResponse {
    answered(400, &json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "not now"}))
}

/// A transaction of which one part met this.
fn canceled(request: &Value, code: &str) -> HttpResponse {
    let n_parts = request["TransactItems"].as_array().map_or(1, Vec::len);
    let reasons: Vec<Value> =
        (0..n_parts).map(|part| json!({"Code": if part + 1 == n_parts { code } else { "None" }})).collect();
    let code = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    answered(400, &json!({"__type": code, "Message": "Transaction cancelled", "CancellationReasons": reasons}))
}

/// Takes half of the keys out of a batch, unless there is but one; gives what is left for later.
fn leave_half(body: &mut Value) -> Value {
    let mut left = json!({});
    for (table, asked) in body["RequestItems"].as_object_mut().into_iter().flatten() {
        let keys = asked["Keys"].as_array_mut().expect("keys");
        let later = keys.split_off(keys.len().div_ceil(2));
        if !later.is_empty() {
            let mut rest = asked.clone();
            rest["Keys"] = json!(later);
            left[table] = rest;
        }
    }
    left
}

/// The bytes of a row of texts and numbers, a number counted as long as it is written.
fn size(row: &serde_json::Map<String, Value>) -> usize {
    let of_value = |value: &Value| value["S"].as_str().or(value["N"].as_str()).map_or(1, str::len);
    row.iter().map(|(name, value)| name.len() + of_value(value)).sum()
}
