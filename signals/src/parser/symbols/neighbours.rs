//! What stands around a name and makes it one: a label, a side, the beginning of a line.

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::symbols::names::Name;
use crate::parser::vocabulary::Role;

/// Whether a label for the symbol stands before this token: `Coin:`, `Pair -`, `币种：`.
pub(super) fn label_before(list: &[Token], at: usize) -> bool {
    let mut i = at;
    for _ in 0..4 {
        let Some(before) = i.checked_sub(1) else { return false };
        match list[before].kind {
            Kind::Mark(b':' | b'-' | b'=' | b'#' | b'$' | b'*' | b'"' | b'>') | Kind::Emoji(_) => i = before,
            Kind::Word => return list[before].role == Role::Pair && (i < at || before + 1 == at),
            _ => return false,
        }
    }
    false
}

pub(super) fn begins_line(list: &[Token], at: usize) -> bool {
    at == 0 || matches!(list[at - 1].kind, Kind::Line | Kind::Emoji(_) | Kind::Mark(b')' | b'*' | b'-'))
}

/// Whether a side stands right before or behind this name.
pub(super) fn beside_entry(tokens: &Tokens, name: &Name) -> bool {
    let side = |t: &Token| matches!(t.role, Role::Long | Role::Short | Role::Buy | Role::Sell);
    let list = &tokens.list;
    name.first.checked_sub(1).is_some_and(|i| side(&list[i])) || list.get(name.last + 1).is_some_and(side)
}

/// Whether a word about a side or a close stands next to this name, in the same line.
pub(super) fn beside_side(tokens: &Tokens, name: &Name) -> bool {
    let list = &tokens.list;
    let says = |t: &Token| {
        matches!(
            t.role,
            Role::Long | Role::Short | Role::Buy | Role::Sell | Role::Close | Role::Cancel | Role::Closed | Role::Spot
        )
    };
    let skipped = |t: &Token| {
        matches!(t.kind, Kind::Mark(mark) if !matches!(mark, b'!' | b'.' | b'?'))
            || matches!(t.kind, Kind::Emoji(_))
            || matches!(t.role, Role::Limit | Role::Market | Role::Signal | Role::Enter | Role::Venue)
    };
    let mut before = list[..name.first].iter().rev().take(4).skip_while(|t| skipped(t));
    let mut after = list[name.last + 1..].iter().take(4).skip_while(|t| skipped(t));
    before.next().is_some_and(says) || after.next().is_some_and(says)
}
