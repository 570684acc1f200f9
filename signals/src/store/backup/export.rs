//! How a backup is written.

use std::collections::HashMap;
use std::io::Write;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::{BackupError, Chain, Header, HeaderShards, Line, SCHEMA, SCHEMA_NAME, is_listed, is_state};
use crate::store::error::{StoreError, fault};
use crate::store::item::{Item, name};
use crate::store::keys::{self, Key};
use crate::store::row::number;
use crate::store::{SignalStore, dynamo_json};

/// A backup that is being written, some lines at a time.
#[derive(Debug)]
pub struct Exporter {
    store: SignalStore,
    now: Timestamp,
    chain: Chain,
    n_rows: u64,
    stage: Stage,
    versions: Versions,
}

#[derive(Debug)]
enum Stage {
    Header,
    /// The rows behind this key.
    Rows(Option<Item>),
    Done,
}

impl SignalStore {
    /// Writes a backup, and tells after each page how many rows it has so far; gives their number.
    ///
    /// # Errors
    /// When the store or the file fails; then what is written is no whole backup.
    pub async fn export(
        &self,
        out: &mut impl Write,
        now: Timestamp,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, BackupError> {
        let mut exporter = self.exporter(now);
        while let Some(lines) = exporter.next_lines().await? {
            out.write_all(lines.as_bytes())?;
            progress(exporter.n_rows);
        }
        out.flush()?;
        Ok(exporter.n_rows)
    }

    /// A backup to be fetched some lines at a time, for whoever sends it over a wire.
    #[must_use]
    pub fn exporter(&self, now: Timestamp) -> Exporter {
        let (store, versions) = (self.clone(), Versions::default());
        Exporter { store, now, chain: Chain::START, n_rows: 0, stage: Stage::Header, versions }
    }
}

impl Exporter {
    /// The next lines, each with its line break; up to a megabyte or so, and none at the end.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be written.
    pub async fn next_lines(&mut self) -> Result<Option<String>, StoreError> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Done => Ok(None),
            Stage::Header => {
                self.stage = Stage::Rows(None);
                let shards = self.store.shards;
                let header = Header {
                    schema: format!("{SCHEMA_NAME}{SCHEMA}"),
                    table: self.store.table(),
                    exported_at: self.now,
                    shards: HeaderShards { feed: shards.feed, symbol: shards.symbol, stats: shards.stats },
                };
                Ok(Some(line(&header)?))
            }
            Stage::Rows(after) => {
                let read = self.store.client.scan().table_name(&*self.store.table).consistent_read(true);
                let page = read.set_exclusive_start_key(after).send().await.map_err(fault)?;
                let mut lines = String::new();
                for row in page.items.unwrap_or_default() {
                    if let Some(row) = self.row(row)? {
                        lines.push_str(&row);
                    }
                }
                match page.last_evaluated_key {
                    Some(last) => self.stage = Stage::Rows(Some(last)),
                    None => {
                        lines.push_str(&line(&Line { hash: self.chain.text(), row: None, rows: Some(self.n_rows) })?)
                    }
                }
                Ok(Some(lines))
            }
        }
    }

    fn row(&mut self, mut row: Item) -> Result<Option<String>, StoreError> {
        let Some(key) = keys::of_item(&row) else { return Ok(None) };
        if !is_state(&key) || is_expired(&row, self.now) || !self.versions.admit(&key, &row) {
            return Ok(None);
        }
        if is_listed(&key) {
            row.remove("F");
            row.remove("Y");
        }
        let row = without_fence(&key, row);
        let corrupt = |why: String| StoreError::Corrupt { key: name(&row), why };
        let text = dynamo_json::write(&row).map_err(|error| corrupt(error.to_string()))?.to_string();
        self.chain.add(&text);
        self.n_rows += 1;
        let text = RawValue::from_string(text).map_err(|error| corrupt(error.to_string()))?;
        line(&Line { hash: self.chain.text(), row: Some(&text), rows: None }).map(Some)
    }
}

/// A row as a backup has it: leases are not in it and begin anew, and so do the fences at checkpoints.
pub(super) fn without_fence(key: &Key, mut row: Item) -> Item {
    if keys::is_checkpoint(key) {
        row.insert("fence".to_owned(), number(0));
    }
    row
}

/// Whether the time of a row is over.
pub(super) fn is_expired(row: &Item, now: Timestamp) -> bool {
    let ttl = row.get("ttl").and_then(|ttl| ttl.as_n().ok()).and_then(|ttl| ttl.parse::<i64>().ok());
    ttl.is_some_and(|ttl| ttl <= now.as_second())
}

fn line(value: &impl serde::Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok(text + "\n")
}

/// The versions of the signals in the partition that is being read.
///
/// A signal that changes while the backup is taken leaves a former version behind the place that was read already.
/// In the backup it would take the place that the signal's next change needs, so it is left out. Within a partition
/// a signal comes before its former versions, as `M` comes before `V`.
#[derive(Debug, Default)]
struct Versions {
    partition: String,
    of_signals: HashMap<String, u32>,
}

impl Versions {
    fn admit(&mut self, key: &Key, row: &Item) -> bool {
        if self.partition != key.pk {
            self.partition = key.pk.clone().into_owned();
            self.of_signals.clear();
        }
        let version = row.get("v").and_then(|v| v.as_n().ok()).and_then(|v| v.parse().ok()).unwrap_or(0);
        if keys::is_signal(key) {
            self.of_signals.insert(key.sk.clone().into_owned(), version);
        }
        let current = keys::signal_of_version(key).and_then(|signal| self.of_signals.get(&signal));
        current.is_none_or(|current| version < *current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue;

    #[test]
    fn a_former_version_that_came_after_its_signal_was_read_is_left_out() {
        let mut versions = Versions::default();
        let mut admit = |sk: &str, v: u32| {
            let row = Item::from([("v".to_owned(), AttributeValue::N(v.to_string()))]);
            versions.admit(&Key::new("C#whalechart#1", sk.to_owned()), &row)
        };
        assert!(admit("M#0000000000000042#00", 3) && admit("M#0000000000000042#01", 1));
        assert!(admit("V#0000000000000042#00#000002", 2));
        assert!(!admit("V#0000000000000042#00#000003", 3));
        assert!(!admit("V#0000000000000042#01#000001", 1));
    }

    #[test]
    fn a_row_is_expired_at_its_time() {
        let row = Item::from([("ttl".to_owned(), AttributeValue::N("100".to_owned()))]);
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert!(!is_expired(&row, at(99)) && is_expired(&row, at(100)) && !is_expired(&Item::new(), at(100)));
    }
}
