//! What the table's stream would deliver: the rows before and after, played back as often as a test likes.

use std::collections::BTreeMap;

use serde_json::Value;
use signals::store::{ChangeRecord, SequenceNumber, SignalStore};

use crate::engine::at;

/// The rows of a store as they were when they were last looked at, and what changed until then.
#[derive(Default)]
pub(crate) struct Tape {
    rows: BTreeMap<String, Value>,
    changes: Vec<(Option<Value>, Option<Value>)>,
}

impl Tape {
    /// Records what changed since the last time. Several changes of a row are one then, as in a row's own stream.
    pub(crate) async fn record(&mut self, store: &SignalStore) {
        let rows = rows(store).await;
        for (key, row) in &rows {
            let before = self.rows.get(key);
            if before != Some(row) {
                self.changes.push((before.cloned(), Some(row.clone())));
            }
        }
        let gone = self.rows.iter().filter(|(key, _)| !rows.contains_key(*key));
        self.changes.extend(gone.map(|(_, row)| (Some(row.clone()), None)));
        self.rows = rows;
    }

    /// How many changes there are.
    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes from one place to another, as the stream delivers them.
    pub(crate) fn play(&self, from: usize, to: usize) -> Vec<ChangeRecord> {
        let records = self.changes.iter().enumerate().take(to).skip(from);
        let read = |(n, (old, new)): (usize, &(Option<Value>, Option<Value>))| {
            // Numbers of a real stream have some twenty digits; theirs grow in length here.
            let number = SequenceNumber::parse(&format!("{}", 99_999_999_999_999_999_990 + n as u128));
            ChangeRecord::from_json(number.expect("digits"), old.as_ref(), new.as_ref()).expect("rows")
        };
        records.map(read).collect()
    }
}

/// Every row that a backup holds, by its key.
async fn rows(store: &SignalStore) -> BTreeMap<String, Value> {
    let mut file = Vec::new();
    store.export(&mut file, at(0), |_| {}).await.expect("a backup");
    let text = String::from_utf8(file).expect("text");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let rows = lines.filter_map(|mut line| line.get_mut("row").map(Value::take));
    rows.map(|row| (format!("{} {}", row["PK"], row["SK"]), row)).collect()
}
