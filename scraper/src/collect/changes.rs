//! What happened to posts that were read before: edits and deletions.
//!
//! A source that counts a channel's changes tells those since the position that was kept last. Any other, and one to
//! which that position says nothing any more, is asked once more for the posts themselves.

use std::time::Instant;

use signals::coverage::Coverage;
use signals::lease::Lease;
use signals::message::{ChannelName, MessageId};

use crate::collect::{CollectError, Collector};
use crate::report::ChannelReport;
use crate::source::{Changes, Chunk, Found, MessageSource};

/// How many numbers are looked at again where a source lost track of what happened to them.
const MOST_LOOKED_AGAIN: u32 = 3_000;

impl Collector {
    /// Up to which post something was read that may have changed since: the checkpoint, and before there is one, what was
    /// told of a channel that is followed already.
    pub(super) async fn followed_to(
        &self,
        found: &Found,
        key: &ChannelName,
        lease: &Lease,
        before: Option<MessageId>,
    ) -> Result<Option<MessageId>, CollectError> {
        if before.is_some() || found.position.is_none() || self.store.position(key, lease).await?.is_none() {
            return Ok(before);
        }
        let read = self.store.coverage(key).await?;
        Ok(Some(read.ranges().last().map_or(MessageId(0), |range| *range.end())))
    }

    /// Brings what was read up to `last` up to date, until `deadline`.
    #[expect(clippy::too_many_arguments, reason = "the parts of one pass, each used once")]
    pub(super) async fn follow<S: MessageSource>(
        &self,
        source: &mut S,
        found: &Found,
        key: &ChannelName,
        lease: &Lease,
        last: MessageId,
        deadline: Option<Instant>,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let Some(now) = found.position else {
            return self.look_again(source, found, key, last, self.settings.edit_window, report).await;
        };
        let Some(mut since) = self.store.position(key, lease).await? else {
            self.look_again(source, found, key, last, self.settings.edit_window, report).await?;
            return self.keep_position(key, now, lease, report).await;
        };
        report.position = Some(since);
        while since != now && deadline.is_none_or(|deadline| Instant::now() < deadline) {
            let Some(changes) = source.changes(found, since).await? else {
                tracing::warn!(channel = %key, since, now, "channel.changes_lost");
                self.look_again(source, found, key, last, MOST_LOOKED_AGAIN, report).await?;
                return self.keep_position(key, now, lease, report).await;
            };
            let (position, is_last) = (changes.position, changes.is_last);
            // What was not read yet comes with the history, as it is then.
            let read = self.store.coverage(key).await?;
            self.keep_changes(changes, key, Some(&read), report).await?;
            self.keep_position(key, position, lease, report).await?;
            if is_last || position == since {
                break;
            }
            since = position;
        }
        Ok(())
    }

    /// Stores what follows from changes: of posts that were read before, where it says which those are, and else of all.
    pub(crate) async fn keep_changes(
        &self,
        changes: Changes,
        key: &ChannelName,
        only: Option<&Coverage>,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let is_meant = |id: MessageId| only.is_none_or(|read| read.contains(id));
        let Changes { mut posts, mut bad, mut deleted, .. } = changes;
        posts.retain(|post| is_meant(post.id));
        bad.retain(|bad| bad.id.is_some_and(is_meant));
        deleted.retain(|id| is_meant(*id));
        if !posts.is_empty() || !bad.is_empty() {
            let nothing = MessageId(1)..=MessageId(0);
            self.keep(Chunk { posts, bad, covers: nothing, is_last: true }, key, report).await?;
        }
        self.keep_deletions(&deleted, key, report).await
    }

    /// Stores what follows from changes as they were told, without a look at the channel, and up to where they go. Edits of
    /// posts that were never read are left out: what lies before the first pass is not wanted.
    #[cfg(feature = "telegram")]
    pub(crate) async fn keep_told(
        &self,
        mut changes: Changes,
        new: &[MessageId],
        key: &ChannelName,
        lease: &Lease,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let position = changes.position;
        let mut read = self.store.coverage(key).await?;
        changes.posts.retain(|post| new.contains(&post.id) || read.contains(post.id));
        self.keep_changes(changes, key, None, report).await?;
        let before = read.clone();
        new.iter().for_each(|id| read.add(*id..=*id));
        if read != before {
            let mut covered = Coverage::default();
            new.iter().for_each(|id| covered.add(*id..=*id));
            self.store.add_coverage(key, &covered).await?;
        }
        self.keep_position(key, position, lease, report).await
    }

    /// Keeps up to where everything is stored.
    pub(crate) async fn keep_position(
        &self,
        key: &ChannelName,
        position: i64,
        lease: &Lease,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        if !self.store.keep_position(key, position, lease, self.now()).await? {
            return Err(CollectError::LeaseLost);
        }
        report.position = Some(position);
        Ok(())
    }

    pub(super) async fn keep_deletions(
        &self,
        posts: &[MessageId],
        key: &ChannelName,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        if posts.is_empty() {
            return Ok(());
        }
        if !self.sink.is_own_store() {
            tracing::warn!(channel = %key, n_posts = posts.len(), "deletions.not_sent");
            return Ok(());
        }
        let marked = self.store.mark_deleted(key, posts, self.now()).await?;
        for record in &marked {
            tracing::info!(signal_id = %record.signal.id(), version = record.version, "signal.deleted");
        }
        report.tally.deleted += marked.len() as u64;
        for post in posts {
            self.take_back_news(*post, key, report).await?;
        }
        Ok(())
    }

    /// Undoes the news of a post that tells none any more. A signal is not taken back where its post says it no more: how
    /// channels strike out what failed.
    pub(super) async fn take_back_news(
        &self,
        post: MessageId,
        key: &ChannelName,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        if self.sink.is_own_store() && self.store.take_back_event(key, post, self.now()).await? {
            tracing::info!(channel = %key, message_id = post.0, "news.taken_back");
            report.tally.new_versions += 1;
        }
        Ok(())
    }
}
