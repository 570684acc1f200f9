//! Leases of collectors: one holder at a time over one store, and one for each login.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use signals::lease::{Lease, LeaseAnswer, LeaseHolder, LeaseTenure, LeaseWatch, Renewal};
use signals::store::{SignalStore, StoreError};
use tokio::task::JoinHandle;

/// The name of the lease of collectors that need no login.
pub const NAME: &str = "collect";
/// How long a lease may stand still before its holder is taken for dead; a holder renews it with each
/// chunk, and every few seconds whatever it waits for.
pub const LEASE_TIME: Duration = Duration::from_secs(45);

/// The longest time between two looks of somebody who waits for a lease.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How often somebody who must stop when a lease is lost looks.
const BETWEEN_GLANCES: Duration = Duration::from_millis(250);
/// How many times within the lease time a holder says that it is alive, whatever it waits for.
const RENEWALS: u32 = 4;

/// The lease that somebody wants.
#[derive(Clone, Copy, Debug)]
pub struct WantedLease<'a> {
    /// What is leased.
    pub name: &'a str,
    /// Who wants it, for people.
    pub owner: &'a str,
    /// How long it is held without a sign of life.
    pub lease_time: Duration,
    /// Whether nobody else can be at work on the store: then whoever holds the lease is dead.
    pub is_alone: bool,
}

/// A lease that is held, and renewed for as long as this lives.
#[derive(Debug)]
pub struct Holding {
    store: SignalStore,
    lease: Lease,
    grip: Grip,
    renewal: JoinHandle<()>,
}

/// Whether a lease is still held, for whoever must ask before each step that nobody else may take at the same time.
///
/// It goes by this machine's own clocks, without asking the store: it ends before anybody else may begin, also where the
/// store cannot be reached, or the process stood still. The clock that only runs forward stands still while a machine
/// sleeps, so the wall clock has a say, too.
#[derive(Clone, Debug)]
pub struct Grip {
    began: Instant,
    /// None once it is known that it is over.
    held: Arc<Mutex<Option<Held>>>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    tenure: LeaseTenure,
    lease_time: Duration,
    /// When the last sign of life was sent, by the wall clock.
    since: SystemTime,
}

/// Why a lease is not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotHeld {
    /// Somebody else holds it, and is alive.
    ByOther(LeaseHolder),
    /// The store failed.
    Store(StoreError),
}

impl<'a> WantedLease<'a> {
    /// The lease of collectors that need no login.
    #[must_use]
    pub fn of_collectors(owner: &'a str, is_alone: bool) -> Self {
        Self { name: NAME, owner, lease_time: LEASE_TIME, is_alone }
    }
}

impl Holding {
    /// Takes the lease; waits for one whose holder may be dead, and gives up on one that is alive. `waits` is told of
    /// the holder when the waiting begins.
    ///
    /// # Errors
    /// [`NotHeld`].
    pub async fn take(
        store: &SignalStore,
        wanted: WantedLease<'_>,
        waits: impl Fn(&LeaseHolder),
    ) -> Result<Self, NotHeld> {
        let WantedLease { name, owner, lease_time, is_alone } = wanted;
        let mut watch = if is_alone { LeaseWatch::at_once(lease_time) } else { LeaseWatch::new(lease_time) };
        let (began, mut first): (Instant, Option<LeaseHolder>) = (Instant::now(), None);
        loop {
            let (sent, since) = (began.elapsed(), SystemTime::now());
            let answer = store.acquire_lease(name, owner, &mut watch, sent, Timestamp::now()).await;
            let holder = match answer.map_err(NotHeld::Store)? {
                LeaseAnswer::Held(lease) => {
                    let held = Held { tenure: LeaseTenure::new(lease_time, sent), lease_time, since };
                    let grip = Grip { began, held: Arc::new(Mutex::new(Some(held))) };
                    let renewal =
                        tokio::spawn(renew(store.clone(), lease.clone(), lease_time / RENEWALS, grip.clone()));
                    return Ok(Self { store: store.clone(), lease, grip, renewal });
                }
                LeaseAnswer::HeldByOther(holder) => holder,
            };
            let is_alive = first.as_ref().is_some_and(|first| first.renewed_at != holder.renewed_at);
            if is_alive || began.elapsed() > lease_time.max(LEASE_TIME) * 2 {
                return Err(NotHeld::ByOther(holder));
            }
            if is_alone {
                continue;
            }
            if first.is_none() {
                waits(&holder);
                first = Some(holder);
            }
            tokio::time::sleep(BETWEEN_LOOKS.min(lease_time / 10)).await;
        }
    }

    /// The proof that goes with writes.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Whether it is still held, for others to ask.
    #[must_use]
    pub fn grip(&self) -> Grip {
        self.grip.clone()
    }

    /// Lets the next one begin at once. Where this fails, the next one waits.
    pub async fn give_back(&self) {
        self.renewal.abort();
        self.grip.end();
        if let Err(error) = self.store.release_lease(&self.lease).await {
            tracing::warn!(%error, "lease.not_released");
        }
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.renewal.abort();
        self.grip.end();
    }
}

impl Grip {
    /// Whether nobody else can have the lease yet.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.is_some_and(|held| {
            let passed = SystemTime::now().duration_since(held.since).unwrap_or_default();
            !held.tenure.is_over(self.began.elapsed()) && passed < held.lease_time
        })
    }

    /// Comes when it is no longer held.
    pub async fn lost(&self) {
        while self.is_held() {
            tokio::time::sleep(BETWEEN_GLANCES).await;
        }
    }

    fn renewed(&self, sent: Duration, since: SystemTime) {
        if let Some(held) = &mut *self.held.lock().unwrap_or_else(PoisonError::into_inner) {
            held.tenure.renewed(sent);
            held.since = since;
        }
    }

    fn end(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Renews a lease until somebody else has it: whoever works under it finds that out before its next write.
async fn renew(store: SignalStore, lease: Lease, every: Duration, grip: Grip) {
    loop {
        tokio::time::sleep(every).await;
        let (sent, since) = (grip.began.elapsed(), SystemTime::now());
        match store.renew_lease(&lease, Timestamp::now()).await {
            Ok(Renewal::Renewed) => grip.renewed(sent, since),
            Ok(Renewal::Lost) => {
                tracing::error!(lease = lease.name, "lease.lost");
                return grip.end();
            }
            Err(error) => tracing::warn!(%error, "lease.not_renewed"),
        }
    }
}
