//! Which level each number is: entry, target, stop, or none of them.
//!
//! A number belongs to the label that governs it: the one before it in its line, the heading above its list, or,
//! where the writer puts numbers first (`64000止损`, `0.06$ can be stop`), the one behind it. Numbers that no label
//! governs are kept as loose; `resolve` decides by the prices what they can be.

mod labels;
mod leverage;
mod marks;
mod reach;
mod reader;
mod values;

use std::ops::Range;

use rust_decimal::Decimal;

use crate::entry::Crossing;
use crate::leverage::{Leverage, MarginMode};
use crate::parser::levels::reader::Reader;
use crate::parser::lex::Tokens;
use crate::parser::numbers::Number;

/// What governs a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Entry,
    Dca,
    Target,
    Stop,
    Leverage,
    /// The price of the moment.
    Current,
    /// A price, without saying which.
    Price,
    /// Behind "buy": the entry of a long, or the target of a short.
    Buy,
    /// Behind "sell".
    Sell,
    /// Behind "close".
    Close,
    /// Behind a word that is no known label: `Protección: 4.66`.
    Unknown,
    /// Nothing governs it.
    Loose,
    /// A number that is no level of the trade.
    Aside,
}

impl Slot {
    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A number in its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) slot: Slot,
    pub(crate) value: Decimal,
    /// Tokens of the number.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The number of the target or entry, where written.
    pub(crate) index: Option<u8>,
    pub(crate) mark: Tick,
    pub(crate) rule: &'static str,
    /// The line that it stands in.
    pub(crate) line: u32,
    /// How closely its clause is about entering: 2 with a side, a limit or the market, 1 with the symbol alone.
    pub(crate) anchor: u8,
}

impl Level {
    /// The value in units of 10⁻¹⁸, with what lies below cut off: compares as the value does, at the cost of an
    /// integer.
    pub(crate) fn atto(&self) -> i128 {
        const UNITS: [i128; 19] = {
            let mut units = [1; 19];
            let mut scale = 18;
            while scale > 0 {
                scale -= 1;
                units[scale] = units[scale + 1] * 10;
            }
            units
        };
        let scale = self.value.scale();
        match UNITS.get(scale as usize) {
            Some(unit) => self.value.mantissa() * unit,
            None => self.value.mantissa() / 10i128.pow(scale - 18),
        }
    }
}

/// Whether a level is marked as reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tick {
    None,
    /// A tick before it: reached, or a bullet.
    Before,
    /// A tick or a word behind it: reached.
    After,
    /// Marked as not yet reached.
    Pending,
    /// Another picture stands before it.
    Bullet,
}

/// Everything that a segment of a post says about levels.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    pub(crate) all: Vec<Level>,
    /// The [`Slot::bit`]s of the slots that levels have, or had: most slots of a post are empty.
    slots: u16,
    /// A target was given in percent, or as open.
    pub(crate) percent_targets: usize,
    pub(crate) open_targets: usize,
    pub(crate) percent_stop: Option<(Decimal, usize)>,
    pub(crate) leverage: Option<(Leverage, Range<usize>)>,
    pub(crate) margin: Option<(MarginMode, usize)>,
    /// The word that says "at market".
    pub(crate) market: Option<usize>,
    pub(crate) spot: bool,
    /// The post says that it has no stop.
    pub(crate) no_stop: bool,
    pub(crate) zone: bool,
    pub(crate) crossing: Option<Crossing>,
    /// Labels seen, with or without numbers.
    pub(crate) entry_label: bool,
    pub(crate) target_label: bool,
    pub(crate) stop_label: bool,
    pub(crate) limit: Option<usize>,
}

impl Levels {
    /// The levels of a slot, in the order of the post.
    pub(crate) fn of(&self, slot: Slot) -> impl Iterator<Item = &Level> + Clone {
        let all = if self.slots & slot.bit() == 0 { &[][..] } else { &self.all[..] };
        all.iter().filter(move |level| level.slot == slot)
    }

    pub(crate) fn count(&self, slot: Slot) -> usize {
        self.of(slot).count()
    }

    fn clear(&mut self) {
        let all = std::mem::take(&mut self.all);
        *self = Self { all, ..Self::default() };
        self.all.clear();
    }
}

/// Reads the levels of the tokens in `range`.
pub(crate) fn read(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], range: Range<usize>, out: &mut Levels) {
    out.clear();
    Reader::new(tokens, numbers, is_symbol, &range, out).run(range);
}
