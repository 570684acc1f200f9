//! Passed-over posts and rejected drafts in the table: written once, listed newest first, gone after a while.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SignalStore;
use super::error::{StoreError, fault};
use super::item::instant;
use super::keys::{self, Key};
use super::row::{Guard, Row, item_of, number, text};
use crate::message::{ChannelName, MessageId};
use crate::parser::Reason;
use crate::passed_over::{BrokenRule, KeptPost, PassedOver, RejectedDraft, RetentionDays, kept};

/// How many rows one list gives at most.
const MOST_LISTED: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PassedOverRow {
    channel: ChannelName,
    id: MessageId,
    /// Milliseconds since 1970.
    posted: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edited: Option<i64>,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(default)]
    ordinal: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    violations: Vec<BrokenRule>,
    /// Orders the edits: milliseconds since 1970, 0 for the post as it came.
    rev: i64,
    /// What the reader made of it; a better reader makes something else of the same text.
    verdict: String,
}

impl PassedOverRow {
    fn of(post: &KeptPost) -> Self {
        let edited = post.edited_at.map(Timestamp::as_millisecond);
        Self {
            channel: post.channel.clone(),
            id: post.id,
            posted: post.posted_at.as_millisecond(),
            edited,
            text: kept(&post.text).to_owned(),
            reason: None,
            ordinal: 0,
            violations: Vec::new(),
            rev: edited.unwrap_or(0),
            verdict: String::new(),
        }
    }

    fn post(&self) -> KeptPost {
        KeptPost {
            channel: self.channel.clone(),
            id: self.id,
            posted_at: instant(self.posted),
            edited_at: self.edited.map(instant),
            text: self.text.clone(),
        }
    }
}

impl SignalStore {
    /// Keeps a post that is neither signal nor update. The same post again, or an older state of it, changes nothing.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn keep_passed_over(
        &self,
        it: &PassedOver,
        keep: RetentionDays,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = PassedOverRow {
            reason: Some(it.reason),
            verdict: it.reason.as_str().to_owned(),
            ..PassedOverRow::of(&it.post)
        };
        self.keep(&keys::passed_over(&it.post.channel, it.post.id), &row, keep, now).await
    }

    /// Keeps a draft that the door refused. The same draft again, or one of an older state of the post, changes nothing.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn keep_rejected(
        &self,
        it: &RejectedDraft,
        keep: RetentionDays,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rules: Vec<&str> = it.violations.iter().map(|broken| broken.text.as_str()).collect();
        let row = PassedOverRow {
            ordinal: it.ordinal,
            verdict: rules.join("; "),
            violations: it.violations.clone(),
            ..PassedOverRow::of(&it.post)
        };
        self.keep(&keys::rejected(&it.post.channel, it.post.id, it.ordinal), &row, keep, now).await
    }

    /// The passed-over posts of a channel, newest first, below the post `before`; at most `limit`, and at most 1 000.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn passed_over(
        &self,
        channel: &ChannelName,
        before: Option<MessageId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<PassedOver>, StoreError> {
        let partition = keys::passed_over(channel, MessageId(0)).pk.into_owned();
        let below = before.map(|id| keys::passed_over(channel, id).sk.into_owned());
        let rows: Vec<PassedOverRow> = self.newest(partition, below, limit, now).await?;
        let lacking = |row: &PassedOverRow| StoreError::Corrupt {
            key: keys::passed_over(channel, row.id).to_string(),
            why: "it has no reason".to_owned(),
        };
        rows.into_iter()
            .map(|row| Ok(PassedOver { post: row.post(), reason: row.reason.ok_or_else(|| lacking(&row))? }))
            .collect()
    }

    /// The rejected drafts of a channel, newest first, below the draft `before`; at most `limit`, and at most 1 000.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn rejected(
        &self,
        channel: &ChannelName,
        before: Option<(MessageId, u8)>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<RejectedDraft>, StoreError> {
        let partition = keys::rejected(channel, MessageId(0), 0).pk.into_owned();
        let below = before.map(|(id, ordinal)| keys::rejected(channel, id, ordinal).sk.into_owned());
        let rows: Vec<PassedOverRow> = self.newest(partition, below, limit, now).await?;
        let draft =
            |row: PassedOverRow| RejectedDraft { post: row.post(), ordinal: row.ordinal, violations: row.violations };
        Ok(rows.into_iter().map(draft).collect())
    }

    /// Forgets that a post was passed over: an edit, or a better reader, made something of it after all.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn forget_passed_over(&self, channel: &ChannelName, id: MessageId) -> Result<(), StoreError> {
        self.forget(&keys::passed_over(channel, id)).await
    }

    /// Forgets a rejected draft: what stands in its place in the post is none any more.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn forget_rejected(&self, channel: &ChannelName, id: MessageId, ordinal: u8) -> Result<(), StoreError> {
        self.forget(&keys::rejected(channel, id, ordinal)).await
    }

    async fn keep(
        &self,
        key: &Key,
        row: &PassedOverRow,
        keep: RetentionDays,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(until) = keep.until(now) else { return Ok(()) };
        let guard = Guard {
            condition: "attribute_not_exists(PK) OR rev < :rev OR (rev = :rev AND verdict <> :verdict) OR #ttl <= :now",
            names: &[("#ttl", "ttl")],
            values: vec![
                (":rev", number(row.rev)),
                (":verdict", text(&row.verdict)),
                (":now", number(now.as_second())),
            ],
        };
        self.put_guarded(item_of(key, row, Uuid::new_v4(), Some(until))?, guard).await?;
        Ok(())
    }

    async fn forget(&self, key: &Key) -> Result<(), StoreError> {
        let gone = self.client.delete_item().table_name(&*self.table).set_key(Some(key.item()));
        gone.send().await.map_err(fault)?;
        Ok(())
    }

    /// The rows of a partition that are not over, the greatest keys first, all of them below `below`.
    async fn newest<T: DeserializeOwned>(
        &self,
        partition: String,
        below: Option<String>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<T>, StoreError> {
        let limit = limit.min(MOST_LISTED);
        let mut rows = Vec::with_capacity(limit);
        let mut pages = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND SK < :below")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            // No key is above `~`, the last printable character of ASCII.
            .expression_attribute_values(":below", AttributeValue::S(below.unwrap_or_else(|| "~".to_owned())))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX))
            .into_paginator()
            .send();
        while rows.len() < limit
            && let Some(page) = pages.next().await
        {
            for item in page.map_err(fault)?.items.unwrap_or_default() {
                let row = Row::<T>::read(item)?;
                if !row.is_expired(now) && rows.len() < limit {
                    rows.push(row.body);
                }
            }
        }
        Ok(rows)
    }
}
