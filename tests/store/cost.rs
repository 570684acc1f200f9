//! What each operation costs on AWS: the units that the engine says were consumed, with AWS's shards and no counters
//! in the writes. The table in ARCHITECTURE.md is made of these figures.

use std::fmt::Write;

use signals::origin::Source;
use signals::query::{Cursor, SignalQuery};
use signals::record::{Cause, SignalRecord};
use signals::status::Status;
use signals::store::{Counting, Edit, Edited, Put, PutEvent, Shards};
use signals::update::UpdateEvent;

use crate::engine::{at, edited, long, posted};
use crate::tape::Tape;
use crate::telling::{answering, news};
use crate::wire::Wire;

/// Dollars for a million write units and a million read units, on demand, us-east-1.
const PRICES: [f64; 2] = [0.625, 0.125];

/// What was asked, with the write and the read units that it took.
pub(crate) struct Measured {
    pub(crate) what: &'static str,
    written: f64,
    read: f64,
    n_requests: u32,
}

impl Measured {
    pub(crate) fn since_then(wire: &Wire, what: &'static str) -> Self {
        let mut measured = Self { what, written: 0.0, read: 0.0, n_requests: 0 };
        for (operation, count) in wire.counts() {
            let is_read = matches!(operation.as_str(), "GetItem" | "Query" | "BatchGetItem");
            *(if is_read { &mut measured.read } else { &mut measured.written }) += count.units;
            measured.n_requests += count.n_requests;
        }
        wire.counts_anew();
        measured
    }

    /// The same, with what something else took.
    pub(crate) fn with(self, other: &Self) -> Self {
        let (written, read) = (self.written + other.written, self.read + other.read);
        Self { written, read, n_requests: self.n_requests + other.n_requests, ..self }
    }

    pub(crate) fn row(&self) -> String {
        let dollars = self.written * PRICES[0] + self.read * PRICES[1];
        format!("| {} | {} | {} | {} | {dollars:.2} |", self.what, self.n_requests, self.written, self.read)
    }
}

/// The text of a post of the usual length, 180 bytes, or of another.
fn text(length: usize) -> String {
    let mut text = long("BTC", 45_000) + "\n";
    while text.len() < length {
        text.push(if text.len().is_multiple_of(10) { ' ' } else { 'x' });
    }
    text
}

#[tokio::test]
async fn the_table_of_costs_says_what_the_engine_counts() {
    let wire = Wire::new();
    let store = wire.store(Shards::AWS, Counting::FromStream).await;
    let query = SignalQuery { symbol: Some("BTCUSDT".to_owned()), ..SignalQuery::default() };
    let mut measured = Vec::new();
    for n in 0..100 {
        store.put(posted("whalechart", n, &text(180)), at(n)).await.unwrap();
    }
    let mut tape = Tape::default();
    tape.record(&store).await;
    wire.counts_anew();
    store.count_records("shardId-1", tape.play(0, tape.len()), at(100)).await.unwrap();
    let counted = Measured::since_then(&wire, "counting 100 new signals of one symbol, one channel and one day");

    let new = posted("whalechart", 1_000, &text(180));
    let id = new.signal.id();
    assert!(matches!(store.put(new.clone(), at(2_000)).await.unwrap(), Put::Created(_)));
    measured.push(Measured::since_then(&wire, "a new signal"));
    assert!(matches!(store.put(new, at(2_000)).await.unwrap(), Put::Unchanged(_)));
    measured.push(Measured::since_then(&wire, "a signal that is known"));
    store.put(posted("whalechart", 1_001, &text(4_000)), at(2_000)).await.unwrap();
    measured.push(Measured::since_then(&wire, "a new signal with a text of 4 000 bytes"));
    let post = edited("whalechart", 1_000, &text(190), 1_500);
    assert!(matches!(store.put(post, at(2_000)).await.unwrap(), Put::NewVersion(_)));
    measured.push(Measured::since_then(&wire, "an edited post: the new version and the former one"));
    let edit = Edit { at_version: None, cause: Cause::Client, now: at(3_000) };
    let fill = |it| Ok::<_, ()>(SignalRecord { status: Status::Filled, ..it });
    assert!(matches!(store.edit(&id, edit, fill).await.unwrap(), Edited::Done(_)));
    measured.push(Measured::since_then(&wire, "a change of status, with the former version"));
    let told = answering(50, news(2_000, UpdateEvent::TargetHit, Some(1)));
    assert!(matches!(store.put_event(told, at(3_000)).await.unwrap(), PutEvent::Linked(_)));
    measured.push(Measured::since_then(&wire, "news that answer a signal, with the former version"));
    store.get(&id).await.unwrap().expect("it is there");
    measured.push(Measured::since_then(&wire, "one signal by its id"));
    assert_eq!(store.list(&query, 20, &Cursor::default()).await.unwrap().signals.len(), 20);
    measured.push(Measured::since_then(&wire, "a page of 20 of a symbol"));
    assert_eq!(store.list(&SignalQuery::default(), 20, &Cursor::default()).await.unwrap().signals.len(), 20);
    measured.push(Measured::since_then(&wire, "a page of 20 of all signals"));
    let of_channel = SignalQuery { source: Source::parse("telegram_whalechart").ok(), ..SignalQuery::default() };
    assert_eq!(store.list(&of_channel, 20, &Cursor::default()).await.unwrap().signals.len(), 20);
    measured.push(Measured::since_then(&wire, "a page of 20 of a channel"));
    assert!(!store.stats().await.unwrap().is_empty());
    measured.push(Measured::since_then(&wire, "all counters"));
    assert!(matches!(store.delete(&id, Edit { cause: Cause::Deleted, ..edit }).await.unwrap(), Edited::Done(_)));
    measured.push(Measured::since_then(&wire, "a delete, with the former version"));
    measured.push(counted);
    let wire = Wire::new();
    let inline = wire.store(Shards::AWS, Counting::Inline).await;
    wire.counts_anew();
    inline.put(posted("whalechart", 1_000, &text(180)), at(2_000)).await.unwrap();
    measured.push(Measured::since_then(&wire, "a new signal that is counted in its own write"));

    let figures: Vec<(f64, f64)> = measured.iter().map(|it| (it.written, it.read)).collect();
    assert_eq!(figures[..2], [(3.0, 0.0), (1.0, 0.0)], "a new signal and a duplicate");
    assert_eq!(figures[6], (0.0, 0.5), "a signal by its id");
    let table = measured.iter().fold(String::new(), |mut table, it| {
        writeln!(table, "{}", it.row()).expect("text takes all");
        table
    });
    let document = include_str!("../../ARCHITECTURE.md");
    assert!(document.contains(&table), "ARCHITECTURE.md does not have these rows:\n{table}");
}

#[tokio::test]
async fn the_longest_text_that_indexes_hold_keeps_a_signal_at_three_write_units() {
    let wire = Wire::new();
    let store = wire.store(Shards::AWS, Counting::FromStream).await;
    for (n, length) in [350, 351].into_iter().enumerate() {
        wire.counts_anew();
        store.put(posted("io_altsignals", 1_000_000 + i64::try_from(n).unwrap(), &text(length)), at(0)).await.unwrap();
        let measured = Measured::since_then(&wire, "");
        assert_eq!((measured.n_requests, measured.written), (1, 3.0), "{length} bytes");
    }
}
