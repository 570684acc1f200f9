//! One pass over one channel: everything since the checkpoint, oldest first, its effects stored, then the checkpoint
//! moved.
//!
//! Every driver calls it. Whatever happens between two steps, doing it again does no harm: what is stored has an id that
//! follows from its post, and the checkpoint moves only after the effects of all posts up to it are stored.

mod changes;
mod look_again;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use signals::channel::{ChannelAlarm, Recognised, Sighting};
use signals::checkpoint::{Advance, Checkpoint};
use signals::confidence::Confidence;
use signals::coverage::Coverage;
use signals::lease::{Lease, Renewal};
use signals::message::{ChannelMessage, ChannelName, MessageId};
use signals::origin::Origin;
use signals::passed_over::RetentionDays;
use signals::signal::Signal;
use signals::store::{NewSignal, SignalStore, StoreError};

use crate::backend::Backend;
use crate::collect::look_again::gone;
use crate::effects::{Effects, effects};
use crate::report::{BackendReport, ChannelReport, Trouble};
use crate::sink::{Kept, Sink};
use crate::source::{BadPost, Chunk, Found, MessageSource, SourceError};

/// How many signals are stored at once.
const BATCH: usize = 100;
/// How many passed-over posts are on their way at once.
const IN_FLIGHT: usize = 16;

/// The clock: an argument, so that tests can move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How posts are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectSettings {
    /// How many new posts of a channel one pass takes; the rest is shown as backlog.
    pub most_posts: usize,
    /// How many numbers before the checkpoint are looked at again, to find edits.
    pub edit_window: u32,
    /// Signals less sure than this are stored and flagged.
    pub threshold: Confidence,
    /// For how long passed-over posts are kept with their reason.
    pub retention: RetentionDays,
}

impl Default for CollectSettings {
    fn default() -> Self {
        Self { most_posts: 100, edit_window: 40, threshold: Confidence::from_percent(70), retention: RetentionDays(30) }
    }
}

/// Collects into a store, or for a backend elsewhere. Cloning shares both.
#[derive(Clone)]
pub struct Collector {
    store: SignalStore,
    sink: Sink,
    settings: CollectSettings,
    clock: Clock,
}

/// Why a pass over a channel ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    /// The source failed.
    #[error(transparent)]
    Source(SourceError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody can tell without a person whose posts these are.
    #[error("{0}; nothing of it was stored")]
    Alarm(ChannelAlarm),
    /// The source asked to be left alone, and that time is not over.
    #[error("the source asked to be left alone until {until:.0}; it was not asked")]
    TooEarly {
        /// When it may be asked again.
        until: Timestamp,
        /// How long that is from now.
        left: Duration,
    },
    /// Another collector goes on from here.
    #[error("another collector took over this channel; this one stops")]
    LeaseLost,
}

impl From<SourceError> for CollectError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::LeaseLost => Self::LeaseLost,
            error => Self::Source(error),
        }
    }
}

impl CollectError {
    /// Whether another try may help without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Source(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Alarm(_) => false,
            Self::TooEarly { .. } | Self::LeaseLost => true,
        }
    }

    pub(crate) fn trouble(&self) -> Trouble {
        let retry_after = match self {
            Self::Source(error) => error.retry_after(),
            Self::TooEarly { left, .. } => Some(*left),
            _ => None,
        };
        Trouble {
            text: self.to_string(),
            is_retryable: self.is_retryable(),
            // Whoever asks when this is over must not be early.
            retry_after_s: retry_after.map(|it| it.as_secs() + u64::from(it.subsec_nanos() > 0)),
            needs_login: matches!(self, Self::Source(error) if error.needs_login()),
        }
    }
}

impl Collector {
    /// A collector into this store.
    #[must_use]
    pub fn new(store: SignalStore, settings: CollectSettings, clock: Clock) -> Self {
        let sink = Sink::Store(store.clone());
        Self { store, sink, settings, clock }
    }

    /// The same, for a backend elsewhere: signals and news go there. Checkpoints, coverage, what was passed over and
    /// what could not be sent yet stay in the store.
    #[must_use]
    pub fn for_backend(self, backend: Backend) -> Self {
        Self { sink: Sink::of_backend(self.store.clone(), backend, self.settings.retention), ..self }
    }

    /// The store into which it collects.
    #[must_use]
    pub fn store(&self) -> &SignalStore {
        &self.store
    }

    /// What became of what is sent to a backend; nothing where it goes into the store itself.
    pub async fn backend_report(&self) -> Option<BackendReport> {
        self.sink.report().await
    }

    /// Sends what could not be sent before, as far as the backend takes it now.
    pub(crate) async fn send_waiting(&self, deadline: Option<Instant>) -> Result<(), CollectError> {
        let is_over = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        Ok(self.sink.send_waiting(self.now(), is_over).await?)
    }

    /// The same before anything new, where it is not known what waits.
    pub(crate) async fn catch_up(&self, deadline: Option<Instant>) -> Result<(), CollectError> {
        if self.sink.is_behind() { self.send_waiting(deadline).await } else { Ok(()) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// One pass over one channel. What was done before something failed is kept, and stands in the report.
    ///
    /// No new chunk is begun after `deadline`. How it ended is kept in the store; where the source asked an earlier pass
    /// to be left alone for a while that is not over, it is not asked, and nothing else happens.
    pub async fn collect_channel(
        &self,
        source: &mut impl MessageSource,
        channel: &ChannelName,
        lease: &Lease,
        deadline: Option<Instant>,
    ) -> ChannelReport {
        let mut report = ChannelReport::new(channel.clone());
        let ended = match self.may_ask(channel).await {
            Ok(()) => self.pass(source, channel, lease, deadline, &mut report).await,
            Err(error) => Err(error),
        };
        // Whoever was not asked, or goes on elsewhere, has a run that says more than this one.
        let is_a_run = !matches!(ended, Err(CollectError::TooEarly { .. } | CollectError::LeaseLost));
        report.taken_over = matches!(ended, Err(CollectError::LeaseLost));
        report.error = ended.err().map(|error| error.trouble());
        if is_a_run {
            self.remember(&mut report).await;
        }
        report
    }

    async fn pass(
        &self,
        source: &mut impl MessageSource,
        channel: &ChannelName,
        lease: &Lease,
        deadline: Option<Instant>,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        self.catch_up(deadline).await?;
        let found = source.find(channel).await?;
        report.newest = found.newest;
        let key = self.key(&found.sighting).await?;
        report.key = Some(key.clone());
        let before = self.claim(&key, lease).await?;
        report.checkpoint = before;
        let ended = self.take(source, &found, &key, lease, before, deadline, report).await;
        let newest = found.newest.map_or(0, |it| it.0);
        report.backlog = u64::try_from(newest - report.checkpoint.map_or(0, |it| it.0)).unwrap_or(0);
        ended
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one pass, each used once")]
    async fn take<S: MessageSource>(
        &self,
        source: &mut S,
        found: &Found,
        key: &ChannelName,
        lease: &Lease,
        before: Option<MessageId>,
        deadline: Option<Instant>,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let is_over = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let mut left = self.settings.most_posts;
        if let Some(last) = self.followed_to(found, key, lease, before).await? {
            self.follow(source, found, key, lease, last, deadline, report).await?;
        }
        // What was posted since it was found went by with the changes, and comes with the history of this pass.
        let later = match report.position > found.position {
            true => Some(source.find(&found.channel).await?),
            false => None,
        };
        let found = later.as_ref().unwrap_or(found);
        let mut next = match before {
            Some(last) => (left > 0 && found.newest.is_some_and(|newest| newest > last)).then_some(last),
            None if left == 0 => None,
            None => {
                let chunk = cut(source.newest(found, left).await?, left);
                let next = self.keep_and_advance::<S>(chunk, key, lease, &mut left, report).await?;
                // As it was before the first post was read: whatever happened to one since then lies behind it.
                if let Some(position) = found.position.filter(|_| report.position.is_none()) {
                    self.keep_position(key, position, lease, report).await?;
                }
                next
            }
        };
        while let Some(last) = next
            && left > 0
            && !is_over()
        {
            let chunk = cut(source.after(found, last).await?, left);
            if !chunk.is_last && *chunk.covers.end() <= last {
                let what = "a chunk of posts that leads no further".to_owned();
                return Err(SourceError::UnknownLayout { what }.into());
            }
            next = self.keep_and_advance::<S>(chunk, key, lease, &mut left, report).await?;
        }
        Ok(())
    }

    /// Where to go on after a chunk; `None` at the end.
    async fn keep_and_advance<S: MessageSource>(
        &self,
        chunk: Chunk,
        key: &ChannelName,
        lease: &Lease,
        left: &mut usize,
        report: &mut ChannelReport,
    ) -> Result<Option<MessageId>, CollectError> {
        let (to, is_last, n_posts) = (*chunk.covers.end(), chunk.is_last, chunk.posts.len() + chunk.bad.len());
        let is_empty = chunk.covers.is_empty();
        // What was told of a channel that is followed may have gone since, behind the checkpoint, too.
        let gone = if S::SHOWS_DELETIONS { gone(&chunk, &self.store.coverage(key).await?) } else { Vec::new() };
        self.keep(chunk, key, report).await?;
        self.keep_deletions(&gone, key, report).await?;
        *left = left.saturating_sub(n_posts);
        if !is_empty {
            self.advance(key, to, lease).await?;
            report.checkpoint = report.checkpoint.max(Some(to));
        }
        Ok((!is_last).then_some(to))
    }

    /// Stores what follows from posts, and which numbers were looked at.
    pub(crate) async fn keep(
        &self,
        chunk: Chunk,
        key: &ChannelName,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let mut covered = Coverage::default();
        covered.add(chunk.covers.clone());
        let understood = self.understand(chunk, key, report);
        self.keep_effects(understood, key, report).await?;
        if !covered.is_empty() {
            self.store.add_coverage(key, &covered).await?;
        }
        Ok(())
    }

    /// What follows from each post of a chunk; those that cannot be read stand in the report.
    fn understand(&self, chunk: Chunk, key: &ChannelName, report: &mut ChannelReport) -> Vec<(MessageId, Effects)> {
        report.tally.fetched += (chunk.posts.len() + chunk.bad.len()) as u64;
        for bad in chunk.bad {
            tracing::warn!(channel = %key, message_id = bad.id.map(|id| id.0), why = bad.why, "post.unreadable");
            report.add_bad(bad);
        }
        let of = |mut post: ChannelMessage| {
            post.channel = key.clone();
            (post.id, effects(&post, self.settings.threshold))
        };
        chunk.posts.into_iter().map(of).collect()
    }

    async fn keep_effects(
        &self,
        mut understood: Vec<(MessageId, Effects)>,
        key: &ChannelName,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        if understood.is_empty() {
            return Ok(());
        }
        // Only of what was looked at before there can be something that was passed over.
        let read_before = self.store.coverage(key).await?;
        let signals = understood.iter_mut().flat_map(|(post, it)| it.signals.drain(..).map(|signal| (*post, signal)));
        // All signals first: news may speak of a signal of the same chunk, and find only those that stood before them.
        self.keep_signals(signals.collect(), key, &read_before, report).await?;
        for (post, effects) in &understood {
            self.keep_event(*post, effects, key, &read_before, report).await?;
        }
        self.keep_passed_over(&understood, report).await
    }

    async fn keep_signals(
        &self,
        mut signals: Vec<(MessageId, NewSignal)>,
        key: &ChannelName,
        read_before: &Coverage,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        report.tally.signals += signals.len() as u64;
        while !signals.is_empty() {
            let rest = signals.split_off(signals.len().min(BATCH));
            let (posts, batch): (Vec<_>, Vec<_>) = signals.into_iter().unzip();
            signals = rest;
            let ordinals: Vec<Option<u8>> = batch.iter().map(|new| ordinal(&new.signal)).collect();
            let posts = posts.into_iter().zip(ordinals);
            for ((post, ordinal), kept) in posts.zip(self.sink.keep_signals(batch, self.now()).await) {
                let is_new = self.count(post, kept, report)?;
                if is_new && read_before.contains(post) {
                    self.store.forget_passed_over(key, post).await?;
                    if let Some(ordinal) = ordinal {
                        self.store.forget_rejected(key, post, ordinal).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn keep_event(
        &self,
        post: MessageId,
        effects: &Effects,
        key: &ChannelName,
        read_before: &Coverage,
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let Some(event) = &effects.event else {
            return if read_before.contains(post) { self.take_back_news(post, key, report).await } else { Ok(()) };
        };
        report.tally.updates += 1;
        let kept = self.sink.keep_event(event, self.now()).await;
        let is_new = self.count(post, kept, report)?;
        if is_new && read_before.contains(post) {
            self.store.forget_passed_over(key, post).await?;
        }
        Ok(())
    }

    /// Counts what became of a signal or of news; says whether that is new of its post. A post that is refused for good must not stop
    /// its channel for ever.
    fn count(
        &self,
        post: MessageId,
        kept: Result<Kept, StoreError>,
        report: &mut ChannelReport,
    ) -> Result<bool, CollectError> {
        let tally = &mut report.tally;
        let counter = match &kept {
            Ok(Kept::New) => &mut tally.stored,
            Ok(Kept::NewVersion) => &mut tally.new_versions,
            Ok(Kept::Unchanged) => &mut tally.unchanged,
            Ok(Kept::Waiting) => &mut tally.waiting,
            Ok(Kept::Refused(why)) | Err(StoreError::Refused(why)) => {
                tracing::error!(message_id = post.0, why, "post.not_kept");
                report.add_bad(BadPost { id: Some(post), why: why.clone() });
                return Ok(false);
            }
            Err(error) => return Err(error.clone().into()),
        };
        *counter += 1;
        Ok(matches!(kept, Ok(Kept::New | Kept::NewVersion | Kept::Waiting)))
    }

    async fn keep_passed_over(
        &self,
        rest: &[(MessageId, Effects)],
        report: &mut ChannelReport,
    ) -> Result<(), CollectError> {
        let (now, retention) = (self.now(), self.settings.retention);
        for (_, effects) in rest {
            report.tally.rejected += effects.rejected.len() as u64;
            if let Some(it) = &effects.passed_over {
                *report.tally.not_signals.entry(it.reason.as_str()).or_default() += 1;
            }
        }
        let passed_over = rest.iter().filter_map(|(_, effects)| effects.passed_over.as_ref());
        let kept: Vec<_> = passed_over.map(|it| self.store.keep_passed_over(it, retention, now)).collect();
        stream::iter(kept).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
        for draft in rest.iter().flat_map(|(_, effects)| &effects.rejected) {
            self.store.keep_rejected(draft, retention, now).await?;
        }
        Ok(())
    }

    pub(crate) async fn key(&self, sighting: &Sighting) -> Result<ChannelName, CollectError> {
        match self.store.channel_key(sighting, self.now()).await? {
            Recognised::Key(key) => Ok(key),
            Recognised::Alarm(alarm) => Err(CollectError::Alarm(alarm)),
        }
    }

    /// Makes this collector the one that reads the channel; gives how far it is read.
    pub(crate) async fn claim(&self, key: &ChannelName, lease: &Lease) -> Result<Option<MessageId>, CollectError> {
        self.renew(lease).await?;
        if self.store.claim_checkpoint(key, lease, self.now()).await? != Advance::Done {
            return Err(CollectError::LeaseLost);
        }
        let checkpoint: Option<Checkpoint> = self.store.checkpoint(key).await?;
        Ok(checkpoint.map(|it| it.last).filter(|last| last.0 > 0))
    }

    /// Says that this collector is alive.
    pub(crate) async fn renew(&self, lease: &Lease) -> Result<(), CollectError> {
        match self.store.renew_lease(lease, self.now()).await? {
            Renewal::Renewed => Ok(()),
            Renewal::Lost => Err(CollectError::LeaseLost),
        }
    }

    pub(crate) async fn advance(&self, key: &ChannelName, to: MessageId, lease: &Lease) -> Result<(), CollectError> {
        self.renew(lease).await?;
        match self.store.advance_checkpoint(key, to, lease, self.now()).await? {
            Advance::Done | Advance::AlreadyThere(_) => Ok(()),
            Advance::Fenced(_) | Advance::Lost => Err(CollectError::LeaseLost),
        }
    }
}

/// The number of a signal within its post.
fn ordinal(signal: &Signal) -> Option<u8> {
    match signal.origin() {
        Origin::Message(origin) => Some(origin.ordinal),
        Origin::Api(_) => None,
    }
}

/// The first `n` posts of a chunk.
fn cut(mut chunk: Chunk, n: usize) -> Chunk {
    let Some(first_left) = chunk.posts.get(n).map(|post| post.id) else { return chunk };
    chunk.posts.truncate(n);
    chunk.bad.retain(|bad| bad.id.is_some_and(|id| id < first_left));
    chunk.covers = *chunk.covers.start()..=MessageId(first_left.0 - 1);
    chunk.is_last = false;
    chunk
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("settings", &self.settings).finish_non_exhaustive()
    }
}
