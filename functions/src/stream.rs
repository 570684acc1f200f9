//! An event of the table's stream as records to count.
//!
//! How far a shard is counted is kept by the shard's id, which Lambda hands over only where the source of events has a
//! tumbling window
//! (<https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html>); without one, an event is refused by the
//! name of the missing field. The window's own state is not used.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use signals::store::{ChangeRecord, Counted, SequenceNumber, SignalStore, StoreError};

/// What Lambda says of a batch of records; what is not used here is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamEvent {
    shard_id: String,
    /// None in the event that ends a window.
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    dynamodb: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    sequence_number: String,
    old_image: Option<Value>,
    new_image: Option<Value>,
}

/// The answer that Lambda wants of the reader of a window: what the next call is to know, which is nothing.
#[derive(Debug, Default, Serialize)]
pub(crate) struct StreamAnswer {
    state: Map<String, Value>,
}

impl StreamEvent {
    /// Moves the counters by what the records say; a second delivery moves nothing.
    pub(crate) async fn count(self, store: &SignalStore, now: Timestamp) -> Result<StreamAnswer, StoreError> {
        let n_records = self.records.len();
        let records: Vec<ChangeRecord> = self.records.into_iter().filter_map(Record::read).collect();
        let n_malformed = n_records - records.len();
        let Counted { applied, skipped, unreadable } = store.count_records(&self.shard_id, records, now).await?;
        if unreadable + n_malformed > 0 {
            tracing::error!(unreadable, n_malformed, "stream.records_not_counted");
        }
        tracing::info!(applied, skipped, "stream.counted");
        Ok(StreamAnswer::default())
    }
}

impl Record {
    /// The record; `None`, and a line of the log, where it is none. It is passed over, as it would otherwise stop its
    /// shard until it expires.
    fn read(self) -> Option<ChangeRecord> {
        let Change { sequence_number, old_image, new_image } = self.dynamodb;
        let number = SequenceNumber::parse(&sequence_number)
            .inspect_err(|error| tracing::error!(%error, "stream.malformed_record"))
            .ok()?;
        ChangeRecord::from_json(number, old_image.as_ref(), new_image.as_ref())
            .inspect_err(|error| tracing::error!(%error, sequence_number, "stream.malformed_record"))
            .ok()
    }
}
