//! How many requests a key may make, and how many those may make together who show none that opens anything.
//!
//! Each process counts for itself. A local server is one process; on Lambda a key may therefore make as many times
//! the rate as there are instances at that moment, and the gateway's throttling is the bound for all of them.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use signals::api_key::KeyId;
use signals::store::SignalStore;

use crate::error::ApiError;

/// The bucket of those who show no key that opens anything; no key has such an id.
const STRANGERS: &str = "strangers";
/// How long a list of the keys is good enough to tell a key from a guess.
const LISTED_FOR: Duration = Duration::from_secs(1);

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// How a bucket stands after a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    rate: NonZeroU32,
    burst: NonZeroU32,
    remaining: u32,
}

impl Standing {
    /// Tells the client, so that it need not run into the limit
    /// (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/>).
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        let Self { rate, burst, remaining } = self;
        let seconds_for = |requests: u32| requests.div_ceil(rate.get());
        let refilled_in = seconds_for(burst.get().saturating_sub(remaining));
        for (name, value) in [
            (POLICY, format!("\"key\";q={burst};w={}", seconds_for(burst.get()))),
            (STANDING, format!("\"key\";r={remaining};t={refilled_in}")),
        ] {
            headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        }
    }
}

/// The rate of each key.
pub(crate) struct RateLimit {
    /// As many buckets as there are keys: whoever has none shares one.
    limiter: RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>,
    empty: Standing,
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
        let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(1));
        Self {
            limiter: RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)).with_middleware(),
            empty: Standing { rate, burst, remaining: 0 },
            clock: DefaultClock::default(),
            strangers_wait: Mutex::default(),
            listed: tokio::sync::Mutex::default(),
        }
    }

    /// Counts a request of this key.
    pub(crate) fn check(&self, key: &str) -> Result<Standing, ApiError> {
        self.standing_of(key).map_err(|wait| self.limited(wait))
    }

    /// Counts a request of somebody who shows no key that opens anything.
    pub(crate) fn check_stranger(&self) -> Result<Standing, ApiError> {
        self.standing_of(STRANGERS).map_err(|wait| {
            *self.strangers_wait.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_add(wait);
            self.limited(wait)
        })
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
        if ids.contains(id) { Ok(()) } else { Err(self.limited(wait)) }
    }

    /// How the bucket stands, or how long it is empty.
    fn standing_of(&self, key: &str) -> Result<Standing, Duration> {
        let checked = self.limiter.check_key(&key.to_owned());
        let left = checked.map_err(|until| until.wait_time_from(self.clock.now()))?;
        Ok(Standing { remaining: left.remaining_burst_capacity(), ..self.empty })
    }

    fn limited(&self, wait: Duration) -> ApiError {
        ApiError::RateLimited { retry_after_s: wait.max(Duration::from_secs(1)).as_secs(), standing: self.empty }
    }
}
