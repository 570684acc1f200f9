//! A panic is one event that failed: the process lives, and serves the next.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};

use lambda_runtime::{LambdaEvent, service_fn};
use program::lambda::in_span;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::runtime_api::{Function, Told};

/// The name under which a test of this program is a function, in a process of its own.
const AS_FUNCTION: &str = "living::a_function_that_panics_once";

/// No program of ours panics on demand, so this one does, in the frame that all of them live in.
#[tokio::test]
async fn a_function_that_panics_once() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return;
    }
    let is_first = AtomicBool::new(true);
    let handle = async |event: LambdaEvent<Value>| {
        assert!(!is_first.swap(false, Ordering::Relaxed), "the first event is too much");
        Ok::<_, Infallible>(event.payload)
    };
    lambda_runtime::run(service_fn(|event| in_span(event, handle))).await.expect("it is killed before it ends");
}

#[tokio::test]
async fn a_panic_fails_its_event_alone() {
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command.args(["--exact", AS_FUNCTION]);
    let mut function = Function::run(command, &[]).await;
    let told = function.invoke(&json!({"n": 1})).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert!(why["errorMessage"].as_str().is_some_and(|it| it.contains("panicked")), "{why}");
    let told = function.invoke(&json!({"n": 2})).await;
    assert!(matches!(&told, Told::Answer(answer) if *answer == json!({"n": 2})), "{told:?}");
}
