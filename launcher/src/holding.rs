//! Leases, as commands take them, and with that of a login its lock: they say for whom they wait, and why they cannot
//! begin.

use std::ops::Deref;
use std::pin::pin;
use std::time::{Duration, Instant};

use scraper::holding::{Grip, Holding, LEASE_TIME, NotHeld, WantedLease};
use scraper::telegram::{LoginName, SessionFile};
use signals::lease::LeaseHolder;
use signals::store::SignalStore;
use tokio::time::timeout;

use crate::data_folder::{BETWEEN_LOOKS, WAITS};
use crate::failure::Stop;
use crate::login_lock::{LockClaim, LockUser, LoginLock};
use crate::runtime;
use crate::screen::printable;

/// How long whoever is stopped waits for what became of a lease that it asked for.
const LONGEST_ANSWER: Duration = Duration::from_secs(1);

/// A lease that is held, and the lock of the login whose lease it is.
#[derive(Debug)]
pub(crate) struct Held {
    holding: Holding,
    /// Behind the lease, since it is the last to be given free.
    _lock: Option<LoginLock>,
}

impl Deref for Held {
    type Target = Holding;

    fn deref(&self) -> &Holding {
        &self.holding
    }
}

/// Takes the lease of collectors that need no login; waits for one whose holder may be dead, and gives up on one that is
/// alive.
///
/// `is_alone` says that nobody else can be at work on the store: then whoever holds the lease is dead.
pub(crate) async fn take(store: &SignalStore, is_alone: bool) -> Result<Held, Stop> {
    let owner = owner();
    let wanted = WantedLease::of_collectors(&owner, is_alone);
    let held = Holding::take(store, wanted, |holder| waits("collecting", holder)).await;
    held.map(|holding| Held { holding, _lock: None }).map_err(|not_held| match not_held {
        NotHeld::ByOther(holder) => {
            let why = format!("`{}` is at it, and was last active at {}", holder.owner, holder.renewed_at);
            Stop::busy("somebody else collects", why, "wait until it is done, or stop it")
        }
        NotHeld::Store(error) => Stop::failed("cannot begin to collect", error, "try again soon"),
    })
}

/// Takes the lock of a login, and its lease. Nobody is alone with a lease: another machine may work on the same store, so
/// one that was left behind is waited for. The lock is for those whose stores know nothing of one another.
pub(crate) async fn take_login(store: &SignalStore, name: &LoginName, file: &SessionFile) -> Result<Held, Stop> {
    let lock = lock(name, file).await?;
    let (owner, lease_name) = (owner(), name.lease_name());
    let wanted = WantedLease { name: &lease_name, owner: &owner, lease_time: LEASE_TIME, is_alone: false };
    let held = Holding::take(store, wanted, |holder| waits(&format!("using the login `{name}`"), holder)).await;
    held.map(|holding| Held { holding, _lock: Some(lock) }).map_err(|not_held| match not_held {
        NotHeld::ByOther(holder) => {
            in_use(name, format!("`{}` uses it, and was last active at {}", holder.owner, holder.renewed_at))
        }
        NotHeld::Store(error) => Stop::failed(format!("cannot use the login `{name}`"), error, "try again soon"),
    })
}

/// Takes the lock of a login; waits a moment for somebody who may only ask who is logged in.
async fn lock(name: &LoginName, file: &SessionFile) -> Result<LoginLock, Stop> {
    let (owner, began) = (owner(), Instant::now());
    let mut is_told = false;
    loop {
        let claim = LoginLock::claim(file, &owner).map_err(|error| {
            let next = format!("see that you may write beside {}", file.path().display());
            Stop::failed(format!("cannot lock the login `{name}`"), error, next)
        })?;
        match claim {
            LockClaim::Held(lock) => return Ok(lock),
            LockClaim::Taken(user) if began.elapsed() >= WAITS => return Err(locked(name, &user)),
            LockClaim::Taken(user) if !is_told => {
                is_told = true;
                let (owner, waits) = (printable(&user.owner), WAITS.as_secs());
                crate::output::say!("`{owner}` is using the login `{name}`; waiting up to {waits} s for its end.");
            }
            LockClaim::Taken(_) => {}
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// That somebody on this machine uses a login.
pub(crate) fn locked(name: &LoginName, user: &LockUser) -> Stop {
    let since = user.since.map_or_else(String::new, |since| format!(", since {since:.0}"));
    in_use(name, format!("`{}` uses it on this machine{since}", user.owner))
}

fn in_use(name: &LoginName, why: String) -> Stop {
    let next = "wait until it is done, or stop it: Telegram ends a login that two use at once";
    Stop::busy(format!("the login `{name}` is in use"), why, next)
}

/// Does something that connects to Telegram under a login, and only while this process holds the login's lock and its
/// lease, which `work` is handed to ask after.
pub(crate) async fn while_held<T>(
    store: &SignalStore,
    name: &LoginName,
    file: &SessionFile,
    work: impl AsyncFnOnce(Grip) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let _not_ended = runtime::not_ended().await;
    let mut stopped = pin!(runtime::stopped()?);
    let holding = unless_stopped(take_login(store, name, file), &mut stopped).await?.map_or_else(Err, Ok)?;
    let grip = holding.grip();
    let lost = async {
        grip.lost().await;
        let why = "its lease was not renewed in time, because the store did not answer or this machine stood still";
        Stop::busy(format!("the login `{name}` may be somebody else's by now"), why, "try again soon")
    };
    let work = async {
        tokio::select! {
            ended = work(grip.clone()) => ended,
            stop = lost => Err(stop),
        }
    };
    runtime::until_stopped(stopped, work, holding.give_back()).await
}

/// Takes a lease, unless `stop` comes first. What was asked for may be on its way then: it is given back, or whoever comes
/// next would wait for somebody who is dead.
pub(crate) async fn unless_stopped<T>(
    taking: impl Future<Output = Result<Held, Stop>>,
    stop: impl Future<Output = T>,
) -> Result<Result<Held, T>, Stop> {
    let mut taking = pin!(taking);
    let stop = tokio::select! {
        taken = &mut taking => return taken.map(Ok),
        stop = stop => stop,
    };
    if let Ok(Ok(holding)) = timeout(LONGEST_ANSWER, taking).await {
        holding.give_back().await;
    }
    Ok(Err(stop))
}

/// That a lease was lost while something was done under it.
pub(crate) fn lost() -> Stop {
    let why = "its lease was not renewed in time, because the store did not answer or this machine stood still";
    Stop::busy("somebody else may collect by now", why, "try again soon")
}

fn owner() -> String {
    format!("sigtower, process {}", std::process::id())
}

fn waits(what_it_did: &str, holder: &LeaseHolder) {
    crate::output::say!(
        "`{}` was {what_it_did} and did not say that it ended; waiting up to {} s to see whether it lives.",
        holder.owner,
        LEASE_TIME.as_secs()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_folder::{Claim, DataFolder};
    use crate::store_api;

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_is_stopped_while_it_takes_a_lease_leaves_none_behind() {
        let folder = tempfile::tempdir().unwrap();
        let Claim::Owned(folder) = DataFolder::claim(folder.path()).unwrap() else { panic!("it is free") };
        let (_engine, store) = store_api::engine_of(&folder).await.unwrap();
        let stopped_after = |n_steps: usize| async move {
            for _ in 0..n_steps {
                tokio::task::yield_now().await;
            }
        };
        let mut n_stopped = 0;
        for n_steps in 0..400 {
            match unless_stopped(take(&store, false), stopped_after(n_steps)).await.unwrap() {
                Ok(holding) => holding.give_back().await,
                Err(()) => n_stopped += 1,
            }
            assert_eq!(store.lease_holder(scraper::holding::NAME).await.unwrap(), None, "after {n_steps} steps");
        }
        assert!(n_stopped > 0, "nobody was stopped");
    }
}
