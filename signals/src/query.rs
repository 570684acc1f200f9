//! What a list is asked for, and how it goes on.

use jiff::Timestamp;

use crate::confidence::Confidence;
use crate::origin::Source;
use crate::record::SignalRecord;
use crate::side::SignalType;
use crate::status::Status;

/// Which signals a list holds; what is `None` does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignalQuery {
    /// Base and quote joined: `BTCUSDT`.
    pub symbol: Option<String>,
    /// Who published it.
    pub source: Option<Source>,
    /// Which way.
    pub signal_type: Option<SignalType>,
    /// What has become of it.
    pub status: Option<Status>,
    /// At least this sure.
    pub min_confidence: Option<Confidence>,
    /// Posted at this time or later.
    pub since: Option<Timestamp>,
    /// Posted before this time.
    pub until: Option<Timestamp>,
}

impl SignalQuery {
    /// Whether a signal belongs to the list.
    #[must_use]
    pub fn admits(&self, record: &SignalRecord) -> bool {
        let fields = record.signal.fields();
        let origin = record.signal.origin();
        let posted_at = origin.posted_at();
        self.symbol.as_ref().is_none_or(|symbol| fields.symbol.compact() == *symbol)
            && self.source.as_ref().is_none_or(|source| origin.source() == *source)
            && self.signal_type.is_none_or(|side| fields.signal_type == side)
            && self.status.is_none_or(|status| record.status == status)
            && self.min_confidence.is_none_or(|least| fields.confidence >= least)
            && self.since.is_none_or(|since| posted_at >= since)
            && self.until.is_none_or(|until| posted_at < until)
    }
}

/// Where a list goes on: the keys that were read last, one per order in which signals are kept.
///
/// It names keys, not positions, so it survives new signals, deleted ones and another number of shards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last key in the order of time.
    pub by_time: Option<String>,
    /// The last key in the order of a channel's posts.
    pub by_message: Option<String>,
}

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The signals; fewer than asked for where the search was cut short, and `next` goes on.
    pub signals: Vec<SignalRecord>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}
