//! What stands around a name and makes it one: a label, a side, the beginning of a line.

use crate::parser::lex::{Kind, KindSet, Token, Tokens};
use crate::parser::symbols::names::Name;
use crate::parser::vocabulary::{Role, RoleSet};

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

/// Roles of words that tell a side.
const SIDES: RoleSet = RoleSet::of(&[Role::Long, Role::Short, Role::Buy, Role::Sell]);

/// Whether a side stands right before or behind this name.
pub(super) fn beside_entry(tokens: &Tokens, name: &Name) -> bool {
    let side = |t: &Token| SIDES.has(t.role);
    let list = &tokens.list;
    name.first.checked_sub(1).is_some_and(|i| side(&list[i])) || list.get(name.last + 1).is_some_and(side)
}

/// Whether a word about a side or a close stands next to this name, in the same line.
pub(super) fn beside_side(tokens: &Tokens, name: &Name) -> bool {
    const SAYING: RoleSet = RoleSet::of(&[
        Role::Long,
        Role::Short,
        Role::Buy,
        Role::Sell,
        Role::Close,
        Role::Cancel,
        Role::Closed,
        Role::Spot,
    ]);
    const PASSED: RoleSet = RoleSet::of(&[Role::Limit, Role::Market, Role::Signal, Role::Enter, Role::Venue]);
    const PAUSES: KindSet =
        KindSet::of(&[Kind::Word, Kind::Number, Kind::Index, Kind::Line]).and(KindSet::marks(b"!.?"));
    let list = &tokens.list;
    let says = |t: &Token| SAYING.has(t.role);
    let skipped = |t: &Token| !t.is_in(PAUSES) | PASSED.has(t.role);
    let mut before = list[..name.first].iter().rev().take(4).skip_while(|t| skipped(t));
    let mut after = list[name.last + 1..].iter().take(4).skip_while(|t| skipped(t));
    before.next().is_some_and(says) || after.next().is_some_and(says)
}
