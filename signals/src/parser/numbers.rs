//! What each number of a post can be: a price, a percentage, leverage, an index, a time, or no quantity at all.
//!
//! A number's own digits say little; its neighbours (`%`, `x`, `k`, `)`, `pips`, a date's other parts) say most, and
//! the separators of all numbers of a post together say whether a comma is a decimal point.

use rust_decimal::Decimal;

use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::vocabulary::Role;

/// The most digits and separators before the point that are read as a number.
const LONGEST_WHOLE: usize = 15;

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

/// How the numbers of a post write thousands and decimals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Locale {
    comma_is_point: bool,
    dot_is_thousands: bool,
    /// Groups of three are set apart by spaces: `63 200`.
    space_is_thousands: bool,
}

impl Locale {
    /// Reads the locale from the shapes of all numbers. `magnitude` is how many digits a plausible price of the
    /// post's symbol has before its point, for `95.000` in a post about bitcoin.
    pub(crate) fn of(tokens: &Tokens, magnitude: Option<u8>) -> Self {
        let (mut comma_point, mut comma_thousands, mut dot_thousands, mut short_dots) = (0, 0, 0, 0);
        let mut grouped_dots = 0;
        for &at in &tokens.numbers {
            let text = tokens.text(&tokens.list[at]);
            let marks = Marks::of(text);
            match (marks.commas, marks.dots) {
                (0, 0) => {}
                (1, 0) if text.starts_with("0,") || marks.tail != 3 => comma_point += 1,
                (1, d) if d >= 1 && marks.first_dot < marks.first_comma => {
                    comma_point += 1;
                    dot_thousands += 1;
                }
                (c, 1) if c >= 1 => comma_thousands += 1,
                (c, 0) if c >= 2 => comma_thousands += 1,
                (0, d) if d >= 2 && marks.grouped => dot_thousands += 1,
                (0, 1) if marks.tail == 3 && !text.starts_with("0.") => {
                    let whole = marks.first_dot;
                    grouped_dots +=
                        usize::from(whole <= 3 && magnitude.is_some_and(|digits| whole < usize::from(digits)));
                }
                (0, 1) => short_dots += 1,
                _ => {}
            }
        }
        Self {
            comma_is_point: comma_point > comma_thousands,
            space_is_thousands: spaced_groups(tokens),
            dot_is_thousands: dot_thousands > 0 && comma_thousands == 0 || (grouped_dots > 0 && short_dots == 0),
        }
    }

    /// The value of digits and separators; `None` where they are no number (a date, a version) or too long.
    fn value(self, text: &str) -> Option<Decimal> {
        let marks = Marks::of(text);
        let tail = marks.tail;
        // Whether each separator is the decimal point; at most the last one can be.
        let last_is_point = match (marks.commas, marks.dots) {
            (0, 0) => false,
            (0, 1) => !(self.dot_is_thousands && tail == 3 && !text.starts_with("0.")),
            (1, 0) => tail != 3 || text.starts_with("0,") || self.comma_is_point || marks.first_comma > 3,
            (0, _) | (_, 0) => {
                if !marks.grouped {
                    return None;
                }
                false
            }
            _ => true,
        };
        let point = last_is_point.then(|| text.len() - tail - 1);
        // A longer whole part is no price, and its multiples would leave the range of a decimal.
        if point.unwrap_or(text.len()) > LONGEST_WHOLE {
            return None;
        }
        if text.len() <= 18 {
            // All digits fit 64 bits: the usual case.
            let (mut mantissa, mut scale) = (0i64, 0u32);
            for (at, byte) in text.bytes().enumerate() {
                if byte.is_ascii_digit() {
                    mantissa = mantissa * 10 + i64::from(byte - b'0');
                    scale += u32::from(point.is_some_and(|point| at > point));
                }
            }
            return Some(Decimal::new(mantissa, scale));
        }
        let (mut mantissa, mut scale, mut digits) = (0i128, 0u32, 0u32);
        for (at, byte) in text.bytes().enumerate() {
            if byte.is_ascii_digit() {
                digits += 1;
                if digits > 27 {
                    return None;
                }
                mantissa = mantissa * 10 + i128::from(byte - b'0');
                scale += u32::from(point.is_some_and(|point| at > point));
            }
        }
        Decimal::try_from_i128_with_scale(mantissa, scale).ok()
    }
}

/// The separators of a number's text.
struct Marks {
    commas: usize,
    dots: usize,
    /// Digits behind the last separator.
    tail: usize,
    first_comma: usize,
    first_dot: usize,
    /// All groups behind a separator have three digits.
    grouped: bool,
}

impl Marks {
    fn of(text: &str) -> Self {
        let mut marks = Self {
            commas: 0,
            dots: 0,
            tail: text.len(),
            first_comma: usize::MAX,
            first_dot: usize::MAX,
            grouped: true,
        };
        let mut last = None;
        for (at, byte) in text.bytes().enumerate() {
            if byte != b',' && byte != b'.' {
                continue;
            }
            if byte == b',' {
                marks.commas += 1;
                marks.first_comma = marks.first_comma.min(at);
            } else {
                marks.dots += 1;
                marks.first_dot = marks.first_dot.min(at);
            }
            marks.grouped &= last.is_none_or(|last| at - last == 4);
            last = Some(at);
        }
        if let Some(last) = last {
            marks.tail = text.len() - last - 1;
            marks.grouped &= marks.tail == 3;
        }
        marks
    }
}

/// Whether some number that no label precedes is written in groups: then `TP 2 650` is one number too.
fn spaced_groups(tokens: &Tokens) -> bool {
    tokens.numbers.windows(2).any(|pair| {
        let (Some(before), a, b) =
            (pair[0].checked_sub(1).map(|i| &tokens.list[i]), &tokens.list[pair[0]], &tokens.list[pair[1]])
        else {
            return false;
        };
        pair[0] + 1 == pair[1]
            && !b.glued
            && !is_level_label(before.role)
            && !matches!(before.kind, Kind::Number | Kind::Mark(b'#'))
            && (1..=3).contains(&tokens.text(a).len())
            && tokens.text(a).bytes().all(|b| b.is_ascii_digit())
            && tokens.text(b).split(['.', ',']).next().is_some_and(|whole| whole.len() == 3)
            && Decimal::from_str_exact(tokens.text(a)).ok() < Some(Decimal::ONE_HUNDRED)
    })
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
    let Some(mut value) = locale.value(text) else {
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
        let Some(rest) = locale.value(digits) else { break };
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

/// Whether a number may be glued to a word of this role and still be a quantity of its own: `SL45`, `45usdt`.
fn may_touch(role: Role) -> bool {
    is_level_label(role)
        || matches!(
            role,
            Role::Long
                | Role::Short
                | Role::Buy
                | Role::Sell
                | Role::Price
                | Role::Market
                | Role::Current
                | Role::Currency
                | Role::Above
                | Role::Below
                | Role::And
                | Role::Zone
                | Role::Leverage
                | Role::Cross
                | Role::Isolated
                | Role::Percent
                | Role::Thousand
                | Role::TenThousand
                | Role::Hit
                | Role::Closed
                | Role::Close
                | Role::Enter
                | Role::Coin
                | Role::Not
                | Role::If
                | Role::Profit
        )
}

fn unit_of(tokens: &Tokens, number: &Number) -> Unit {
    let list = &tokens.list;
    let at = number.token;
    let prev = at.checked_sub(1).map(|i| &list[i]);
    let next = list.get(number.last + 1);
    let is_word = |t: &&Token| t.kind == Kind::Word;
    let next_word = next.filter(is_word);
    // "(50-x)"
    if next.is_some_and(|t| t.glued && t.kind == Kind::Mark(b'-'))
        && list.get(number.last + 2).is_some_and(|t| t.glued && t.role == Role::Times)
    {
        return Unit::Times;
    }
    let percent_before = prev.is_some_and(|t| t.kind == Kind::Mark(b'%'))
        && list[at].glued
        && !list.get(at.wrapping_sub(2)).is_some_and(|t| t.kind == Kind::Number);
    if percent_before
        || next.is_some_and(|t| t.kind == Kind::Mark(b'%'))
        || next_word.is_some_and(|t| t.role == Role::Percent)
    {
        return Unit::Percent;
    }
    if let Some(word) = next_word {
        let text = tokens.text(word);
        let goes_on = list
            .get(number.last + 2)
            .is_some_and(|t| t.glued && t.kind == Kind::Word && t.latin && word.latin && t.role == Role::None);
        let next_leverage = !word.glued && list.get(number.last + 2).is_some_and(|t| t.glued && t.kind == Kind::Number);
        match word.role {
            Role::Times if !goes_on && !next_leverage => return Unit::Times,
            Role::Million if word.glued || text.len() > 2 => return Unit::Other,
            Role::Points if !(text == "点" && number.value >= Decimal::ONE_THOUSAND) => return Unit::Other,
            Role::Time if word.glued || text.len() > 2 || !word.latin => return Unit::Other,
            Role::RiskReward => return Unit::Other,
            Role::TenThousand if word.glued => return Unit::Other,
            _ => {}
        }
        // In text that lost its line breaks a new word begins with a capital: "61.62Trailing".
        let next_sentence = word.capital && text.len() >= 4 && !number.small;
        if word.glued && word.latin && !may_touch(word.role) && !next_sentence {
            let ordinal = matches!(
                text,
                "st" | "nd" | "rd" | "th" | "er" | "ere" | "eme" | "ra" | "ro" | "do" | "to" | "o" | "a"
            );
            return if ordinal && number.small { Unit::Index } else { Unit::Other };
        }
        if word.glued
            && !word.latin
            && number.small
            && matches!(text, "й" | "я" | "ый" | "ая" | "ю" | "ую" | "е" | "ое" | "му")
        {
            return Unit::Index;
        }
    }
    if let Some(word) = prev.filter(|t| t.kind == Kind::Word && list[at].glued) {
        if word.role == Role::Times {
            return Unit::Times;
        }
        // "A1: 23,10": the lines of a list.
        if number.small
            && tokens.text(word).len() == 1
            && matches!(next.map(|t| t.kind), Some(Kind::Mark(b':' | b')')))
            && word.role == Role::None
        {
            return Unit::Index;
        }
        if word.latin && !may_touch(word.role) || matches!(tokens.text(word), "h" | "m" | "d" | "w") {
            return Unit::Other;
        }
    }
    // "+70" behind a price is a distance; "5360+5350" are two prices.
    if prev.is_some_and(|t| t.kind == Kind::Mark(b'+') && !t.glued) && list[at].glued {
        return Unit::Other;
    }
    if prev.is_some_and(|t| t.kind == Kind::Mark(b'_') && t.glued) && list[at].glued {
        let labelled = at >= 2 && is_level_label(list[at - 2].role);
        let ranged = at >= 2 && matches!(list[at - 2].kind, Kind::Mark(b'_') | Kind::Number);
        if !labelled && !ranged {
            return Unit::Other;
        }
    }
    if is_clock_or_date(tokens, number) || is_share(tokens, number) {
        return Unit::Other;
    }
    // "2-фазный", "4-hour": a number that a hyphen joins to a word.
    if list.get(number.last + 1).is_some_and(|t| t.glued && t.kind == Kind::Mark(b'-'))
        && list
            .get(number.last + 2)
            .is_some_and(|t| t.glued && t.kind == Kind::Word && matches!(t.role, Role::None | Role::Time))
    {
        return Unit::Other;
    }
    index_unit(tokens, number)
}

/// `(1/3)`, `8/10`: a share or a score, in brackets or behind a word that is no label of a price.
fn is_share(tokens: &Tokens, number: &Number) -> bool {
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
fn is_clock_or_date(tokens: &Tokens, number: &Number) -> bool {
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

/// Whether a small number counts the target, entry or list line that it stands before.
fn index_unit(tokens: &Tokens, number: &Number) -> Unit {
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
    if prev_label && number.value > Decimal::ZERO {
        // "tp 25 / 26.2 / 28": a price among its like.
        let listed = matches!(next_mark, Some(b'/' | b',' | b'-'))
            && !list[at].glued
            && number.value >= Decimal::TEN
            && next_value(tokens, at + 2)
                .is_some_and(|next| next < number.value * Decimal::from(3) && next * Decimal::from(3) > number.value);
        if listed {
            return Unit::Price;
        }
        // "Target 2: 0.45", "TP1 3777", "Entry 1 - 159.80"; but "Target 5" alone is a price unless it was hit.
        if list[at].glued
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
