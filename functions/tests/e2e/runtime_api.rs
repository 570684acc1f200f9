//! Lambda on loopback: the Runtime API (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>), and a
//! process that is a function.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Path as InPath, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

/// Longer than anything takes: a test that hangs is to fail.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the function told Lambda.
#[derive(Debug)]
pub(crate) enum Told {
    /// The answer to an event.
    Answer(Value),
    /// That an event failed.
    Failure(Value),
    /// That it cannot start.
    CannotStart(Value),
}

/// A function: its process, and Lambda around it.
pub(crate) struct Function {
    pub(crate) process: Child,
    events: mpsc::UnboundedSender<Event>,
    told: mpsc::UnboundedReceiver<Told>,
}

/// An event, and when it must be done with, in milliseconds since 1970.
struct Event {
    body: String,
    deadline_ms: u128,
}

struct Lambda {
    events: Mutex<mpsc::UnboundedReceiver<Event>>,
    told: mpsc::UnboundedSender<Told>,
}

impl Function {
    /// Starts this program with these variables and no others but Lambda's own.
    pub(crate) async fn start(program: &Path, variables: &[(&str, &str)]) -> Self {
        Self::run(Command::new(program), variables).await
    }

    /// The same with a command that has arguments.
    pub(crate) async fn run(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (events, to_handle) = mpsc::unbounded_channel();
        let (tell, told) = mpsc::unbounded_channel();
        let lambda = Arc::new(Lambda { events: Mutex::new(to_handle), told: tell });
        tokio::spawn(async { axum::serve(listener, routes(lambda)).await.expect("it serves") });
        let process = command
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "a-function"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "nobody"),
                ("AWS_SECRET_ACCESS_KEY", "nothing"),
            ])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { process, events, told }
    }

    /// Hands an event over without waiting for what comes of it.
    pub(crate) fn hand_over(&self, event: String) {
        self.hand_over_for(event, Duration::from_secs(900));
    }

    /// The same, with this time until Lambda would kill the process. It kills none here: to be late is to be seen.
    pub(crate) fn hand_over_for(&self, body: String, time: Duration) {
        let deadline = SystemTime::now() + time;
        let deadline_ms = deadline.duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_millis();
        self.events.send(Event { body, deadline_ms }).expect("Lambda is there");
    }

    /// What the function tells next.
    pub(crate) async fn told(&mut self) -> Told {
        let told = tokio::time::timeout(PATIENCE, self.told.recv()).await.expect("it tells something in time");
        told.expect("Lambda is there")
    }

    pub(crate) async fn invoke(&mut self, event: &Value) -> Told {
        self.hand_over(event.to_string());
        self.told().await
    }

    /// Waits until the process ends by itself; gives whether it ended well, and the lines of its log.
    pub(crate) async fn ended(self) -> (bool, Vec<Value>) {
        let output = tokio::time::timeout(PATIENCE, self.process.wait_with_output()).await;
        let output = output.expect("it ends in time").expect("a process");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let stdout = String::from_utf8(output.stdout).expect("text");
        let lines = stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
        (output.status.success(), lines.collect())
    }

    /// Ends the process; gives the lines of its log.
    pub(crate) async fn stop(mut self) -> Vec<Value> {
        self.process.start_kill().expect("it runs");
        self.ended().await.1
    }
}

fn routes(lambda: Arc<Lambda>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
        .route("/2018-06-01/runtime/init/error", post(cannot_start))
        .with_state(lambda)
}

async fn next(State(lambda): State<Arc<Lambda>>) -> impl IntoResponse {
    let event = lambda.events.lock().await.recv().await;
    let deadline_ms = event.as_ref().map_or_else(String::new, |event| event.deadline_ms.to_string());
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", &deadline_ms),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:000000000000:function:a-function"),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"),
    ];
    match event {
        Some(Event { body, .. }) => (headers, body).into_response(),
        // The test is over: what waits here goes with it.
        None => std::future::pending().await,
    }
}

async fn answered(State(lambda): State<Arc<Lambda>>, InPath(_): InPath<String>, body: String) -> impl IntoResponse {
    tell(&lambda, Told::Answer, &body)
}

async fn failed(State(lambda): State<Arc<Lambda>>, InPath(_): InPath<String>, body: String) -> impl IntoResponse {
    tell(&lambda, Told::Failure, &body)
}

async fn cannot_start(State(lambda): State<Arc<Lambda>>, body: String) -> impl IntoResponse {
    tell(&lambda, Told::CannotStart, &body)
}

fn tell(lambda: &Lambda, told: impl FnOnce(Value) -> Told, body: &str) -> axum::http::StatusCode {
    // Nobody listens any more when the test is over.
    let _ = lambda.told.send(told(serde_json::from_str(body).expect("what a function tells is JSON")));
    axum::http::StatusCode::ACCEPTED
}
