//! Whether a number is a part of a clock time, a date, a ratio or a share.
//!
//! These look like ranges and lists of prices: they are recognised as a whole, from their first part on, and not
//! behind a label of a level.

use rust_decimal::Decimal;

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::{Number, is_level_label};
use crate::parser::vocabulary::Role;

/// `(1/3)`, `8/10`: a share or a score, in brackets or behind a word that is no label of a price.
pub(super) fn is_share(tokens: &Tokens, number: &Number) -> bool {
    let list = &tokens.list;
    let digits =
        |i: usize| list.get(i).filter(|t| t.kind == Kind::Number).and_then(|t| tokens.text(t).parse::<u32>().ok());
    let beside = |t: Option<&Token>| t.is_some_and(|t| t.kind == Kind::Mark(b'/'));
    if !beside(list.get(number.token + 1)) && !beside(number.token.checked_sub(1).map(|i| &list[i])) {
        return false;
    }
    let slash = |i: usize| {
        list.get(i).is_some_and(|t| t.glued && t.kind == Kind::Mark(b'/')) && list.get(i + 1).is_some_and(|t| t.glued)
    };
    for first in [Some(number.token), number.token.checked_sub(2)].into_iter().flatten() {
        let (Some(a), Some(b)) = (digits(first), digits(first + 2)) else { continue };
        if !slash(first + 1) || a > b || b > 100 || slash(first + 3) {
            continue;
        }
        let bracketed = first > 0
            && list[first - 1].kind == Kind::Mark(b'(')
            && list.get(first + 3).is_some_and(|t| t.kind == Kind::Mark(b')'));
        let scored =
            list[..first].iter().rev().take(4).any(|t| matches!(t.role, Role::Aside | Role::Hit | Role::RiskReward));
        if bracketed || scored {
            return true;
        }
    }
    false
}

/// `13:40`, `7:0:0`, `2026-2-27`, `19/01/2026`, and ratios such as `1:3`.
pub(super) fn is_clock_or_date(tokens: &Tokens, number: &Number) -> bool {
    let list = &tokens.list;
    let integer =
        |i: usize| list.get(i).filter(|t| t.kind == Kind::Number).and_then(|t| tokens.text(t).parse::<u32>().ok());
    let mark = |i: usize, marks: &[u8]| {
        list.get(i).is_some_and(|t| t.glued && matches!(t.kind, Kind::Mark(m) if marks.contains(&m)))
    };
    let glued = |i: usize| list.get(i).is_some_and(|t| t.glued);
    let at = number.token;
    let joint = |t: Option<&Token>| t.is_some_and(|t| t.glued && matches!(t.kind, Kind::Mark(b':' | b'-' | b'/')));
    let joins_next = joint(list.get(at + 1)) && list.get(at + 2).is_some_and(|t| t.glued && t.kind == Kind::Number);
    let joins_last = list[at].glued && at >= 2 && joint(Some(&list[at - 1])) && list[at - 2].kind == Kind::Number;
    // "03.10 09:10": a day and a month before a clock.
    let clock_behind = list.get(at + 1).is_some_and(|t| t.kind == Kind::Number && !t.glued)
        && list.get(at + 2).is_some_and(|t| t.glued && t.kind == Kind::Mark(b':'))
        && list.get(at + 3).is_some_and(|t| t.glued && t.kind == Kind::Number);
    if clock_behind && tokens.text(&list[at]).len() == 5 && tokens.text(&list[at]).as_bytes()[2] == b'.' {
        return true;
    }
    if !joins_next && !joins_last {
        return false;
    }
    let labelled = |i: usize| i > 0 && (is_level_label(list[i - 1].role) || list[i - 1].kind == Kind::Mark(b'#'));
    // The number may be any part: look from the first part on.
    for first in [Some(at), at.checked_sub(2), at.checked_sub(4)].into_iter().flatten() {
        let Some(a) = integer(first) else { continue };
        if labelled(first) {
            continue;
        }
        // "~1:1.8", inside a line.
        let inside = first > 0 && matches!(list[first - 1].kind, Kind::Mark(b'~' | b':' | b'(') | Kind::Word);
        let odds = list
            .get(first + 2)
            .filter(|t| t.kind == Kind::Number && t.glued)
            .and_then(|t| Decimal::from_str_exact(tokens.text(t)).ok());
        if a == 1
            && inside
            && mark(first + 1, b":")
            && at <= first + 2
            && odds.is_some_and(|b| b >= Decimal::ONE && b <= Decimal::from(20))
        {
            return true;
        }
        let Some(b) = integer(first + 2).filter(|_| glued(first + 2)) else { continue };
        let text_b = tokens.text(&list[first + 2]);
        if mark(first + 1, b":") {
            let third = mark(first + 3, b":") && integer(first + 4).is_some();
            let clock = a <= 24 && b <= 59 && (text_b.len() == 2 || third) && at <= first + if third { 4 } else { 2 };
            let ratio = a <= 3 && b <= 20 && at <= first + 2;
            if clock || ratio {
                return true;
            }
        }
        if mark(first + 1, b"-/")
            && list[first + 1].kind == list.get(first + 3).map_or(Kind::Line, |t| t.kind)
            && at <= first + 4
        {
            let Some(c) = integer(first + 4).filter(|_| glued(first + 4)) else { continue };
            let is_year = |n: u32| (1990..=2100).contains(&n);
            if is_year(a) && (1..=12).contains(&b) && (1..=31).contains(&c)
                || is_year(c) && (1..=31).contains(&a) && (1..=31).contains(&b)
            {
                return true;
            }
        }
    }
    false
}
