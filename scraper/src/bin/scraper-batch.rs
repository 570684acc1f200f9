//! A pass over all channels whenever EventBridge Scheduler asks for one, as a function on Lambda.

use std::process::ExitCode;

// One event at a time: one thread is enough, and starts sooner.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    scraper::lambda::serve_sweeps().await
}
