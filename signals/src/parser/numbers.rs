//! What each number of a post can be: a price, a percentage, leverage, an index, a time, or no quantity at all.
//!
//! A number's own digits say little; its neighbours (`%`, `x`, `k`, `)`, `pips`, a date's other parts) say most, and
//! the separators of all numbers of a post together say whether a comma is a decimal point.

mod counts;
mod dates;
mod figures;
mod locale;
mod unit;

use rust_decimal::Decimal;

pub(crate) use crate::parser::numbers::locale::Locale;

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::unit::unit_of;
use crate::parser::vocabulary::Role;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Nothing says that it is no price.
    Price,
    /// Percent.
    Percent,
    /// Leverage: `10x`.
    Times,
    /// The number of a target, an entry or a list line.
    Index,
    /// Something that is never a level: a time, a date, points, a ratio, millions, part of a name.
    Other,
}

/// One number of a post.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    /// The token that it stands in; tokens are ordered, so numbers are too.
    pub(crate) token: usize,
    pub(crate) value: Decimal,
    pub(crate) unit: Unit,
    /// Written without a decimal point and at most 30: it may count something.
    pub(crate) small: bool,
    /// The last token that belongs to it, such as its `k`.
    pub(crate) last: usize,
}

/// Reads all numbers of a post.
pub(crate) fn read(tokens: &Tokens, locale: Locale, out: &mut Vec<Number>) {
    out.clear();
    let mut free = 0;
    for &at in tokens.numbers.iter() {
        // A group of thousands belongs to the number before it.
        if at < free {
            continue;
        }
        let number = read_one(tokens, locale, at);
        free = number.last + 1;
        out.push(number);
    }
    spread_units(&tokens.list, out);
}

fn read_one(tokens: &Tokens, locale: Locale, at: usize) -> Number {
    let list = &tokens.list;
    let text = tokens.text(&list[at]);
    let Some(mut value) = locale.value(tokens, &list[at]) else {
        return Number { token: at, value: Decimal::ZERO, unit: Unit::Other, small: false, last: at };
    };
    let mut last = at;
    // "95 000": groups of three after a space, a non-breaking one or, where it cannot be a list, any.
    while let Some(group) = list.get(last + 1).filter(|t| t.kind == Kind::Number && !t.glued) {
        let digits = tokens.text(group);
        let whole = digits.split(['.', ',']).next().unwrap_or_default();
        let first_fits =
            last > at || (text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0'));
        if !first_fits || whole.len() != 3 || digits.matches(['.', ',']).count() > 1 {
            break;
        }
        let Some(rest) = locale.value(tokens, group) else { break };
        // "171 175 180" is a list: its members are alike, and there are more of them.
        let alike = rest * Decimal::TWO > value && rest < value * Decimal::TWO;
        let more = list.get(last + 2).is_some_and(|t| t.kind == Kind::Number && !t.glued && tokens.text(t).len() <= 3);
        let after_label = at > 0 && is_level_label(list[at - 1].role) && text.len() <= 2 && !locale.space_is_thousands;
        if !group.joined && (alike && !locale.space_is_thousands || more || after_label) {
            break;
        }
        value = value * Decimal::ONE_THOUSAND + rest;
        last += 1;
    }
    let small = last == at && text.len() <= 2 && text.parse::<u8>().is_ok_and(|count| count <= 30);
    let mut number = Number { token: at, value, unit: Unit::Price, small, last };
    scale_up(tokens, &mut number);
    number.unit = unit_of(tokens, &number);
    number
}

/// Applies `k`, `bin`, `тыс`, `万` and the like.
fn scale_up(tokens: &Tokens, number: &mut Number) {
    let list = &tokens.list;
    let Some(next) = list.get(number.last + 1) else { return };
    let factor = match next.role {
        Role::Thousand => 1_000,
        Role::TenThousand
            if tokens.text(next) != "w"
                || !number.small
                || list[..number.token].last().is_some_and(|t| t.kind == Kind::Word && !t.latin) =>
        {
            10_000
        }
        _ => return,
    };
    // "5 k" is seldom a number, "112 bin" is; and "10 K..." begins another word.
    let word_goes_on =
        list.get(number.last + 2).is_some_and(|t| t.glued && t.kind == Kind::Word && t.latin && next.latin);
    if !next.glued && tokens.text(next).len() < 2 || word_goes_on {
        return;
    }
    number.value *= Decimal::from(factor);
    number.small = false;
    number.last += 1;
    // "۶۸ هزار و ۵۰۰", "6万5": what follows is the rest of the same number.
    let mut at = number.last + 1;
    let joined_by_and = list.get(at).is_some_and(|t| t.role == Role::And);
    at += usize::from(joined_by_and);
    if let Some(rest) = list.get(at).filter(|t| t.kind == Kind::Number)
        && (joined_by_and || rest.glued || factor == 1_000)
        && let Ok(digits) = tokens.text(rest).parse::<u32>()
    {
        let goes_on = list
            .get(at + 1)
            .is_some_and(|t| matches!(t.role, Role::Thousand | Role::TenThousand) || t.kind == Kind::Mark(b'%'));
        let rest = match (factor, digits) {
            (10_000, 1..=9) => Some(digits * 1_000),
            (1_000, 1..=999) if tokens.text(&list[at]).len() == 3 && !tokens.text(next).starts_with('k') => {
                Some(digits)
            }
            _ => None,
        };
        if let Some(rest) = rest
            && (!goes_on || factor == 10_000)
        {
            number.value += Decimal::from(rest);
            number.last = at + usize::from(goes_on && factor == 10_000);
        }
    }
}

/// Whether numbers after a word of this role may be numbered: `TP1`, `Entry 2`.
pub(crate) fn is_level_label(role: Role) -> bool {
    matches!(role, Role::Target | Role::Entry | Role::Stop | Role::Dca | Role::Partial | Role::Limit | Role::Close)
}

/// Gives the first number of a range the unit and the thousands of the second: `5-10x`, `25-30%`, `60-65k`.
fn spread_units(list: &[Token], numbers: &mut [Number]) {
    for i in (1..numbers.len()).rev() {
        let (left, right) = numbers.split_at_mut(i);
        let (Some(a), b) = (left.last_mut(), right[0]) else { continue };
        let between = &list[a.last + 1..b.token];
        let is_range = match between {
            [t] => matches!(t.kind, Kind::Mark(b'-' | b'/' | b'~')) || t.role == Role::And,
            [t, u] => matches!((t.kind, u.kind), (Kind::Mark(b'-'), Kind::Mark(b'-'))),
            _ => false,
        };
        if !is_range || a.unit != Unit::Price {
            continue;
        }
        let tight = between.iter().all(|t| t.glued) && list[b.token].glued;
        match b.unit {
            Unit::Times if a.value <= Decimal::from(200) && a.value.fract().is_zero() => a.unit = Unit::Times,
            Unit::Percent if tight && a.value <= Decimal::ONE_HUNDRED => a.unit = Unit::Percent,
            Unit::Percent
                if a.value <= b.value
                    && a.value * Decimal::TEN > b.value
                    && a.value >= Decimal::ONE
                    && a.value.scale() + b.value.scale() == 0 =>
            {
                a.unit = Unit::Percent;
            }
            Unit::Price if tight && b.last > b.token && a.last == a.token => {
                let factor = match list[b.token + 1].role {
                    Role::Thousand => Decimal::ONE_THOUSAND,
                    Role::TenThousand => Decimal::from(10_000),
                    _ => continue,
                };
                let scaled = a.value * factor;
                if scaled * Decimal::TWO > b.value && scaled < b.value * Decimal::TWO {
                    a.value = scaled;
                    a.small = false;
                }
            }
            _ => {}
        }
    }
}
