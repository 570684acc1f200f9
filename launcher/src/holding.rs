//! The lease of whoever collects, as commands take it: they say for whom they wait, and why they cannot begin.

use scraper::holding::{Holding, LEASE_TIME, NotHeld, WantedLease};
use signals::lease::LeaseHolder;
use signals::store::SignalStore;

use crate::failure::Stop;

/// Takes the lease; waits for one whose holder may be dead, and gives up on one that is alive.
///
/// `is_alone` says that nobody else can be at work on the store: then whoever holds the lease is dead.
pub(crate) async fn take(store: &SignalStore, is_alone: bool) -> Result<Holding, Stop> {
    let owner = format!("sigtower, process {}", std::process::id());
    let held = Holding::take(store, WantedLease::of_collectors(&owner, is_alone), |holder: &LeaseHolder| {
        crate::output::say!(
            "`{}` was collecting and did not say that it ended; waiting up to {} s to see whether it lives.",
            holder.owner,
            LEASE_TIME.as_secs()
        );
    });
    held.await.map_err(|not_held| match not_held {
        NotHeld::ByOther(holder) => {
            let why = format!("`{}` is at it, and was last active at {}", holder.owner, holder.renewed_at);
            Stop::busy("somebody else collects", why, "wait until it is done, or stop it")
        }
        NotHeld::Store(error) => Stop::failed("cannot begin to collect", error, "try again soon"),
    })
}
