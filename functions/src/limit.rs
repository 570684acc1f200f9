//! How many requests a key may make, and how many those may make together who show none that opens anything.
//!
//! Each process counts for itself. A local server is one process; on Lambda a key may therefore make as many times
//! the rate as there are instances at that moment, and the gateway's throttling is the bound for all of them.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use signals::api_key::KeyId;
use signals::store::SignalStore;

use crate::error::ApiError;

/// The bucket of those who show no key that opens anything; no key has such an id.
const STRANGERS: &str = "strangers";
/// How long a list of the keys is good enough to tell a key from a guess.
const LISTED_FOR: Duration = Duration::from_secs(1);

/// The rate of each key.
pub(crate) struct RateLimit {
    /// As many buckets as there are keys: whoever has none shares one.
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    /// Until when the strangers' bucket is empty.
    strangers_wait: Mutex<Option<Instant>>,
    /// The ids of all keys, and when they were read.
    listed: tokio::sync::Mutex<Option<(Instant, HashSet<KeyId>)>>,
}

impl RateLimit {
    /// This many requests a second, with bursts of twice as many.
    pub(crate) fn new(requests_per_second: u32) -> Self {
        let rate = NonZeroU32::new(requests_per_second.max(1)).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1)));
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            strangers_wait: Mutex::default(),
            listed: tokio::sync::Mutex::default(),
        }
    }

    /// Counts a request of this key.
    pub(crate) fn check(&self, key: &str) -> Result<(), ApiError> {
        self.wait_of(key).map_or(Ok(()), |wait| Err(limited(wait)))
    }

    /// Counts a request of somebody who shows no key that opens anything.
    pub(crate) fn check_stranger(&self) -> Result<(), ApiError> {
        let Some(wait) = self.wait_of(STRANGERS) else { return Ok(()) };
        *self.strangers_wait.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_add(wait);
        Err(limited(wait))
    }

    /// Refuses what is surely a guess, as long as the strangers' bucket is empty: the store is asked for a list of all
    /// keys once in a while, and not for each guess. A key that there is passes however much others guess.
    pub(crate) async fn check_guess(&self, id: &KeyId, store: &SignalStore) -> Result<(), ApiError> {
        let until = *self.strangers_wait.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(wait) = until.and_then(|until| until.checked_duration_since(Instant::now())) else { return Ok(()) };
        let mut listed = self.listed.lock().await;
        let ids = match listed.take().filter(|(read_at, _)| read_at.elapsed() < LISTED_FOR) {
            Some(good) => good,
            None => (Instant::now(), store.keys().await?.into_iter().map(|key| key.id).collect()),
        };
        let (_, ids) = listed.insert(ids);
        if ids.contains(id) { Ok(()) } else { Err(limited(wait)) }
    }

    fn wait_of(&self, key: &str) -> Option<Duration> {
        self.limiter.check_key(&key.to_owned()).err().map(|until| until.wait_time_from(self.clock.now()))
    }
}

fn limited(wait: Duration) -> ApiError {
    ApiError::RateLimited { retry_after_s: wait.max(Duration::from_secs(1)).as_secs() }
}
