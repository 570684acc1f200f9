//! How long a backup of many signals takes, out of one file of the embedded engine and into another.
//!
//! `cargo run --release -p tests --example backup_speed -- [SIGNALS]`

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::time::Instant;

use jiff::Timestamp;
use signals::message::{ChannelName, MessageId};
use signals::origin::{MessageOrigin, Origin};
use signals::parser::{Context, ParseOutcome, parse};
use signals::signal::Signal;
use signals::store::NewSignal;
use signals::store::embedded::Engine;

const COINS: [&str; 12] = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "AVAX", "LINK", "DOT", "ATOM", "NEAR", "LTC"];
const CHANNELS: [&str; 5] = ["whalechart", "io_altsignals", "cryptosignals", "futures_room", "scalping"];
/// Signals an hour.
const RATE: i64 = 60;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let n_signals: i64 = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let folder = std::env::temp_dir().join(format!("sigtower-backup-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = measure(&folder, n_signals).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn measure(folder: &std::path::Path, n_signals: i64) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let now = Timestamp::from_second(1_790_000_000)?;
    let store = Engine::open(&folder.join("from.db"))?.store().await?;
    let began = Instant::now();
    for from in (0..n_signals).step_by(1_000) {
        let new = (from..n_signals.min(from + 1_000)).map(signal).collect::<Result<_, _>>()?;
        for answer in store.put_many(new, now).await {
            answer?;
        }
    }
    writeln!(out, "put     {n_signals} signals in {:.1} s", began.elapsed().as_secs_f32())?;

    let path = folder.join("backup.jsonl");
    let began = Instant::now();
    let n_rows = store.export(&mut BufWriter::new(File::create(&path)?), now, |_| {}).await?;
    let megabytes = path.metadata()?.len() / 1_000_000;
    writeln!(out, "export  {n_rows} rows, {megabytes} MB in {:.1} s", began.elapsed().as_secs_f32())?;

    let other = Engine::open(&folder.join("to.db"))?.store().await?;
    for round in ["import", "again "] {
        let began = Instant::now();
        let imported = other.import(&mut BufReader::new(File::open(&path)?), now, |_| {}).await?;
        writeln!(out, "{round}  {imported:?} in {:.1} s", began.elapsed().as_secs_f32())?;
    }
    writeln!(out, "counters equal: {}", other.stats().await? == store.stats().await?)?;
    Ok(())
}

fn signal(n: i64) -> Result<NewSignal, Box<dyn Error>> {
    let place = usize::try_from(n)?;
    let entry = 1_000 + n % 500;
    let text = format!(
        "{}/USDT LONG\nEntry: {entry}\nTargets: {} - {}\nStop loss: {}",
        COINS[place % COINS.len()],
        entry + 10,
        entry + 20,
        entry - 10
    );
    let ParseOutcome::Signals(drafts) = parse(&text, &Context::default()) else { return Err(text.into()) };
    let draft = drafts.into_iter().next().ok_or("no signal")?;
    let origin = MessageOrigin {
        channel: ChannelName::parse(CHANNELS[place % CHANNELS.len()])?,
        message_id: MessageId(n),
        ordinal: 0,
        posted_at: Timestamp::from_second(1_780_000_000 + n * 3_600 / RATE)?,
        edited_at: None,
    };
    let signal = Signal::from_draft(draft, Origin::Message(origin))?;
    Ok(NewSignal { signal, text: Some(text), below_threshold: false })
}
