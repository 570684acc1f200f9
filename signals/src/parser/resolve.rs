//! Fields check one another: prices decide what a loose number can be and which side is meant when words mislead.
//!
//! The order of the steps matters: entries are chosen before anything is placed beside them, and the side is settled
//! last, because it may overrule the word that helped to place the rest.

mod entries;
mod lists;
mod places;
mod sides;

pub(crate) use crate::parser::resolve::entries::entry_of;
pub(crate) use crate::parser::resolve::sides::{SideWords, side_words};

use crate::parser::levels::{Level, Levels, Slot};
use crate::parser::lex::Tokens;
use crate::parser::resolve::entries::choose_entries;
use crate::parser::resolve::lists::{complete_ranges, drop_repeated, drop_stray_counts, split_unlabelled};
use crate::parser::resolve::places::place_by_price;
use crate::parser::resolve::sides::settle_side;
use crate::side::SignalType;

/// The fields of one signal, held against each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) side: Option<(SignalType, &'static str, Option<usize>)>,
    /// Levels chosen as entries; empty at market or where nothing was found.
    pub(crate) entries: Vec<Level>,
    pub(crate) targets: Vec<Level>,
    pub(crate) stop: Option<Level>,
    /// What can be the stop, before one is chosen.
    stops: Vec<Level>,
    /// The entries stand behind a label of their own.
    pub(crate) entry_labelled: bool,
    /// Price numbers that found no place.
    pub(crate) leftover: usize,
    /// The geometry had to overrule a word, or a number was given a place by the prices alone.
    pub(crate) overruled: bool,
    pub(crate) guessed: bool,
}

impl Resolved {
    fn clear(&mut self) {
        let Self { mut entries, mut targets, mut stops, .. } = std::mem::take(self);
        entries.clear();
        targets.clear();
        stops.clear();
        *self = Self { entries, targets, stops, ..Self::default() };
    }
}

/// Decides what each level is, replacing what `out` held.
pub(crate) fn resolve(tokens: &Tokens, levels: &Levels, words: &SideWords, out: &mut Resolved) {
    out.clear();
    out.side = words.explicit.map(|(side, at)| (side, "side_word", Some(at)));
    out.targets.extend(levels.of(Slot::Target).copied());
    drop_stray_counts(&mut out.targets, levels);
    choose_entries(tokens, levels, words, out);
    let is_entry = |stop: &Level| out.entries.iter().any(|entry| entry.first == stop.first);
    let mut stops = std::mem::take(&mut out.stops);
    stops.extend(levels.of(Slot::Stop).filter(|stop| !is_entry(stop)).copied());
    drop_stray_counts(&mut stops, levels);
    split_unlabelled(tokens, out, &mut stops);
    complete_ranges(tokens, &mut out.entries);
    complete_ranges(tokens, &mut out.targets);
    drop_repeated(&mut out.targets);
    if out.side.is_none() {
        out.side = words.trade.map(|(side, at)| (side, "trade_word", Some(at)));
    }
    place_by_price(levels, out, &mut stops);
    let reference = twice_middle(&out.entries);
    out.stop = match reference {
        Some(entry) => stops.iter().copied().min_by_key(|stop| (stop.atto() * 2 - entry).abs()),
        None => stops.first().copied(),
    };
    out.stops = stops;
    settle_side(levels, words, out);
}

/// Twice the middle of the levels, in the units of [`Level::atto`].
fn twice_middle(levels: &[Level]) -> Option<i128> {
    let low = levels.iter().map(Level::atto).min()?;
    let high = levels.iter().map(Level::atto).max()?;
    Some(low + high)
}
