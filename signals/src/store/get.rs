//! One signal: as it is, as it was, and as it stood at a time.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::error::{StoreError, fault};
use super::item::{Item, SignalItem};
use super::keys::Key;
use super::{SignalStore, keys};
use crate::message::{ChannelName, MessageId};
use crate::origin::SignalId;
use crate::record::{FormerVersion, SignalRecord};

/// How many former versions are shown, the newest first.
pub const MOST_VERSIONS: usize = 200;

/// How many former versions one request asks for.
const READ_AT_ONCE: i32 = 200;

impl SignalStore {
    /// The signal with this id; `None` where there is none, or a client deleted it.
    ///
    /// On AWS the answer may be some milliseconds old: half the price of one that is not.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn get(&self, id: &SignalId) -> Result<Option<SignalRecord>, StoreError> {
        let row = self.row_read(id, false).await?;
        row.filter(|row| row.gone.is_none()).map(SignalItem::record).transpose()
    }

    /// The former versions of a signal, the newest first; at most [`MOST_VERSIONS`].
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn former_versions(&self, id: &SignalId) -> Result<Vec<FormerVersion>, StoreError> {
        self.former_versions_until(id, |_, shown| shown == MOST_VERSIONS).await
    }

    /// The former versions from the newest on, up to the first at which the search may end.
    async fn former_versions_until(
        &self,
        id: &SignalId,
        is_enough: impl Fn(&FormerVersion, usize) -> bool,
    ) -> Result<Vec<FormerVersion>, StoreError> {
        // Consistent: a version that has just given way must not be missed both here and there.
        let mut items = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(keys::signal(id).pk.into_owned()))
            .expression_attribute_values(":prefix", AttributeValue::S(keys::versions_prefix(id)))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(READ_AT_ONCE)
            .into_paginator()
            .items()
            .send();
        let mut versions = Vec::new();
        while let Some(item) = items.next().await {
            let version = SignalItem::read(item.map_err(fault)?)?.former_version()?;
            let is_last = is_enough(&version, versions.len() + 1);
            versions.push(version);
            if is_last {
                break;
            }
        }
        Ok(versions)
    }

    /// The signal as it stood at a time; `None` where there was none then.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn as_of(&self, id: &SignalId, time: Timestamp) -> Result<Option<SignalRecord>, StoreError> {
        if let Some(now) = self.get(id).await?.filter(|record| record.valid_from <= time) {
            return Ok(Some(now));
        }
        let held = |it: &FormerVersion| it.record.valid_from <= time && time < it.valid_until;
        let former = self.former_versions_until(id, |it, _| held(it)).await?;
        Ok(former.into_iter().next_back().filter(held).map(|it| it.record))
    }

    /// The signals of a post, as the last write left them.
    pub(super) async fn of_post(
        &self,
        channel: &ChannelName,
        post: MessageId,
    ) -> Result<Vec<SignalRecord>, StoreError> {
        let rows = self.rows_of_post(channel, post, 'M').await?.into_iter().map(SignalItem::read);
        let there = rows.filter(|row| row.as_ref().map_or(true, |row| row.gone.is_none()));
        there.map(|row| row?.record()).collect()
    }

    /// The rows of a post whose sort key begins with this letter; a post has at most 256 of a kind.
    pub(super) async fn rows_of_post(
        &self,
        channel: &ChannelName,
        post: MessageId,
        kind: char,
    ) -> Result<Vec<Item>, StoreError> {
        let (pk, prefix) = keys::post(channel, post, kind);
        self.rows_of(&pk, &prefix).await
    }

    /// The row of a signal as the last write left it.
    pub(super) async fn row(&self, id: &SignalId) -> Result<Option<SignalItem>, StoreError> {
        self.row_read(id, true).await
    }

    /// Whether this very write made its version of the signal, although others have changed the row since then.
    pub(super) async fn has_made(&self, item: &SignalItem) -> Result<bool, StoreError> {
        let version = self.row_at(&keys::version(&item.id, item.version), true).await?;
        Ok(version.is_some_and(|version| version.has_mark_of(item)))
    }

    async fn row_read(&self, id: &SignalId, consistent: bool) -> Result<Option<SignalItem>, StoreError> {
        self.row_at(&keys::signal(id), consistent).await
    }

    async fn row_at(&self, key: &Key, consistent: bool) -> Result<Option<SignalItem>, StoreError> {
        let read = self.client.get_item().table_name(&*self.table).set_key(Some(key.item()));
        let read = read.consistent_read(consistent);
        read.send().await.map_err(fault)?.item.map(SignalItem::read).transpose()
    }
}
