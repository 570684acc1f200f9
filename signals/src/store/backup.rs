//! What a backup is: a header, one line for each row that is state, and a trailer; all of them JSON.
//!
//! Each row's line carries the hash of all rows up to it, so that a damaged, lost or swapped line is told by its
//! number; a file without its trailer was cut short. What follows from other rows is left out and made anew when the
//! backup is read: the partitions of lists, which depend on the shards of a table, and the counters.
//!
//! A backup is no snapshot: a row that changes while it is taken is in it as it was before or after, and of a change of
//! two rows, such as news that reach their signal, one may be in it without the other. Take it while nothing writes
//! where that matters, or use the table's point-in-time recovery on AWS.

mod export;
mod import;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use export::Exporter;
pub use import::{Imported, Importer, LONGEST_LINE};

use super::error::StoreError;
use super::keys::{self, Key};

/// The format that is written, and the newest that is read.
const SCHEMA: u32 = 1;
const SCHEMA_NAME: &str = "sigtower-backup/";

/// Why a backup was not written or not read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("the backup's file failed: {0}")]
    File(#[from] std::io::Error),
    /// The first line is not that of a backup.
    #[error("this is no backup: {0}")]
    NoBackup(String),
    /// A newer version of the program wrote it.
    #[error("the backup has the format {found}, and this program reads up to {SCHEMA}: update the program")]
    Newer {
        /// The number of its format.
        found: u32,
    },
    /// A line is damaged. What stood before it may be imported already; importing again is harmless.
    #[error("line {line} of the backup is damaged: {why}")]
    Damaged {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The end is missing. What is there is imported; importing the whole file later is harmless.
    #[error("the backup ends after line {line} without its last line: it was cut short")]
    CutShort {
        /// The last line that is there.
        line: u64,
    },
    /// The table holds what is not of this backup.
    #[error("the table is not empty; import into an empty one ({key} of the backup is not in it)")]
    Occupied {
        /// A row of the backup that the table lacks.
        key: String,
    },
    /// The table holds a row of the backup with another content.
    #[error("the row {key} of the table is another than in the backup (line {line}); it was left as it is")]
    Differs {
        /// The key of the row.
        key: String,
        /// The line of the backup.
        line: u64,
    },
}

impl BackupError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

/// The first line.
#[derive(Debug, Serialize)]
struct Header<'a> {
    schema: String,
    table: &'a str,
    exported_at: Timestamp,
    shards: HeaderShards,
}

#[derive(Debug, Serialize)]
struct HeaderShards {
    feed: u16,
    symbol: u16,
    stats: u16,
}

/// A line with a row, or the last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    hash: String,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    row: Option<&'a RawValue>,
    /// Of the last line: how many rows there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

/// The hash of all rows so far: FNV-1a in 64 bits, against accidents and not against malice.
#[derive(Clone, Copy, Debug)]
struct Chain(u64);

impl Chain {
    const START: Self = Self(0xcbf2_9ce4_8422_2325);

    fn add(&mut self, text: &str) {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        // The line break keeps two rows from being taken for one.
        self.0 = text.bytes().chain([b'\n']).fold(self.0, step);
    }

    fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// Whether a row is state: neither made of other rows, nor of the moment, nor of a login. Of the two rows of a key of the API only the
/// one of the list is state, so that no backup has half of a change.
fn is_state(key: &Key) -> bool {
    let kind = key.pk.split('#').next().unwrap_or_default();
    !matches!(kind, "META" | "ST" | "STCK" | "LEASE" | "RUNS" | "IDEM" | "KEY" | "POS" | "PEER" | "LAST")
}

/// Whether its partitions in the lists follow from the row and the shards of the table.
fn is_listed(key: &Key) -> bool {
    keys::is_signal(key) || keys::is_event(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_tells_rows_that_changed_places_or_ran_together() {
        let hash = |rows: &[&str]| {
            let mut chain = Chain::START;
            rows.iter().for_each(|row| chain.add(row));
            chain.text()
        };
        assert_ne!(hash(&["a", "b"]), hash(&["b", "a"]));
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&[]), "cbf29ce484222325");
    }

    #[test]
    fn counters_leases_and_marks_are_no_state() {
        let state = |pk: &'static str| is_state(&Key::new(pk, "x"));
        assert!(["C#whalechart#1", "A#x", "WM#whalechart", "KEYS", "CHANNELS"].into_iter().all(state));
        let made = ["META", "ST#0", "STCK#x", "LEASE#main", "RUNS", "IDEM#a#b", "KEY#x", "POS#x", "PEER#7", "LAST#x"];
        assert!(!made.into_iter().any(state));
    }
}
