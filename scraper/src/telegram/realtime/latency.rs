//! How long it takes until something that was told is kept.

use std::time::Duration;

/// How many times are remembered, the last ones.
const REMEMBERED: usize = 4_096;

/// The last times that were measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    last: Vec<Duration>,
    next: usize,
}

impl Latencies {
    pub(super) fn add(&mut self, time: Duration) {
        if self.last.len() < REMEMBERED {
            self.last.push(time);
        } else {
            self.last[self.next] = time;
            self.next = (self.next + 1) % REMEMBERED;
        }
    }

    /// The time within which so many percent of the last changes were kept; none where none was.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        let mut sorted = self.last.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * usize::from(percent.min(100))).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_last_times() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile(99), None);
        (1..=100).for_each(|ms| latencies.add(Duration::from_millis(ms)));
        assert_eq!(latencies.percentile(50), Some(Duration::from_millis(50)));
        assert_eq!(latencies.percentile(99), Some(Duration::from_millis(99)));
        assert_eq!(latencies.percentile(100), Some(Duration::from_millis(100)));
        (0..REMEMBERED).for_each(|_| latencies.add(Duration::from_secs(9)));
        assert_eq!(latencies.percentile(1), Some(Duration::from_secs(9)));
        assert_eq!(latencies.last.len(), REMEMBERED);
    }
}
