//! One holder at a time, with a fence.
//!
//! Nobody compares wall clocks: they differ by minutes. A holder changes the lease every few seconds; whoever saw it
//! unchanged for the lease time, on a clock of its own that only runs forward, may take it. All times here are readings
//! of such a clock, counted from a moment of its owner's choice.

use std::time::Duration;

use jiff::Timestamp;

/// A lease that is held: the proof that goes with writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is leased, such as a login.
    pub name: String,
    /// Who holds it, for people: host and process.
    pub owner: String,
    /// Grows with each acquisition, so it tells this holding from every other; a write that shows an older one than
    /// the last is refused.
    pub fence: u64,
}

/// What became of the wish to hold a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseAnswer {
    /// It is held, from now on.
    Held(Lease),
    /// Somebody else holds it, as far as is known.
    HeldByOther(LeaseHolder),
}

/// What became of the wish to go on holding a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It is held on.
    Renewed,
    /// Somebody else took it; everything done in its name must stop.
    Lost,
}

/// Who holds a lease, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseHolder {
    /// Host and process.
    pub owner: String,
    /// Of this holding.
    pub fence: u64,
    /// When it was last renewed, by the holder's wall clock; nothing is decided by it.
    pub renewed_at: Timestamp,
    /// When it was taken, by the same clock; `None` where that was not kept.
    pub since: Option<Timestamp>,
}

/// What an observer knows of a lease that somebody else holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseWatch {
    lease_time: Duration,
    waits: bool,
    seen: Option<Seen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    version: u64,
    /// A time at which this version had been read already.
    since: Option<Duration>,
}

impl LeaseWatch {
    /// Nothing seen yet. The lease is to be held for `lease_time` without a sign of life; whoever holds it for longer is
    /// waited for for longer.
    #[must_use]
    pub fn new(lease_time: Duration) -> Self {
        Self { lease_time, waits: true, seen: None }
    }

    /// The same for whoever knows that no holder can be alive.
    #[must_use]
    pub fn at_once(lease_time: Duration) -> Self {
        Self { lease_time, waits: false, seen: None }
    }

    /// For how long the lease is to be held without a sign of life.
    #[must_use]
    pub fn lease_time(&self) -> Duration {
        self.lease_time
    }

    /// Notes the version that was read by a request sent at `elapsed`, with the time for which its holder holds the lease;
    /// says whether the lease may be taken.
    ///
    /// The holder may have renewed while the request was under way, so the first sight of a version counts only from
    /// the next request on: taking over may be one request late, and never early.
    pub fn may_take_over(&mut self, version: u64, elapsed: Duration, held_for: Duration) -> bool {
        let stands_still = if self.waits { self.lease_time.max(held_for) } else { Duration::ZERO };
        match &mut self.seen {
            Some(seen) if seen.version == version => {
                let since = *seen.since.get_or_insert(elapsed);
                elapsed.saturating_sub(since) >= stands_still
            }
            _ => {
                self.seen = Some(Seen { version, since: None });
                false
            }
        }
    }
}

/// How long a holder may believe that it holds the lease.
///
/// Others count from a sight of the last renewal, which cannot come before the renewal was sent: a holder that stops
/// when its tenure is over has stopped before anybody else begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTenure {
    lease_time: Duration,
    sent: Duration,
}

impl LeaseTenure {
    /// From an acquisition whose request was sent at this time.
    #[must_use]
    pub fn new(lease_time: Duration, sent: Duration) -> Self {
        Self { lease_time, sent }
    }

    /// Goes on from a successful renewal whose request was sent at this time.
    pub fn renewed(&mut self, sent: Duration) {
        self.sent = self.sent.max(sent);
    }

    /// Whether the holder must stop, because others may begin.
    #[must_use]
    pub fn is_over(&self, elapsed: Duration) -> bool {
        elapsed.saturating_sub(self.sent) >= self.lease_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_lease_is_taken_only_after_it_stood_still_for_the_lease_time() {
        let mut watch = LeaseWatch::new(s(15));
        assert!(!watch.may_take_over(1, s(0), s(0)));
        // A look long after the first: the version may have been new when it was first read.
        assert!(!watch.may_take_over(1, s(100), s(0)));
        assert!(!watch.may_take_over(1, s(114), s(0)));
        assert!(watch.may_take_over(1, s(115), s(0)));
    }

    #[test]
    fn a_holder_that_holds_for_longer_is_waited_for_for_longer() {
        let mut watch = LeaseWatch::new(s(15));
        for elapsed in [0, 1, 16, 45] {
            assert!(!watch.may_take_over(7, s(elapsed), s(45)));
        }
        assert!(watch.may_take_over(7, s(46), s(45)));
        let mut watch = LeaseWatch::at_once(s(15));
        assert!(!watch.may_take_over(7, s(0), s(45)) && watch.may_take_over(7, s(0), s(45)));
    }

    #[test]
    fn each_renewal_starts_the_count_anew() {
        let mut watch = LeaseWatch::new(s(15));
        for version in 1..100 {
            for look in 0..2 {
                assert!(!watch.may_take_over(version, s(version * 10 + look * 5), s(0)));
            }
        }
    }

    #[test]
    fn a_clock_that_is_read_out_of_order_takes_nothing() {
        let mut watch = LeaseWatch::new(s(15));
        assert!(!watch.may_take_over(1, s(100), s(0)));
        assert!(!watch.may_take_over(1, s(50), s(0)));
        assert!(!watch.may_take_over(1, s(20), s(0)));
    }

    #[test]
    fn a_holder_stops_before_others_may_begin() {
        let mut tenure = LeaseTenure::new(s(15), s(0));
        tenure.renewed(s(10));
        assert!(!tenure.is_over(s(24)));
        assert!(tenure.is_over(s(25)));
    }
}
