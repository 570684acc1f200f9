//! Whether a level is marked as reached: by a tick, a word or an hourglass around it.
//!
//! A picture before a price is often a mere bullet, and a tick behind one may be the bullet of what follows it.

use crate::parser::fold::Emoji;
use crate::parser::levels::Tick;
use crate::parser::levels::labels::ends_clause;
use crate::parser::levels::reader::Reader;
use crate::parser::lex::Kind;
use crate::parser::numbers::{Number, Unit};
use crate::parser::vocabulary::Role;

impl Reader<'_> {
    /// How the marks around this number show its level.
    pub(super) fn mark_of(&self, number: &Number) -> Tick {
        let list = &self.tokens.list;
        let mut words = 0;
        for (at, token) in list.iter().enumerate().skip(number.last + 1).take(16) {
            match token.kind {
                Kind::Line => break,
                Kind::Number if self.unit_at(at) == Some(Unit::Price) => break,
                Kind::Emoji(Emoji::Tick) => {
                    // "4430 ✅ TP2": the tick belongs to what it stands before.
                    let rest = list[at + 1..].iter().find(|t| !matches!(t.kind, Kind::Emoji(_) | Kind::Mark(b'*')));
                    let bullet =
                        rest.is_some_and(|t| matches!(t.kind, Kind::Number | Kind::Index) || ends_clause(t.role));
                    if bullet {
                        break;
                    }
                    return Tick::After;
                }
                Kind::Emoji(Emoji::Hourglass) => return Tick::Pending,
                Kind::Word if words < 2 && matches!(token.role, Role::Hit | Role::Filled) => return Tick::After,
                Kind::Word if words < 2 && token.role == Role::Pending => return Tick::Pending,
                Kind::Word if ends_clause(token.role) => break,
                Kind::Word => words += 1,
                _ => {}
            }
        }
        let mut bullet = false;
        for (at, token) in list.iter().enumerate().take(number.token).skip(self.line_start).rev().take(8) {
            match token.kind {
                Kind::Number if self.unit_at(at) == Some(Unit::Price) => {
                    // The marks of a line hold for all its prices.
                    let before = self
                        .out
                        .all
                        .last()
                        .filter(|l| l.line == self.line && matches!(l.mark, Tick::Before | Tick::Bullet));
                    return before.map_or(Tick::None, |l| l.mark);
                }
                Kind::Emoji(Emoji::Tick) => return Tick::Before,
                Kind::Emoji(Emoji::Hourglass) => return Tick::Pending,
                Kind::Word if token.role == Role::Hit => return Tick::After,
                Kind::Emoji(_) => bullet = true,
                _ => {}
            }
        }
        if bullet { Tick::Bullet } else { Tick::None }
    }
}
