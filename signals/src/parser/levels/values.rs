//! What a number becomes under the label that governs it: a level, a list number, a percentage, a remark.
//!
//! Small numbers are the trap: `1 - 0.345` counts its line, `TP41.3100` hides an index in a price, and `(RR 2)` is no
//! price at all.

use rust_decimal::Decimal;

use crate::leverage::Leverage;
use crate::parser::levels::reader::Reader;
use crate::parser::levels::{Level, Slot, Tick};
use crate::parser::lex::Kind;
use crate::parser::numbers::{Number, Unit};
use crate::parser::vocabulary::Role;

/// How many levels of a post are looked at: every level is held against the others.
const MOST_LEVELS: usize = 256;

impl Reader<'_> {
    pub(super) fn number(&mut self, which: usize) {
        let number = self.numbers[which];
        let slot = self.label.map_or(Slot::Loose, |label| label.slot);
        match number.unit {
            Unit::Other => {}
            Unit::Index => self.index = u8::try_from(number.value.trunc().mantissa()).ok(),
            Unit::Percent => match slot {
                Slot::Stop if self.out.percent_stop.is_none() => {
                    self.out.percent_stop = Some((number.value, number.token))
                }
                Slot::Target => self.out.percent_targets += 1,
                _ => {}
            },
            Unit::Times => self.leverage(&number, slot == Slot::Leverage),
            Unit::Price
                if slot == Slot::Leverage
                    && number.value <= Decimal::from(Leverage::HIGHEST)
                    && number.value >= Decimal::ONE =>
            {
                let before = self.tokens.list[number.token - 1];
                let ranged = self
                    .label
                    .is_some_and(|l| l.values == 0 || before.kind == Kind::Mark(b'-') || before.role == Role::And);
                if ranged {
                    self.leverage(&number, true);
                    if let Some(label) = &mut self.label {
                        label.values += 1;
                    }
                } else {
                    self.place(which, Slot::Loose);
                }
            }
            Unit::Price if self.counts_list_line(which) => self.index = u8::try_from(number.value.mantissa()).ok(),
            Unit::Price => self.place(which, slot),
        }
    }

    /// `1 - 0.345`, `2: 0.45` at the beginning of a list line, in sequence.
    fn counts_list_line(&self, which: usize) -> bool {
        let number = self.numbers[which];
        let Some(label) = self
            .label
            .filter(|l| matches!(l.slot, Slot::Target | Slot::Entry | Slot::Dca | Slot::Stop | Slot::Buy | Slot::Sell))
        else {
            return false;
        };
        let expected = Decimal::from(label.values + 1);
        let list = &self.tokens.list;
        let first =
            list[self.line_start..number.token].iter().all(|t| matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_)));
        let next = self.numbers.get(which + 1).filter(|next| {
            next.unit == Unit::Price
                && list[number.last + 1..next.token].iter().all(|t| matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_)))
        });
        number.small
            && first
            && label.listed
            && number.value == expected
            && next.is_some_and(|next| next.value != number.value + Decimal::ONE || !next.small)
    }

    fn place(&mut self, which: usize, slot: Slot) {
        let number = self.numbers[which];
        let mut value = number.value;
        if value.is_zero() || self.out.all.len() == MOST_LEVELS || self.is_remark(value) {
            return;
        }
        if slot == Slot::Target
            && let Some(split) = self.glued_index(&number)
        {
            self.index = Some(split.0);
            value = split.1;
        }
        let rule = match self.label {
            None => "unlabelled",
            Some(label) if label.line == self.line => "label_before",
            Some(_) => "heading",
        };
        let index = self.index.take().or_else(|| self.label.and_then(|l| l.index));
        let mark = if matches!(slot, Slot::Target | Slot::Loose | Slot::Unknown | Slot::Sell | Slot::Buy | Slot::Close)
        {
            self.mark_of(&number)
        } else {
            Tick::None
        };
        let anchor = match slot {
            Slot::Loose | Slot::Price | Slot::Current | Slot::Unknown => match self.anchor {
                Some(anchor) => anchor,
                None => *self.anchor.insert(self.anchor_of(self.clause)),
            },
            _ => 0,
        };
        self.out.slots |= slot.bit();
        self.out.all.push(Level {
            slot,
            value,
            first: number.token,
            last: number.last,
            index,
            mark,
            rule,
            line: self.line,
            anchor,
        });
        if let Some(label) = &mut self.label {
            label.values += 1;
            label.index = None;
        }
    }

    /// A number in brackets behind the value that its label has: `2.93 (RR 2)`, `3777 (+20)`.
    fn is_remark(&self, value: Decimal) -> bool {
        if self.parens == 0 {
            return false;
        }
        let valued = self.label.is_some_and(|l| l.values > 0 && l.line == self.line);
        let alike =
            self.out.all.last().is_some_and(|l| value < l.value * Decimal::TWO && value * Decimal::TWO > l.value);
        self.muted || valued && !alike
    }

    /// `TP41.3100`: an index glued to its price. Believed when the rest fits the targets so far and the whole does not.
    fn glued_index(&self, number: &Number) -> Option<(u8, Decimal)> {
        let label = self.label?;
        let token = self.tokens.list[number.token];
        if !(token.glued && number.token == label.token + 1) {
            return None;
        }
        let near = self.out.of(Slot::Target).last().or_else(|| self.out.of(Slot::Entry).last())?.value;
        let expected = self.out.count(Slot::Target) + 1;
        let text = self.tokens.text(&token);
        let rest = text.strip_prefix(&expected.to_string())?;
        let rest = Decimal::from_str_exact(&rest.replace(',', "")).ok()?;
        let fits = |value: Decimal| value < near * Decimal::TWO && value * Decimal::TWO > near;
        (fits(rest) && !fits(number.value)).then(|| (u8::try_from(expected).unwrap_or(u8::MAX), rest))
    }

    /// How closely the clause that begins here is about entering.
    fn anchor_of(&self, from: usize) -> u8 {
        let mut anchor = 0;
        for (at, token) in self.tokens.list.iter().enumerate().skip(from) {
            let ends = match token.kind {
                Kind::Line => true,
                Kind::Mark(b',' | b';') => self.get(at + 1).is_some_and(|t| t.kind != Kind::Number),
                Kind::Mark(b'.') => self.get(at + 1).is_some_and(|t| !t.glued),
                _ => false,
            };
            if ends {
                break;
            }
            if matches!(token.role, Role::Long | Role::Short | Role::Buy | Role::Sell | Role::Market | Role::Limit) {
                return 2;
            }
            if self.is_symbol.get(at).copied().unwrap_or(false) || token.role == Role::Coin {
                anchor = 1;
            }
        }
        anchor
    }
}
