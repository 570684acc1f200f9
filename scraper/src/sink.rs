//! Where signals and news go: into the collector's own store, or to a backend elsewhere.
//!
//! What a backend could not be sent waits in the outbox of the store. As long as something of a channel waits, what is new
//! of it goes behind that, so that nothing that was said later is sent before what was said earlier.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use signals::event::SignalEvent;
use signals::message::ChannelName;
use signals::outbox::OutboxEntry;
use signals::passed_over::RetentionDays;
use signals::store::{NewSignal, Put, PutEvent, SignalStore, StoreError, Waiting};

use crate::backend::{Backend, BackendError, Taken, wire};
use crate::report::BackendReport;

/// How many rows of the outbox are written or removed at once.
const IN_FLIGHT: usize = 16;
/// How many entries of the outbox are read at once.
const PAGE: usize = 200;
/// For how long a backend is left alone that failed and did not say for how long.
const USUAL_QUIET: Duration = Duration::from_secs(60);

/// What became of a signal or of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is new.
    New,
    /// It is known and said something else before.
    NewVersion,
    /// It is known.
    Unchanged,
    /// It waits to be sent.
    Waiting,
    /// It is refused for good, and why.
    Refused(String),
}

/// Where signals and news go. Cloning shares it.
#[derive(Clone)]
pub(crate) enum Sink {
    /// Into this store.
    Store(SignalStore),
    /// To a backend.
    Backend(Arc<Outlet>),
}

/// The way to a backend, with what waits in front of it.
pub(crate) struct Outlet {
    store: SignalStore,
    backend: Backend,
    retention: RetentionDays,
    state: Mutex<State>,
}

/// What is known of the way.
#[derive(Clone, Debug, Default)]
struct State {
    /// The channels of which something waits in the outbox; none where that is not known.
    waiting: Option<BTreeSet<ChannelName>>,
    quiet_until: Option<Instant>,
    trouble: Option<String>,
    caught_up: u64,
    refused: u64,
}

impl Sink {
    pub(crate) fn of_backend(store: SignalStore, backend: Backend, retention: RetentionDays) -> Self {
        Self::Backend(Arc::new(Outlet { store, backend, retention, state: Mutex::default() }))
    }

    /// Keeps signals; an answer for each, in their order.
    pub(crate) async fn keep_signals(&self, new: Vec<NewSignal>, now: Timestamp) -> Vec<Result<Kept, StoreError>> {
        match self {
            Self::Store(store) => store.put_many(new, now).await.into_iter().map(|put| put.map(of_put)).collect(),
            Self::Backend(outlet) => outlet.keep(new.iter().map(wire::signal).collect(), now).await,
        }
    }

    /// Keeps news.
    pub(crate) async fn keep_event(&self, event: &SignalEvent, now: Timestamp) -> Result<Kept, StoreError> {
        match self {
            Self::Store(store) => Ok(match store.put_event(event.clone(), now).await? {
                PutEvent::Linked(_) | PutEvent::Unlinked(_) => Kept::New,
                PutEvent::Corrected(_) => Kept::NewVersion,
                PutEvent::Unchanged(_) => Kept::Unchanged,
            }),
            Self::Backend(outlet) => outlet.keep(vec![wire::event(event)], now).await.remove(0),
        }
    }

    /// Where signals are kept: the address of a backend, and nothing for the collector's own store.
    pub(crate) fn address(&self) -> &str {
        match self {
            Self::Store(_) => "",
            Self::Backend(outlet) => outlet.backend.address(),
        }
    }

    /// Whether signals are kept in the collector's own store.
    pub(crate) fn is_own_store(&self) -> bool {
        matches!(self, Self::Store(_))
    }

    /// Whether it is not known what waits: it is to be sent before anything new.
    pub(crate) fn is_behind(&self) -> bool {
        matches!(self, Self::Backend(outlet) if outlet.state().waiting.is_none())
    }

    /// Sends what waits, as far as the backend takes it, until `is_over`.
    pub(crate) async fn send_waiting(&self, now: Timestamp, is_over: impl Fn() -> bool) -> Result<(), StoreError> {
        match self {
            Self::Store(_) => Ok(()),
            Self::Backend(outlet) => outlet.send_waiting(now, is_over).await,
        }
    }

    pub(crate) async fn report(&self) -> Option<BackendReport> {
        let Self::Backend(outlet) = self else { return None };
        let waiting = outlet.store.n_waiting().await;
        let State { trouble, caught_up, refused, .. } = outlet.state();
        let trouble = trouble.or_else(|| waiting.as_ref().err().map(ToString::to_string));
        let address = outlet.backend.address().to_owned();
        Some(BackendReport { address, caught_up, refused, waiting: waiting.ok(), trouble })
    }
}

impl Outlet {
    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn is_quiet(&self) -> bool {
        self.state().quiet_until.is_some_and(|until| Instant::now() < until)
    }

    /// Whether something of its channel may wait already.
    fn has_before(&self, entry: &OutboxEntry) -> bool {
        let channel = wire::post(entry).map(|(channel, _)| channel);
        self.state().waiting.is_none_or(|waiting| channel.is_none_or(|channel| waiting.contains(channel)))
    }

    /// Sends these, or lets them wait. Nothing that is of no post comes from a channel.
    async fn keep(&self, entries: Vec<Option<OutboxEntry>>, now: Timestamp) -> Vec<Result<Kept, StoreError>> {
        let n = entries.len();
        let entries: Vec<OutboxEntry> = entries.into_iter().flatten().collect();
        if entries.len() < n {
            return vec![Ok(Kept::Refused("it is of no post".to_owned())); n];
        }
        let (taken, error) = match self.is_quiet() || entries.iter().any(|entry| self.has_before(entry)) {
            true => (Vec::new(), None),
            false => self.backend.hand_in(&entries).await,
        };
        self.note(error.as_ref());
        let mut kept = Vec::with_capacity(n);
        for (entry, taken) in entries.iter().zip(&taken) {
            kept.push(self.settled(entry, taken, now).await);
        }
        let left = entries[taken.len()..].iter().map(|entry| self.let_wait(entry));
        kept.extend(stream::iter(left.collect::<Vec<_>>()).buffered(IN_FLIGHT).collect::<Vec<_>>().await);
        kept
    }

    /// What a backend's answer means here.
    async fn settled(&self, entry: &OutboxEntry, taken: &Taken, now: Timestamp) -> Result<Kept, StoreError> {
        Ok(match taken {
            Taken::New => Kept::New,
            Taken::NewVersion => Kept::NewVersion,
            Taken::Unchanged => Kept::Unchanged,
            Taken::Later(why) => {
                self.change(|state| state.trouble = Some(why.clone()));
                return self.let_wait(entry).await;
            }
            Taken::Refused(why) => {
                self.change(|state| state.refused += 1);
                tracing::error!(place = %entry.place, kind = entry.kind.as_str(), why, "backend.refused");
                // It is kept nowhere else.
                if let Some(draft) = wire::rejected(entry, why) {
                    self.store.keep_rejected(&draft, self.retention, now).await?;
                }
                Kept::Refused(format!("the backend refuses it: {why}"))
            }
        })
    }

    async fn let_wait(&self, entry: &OutboxEntry) -> Result<Kept, StoreError> {
        // Before it is there: whoever looks meanwhile finds nothing, and looks again.
        self.change(|state| {
            if let (Some(waiting), Some((channel, _))) = (&mut state.waiting, wire::post(entry)) {
                waiting.insert(channel.clone());
            }
        });
        self.store.keep_waiting(entry).await?;
        Ok(Kept::Waiting)
    }

    async fn send_waiting(&self, now: Timestamp, is_over: impl Fn() -> bool) -> Result<(), StoreError> {
        if self.is_quiet() || self.state().waiting.is_some_and(|waiting| waiting.is_empty()) {
            return Ok(());
        }
        let (mut left, mut last) = (BTreeSet::new(), None);
        while !is_over() {
            let page = self.store.waiting(PAGE, last.as_ref()).await?;
            if page.is_empty() {
                self.change(|state| {
                    state.trouble = state.trouble.take().filter(|_| !left.is_empty());
                    state.waiting = Some(left);
                });
                break;
            }
            let entries: Vec<OutboxEntry> = page.iter().map(|it| it.entry.clone()).collect();
            let (taken, error) = self.backend.hand_in(&entries).await;
            self.note(error.as_ref());
            let mut done: Vec<&Waiting> = Vec::new();
            for (it, taken) in page.iter().zip(&taken) {
                match taken {
                    Taken::Later(why) => {
                        self.change(|state| state.trouble = Some(why.clone()));
                        left.extend(wire::post(&it.entry).map(|(channel, _)| channel.clone()));
                        continue;
                    }
                    Taken::Refused(_) => drop(self.settled(&it.entry, taken, now).await?),
                    Taken::New | Taken::NewVersion | Taken::Unchanged => {}
                }
                done.push(it);
            }
            let gone: Vec<_> = done.iter().map(|it| self.store.forget_waiting(it)).collect();
            stream::iter(gone).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
            self.change(|state| state.caught_up += done.len() as u64);
            if error.is_some() {
                break;
            }
            last = page.into_iter().next_back();
        }
        Ok(())
    }

    /// Remembers how the backend was found.
    fn note(&self, error: Option<&BackendError>) {
        let Some(error) = error else { return };
        let quiet = error.retry_after().unwrap_or(USUAL_QUIET);
        tracing::warn!(%error, quiet_s = quiet.as_secs(), "backend.failed");
        self.change(|state| {
            state.quiet_until = Instant::now().checked_add(quiet);
            state.waiting = None;
            state.trouble = Some(error.to_string());
        });
    }
}

fn of_put(put: Put) -> Kept {
    match put {
        Put::Created(record) => {
            tracing::info!(
                signal_id = %record.signal.id(),
                symbol = %record.signal.fields().symbol.compact(),
                source = %record.signal.origin().source(),
                confidence = %record.signal.fields().confidence,
                "signal.stored"
            );
            Kept::New
        }
        Put::NewVersion(record) => {
            tracing::info!(signal_id = %record.signal.id(), version = record.version, "signal.changed");
            Kept::NewVersion
        }
        Put::Unchanged(_) | Put::Deleted(_) => Kept::Unchanged,
    }
}
