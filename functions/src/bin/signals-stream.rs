//! The counters, kept by a function on Lambda that reads the table's stream.

use std::process::ExitCode;

// One event at a time: one thread is enough, and starts sooner.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    functions::lambda::count_changes().await
}
