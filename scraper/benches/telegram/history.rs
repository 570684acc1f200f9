//! How fast a whole history is read and understood, in how much memory, beside a script over Telethon that does the same
//! with six regular expressions.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use scraper::effects::effects;
use scraper::holding::{Holding, LEASE_TIME, WantedLease};
use scraper::source::MessageSource as _;
use scraper::telegram::{SessionBlob, Telegram, TelegramConfig, TelegramSource};
use serde::{Deserialize, Serialize};
use signals::confidence::Confidence;
use signals::message::{ChannelName, MessageId};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::posts::{Count, Kind};
use crate::process_usage::Usage;
use crate::remote_store;
use crate::served::{Address, PHONE, Served, name};

/// The argument by which this program becomes the reader.
pub(crate) const READ: &str = "read";

/// What a reader says at its end.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    reader: String,
    posts: u64,
    characters: u64,
    signals: u64,
    /// From the first question to the last post understood, without connecting and logging in.
    seconds: f64,
    posts_a_second: f64,
    usage: Usage,
}

/// Reads the same history in turn with each reader, so many times, and says what each took.
pub(crate) async fn measure(n_posts: i32, rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut served = Served::start(1, n_posts, rounds).await?;
    let mut said = Vec::new();
    for _ in 0..rounds {
        said.push(ours(&mut served.address).await?);
        said.push(telethon(&served.address, "with cryptg").await?);
        said.push(telethon(&served.address, "without cryptg").await?);
    }
    served.end().await?;
    let expected = Count::of(n_posts);
    let mut out = std::io::stdout().lock();
    for it in &said {
        writeln!(out, "{}", serde_json::to_string(it)?)?;
        if (it.posts, it.characters) != (expected.posts, expected.characters) {
            return Err(format!("{} is not what was posted: {expected:?}", it.reader).into());
        }
    }
    let best_of = |reader: &str, worse: fn(f64, f64) -> f64, figure: fn(&Said) -> f64| {
        said.iter().filter(|it| it.reader.contains(reader)).map(figure).reduce(worse)
    };
    for other in ["with cryptg", "without cryptg"] {
        // Our slowest and largest against its fastest and smallest.
        let speed = |it: &Said| it.posts_a_second;
        let memory = |it: &Said| it.usage.peak_kib as f64;
        let faster = best_of("sigtower", f64::min, speed).zip(best_of(other, f64::max, speed));
        let smaller = best_of("sigtower", f64::max, memory).zip(best_of(other, f64::min, memory));
        let ((mine, theirs), (my_kib, their_kib)) = faster.zip(smaller).ok_or("nothing was measured")?;
        let ratios = (mine / theirs, my_kib / their_kib);
        writeln!(out, "at least {:.1} times as fast as Telethon {other}, in {:.2} of its memory", ratios.0, ratios.1)?;
    }
    Ok(())
}

async fn ours(address: &mut Address) -> Result<Said, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(READ).arg(address.take_login()?.to_json()).arg(&address.store);
    said(command).await
}

async fn telethon(address: &Address, how: &str) -> Result<Said, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the package lies in the repository")?;
    let installed = Command::new("bash").arg(root.join("tests/install")).arg("telethon").status().await?;
    if !installed.success() {
        return Err("tests/install telethon failed: see above".into());
    }
    let mut key = NamedTempFile::new()?;
    key.write_all(address.public_key.as_bytes())?;
    let mut command = Command::new(root.join("tests/.venv/telethon/bin/python"));
    command.arg(root.join("scraper/benches/telegram/telethon_history.py"));
    command.arg(key.path()).args([&address.port.to_string(), PHONE, &name(0), how]);
    said(command).await
}

/// Runs a reader to its end.
async fn said(mut command: Command) -> Result<Said, Box<dyn Error>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true).output().await?;
    if !output.status.success() {
        return Err(format!("a reader ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Reads the history with this login from its first post to its last, and says how that went. What is known of the channel
/// is kept in the store at this address, as a collector keeps it; what follows from the posts is not.
pub(crate) async fn read(login: &str, store: &str) -> Result<(), Box<dyn Error>> {
    let login = SessionBlob::from_json(login.as_bytes())?;
    let store = remote_store::open(store).await?;
    let wanted = WantedLease { name: "telegram/batch", owner: "bench", lease_time: LEASE_TIME, is_alone: true };
    let holding = Holding::take(&store, wanted, |_| {}).await.map_err(|error| format!("no lease: {error:?}"))?;
    let (telegram, me) = Telegram::connect(login, TelegramConfig::new(1), holding.grip()).await?;
    let mut source = TelegramSource::new(telegram.clone(), &me, store)?;

    let began = Instant::now();
    let found = source.find(&ChannelName::parse(&name(0))?).await?;
    let (mut count, mut last) = (Count::default(), MessageId(0));
    loop {
        let chunk = source.after(&found, last).await?;
        for post in &chunk.posts {
            if post.id.0 != last.0 + 1 {
                return Err(format!("post {} follows on post {}", post.id.0, last.0).into());
            }
            last = post.id;
            let effects = effects(post, Confidence::from_percent(70));
            let kind = match (effects.signals.len(), effects.event) {
                (1, None) if effects.rejected.is_empty() => Kind::Signal,
                (0, Some(_)) => Kind::News,
                (0, None) if effects.passed_over.is_some() => Kind::Neither,
                _ => return Err(format!("post {} was read as several things", post.id.0).into()),
            };
            count.add(&post.text, kind);
        }
        if chunk.is_last {
            break;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let expected = Count::of(i32::try_from(count.posts)?);
    if count != expected {
        return Err(format!("{count:?}, and not {expected:?}").into());
    }
    telegram.close().await;
    let said = Said {
        reader: "sigtower".to_owned(),
        posts: count.posts,
        characters: count.characters,
        signals: count.signals,
        seconds,
        posts_a_second: count.posts as f64 / seconds,
        usage: Usage::of_this_process()?,
    };
    let mut out = tokio::io::stdout();
    out.write_all(serde_json::to_string(&said)?.as_bytes()).await?;
    out.flush().await?;
    Ok(())
}
