//! The changes of one channel in their order: what may be kept, what waits for an earlier one, what is known already.
//!
//! Each change says where the channel stands behind it and by how much it moved it
//! (<https://core.telegram.org/api/updates#message-related-event-sequences>), so a change that does not begin where the
//! last one ended tells of a gap.

use std::collections::BTreeMap;

use crate::telegram::told::PushedChange;

/// The most changes that wait for an earlier one; with more of them a look at the channel is cheaper.
const MOST_WAITING: usize = 256;

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It may be kept, perhaps with others that waited for it.
    Ready,
    /// It waits for an earlier one, or until it is known where the channel stands.
    Waits,
    /// It was known.
    Known,
}

/// The changes of one channel.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Up to where everything is kept, or ready to be kept; none where that is not known.
    pts: Option<i32>,
    ready: Vec<PushedChange>,
    waiting: BTreeMap<i32, PushedChange>,
}

impl Line {
    /// Takes a change that was told.
    pub(super) fn take(&mut self, change: PushedChange) -> Taken {
        match self.pts {
            Some(pts) if change.pts <= pts => Taken::Known,
            Some(pts) if change.pts - change.count == pts => {
                self.follow(change);
                Taken::Ready
            }
            _ => {
                if self.waiting.len() >= MOST_WAITING {
                    // The look that is due brings them all.
                    self.waiting.clear();
                }
                self.waiting.insert(change.pts, change);
                Taken::Waits
            }
        }
    }

    /// A look at the channel kept everything up to here.
    pub(super) fn stands_at(&mut self, pts: i32) {
        self.ready.retain(|change| change.pts > pts);
        if self.pts.is_none_or(|known| known < pts) {
            self.ready.clear();
            self.pts = Some(pts);
        }
        self.catch_up();
    }

    /// What was ready is lost, or never was: only a look tells where the channel stands.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether changes wait that only a look can set free, unless the missing ones still come.
    pub(super) fn has_gap(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Up to where everything is kept or ready.
    pub(super) fn pts(&self) -> Option<i32> {
        self.pts
    }

    /// How many changes are ready.
    pub(super) fn n_ready(&self) -> usize {
        self.ready.len()
    }

    /// What is ready, in its order, to be kept now.
    pub(super) fn take_ready(&mut self) -> Vec<PushedChange> {
        std::mem::take(&mut self.ready)
    }

    fn follow(&mut self, change: PushedChange) {
        self.pts = Some(change.pts);
        self.ready.push(change);
        self.catch_up();
    }

    fn catch_up(&mut self) {
        let Some(mut pts) = self.pts else { return };
        while let Some((&next, change)) = self.waiting.first_key_value() {
            if next > pts && next - change.count != pts {
                break;
            }
            let Some((_, change)) = self.waiting.pop_first() else { break };
            if next > pts {
                pts = next;
                self.ready.push(change);
            }
        }
        self.pts = Some(pts);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;
    use crate::telegram::told::What;

    fn change(pts: i32, count: i32) -> PushedChange {
        PushedChange { channel: 1, pts, count, what: What::Other, came: Instant::now() }
    }

    fn ready(line: &mut Line) -> Vec<i32> {
        line.take_ready().iter().map(|change| change.pts).collect()
    }

    fn at(pts: i32) -> Line {
        let mut line = Line::default();
        line.stands_at(pts);
        line
    }

    #[test]
    fn changes_that_follow_one_another_are_ready() {
        let mut line = at(10);
        assert_eq!(line.take(change(11, 1)), Taken::Ready);
        assert_eq!(line.take(change(14, 3)), Taken::Ready);
        assert_eq!(line.take(change(14, 3)), Taken::Known);
        assert_eq!((ready(&mut line), line.pts()), (vec![11, 14], Some(14)));
    }

    #[test]
    fn what_comes_too_early_waits_for_what_is_missing_or_for_a_look() {
        let mut line = at(10);
        assert_eq!((line.take(change(13, 1)), line.take(change(12, 1))), (Taken::Waits, Taken::Waits));
        assert!(line.has_gap() && line.n_ready() == 0);
        assert_eq!(line.take(change(11, 1)), Taken::Ready);
        assert_eq!((ready(&mut line), line.has_gap()), (vec![11, 12, 13], false));
        line.take(change(20, 1));
        line.take(change(21, 1));
        line.stands_at(20);
        assert_eq!((ready(&mut line), line.has_gap(), line.pts()), (vec![21], false, Some(21)));
        line.take(change(30, 1));
        line.stands_at(25);
        assert!(line.has_gap());
    }

    #[test]
    fn nothing_is_ready_before_it_is_known_where_the_channel_stands() {
        let mut line = Line::default();
        assert_eq!((line.take(change(7, 1)), line.take(change(8, 1))), (Taken::Waits, Taken::Waits));
        line.stands_at(7);
        assert_eq!(ready(&mut line), [8]);
        line.take(change(9, 1));
        line.forget();
        assert_eq!((line.pts(), line.n_ready(), line.has_gap()), (None, 0, false));
    }

    #[test]
    fn a_look_that_ended_before_what_is_ready_takes_nothing_back() {
        let mut line = at(10);
        for pts in 11..=14 {
            line.take(change(pts, 1));
        }
        line.stands_at(12);
        assert_eq!((ready(&mut line), line.pts()), (vec![13, 14], Some(14)));
    }

    #[test]
    fn no_number_of_changes_that_wait_fills_the_memory() {
        let mut line = at(10);
        for pts in 12..5_000 {
            line.take(change(pts, 1));
        }
        assert!(line.waiting.len() <= MOST_WAITING && line.has_gap());
    }

    proptest! {
        /// Changes are lost, doubled and swapped; a look comes whenever there is a gap. In the end all were kept, in their
        /// order, by the line or by a look.
        #[test]
        fn whatever_happens_to_changes_each_is_kept_once(
            fates in prop::collection::vec((0u8..10, 1i32..4, 0usize..6), 1..200)
        ) {
            let (mut line, mut kept, mut pts) = (at(0), Vec::new(), 0);
            let mut told: Vec<(usize, PushedChange)> = Vec::new();
            for (n, (fate, count, later)) in fates.into_iter().enumerate() {
                pts += count;
                let it = change(pts, count);
                match fate {
                    0 => {}
                    1 => told.extend([(n, it.clone()), (n, it)]),
                    2 => told.push((n + later, it)),
                    _ => told.push((n, it)),
                }
            }
            told.sort_by_key(|(place, _)| *place);
            for (n, (_, it)) in told.into_iter().enumerate() {
                let newest = it.pts;
                line.take(it);
                kept.extend(ready(&mut line));
                if line.has_gap() && n % 3 == 0 {
                    line.stands_at(newest);
                    kept.extend(ready(&mut line));
                }
            }
            line.stands_at(pts);
            kept.extend(ready(&mut line));
            prop_assert_eq!(line.pts(), Some(pts));
            prop_assert!(kept.is_sorted_by(|a, b| a < b), "{:?}", kept);
            prop_assert!(!line.has_gap());
        }
    }
}
