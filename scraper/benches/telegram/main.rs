//! How fast channels are read through an account: a whole history, beside Telethon, and posts as they happen.
//!
//! `cargo bench --locked -p scraper --bench telegram` measures both, in three minutes; `-- history [POSTS] [ROUNDS]` and
//! `-- realtime [SECONDS]` one of them, and `-- --test` tries all of it in seconds. The server on loopback, each reader of
//! history and Telethon are processes of their own. Whatever was read is compared with what was posted; how long that took
//! is printed, a line of JSON each, and never a failure. Linux only: it counts memory.

mod history;
mod posts;
mod process_usage;
mod realtime;
mod remote_store;
mod served;

use std::error::Error;

use tokio::runtime::Builder;

use crate::realtime::{Keeping, Pace};

/// How many posts the history has.
const HISTORY: i32 = 20_000;
/// How often each reader reads it.
const ROUNDS: usize = 3;
/// How many posts come at once.
const BURST: usize = 500;
/// How many come in a second, and for how many seconds.
const RATE: u32 = 50;
const SECONDS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo's own word to every bench is left out.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut runtime = match arguments.first() {
        // As `scraper-batch` does.
        Some(&history::READ) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    runtime.enable_all().build()?.block_on(run(&arguments))
}

async fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match *arguments {
        [served::SERVE, channels, posts, logins] => {
            served::serve(channels.parse()?, posts.parse()?, logins.parse()?).await
        }
        [history::READ, login, store] => history::read(login, store).await,
        [] => {
            history::measure(HISTORY, ROUNDS).await?;
            realtime(BURST, SECONDS).await
        }
        ["--test"] => {
            history::measure(1_000, 1).await?;
            realtime(50, 1).await
        }
        ["history"] => history::measure(HISTORY, ROUNDS).await,
        ["history", posts] => history::measure(posts.parse()?, ROUNDS).await,
        ["history", posts, rounds] => history::measure(posts.parse()?, rounds.parse()?).await,
        ["realtime"] => realtime(BURST, SECONDS).await,
        ["realtime", seconds] => realtime(BURST, seconds.parse()?).await,
        _ => Err("usage: [--test | history [POSTS] [ROUNDS] | realtime [SECONDS]]".into()),
    }
}

async fn realtime(burst: usize, seconds: usize) -> Result<(), Box<dyn Error>> {
    let steady = seconds * RATE as usize;
    for keeping in [Keeping::OnDisk, Keeping::InMemory] {
        realtime::measure(burst, Pace::Burst, keeping).await?;
        realtime::measure(steady, Pace::PerSecond(RATE), keeping).await?;
    }
    Ok(())
}
