//! What may be asked without changing anything, as a function on Lambda behind API Gateway.

use std::process::ExitCode;

// One event at a time: one thread is enough, and starts sooner.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    functions::lambda::serve_reads().await
}
