//! What a number counts, by the words and marks beside it.
//!
//! A word glued to a number makes it something else (`2nd`, `4h`), unless the two lost the space between them: levels,
//! sides and currencies may touch a price.

use rust_decimal::Decimal;

use crate::parser::lex::{Kind, KindSet, Token, Tokens};
use crate::parser::numbers::counts::index_unit;
use crate::parser::numbers::dates::{is_clock_or_date, is_share};
use crate::parser::numbers::{Number, Unit, is_level_label};
use crate::parser::vocabulary::Role;

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

/// What stands between the parts of a date, a time or a share; a time may follow its day without a mark.
const JOINTS: KindSet = KindSet::of(&[Kind::Number]).and(KindSet::marks(b":-/"));

/// Whether a number stands here, or behind a colon here.
fn ratio_follows(list: &[Token], at: usize) -> bool {
    let colon = list.get(at).is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=')));
    list.get(at + usize::from(colon)).is_some_and(|t| t.kind == Kind::Number)
}

pub(super) fn unit_of(tokens: &Tokens, number: &Number) -> Unit {
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
            // "334 R/R 3.5": the figure of the ratio is the one behind.
            Role::RiskReward if !ratio_follows(list, number.last + 2) => return Unit::Other,
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
            && matches!(word.role, Role::None | Role::Plain | Role::And)
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
    let joined = next.is_some_and(|t| t.is_in(JOINTS)) | prev.is_some_and(|t| t.is_in(JOINTS));
    if joined && (is_clock_or_date(tokens, number) || is_share(tokens, number)) {
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
