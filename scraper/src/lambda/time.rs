//! How the time of an invocation is shared out.
//!
//! A pass may be in the middle of a page when its time is up. What it did is kept whenever it stops; but what it did
//! not say is lost, and a lease that it did not give back makes the next one wait.

use std::time::{Duration, Instant, SystemTime};

/// The most time that is kept for what a channel began before.
const MOST_FOR_THE_LAST: Duration = Duration::from_secs(20);
/// The most time that is kept for giving the lease back.
const MOST_FOR_THE_LEASE: Duration = Duration::from_secs(6);
/// The most time that is kept for the answer.
const MOST_FOR_THE_ANSWER: Duration = Duration::from_secs(2);

/// The moments of an invocation, in their order, by the clock that only runs forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// Nothing more is begun.
    pub(super) begin_nothing_after: Instant,
    /// What is under way is left.
    pub(super) stop_at: Instant,
    /// The answer goes out.
    pub(super) answer_at: Instant,
}

impl Time {
    /// Shares out the time from `now`, which is `began` by the other clock, to the moment at which Lambda kills the
    /// process. Of a short time each part has its share.
    pub(super) fn until(deadline: SystemTime, now: SystemTime, began: Instant) -> Self {
        let left = deadline.duration_since(now).unwrap_or_default();
        let for_the_answer = MOST_FOR_THE_ANSWER.min(left / 10);
        let for_the_lease = for_the_answer + MOST_FOR_THE_LEASE.min(left / 5);
        let for_the_last = for_the_lease + MOST_FOR_THE_LAST.min(left / 5);
        Self {
            begin_nothing_after: began + (left - for_the_last),
            stop_at: began + (left - for_the_lease),
            answer_at: began + (left - for_the_answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(left: Duration) -> [Duration; 3] {
        let (now, began) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000), Instant::now());
        let time = Time::until(now + left, now, began);
        [time.begin_nothing_after, time.stop_at, time.answer_at].map(|it| it - began)
    }

    #[test]
    fn what_ends_an_invocation_has_its_time() {
        assert_eq!(shares(Duration::from_secs(270)), [242, 262, 268].map(Duration::from_secs));
        assert_eq!(shares(Duration::from_secs(10)), [5, 7, 9].map(Duration::from_secs));
        assert_eq!(shares(Duration::ZERO), [Duration::ZERO; 3]);
    }

    #[test]
    fn a_deadline_that_is_over_leaves_no_time() {
        let (now, began) = (SystemTime::now(), Instant::now());
        let time = Time::until(now - Duration::from_secs(1), now, began);
        assert_eq!(time, Time { begin_nothing_after: began, stop_at: began, answer_at: began });
    }
}
