//! When a periodic collector runs: once in each slot of time, never twice at once, and what was missed is told.

use std::time::Duration;

/// Slots of one length, the first of which begins with the clock that the caller reads.
#[derive(Clone, Debug)]
pub struct Schedule {
    every: Duration,
    last: Option<u64>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Run, for this slot.
    Run {
        /// The number of the slot, from 0.
        slot: u64,
        /// How many slots before it had no run: a run took longer than a slot, or the machine slept.
        n_missed: u64,
    },
    /// This slot had its run; the next one begins after this time.
    Wait(Duration),
}

impl Schedule {
    /// Slots of this length; of a second at least.
    #[must_use]
    pub fn new(every: Duration) -> Self {
        Self { every: every.max(Duration::from_secs(1)), last: None }
    }

    /// What to do at this time of a monotonic clock that began with the schedule. A slot is given out once, so that of
    /// two calls for one slot, as a scheduler may fire twice, the second waits.
    pub fn due(&mut self, elapsed: Duration) -> Due {
        let slot = u64::try_from(elapsed.as_nanos() / self.every.as_nanos()).unwrap_or(u64::MAX);
        let next = self.last.map_or(0, |last| last.saturating_add(1));
        if slot < next {
            let begins = self.every.saturating_mul(u32::try_from(next).unwrap_or(u32::MAX));
            return Due::Wait(begins.saturating_sub(elapsed));
        }
        let n_missed = if self.last.is_some() { slot - next } else { 0 };
        self.last = Some(slot);
        Due::Run { slot, n_missed }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    #[test]
    fn a_slot_has_one_run_and_the_next_one_waits_for_its_time() {
        let mut schedule = Schedule::new(EVERY);
        assert_eq!(schedule.due(Duration::ZERO), Due::Run { slot: 0, n_missed: 0 });
        assert_eq!(schedule.due(Duration::from_secs(20)), Due::Wait(Duration::from_secs(280)));
        assert_eq!(schedule.due(Duration::from_secs(300)), Due::Run { slot: 1, n_missed: 0 });
        // The run of slot 1 took until slot 4.
        assert_eq!(schedule.due(Duration::from_secs(1_250)), Due::Run { slot: 4, n_missed: 2 });
    }

    proptest! {
        /// A thousand ticks, some of them twice, some late, with runs that are longer than a slot.
        #[test]
        fn every_slot_has_one_run_or_is_told_as_missed(
            ticks in prop::collection::vec((0u64..20, 0u64..20, 0u64..1_200), 1_000)
        ) {
            let (mut schedule, mut now) = (Schedule::new(EVERY), 0u64);
            let (mut runs, mut n_missed) = (Vec::new(), 0);
            for (n, (double, late, length)) in ticks.into_iter().enumerate() {
                now = now.max(n as u64 * 300) + if late == 0 { 120 } else { 0 };
                for _ in 0..if double < 2 { 2 } else { 1 } {
                    if let Due::Run { slot, n_missed: missed } = schedule.due(Duration::from_secs(now)) {
                        runs.push(slot);
                        n_missed += missed;
                        now += if late < 3 { length } else { 10 };
                    }
                }
            }
            prop_assert!(runs.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(runs.len() as u64 + n_missed, runs[runs.len() - 1] + 1);
        }
    }
}
