//! Channels as they happen, for as long as its container runs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    scraper::container::follow_channels().await
}
