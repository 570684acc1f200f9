//! The lease of whoever collects: one at a time, over one store.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use signals::lease::{Lease, LeaseAnswer, LeaseHolder, LeaseWatch, Renewal};
use signals::store::{SignalStore, StoreError};
use tokio::task::JoinHandle;

/// The name of the lease of collectors that need no login.
pub const NAME: &str = "collect";
/// How long a lease may stand still before its holder is taken for dead; a holder renews it with each chunk.
pub const LEASE_TIME: Duration = Duration::from_secs(45);
/// How often somebody who waits for it looks.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// How often a holder says that it is alive, whatever it waits for.
const RENEWED_EVERY: Duration = Duration::from_secs(10);

/// A lease that is held, and renewed for as long as this lives.
#[derive(Debug)]
pub struct Holding {
    store: SignalStore,
    lease: Lease,
    renewal: JoinHandle<()>,
}

/// Why a lease is not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotHeld {
    /// Somebody else holds it, and is alive.
    ByOther(LeaseHolder),
    /// The store failed.
    Store(StoreError),
}

impl Holding {
    /// Takes the lease; waits for one whose holder may be dead, and gives up on one that is alive.
    ///
    /// `is_alone` says that nobody else can be at work on the store: then whoever holds the lease is dead. `waits` is
    /// told of the holder when the waiting begins.
    ///
    /// # Errors
    /// [`NotHeld`].
    pub async fn take(
        store: &SignalStore,
        owner: &str,
        is_alone: bool,
        waits: impl Fn(&LeaseHolder),
    ) -> Result<Self, NotHeld> {
        let lease_time = if is_alone { Duration::ZERO } else { LEASE_TIME };
        let mut watch = LeaseWatch::new(lease_time);
        let (began, mut first): (Instant, Option<LeaseHolder>) = (Instant::now(), None);
        loop {
            let answer = store.acquire_lease(NAME, owner, &mut watch, began.elapsed(), Timestamp::now()).await;
            let holder = match answer.map_err(NotHeld::Store)? {
                LeaseAnswer::Held(lease) => {
                    let renewal = tokio::spawn(renew(store.clone(), lease.clone()));
                    return Ok(Self { store: store.clone(), lease, renewal });
                }
                LeaseAnswer::HeldByOther(holder) => holder,
            };
            let is_alive = first.as_ref().is_some_and(|first| first.renewed_at != holder.renewed_at);
            if is_alive || began.elapsed() > LEASE_TIME * 2 {
                return Err(NotHeld::ByOther(holder));
            }
            if lease_time == Duration::ZERO {
                continue;
            }
            if first.is_none() {
                waits(&holder);
                first = Some(holder);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// The proof that goes with writes.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Lets the next one begin at once. Where this fails, the next one waits.
    pub async fn give_back(&self) {
        self.renewal.abort();
        if let Err(error) = self.store.release_lease(&self.lease).await {
            tracing::warn!(%error, "lease.not_released");
        }
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// Renews a lease until somebody else has it: whoever works under it finds that out before its next write.
async fn renew(store: SignalStore, lease: Lease) {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        match store.renew_lease(&lease, Timestamp::now()).await {
            Ok(Renewal::Renewed) => {}
            Ok(Renewal::Lost) => return,
            Err(error) => tracing::warn!(%error, "lease.not_renewed"),
        }
    }
}
