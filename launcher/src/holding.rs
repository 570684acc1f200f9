//! The lease of whoever collects: one at a time, over one store.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use signals::lease::{Lease, LeaseAnswer, LeaseHolder, LeaseWatch, Renewal};
use signals::store::SignalStore;
use tokio::task::JoinHandle;

use crate::failure::Stop;

/// The name of the lease of collectors that need no login.
pub(crate) const NAME: &str = "collect";
/// How long a lease may stand still before its holder is taken for dead; a holder renews it with each chunk.
const LEASE_TIME: Duration = Duration::from_secs(45);
/// How often somebody who waits for it looks.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// How often a holder says that it is alive, whatever it waits for.
const RENEWED_EVERY: Duration = Duration::from_secs(10);

/// A lease that is held, and renewed for as long as this lives.
pub(crate) struct Holding {
    store: SignalStore,
    lease: Lease,
    renewal: JoinHandle<()>,
}

impl Holding {
    /// Takes the lease; waits for one whose holder may be dead, and gives up on one that is alive.
    ///
    /// `is_alone` says that nobody else can be at work on the store: then whoever holds the lease is dead.
    pub(crate) async fn take(store: &SignalStore, is_alone: bool) -> Result<Self, Stop> {
        let owner = format!("sigtower, process {}", std::process::id());
        let lease_time = if is_alone { Duration::ZERO } else { LEASE_TIME };
        let mut watch = LeaseWatch::new(lease_time);
        let (began, mut first): (Instant, Option<LeaseHolder>) = (Instant::now(), None);
        loop {
            let answer = store.acquire_lease(NAME, &owner, &mut watch, began.elapsed(), Timestamp::now()).await;
            let holder = match answer {
                Ok(LeaseAnswer::Held(lease)) => {
                    let renewal = tokio::spawn(renew(store.clone(), lease.clone()));
                    return Ok(Self { store: store.clone(), lease, renewal });
                }
                Ok(LeaseAnswer::HeldByOther(holder)) => holder,
                Err(error) => return Err(Stop::failed("cannot begin to collect", error, "try again soon")),
            };
            let is_alive = first.as_ref().is_some_and(|first| first.renewed_at != holder.renewed_at);
            if is_alive || began.elapsed() > LEASE_TIME * 2 {
                let why = format!("`{}` is at it, and was last active at {}", holder.owner, holder.renewed_at);
                return Err(Stop::busy("somebody else collects", why, "wait until it is done, or stop it"));
            }
            if lease_time == Duration::ZERO {
                continue;
            }
            if first.is_none() {
                anstream::eprintln!(
                    "`{}` was collecting and did not say that it ended; waiting up to {} s to see whether it lives.",
                    holder.owner,
                    LEASE_TIME.as_secs()
                );
                first = Some(holder);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Lets the next one begin at once. Where this fails, the next one waits.
    pub(crate) async fn give_back(&self) {
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
