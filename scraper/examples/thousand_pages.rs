//! How many posts a second are fetched, read and understood: a preview of 12 channels on loopback, without a pause
//! between requests, the store apart.
//!
//! Usage: `thousand_pages [POSTS]` measures, with 20 000 posts where nothing is said; `thousand_pages POSTS serve` only
//! serves them, for measuring a whole `sigtower batch --preview-url` from outside.

#[path = "../tests/sources/world.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod world;

use std::io::Write as _;
use std::time::Instant;

use scraper::effects::effects;
use scraper::source::MessageSource as _;
use signals::confidence::Confidence;
use signals::message::MessageId;

use crate::world::{Post, Server, name};

const N_CHANNELS: i64 = 12;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let n_posts: i64 = args.next().map_or(20_000, |text| text.parse().expect("a number of posts"));
    let server = Server::start().await;
    let channels: Vec<String> = (0..N_CHANNELS).map(|n| format!("channel_{n}")).collect();
    for channel in &channels {
        server.channel(channel, 20, (1..=n_posts / N_CHANNELS).map(post).collect());
    }
    let mut out = std::io::stdout().lock();
    if args.next().is_some() {
        writeln!(out, "{}", server.url)?;
        out.flush()?;
        std::future::pending::<()>().await;
    }
    let began = Instant::now();
    let (mut n_read, mut n_signals) = (0, 0);
    let mut preview = server.reader();
    for channel in &channels {
        let found = preview.find(&name(channel)).await.expect("it is served");
        let mut at = MessageId(0);
        loop {
            let chunk = preview.after(&found, at).await.expect("it is served");
            n_read += chunk.posts.len();
            for post in &chunk.posts {
                n_signals += effects(post, Confidence::from_percent(70)).signals.len();
            }
            at = *chunk.covers.end();
            if chunk.is_last {
                break;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let n_requests = server.asked().len();
    writeln!(out, "{n_read} posts, {n_signals} signals, {n_requests} requests: {:.0} posts/s", n_read as f64 / seconds)
}

/// Of five posts two are signals, one is news, and two are chat.
fn post(id: i64) -> Post {
    let entry = 40_000 + id;
    let text = match id % 5 {
        0 | 1 => format!(
            "LONG #BTC/USDT<br/>Entry: {entry}<br/>Targets: {} | {}<br/>Stop: {}",
            entry + 500,
            entry + 900,
            entry - 700
        ),
        2 => "#BTC/USDT Take-Profit target 1 ✅<br/>Profit: 12.5%".to_owned(),
        _ => "Good morning everyone, the market looks quiet today. Stay patient and manage your risk.".to_owned(),
    };
    Post::text(id, &text)
}
