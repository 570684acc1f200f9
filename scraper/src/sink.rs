//! Where signals and news go: into the collector's own store, or to a backend elsewhere.
//!
//! What a backend could not be sent waits in the outbox of the store. As long as anything waits, what is new goes behind
//! it, so that nothing that was said later is sent before what was said earlier.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use signals::event::SignalEvent;
use signals::outbox::OutboxEntry;
use signals::passed_over::RetentionDays;
use signals::store::{NewSignal, Put, PutEvent, SignalStore, StoreError, Waiting};

use crate::backend::{Backend, BackendError, Taken, wire};
use crate::report::BackendReport;

/// How many rows of the outbox are written or removed at once.
const IN_FLIGHT: usize = 16;
/// How many entries of the outbox are sent before the lease is renewed.
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
#[derive(Clone, Debug)]
struct State {
    /// Whether something may wait in the outbox.
    may_wait: bool,
    quiet_until: Option<Instant>,
    trouble: Option<String>,
    caught_up: u64,
}

impl Sink {
    pub(crate) fn of_backend(store: SignalStore, backend: Backend, retention: RetentionDays) -> Self {
        let state = State { may_wait: true, quiet_until: None, trouble: None, caught_up: 0 };
        Self::Backend(Arc::new(Outlet { store, backend, retention, state: Mutex::new(state) }))
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

    /// Sends some of what waits; says whether more may be sent right now.
    pub(crate) async fn send_waiting(&self, now: Timestamp) -> Result<bool, StoreError> {
        match self {
            Self::Store(_) => Ok(false),
            Self::Backend(outlet) => outlet.send_waiting(now).await,
        }
    }

    pub(crate) async fn report(&self) -> Option<BackendReport> {
        let Self::Backend(outlet) = self else { return None };
        let waiting = outlet.store.n_waiting().await;
        let State { trouble, caught_up, .. } = outlet.state();
        let trouble = trouble.or_else(|| waiting.as_ref().err().map(ToString::to_string));
        Some(BackendReport { address: outlet.backend.address().to_owned(), caught_up, waiting: waiting.ok(), trouble })
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

    /// Sends these, or lets them wait. Nothing that is of no post comes from a channel.
    async fn keep(&self, entries: Vec<Option<OutboxEntry>>, now: Timestamp) -> Vec<Result<Kept, StoreError>> {
        let n = entries.len();
        let entries: Vec<OutboxEntry> = entries.into_iter().flatten().collect();
        if entries.len() < n {
            return vec![Ok(Kept::Refused("it is of no post".to_owned())); n];
        }
        let (taken, error) = match self.state().may_wait || self.is_quiet() {
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
                // Its text is kept nowhere else.
                if let Some(draft) = wire::rejected(entry, why) {
                    self.store.keep_rejected(&draft, self.retention, now).await?;
                }
                Kept::Refused(format!("the backend refuses it: {why}"))
            }
        })
    }

    async fn let_wait(&self, entry: &OutboxEntry) -> Result<Kept, StoreError> {
        // Before it is there: whoever looks meanwhile finds nothing, and looks again.
        self.change(|state| state.may_wait = true);
        self.store.keep_waiting(entry).await?;
        Ok(Kept::Waiting)
    }

    async fn send_waiting(&self, now: Timestamp) -> Result<bool, StoreError> {
        if !self.state().may_wait || self.is_quiet() {
            return Ok(false);
        }
        let waiting = self.store.waiting(PAGE).await?;
        if waiting.is_empty() {
            self.change(|state| (state.may_wait, state.trouble) = (false, None));
            return Ok(false);
        }
        let entries: Vec<OutboxEntry> = waiting.iter().map(|it| it.entry.clone()).collect();
        let (taken, error) = self.backend.hand_in(&entries).await;
        self.note(error.as_ref());
        let mut done: Vec<&Waiting> = Vec::new();
        for (it, taken) in waiting.iter().zip(&taken) {
            match taken {
                Taken::Later(why) => self.change(|state| state.trouble = Some(why.clone())),
                Taken::Refused(why) => {
                    let post = wire::post(&it.entry);
                    tracing::error!(place = %it.entry.place, post = ?post.map(|it| it.1.0), why, "post.not_kept");
                    self.settled(&it.entry, taken, now).await?;
                    done.push(it);
                }
                Taken::New | Taken::NewVersion | Taken::Unchanged => done.push(it),
            }
        }
        let gone: Vec<_> = done.iter().map(|it| self.store.forget_waiting(it)).collect();
        stream::iter(gone).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
        self.change(|state| state.caught_up += done.len() as u64);
        // What fails there again and again must not keep the rest.
        Ok(error.is_none() && !done.is_empty())
    }

    /// Remembers how the backend was found.
    fn note(&self, error: Option<&BackendError>) {
        let Some(error) = error else { return };
        let quiet = error.retry_after().unwrap_or(USUAL_QUIET);
        tracing::warn!(%error, quiet_s = quiet.as_secs(), "backend.failed");
        self.change(|state| {
            state.quiet_until = Instant::now().checked_add(quiet);
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
