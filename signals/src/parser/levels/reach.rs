//! How far a label governs: through its line, down its list, not into the next sentence.
//!
//! A heading without values waits for the lines below it, and a list goes on while its lines begin with numbers or
//! bullets. An unknown label ends the one before it: otherwise `Probability: 65` becomes a target.

use crate::parser::levels::Slot;
use crate::parser::levels::reader::{Label, Reader};
use crate::parser::lex::{Kind, Token};
use crate::parser::numbers::Unit;
use crate::parser::vocabulary::Role;

impl Reader<'_> {
    /// A sentence ends what its label governed.
    pub(super) fn full_stop(&mut self, at: usize) {
        let ends = self.get(at + 1).is_some_and(|t| !t.glued && t.kind != Kind::Line);
        if ends && self.parens == 0 && self.index.is_none() && self.label.is_some_and(|l| l.values > 0 && !l.listed) {
            self.label = None;
        }
    }

    /// An unknown label ends what the label before it governed: `Probability: 65`.
    pub(super) fn colon(&mut self, at: usize) {
        if self.parens > 0 || at == 0 {
            return;
        }
        let before = self.tokens.list[at - 1];
        if before.kind != Kind::Word || self.is_symbol.get(at - 1).copied().unwrap_or(false) {
            return;
        }
        let waits = self.label.is_some_and(|l| l.line == self.line && l.values == 0 && l.slot != Slot::Loose);
        let neutral = matches!(
            before.role,
            Role::None
                | Role::Plain
                | Role::Venue
                | Role::Status
                | Role::Term
                | Role::Time
                | Role::Recap
                | Role::Analysis
                | Role::Alert
                | Role::Advert
        );
        if neutral && !waits && !matches!(self.label, Some(Label { slot: Slot::Target, listed: true, .. })) {
            // "Short term: 1.40 - 1.62" heads targets.
            let slot = match before.role {
                Role::None => Slot::Unknown,
                Role::Term => Slot::Target,
                _ => Slot::Aside,
            };
            self.set(slot, at);
        }
    }

    pub(super) fn new_line(&mut self, at: usize, breaks: u16) {
        self.line += 1;
        self.line_start = at + 1;
        self.index = None;
        self.ordinal = None;
        self.parens = 0;
        (self.clause, self.anchor) = (at + 1, None);
        let Some(label) = self.label else { return };
        let mut rest = self.tokens.list[at + 1..].iter();
        let (mut bullet, mut indexed) = (false, false);
        let first = rest.find(|t| {
            let skip = matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_) | Kind::Index);
            indexed |= t.kind == Kind::Index;
            bullet |= skip && !matches!(t.kind, Kind::Mark(b'$' | b'('));
            !skip
        });
        let lettered = |t: &Token| {
            t.kind == Kind::Word
                && matches!(t.role, Role::None | Role::Plain | Role::And)
                && self.tokens.text(t).len() == 1
        };
        let number_first =
            first.is_some_and(|t| t.kind == Kind::Number || lettered(t) && self.line_holds_price(at + 1));
        let listed_word = first.is_some_and(|t| {
            matches!(t.role, Role::Close | Role::Price | Role::Sell | Role::Buy | Role::And | Role::None)
        }) && bullet
            && label.slot == Slot::Target
            && self.line_holds_price(at + 1);
        let keep = match label.slot {
            Slot::Aside | Slot::Unknown | Slot::Loose | Slot::Price | Slot::Leverage | Slot::Close | Slot::Current => {
                label.values == 0 && number_first && breaks < 3
            }
            _ if label.values == 0 => {
                (number_first || bullet || label.line + 1 >= self.line) && self.line <= label.line + 3
            }
            // A numbered list under "Entry 2.05" lists something else.
            Slot::Entry | Slot::Stop if indexed && !label.listed => false,
            _ => (number_first || listed_word) && (breaks == 1 || bullet || label.listed),
        };
        if keep {
            let line = self.line;
            if let Some(label) = &mut self.label {
                label.listed |= number_first || listed_word;
                if label.values > 0 {
                    label.line = line;
                }
            }
        } else {
            self.label = None;
        }
    }

    fn line_holds_price(&self, from: usize) -> bool {
        (from..self.tokens.list.len())
            .take_while(|&i| self.tokens.list[i].kind != Kind::Line)
            .any(|i| self.tokens.list[i].kind == Kind::Number && self.unit_at(i) == Some(Unit::Price))
    }
}
