//! The last pass over each channel in the table: a row for each spelling that was asked for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::commit::{TRIES, pause};
use super::error::StoreError;
use super::item::instant;
use super::row::{Exchanged, Row};
use super::{SignalStore, keys};
use crate::channel_run::{ChannelRun, RunCounts, RunTrouble};
use crate::message::{ChannelName, MessageId};

/// For how long the run of a channel is kept that was never read: a name that was misspelt once is forgotten.
const KEPT_UNREAD: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How much of a trouble's text is kept, in characters.
const LONGEST_TROUBLE: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RunRow {
    channel: ChannelName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<ChannelName>,
    /// Milliseconds since 1970, as are the other times.
    ran: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    succeeded: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    #[serde(default)]
    may_pass: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<i64>,
    backlog: u64,
    fetched: u64,
    signals: u64,
    updates: u64,
    not_signals: u64,
    stored: u64,
    bad_posts: u64,
}

impl RunRow {
    fn of(run: &ChannelRun) -> Self {
        let RunCounts { fetched, signals, updates, not_signals, stored, bad_posts } = run.counts;
        Self {
            channel: run.channel.clone(),
            key: run.key.clone(),
            ran: run.ran_at.as_millisecond(),
            succeeded: run.succeeded_at.map(Timestamp::as_millisecond),
            trouble: run.trouble.as_ref().map(|it| it.text.chars().take(LONGEST_TROUBLE).collect()),
            may_pass: run.trouble.as_ref().is_some_and(|it| it.is_retryable),
            not_before: run.not_before.map(Timestamp::as_millisecond),
            newest: run.newest.map(|id| id.0),
            backlog: run.backlog,
            fetched,
            signals,
            updates,
            not_signals,
            stored,
            bad_posts,
        }
    }

    fn run(self) -> ChannelRun {
        let is_retryable = self.may_pass;
        ChannelRun {
            channel: self.channel,
            key: self.key,
            ran_at: instant(self.ran),
            succeeded_at: self.succeeded.map(instant),
            trouble: self.trouble.map(|text| RunTrouble { text, is_retryable }),
            not_before: self.not_before.map(instant),
            newest: self.newest.map(MessageId),
            backlog: self.backlog,
            counts: RunCounts {
                fetched: self.fetched,
                signals: self.signals,
                updates: self.updates,
                not_signals: self.not_signals,
                stored: self.stored,
                bad_posts: self.bad_posts,
            },
        }
    }
}

impl SignalStore {
    /// How the last pass over the channel of this spelling ended; `None` where there was none.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn channel_run(&self, channel: &ChannelName) -> Result<Option<ChannelRun>, StoreError> {
        let row: Option<Row<RunRow>> = self.read_row(&keys::channel_run(channel)).await?;
        Ok(row.map(|row| row.body.run()))
    }

    /// The last pass over every channel that was asked for, in the order of spellings.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn channel_runs(&self, now: Timestamp) -> Result<Vec<ChannelRun>, StoreError> {
        let mut runs = Vec::new();
        for item in self.rows_of(keys::RUNS, "").await? {
            let row = Row::<RunRow>::read(item)?;
            if !row.is_expired(now) {
                runs.push(row.body.run());
            }
        }
        Ok(runs)
    }

    /// Keeps how a pass ended, in the place of the one before; what that one reached stays known.
    ///
    /// # Errors
    /// When the store fails, or others kept writing; then the same call may be made again.
    pub async fn keep_channel_run(&self, run: &ChannelRun) -> Result<(), StoreError> {
        let key = keys::channel_run(&run.channel);
        let mut found: Option<Row<RunRow>> = self.read_row(&key).await?;
        for attempt in 0..TRIES {
            let before = found.as_ref().map(|row| row.body.clone().run());
            let next = run.clone().following(before.as_ref());
            let expires = next.succeeded_at.is_none().then(|| next.ran_at.checked_add(KEPT_UNREAD).ok()).flatten();
            let seen = found.as_ref().map(|row| row.mark);
            match self.exchange_row(&key, seen, &RunRow::of(&next), expires).await? {
                Exchanged::Done(_) => return Ok(()),
                Exchanged::Overtaken(row) => found = row,
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict(key.to_string()))
    }
}
