//! The fingerprints of a channel's last posts in the table: one row, of which the last writer's stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{StoreError, fault};
use super::row::{Row, item_of};
use super::{SignalStore, keys};
use crate::fingerprints::Fingerprints;
use crate::message::ChannelName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FingerprintsRow {
    /// As text: `7:9f86d081884c7d65 9:60303ae22b998861`.
    posts: String,
    /// Milliseconds since 1970.
    looked: i64,
}

impl SignalStore {
    /// What was made of the last posts of a channel when they were last looked at; of none where nobody did.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn fingerprints(&self, channel: &ChannelName) -> Result<Fingerprints, StoreError> {
        let row: Option<Row<FingerprintsRow>> = self.read_row(&keys::fingerprints(channel)).await?;
        Ok(row.map(|row| Fingerprints::parse(&row.body.posts)).unwrap_or_default())
    }

    /// Keeps what was made of the last posts of a channel, once all of it is stored. Whoever was overtaken and writes
    /// what it saw earlier does no harm: a post that is not as it was written is stored once more.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn keep_fingerprints(
        &self,
        channel: &ChannelName,
        seen: &Fingerprints,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = FingerprintsRow { posts: seen.to_string(), looked: now.as_millisecond() };
        let item = item_of(&keys::fingerprints(channel), &row, Uuid::new_v4(), None)?;
        self.client.put_item().table_name(&*self.table).set_item(Some(item)).send().await.map_err(fault)?;
        Ok(())
    }
}
