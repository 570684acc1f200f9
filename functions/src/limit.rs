//! How many requests a key may make.
//!
//! Each process counts for itself. A local server is one process; on Lambda a key may therefore make as many times
//! the rate as there are instances at that moment, and the gateway's throttling is the bound for all of them.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::error::ApiError;

/// How many keys are remembered before those that rest are forgotten.
const MANY_KEYS: usize = 10_000;

/// The rate of each key.
pub(crate) struct RateLimit {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl RateLimit {
    /// This many requests a second, with bursts of twice as many.
    pub(crate) fn new(requests_per_second: u32) -> Self {
        let rate = NonZeroU32::new(requests_per_second.max(1)).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1)));
        Self { limiter: DefaultKeyedRateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Counts a request of this key.
    pub(crate) fn check(&self, key: &str) -> Result<(), ApiError> {
        if self.limiter.len() > MANY_KEYS {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            ApiError::RateLimited { retry_after_s: wait.max(Duration::from_secs(1)).as_secs() }
        })
    }
}
