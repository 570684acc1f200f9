//! Whether a comma, a point or a space of this post's numbers sets apart decimals or thousands.
//!
//! One number alone is often ambiguous (`95.000`): all numbers of the post are asked, and how large a price of its
//! symbol is.

use rust_decimal::Decimal;

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::figures::Figures;
use crate::parser::numbers::is_level_label;

/// The most digits and separators before the point that are read as a number.
const LONGEST_WHOLE: usize = 15;

/// How the numbers of a post write thousands and decimals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Locale {
    comma_is_point: bool,
    dot_is_thousands: bool,
    /// Groups of three are set apart by spaces: `63 200`.
    pub(super) space_is_thousands: bool,
}

impl Locale {
    /// Reads the locale from the shapes of all numbers. `magnitude` is how many digits a plausible price of the
    /// post's symbol has before its point, for `95.000` in a post about bitcoin.
    pub(crate) fn of(tokens: &Tokens, magnitude: Option<u8>) -> Self {
        let (mut comma_point, mut comma_thousands, mut dot_thousands, mut short_dots) = (0, 0, 0, 0);
        let mut grouped_dots = 0;
        for &at in &tokens.numbers {
            let token = &tokens.list[at];
            let text = tokens.text(token);
            let marks = match figures(tokens, token) {
                Some(Figures { separator: None, .. }) => continue,
                Some(figures) => Marks::of_figures(text.len(), figures),
                None => Marks::of(text),
            };
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
    pub(super) fn value(self, tokens: &Tokens, token: &Token) -> Option<Decimal> {
        let text = tokens.text(token);
        let figures = figures(tokens, token);
        let marks = figures.map_or_else(|| Marks::of(text), |figures| Marks::of_figures(text.len(), figures));
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
        if let Some(Figures { digits, .. }) = figures {
            let scale = if point.is_some() { tail as u32 } else { 0 };
            return Some(Decimal::from_parts(digits, 0, 0, false, scale));
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

/// The figures of a number that is short and plain, as most are.
fn figures(tokens: &Tokens, token: &Token) -> Option<Figures> {
    Figures::of(tokens.short_text(token)?, tokens.text(token).len())
}

impl Marks {
    fn of_figures(length: usize, figures: Figures) -> Self {
        let (commas, dots) = match figures.separator {
            Some((b',', ..)) => (1, 0),
            Some(_) => (0, 1),
            None => (0, 0),
        };
        let (first, tail) = figures.separator.map_or((usize::MAX, length), |(_, before, behind)| (before, behind));
        Self {
            commas,
            dots,
            tail,
            first_comma: if commas > 0 { first } else { usize::MAX },
            first_dot: if dots > 0 { first } else { usize::MAX },
            grouped: figures.separator.is_none() || tail == 3,
        }
    }

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
