//! What is counted, and how a change of a signal moves the counters.
//!
//! Counters are sums of [`changes`], and `changes` adds up: whoever applies the changes of every write, in any order,
//! has the figures that counting all signals would give.

use std::collections::BTreeMap;

use crate::confidence::Confidence;
use crate::origin::Source;
use crate::record::SignalRecord;
use crate::side::SignalType;
use crate::status::Status;

/// What of a signal is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Base and quote joined.
    pub symbol: String,
    /// Who published it.
    pub source: Source,
    /// The day on which it was posted, in UTC: `2026-11-22`.
    pub day: String,
    /// Which way.
    pub signal_type: SignalType,
    /// What has become of it.
    pub status: Status,
    /// How sure the reader was.
    pub confidence: Confidence,
    /// Whether that was below the threshold.
    pub below_threshold: bool,
}

impl From<&SignalRecord> for Counted {
    fn from(record: &SignalRecord) -> Self {
        let fields = record.signal.fields();
        let origin = record.signal.origin();
        Self {
            symbol: fields.symbol.compact(),
            source: origin.source(),
            day: origin.posted_at().strftime("%F").to_string(),
            signal_type: fields.signal_type,
            status: record.status,
            confidence: fields.confidence,
            below_threshold: record.below_threshold,
        }
    }
}

/// One counter: the signals that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// All signals.
    All,
    /// Those of a symbol.
    Symbol(String),
    /// Those of a source.
    Source(Source),
    /// Those of a day.
    Day(String),
}

/// What a counter holds. Every figure is a sum over the signals of its cell, or a change of that sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many signals.
    pub signals: i64,
    /// Their confidences in hundredths.
    pub confidence: i64,
    /// How many are long, how many short.
    pub by_type: [i64; 2],
    /// How many have each status, in the order of [`Status::ALL`].
    pub by_status: [i64; 8],
    /// How many were below the threshold.
    pub below_threshold: i64,
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        self.signals += other.signals;
        self.confidence += other.confidence;
        for (sum, n) in self.by_type.iter_mut().zip(other.by_type) {
            *sum += n;
        }
        for (sum, n) in self.by_status.iter_mut().zip(other.by_status) {
            *sum += n;
        }
        self.below_threshold += other.below_threshold;
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The mean confidence in hundredths; `None` of no signals.
    #[must_use]
    pub fn mean_confidence(&self) -> Option<i64> {
        (self.signals > 0).then(|| (self.confidence + self.signals / 2) / self.signals)
    }

    fn of(counted: &Counted, sign: i64) -> Self {
        let mut tally = Self { signals: sign, ..Self::default() };
        tally.confidence = sign * i64::from(counted.confidence.percent());
        tally.by_type[usize::from(counted.signal_type == SignalType::Short)] = sign;
        for (n, status) in tally.by_status.iter_mut().zip(Status::ALL) {
            *n = if status == counted.status { sign } else { 0 };
        }
        tally.below_threshold = if counted.below_threshold { sign } else { 0 };
        tally
    }
}

/// Counters with what they hold, or with what changes in them.
pub type Tallies = BTreeMap<Cell, Tally>;

/// How the counters change when a signal turns from `old` into `new`; `None` where there is no signal to count.
#[must_use]
pub fn changes(old: Option<&Counted>, new: Option<&Counted>) -> Tallies {
    let mut tallies = Tallies::new();
    if old == new {
        return tallies;
    }
    for (counted, sign) in old.map(|old| (old, -1)).into_iter().chain(new.map(|new| (new, 1))) {
        let tally = Tally::of(counted, sign);
        let cells = [
            Cell::All,
            Cell::Symbol(counted.symbol.clone()),
            Cell::Source(counted.source.clone()),
            Cell::Day(counted.day.clone()),
        ];
        for cell in cells {
            tallies.entry(cell).or_default().add(&tally);
        }
    }
    tallies.retain(|_, tally| !tally.is_zero());
    tallies
}

/// Adds changes to changes, and drops what cancels out.
pub fn add(sum: &mut Tallies, more: &Tallies) {
    for (cell, tally) in more {
        sum.entry(cell.clone()).or_default().add(tally);
    }
    sum.retain(|_, tally| !tally.is_zero());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(symbol: &str, status: Status) -> Counted {
        Counted {
            symbol: symbol.to_owned(),
            source: Source::parse("telegram_whalechart").unwrap(),
            day: "2026-11-22".to_owned(),
            signal_type: SignalType::Short,
            status,
            confidence: Confidence::from_percent(90),
            below_threshold: false,
        }
    }

    #[test]
    fn a_new_signal_counts_once_in_each_cell() {
        let tallies = changes(None, Some(&counted("BTCUSDT", Status::Open)));
        assert_eq!(tallies.len(), 4);
        let all = &tallies[&Cell::All];
        assert_eq!((all.signals, all.confidence, all.by_type, all.by_status[0]), (1, 90, [0, 1], 1));
        assert_eq!(all.mean_confidence(), Some(90));
    }

    #[test]
    fn a_change_of_status_moves_one_figure_and_leaves_the_totals() {
        let tallies = changes(Some(&counted("BTCUSDT", Status::Open)), Some(&counted("BTCUSDT", Status::Stopped)));
        let all = &tallies[&Cell::All];
        assert_eq!((all.signals, all.confidence), (0, 0));
        assert_eq!((all.by_status[0], all.by_status[4]), (-1, 1));
    }

    #[test]
    fn what_is_added_and_taken_away_leaves_nothing() {
        let (open, other) = (counted("BTCUSDT", Status::Open), counted("ETHUSDT", Status::Closed));
        let mut sum = changes(None, Some(&open));
        add(&mut sum, &changes(Some(&open), Some(&other)));
        add(&mut sum, &changes(Some(&other), None));
        assert!(sum.is_empty(), "{sum:?}");
        assert!(changes(Some(&open), Some(&open)).is_empty());
    }
}
