//! A second look at posts that were read before: they are edited and deleted, and some sources tell nobody.

use signals::coverage::Coverage;
use signals::fingerprints::Fingerprints;
use signals::message::{ChannelName, MessageId};

use crate::collect::{CollectError, Collector};
use crate::effects::Effects;
use crate::report::{ChannelReport, Tally};
use crate::source::{Chunk, Found, MessageSource};

impl Collector {
    /// Looks once more at so many numbers before the last one that was read. What says the same as at the last look is
    /// counted, and the store is not asked about it.
    pub(super) async fn look_again<S: MessageSource>(
        &self,
        source: &mut S,
        found: &Found,
        key: &ChannelName,
        last: MessageId,
        window: u32,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        // Only what was read before: what lies behind that was left out by the first pass, and is not wanted.
        let read = self.store.coverage(key).await?;
        // What was told of a channel that is followed lies behind the checkpoint, too.
        let told = read.ranges().last().map_or(last, |range| *range.end());
        let last = if S::SHOWS_DELETIONS { last.max(told) } else { last };
        let first = last.0.saturating_sub(i64::from(window)).max(0);
        let read_from = read.ranges().next().map_or(last.0, |range| range.start().0 - 1);
        // The newest ones may be gone: that nothing stands there any more has to be seen, too.
        let newest = if S::SHOWS_DELETIONS { found.newest.max(Some(last)) } else { found.newest };
        let found = Found { newest, ..found.clone() };
        let known = self.store.fingerprints(key).await?;
        let mut seen = Fingerprints::default();
        let mut at = MessageId(first.max(read_from));
        while at < last {
            let mut chunk = source.after(&found, at).await?;
            let to = *chunk.covers.end();
            chunk.posts.retain(|post| read.contains(post.id));
            chunk.bad.retain(|bad| bad.id.is_some_and(|id| read.contains(id)));
            let is_done = chunk.is_last || to <= at;
            let gone = if S::SHOWS_DELETIONS { gone(&chunk, &read) } else { Vec::new() };
            self.keep_what_changed(chunk, key, &known, &mut seen, report).await?;
            self.keep_deletions(&gone, key, report).await?;
            if is_done {
                break;
            }
            at = to;
        }
        if seen != known {
            self.store.keep_fingerprints(key, &seen, self.now()).await?;
        }
        Ok(())
    }

    async fn keep_what_changed(
        &self,
        chunk: Chunk,
        key: &ChannelName,
        known: &Fingerprints,
        seen: &mut Fingerprints,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let understood = self.understand(chunk, key, report);
        let prints: Vec<_> = understood.iter().map(|(id, it)| (*id, it.fingerprint(self.sink.address()))).collect();
        let (same, changed): (Vec<_>, Vec<_>) =
            understood.into_iter().zip(&prints).partition(|(_, (id, print))| known.has(*id, *print));
        same.iter().for_each(|((_, effects), _)| count_same(effects, &mut report.tally));
        let n_bad = report.tally.bad_posts;
        self.keep_effects(changed.into_iter().map(|(it, _)| it).collect(), key, report).await?;
        // One that could not be kept is tried again as long as it is looked at.
        let is_kept = report.tally.bad_posts == n_bad;
        prints
            .into_iter()
            .filter(|(id, print)| is_kept || known.has(*id, *print))
            .for_each(|(id, it)| seen.add(id, it));
        Ok(())
    }
}

/// Counts what the store has already.
fn count_same(effects: &Effects, tally: &mut Tally) {
    let (n_signals, n_events) = (effects.signals.len() as u64, u64::from(effects.event.is_some()));
    tally.signals += n_signals;
    tally.updates += n_events;
    tally.unchanged += n_signals + n_events;
    tally.rejected += effects.rejected.len() as u64;
    if let Some(it) = &effects.passed_over {
        *tally.not_signals.entry(it.reason.as_str()).or_default() += 1;
    }
}

/// The numbers that were read before and have no post now.
pub(super) fn gone(chunk: &Chunk, read: &Coverage) -> Vec<MessageId> {
    let is_there = |id: MessageId| {
        chunk.posts.binary_search_by_key(&id, |post| post.id).is_ok() || chunk.bad.iter().any(|bad| bad.id == Some(id))
    };
    let ids = (chunk.covers.start().0..=chunk.covers.end().0).map(MessageId);
    ids.filter(|id| read.contains(*id) && !is_there(*id)).collect()
}
