//! Which posts of a channel were read.
//!
//! A number counts as read also where the channel has no such post: it was looked at. So a pass over the history makes
//! one range, and only what lies between two passes is missing.

use std::fmt;
use std::ops::RangeInclusive;

use crate::message::MessageId;

/// How many ranges are kept. A text of so many ranges stays below half of the 400 KB that a row may have.
pub const MOST_RANGES: usize = 4_000;

/// The numbers of the posts that were read: sorted ranges that neither overlap nor touch. Numbers begin at 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    ranges: Vec<(i64, i64)>,
}

/// Why a text is no coverage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no range of a coverage")]
pub struct InvalidCoverage(pub String);

impl Coverage {
    /// Reads what [`fmt::Display`] writes: `1-57 60 70-99`.
    ///
    /// # Errors
    /// [`InvalidCoverage`] with the part that is no range, or that is out of order.
    pub fn parse(text: &str) -> Result<Self, InvalidCoverage> {
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for part in text.split_ascii_whitespace() {
            let refused = || InvalidCoverage(part.chars().take(64).collect());
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let (low, high): (i64, i64) =
                low.parse().ok().zip(high.parse().ok()).filter(|(low, high)| low <= high).ok_or_else(refused)?;
            let least = ranges.last().map_or(Some(1), |last| last.1.checked_add(2)).ok_or_else(refused)?;
            if low < least {
                return Err(refused());
            }
            ranges.push((low, high));
        }
        Ok(Self { ranges })
    }

    /// Adds these posts; numbers below 1 are no posts.
    ///
    /// Beyond [`MOST_RANGES`] the smallest ranges are forgotten, of equals the oldest. Forgetting is safe: what is not
    /// known to be read is read again, and is then known to be stored.
    pub fn add(&mut self, ids: RangeInclusive<MessageId>) {
        let (low, high) = (ids.start().0.max(1), ids.end().0);
        if low > high {
            return;
        }
        // The ranges that overlap the new one or touch it give way to their union.
        let first = self.ranges.partition_point(|range| range.1 < low - 1);
        let behind = self.ranges.partition_point(|range| range.0 <= high.saturating_add(1));
        let union = match self.ranges.get(first..behind) {
            Some([one]) => (low.min(one.0), high.max(one.1)),
            Some([one, .., last]) => (low.min(one.0), high.max(last.1)),
            _ => (low, high),
        };
        self.ranges.splice(first..behind, [union]);
        self.forget();
    }

    /// Adds everything that the other one holds.
    pub fn merge(&mut self, other: &Self) {
        let mut all = std::mem::take(&mut self.ranges);
        all.extend(&other.ranges);
        all.sort_unstable();
        for (low, high) in all {
            match self.ranges.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => self.ranges.push((low, high)),
            }
        }
        self.forget();
    }

    /// Whether this post was read.
    #[must_use]
    pub fn contains(&self, id: MessageId) -> bool {
        let at = self.ranges.partition_point(|range| range.1 < id.0);
        self.ranges.get(at).is_some_and(|range| range.0 <= id.0)
    }

    /// The posts within these bounds that were not read, in order.
    #[must_use]
    pub fn missing(&self, within: RangeInclusive<MessageId>) -> Vec<RangeInclusive<MessageId>> {
        let (mut low, high) = (within.start().0.max(1), within.end().0);
        let mut missing = Vec::new();
        let at = self.ranges.partition_point(|range| range.1 < low);
        for &(from, to) in &self.ranges[at..] {
            if from > high || low > high {
                break;
            }
            if low < from {
                missing.push(MessageId(low)..=MessageId(from - 1));
            }
            // Nothing lies behind the last number there is.
            let Some(next) = to.checked_add(1) else { return missing };
            low = next;
        }
        if low <= high {
            missing.push(MessageId(low)..=MessageId(high));
        }
        missing
    }

    /// The ranges, in order.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<MessageId>> + '_ {
        self.ranges.iter().map(|&(low, high)| MessageId(low)..=MessageId(high))
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn forget(&mut self) {
        let excess = self.ranges.len().saturating_sub(MOST_RANGES);
        if excess == 0 {
            return;
        }
        let mut by_size = self.ranges.clone();
        by_size.sort_by_key(|&(low, high)| (high - low, low));
        let mut forgotten = by_size[..excess].to_vec();
        forgotten.sort_unstable();
        self.ranges.retain(|range| forgotten.binary_search(range).is_err());
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (low, high)) in self.ranges.iter().enumerate() {
            let space = if n == 0 { "" } else { " " };
            if low == high { write!(f, "{space}{low}")? } else { write!(f, "{space}{low}-{high}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Coverage {
        Coverage::parse(text).unwrap()
    }

    fn ids(low: i64, high: i64) -> RangeInclusive<MessageId> {
        MessageId(low)..=MessageId(high)
    }

    #[track_caller]
    fn added(before: &str, low: i64, high: i64, after: &str) {
        let mut coverage = of(before);
        coverage.add(ids(low, high));
        assert_eq!(coverage.to_string(), after);
    }

    #[test]
    fn ranges_that_overlap_or_touch_become_one() {
        added("", 5, 7, "5-7");
        added("5-7", 8, 8, "5-8");
        added("5-7", 4, 4, "4-7");
        added("5-7", 9, 9, "5-7 9");
        added("5-7 9", 8, 8, "5-9");
        added("1-3 5-7 9-11 20", 2, 10, "1-11 20");
        added("5-7", 6, 6, "5-7");
        added("5-7", 9, 8, "5-7");
        added("5-7", -10, 1, "1 5-7");
        added("5", i64::MIN, i64::MAX, "1-9223372036854775807");
    }

    #[test]
    fn what_is_missing_is_what_lies_between() {
        let coverage = of("3-5 8 10-12");
        assert_eq!(coverage.missing(ids(1, 14)), [ids(1, 2), ids(6, 7), ids(9, 9), ids(13, 14)]);
        assert_eq!(coverage.missing(ids(4, 9)), [ids(6, 7), ids(9, 9)]);
        assert_eq!(coverage.missing(ids(10, 12)), []);
        assert_eq!(coverage.missing(ids(20, 10)), []);
        assert_eq!(of("5-9223372036854775807").missing(ids(4, i64::MAX)), [ids(4, 4)]);
    }

    #[test]
    fn a_text_out_of_order_is_refused() {
        for text in ["5-3", "x", "0-3", "5 3", "5 6", "1-", "1-3 2-5", "9223372036854775807 9223372036854775807"] {
            assert!(Coverage::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_too_many_ranges_the_smallest_and_oldest_are_forgotten() {
        let mut coverage = Coverage::default();
        coverage.add(ids(1, 10));
        for n in 0..5_000 {
            coverage.add(ids(100 + n * 2, 100 + n * 2));
        }
        assert_eq!(coverage.ranges().count(), MOST_RANGES);
        assert!(coverage.contains(MessageId(10)) && coverage.contains(MessageId(100 + 4_999 * 2)));
        assert!(!coverage.contains(MessageId(100)));
        let longest = "9223372036854775807-9223372036854775807 ".len();
        assert!(MOST_RANGES * longest < 200_000);
    }

    proptest! {
        #[test]
        fn it_is_a_set_of_numbers(some in prop::collection::vec((1i64..60, 0i64..6), 0..12),
                                  others in prop::collection::vec((1i64..60, 0i64..6), 0..12)) {
            let read = |list: &[(i64, i64)]| {
                let (mut coverage, mut set) = (Coverage::default(), BTreeSet::new());
                for &(low, more) in list {
                    coverage.add(ids(low, low + more));
                    set.extend(low..=low + more);
                }
                (coverage, set)
            };
            let ((mut one, mut one_set), (two, two_set)) = (read(&some), read(&others));
            one.merge(&two);
            one_set.extend(&two_set);
            prop_assert_eq!(Coverage::parse(&one.to_string()), Ok(one.clone()));
            for id in 0..70 {
                prop_assert_eq!(one.contains(MessageId(id)), one_set.contains(&id));
            }
            let missing: Vec<i64> = one.missing(ids(1, 69)).into_iter().flat_map(|it| it.start().0..=it.end().0).collect();
            prop_assert_eq!(missing, (1..70).filter(|id| !one_set.contains(id)).collect::<Vec<_>>());
        }
    }
}
