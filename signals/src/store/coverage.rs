//! The coverage of a channel in the table: one row, to which everybody adds.

use serde::{Deserialize, Serialize};

use super::commit::{TRIES, pause};
use super::error::StoreError;
use super::row::{Exchanged, Row};
use super::{SignalStore, keys};
use crate::coverage::Coverage;
use crate::message::ChannelName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct CoverageRow {
    /// As text: `1-57 60 70-99`.
    ids: String,
}

impl SignalStore {
    /// Which posts of a channel were read; an empty coverage where none was.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn coverage(&self, channel: &ChannelName) -> Result<Coverage, StoreError> {
        let row = self.read_row(&keys::coverage(channel)).await?;
        Ok(read(channel, row.as_ref())?.unwrap_or_default())
    }

    /// Adds these posts to what was read of a channel; gives all of it. Adding twice changes nothing.
    ///
    /// # Errors
    /// When the store fails, or others kept adding; then the same call may be made again.
    pub async fn add_coverage(&self, channel: &ChannelName, read_now: &Coverage) -> Result<Coverage, StoreError> {
        let key = keys::coverage(channel);
        let mut found = self.read_row(&key).await?;
        for attempt in 0..TRIES {
            let before = read(channel, found.as_ref())?;
            let mut all = before.clone().unwrap_or_default();
            all.merge(read_now);
            if before.unwrap_or_default() == all {
                return Ok(all);
            }
            let row = CoverageRow { ids: all.to_string() };
            match self.exchange_row(&key, found.as_ref().map(|row| row.mark), &row, None).await? {
                Exchanged::Done(_) => return Ok(all),
                Exchanged::Overtaken(row) => found = row,
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict(key.to_string()))
    }
}

fn read(channel: &ChannelName, row: Option<&Row<CoverageRow>>) -> Result<Option<Coverage>, StoreError> {
    let corrupt = |why: &dyn std::fmt::Display| StoreError::Corrupt {
        key: keys::coverage(channel).to_string(),
        why: why.to_string(),
    };
    row.map(|row| Coverage::parse(&row.body.ids).map_err(|error| corrupt(&error))).transpose()
}
