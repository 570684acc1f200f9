//! Whether a small number counts targets, entries or lines, or is a price.
//!
//! "Target 2: 0.45" counts and "Target 5" alone does not: what tells is whether a price or an event follows.

use rust_decimal::Decimal;

use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::{Number, Unit, is_level_label};
use crate::parser::vocabulary::Role;

/// Whether a small number counts the target, entry or list line that it stands before.
pub(super) fn index_unit(tokens: &Tokens, number: &Number) -> Unit {
    if !number.small {
        return Unit::Price;
    }
    let list = &tokens.list;
    let at = number.token;
    let prev = at.checked_sub(1).map(|i| &list[i]);
    let next = list.get(at + 1);
    let next_mark = next.and_then(|t| if let Kind::Mark(mark) = t.kind { Some(mark) } else { None });
    if prev.is_some_and(|t| t.kind == Kind::Mark(b'#')) {
        return Unit::Index;
    }
    if next_mark == Some(b')') && next.is_some_and(|t| t.glued) && number.value > Decimal::ZERO {
        // "(5)" is no list number, "1)" and "(1) 0.34" are.
        let opened = prev.is_some_and(|t| t.kind == Kind::Mark(b'('));
        if !opened || number_follows(tokens, at + 2) {
            return Unit::Index;
        }
    }
    // Emphasis around the label: "*Target* 1: 9.93".
    let emphasised = prev.is_some_and(|t| t.glued && matches!(t.kind, Kind::Mark(b'*' | b'"' | b'_')))
        && at >= 2
        && is_level_label(list[at - 2].role);
    let prev_label = emphasised
        || prev.is_some_and(|t| is_level_label(t.role))
        || (prev.is_some_and(|t| t.kind == Kind::Mark(b'-' | b'.' | b'_' | b'('))
            && at >= 2
            && is_level_label(list[at - 2].role)
            && list[at].glued
            && list[at - 1].glued);
    // Chinese has no spaces: "目标11" may be a target of 11 where "TP11" is the eleventh.
    let glued = list[at].glued && !prev.is_some_and(|t| tokens.text(t).starts_with(|c| c >= '\u{3400}'));
    // "第一目标11": what is counted already.
    let counted = at >= 2 && list[at - 2].role == Role::Ordinal && list[at - 2].kind == Kind::Word;
    if prev_label && counted && !glued && !matches!(next_mark, Some(b':' | b'(')) {
        return Unit::Price;
    }
    if prev_label && number.value > Decimal::ZERO {
        // "tp 25 / 26.2 / 28": a price among its like.
        let listed = matches!(next_mark, Some(b'/' | b',' | b'-'))
            && !glued
            && number.value >= Decimal::TEN
            && next_value(tokens, at + 2)
                .is_some_and(|next| next < number.value * Decimal::from(3) && next * Decimal::from(3) > number.value);
        if listed {
            return Unit::Price;
        }
        // "Target 2: 0.45", "TP1 3777", "Entry 1 - 159.80"; but "Target 5" alone is a price unless it was hit.
        if glued
            || number_follows(tokens, at + 1)
            || event_follows(list, at + 1)
            || matches!(next_mark, Some(b':' | b'('))
        {
            return Unit::Index;
        }
        return Unit::Price;
    }
    let begins_line = {
        let mut i = at;
        loop {
            match i.checked_sub(1).map(|i| list[i].kind) {
                None | Some(Kind::Line) => break true,
                Some(Kind::Emoji(_) | Kind::Mark(b'*' | b'-' | b'>' | b'"' | b'|')) => i -= 1,
                _ => break false,
            }
        }
    };
    let behind_label =
        prev.is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=' | b'$' | b'-' | b'/')) || is_level_label(t.role));
    if next.is_some_and(|t| t.role == Role::Target && !t.glued) && !behind_label {
        return Unit::Index;
    }
    if begins_line && number.value > Decimal::ZERO {
        let labelled = list.get(at + 2).is_some_and(|t| is_level_label(t.role));
        let dotted =
            next_mark == Some(b'.') && next.is_some_and(|t| t.glued) && (labelled || number_follows(tokens, at + 2));
        if dotted {
            return Unit::Index;
        }
    }
    Unit::Price
}

/// The plain value of the number at this token or right behind a currency mark.
fn next_value(tokens: &Tokens, at: usize) -> Option<Decimal> {
    let token = tokens.list[at.min(tokens.list.len())..].iter().take(2).find(|t| t.kind == Kind::Number)?;
    Decimal::from_str_exact(tokens.text(token)).ok()
}

/// Whether another number follows in the same line before any label does.
fn number_follows(tokens: &Tokens, from: usize) -> bool {
    for token in tokens.list.iter().skip(from).take(8) {
        match token.kind {
            Kind::Number => return true,
            Kind::Line => return false,
            Kind::Word if is_level_label(token.role) => return false,
            _ => {}
        }
    }
    false
}

/// Whether the words right after a number say that something happened to what it counts.
fn event_follows(list: &[Token], from: usize) -> bool {
    for token in list.iter().skip(from).take(4) {
        match token.kind {
            Kind::Line => return false,
            Kind::Emoji(Emoji::Tick | Emoji::Cross | Emoji::Hourglass) => return true,
            Kind::Word
                if matches!(
                    token.role,
                    Role::Hit | Role::Done | Role::Pending | Role::Closed | Role::Filled | Role::Book
                ) =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}
