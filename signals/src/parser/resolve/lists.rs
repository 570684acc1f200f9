//! What the figures of a list or a range mean beside one another.
//!
//! A figure may be cut short (`4785-90`), count instead of price (`Target 1`), stand there twice, or be of another kind
//! than the first (`LONG 60000/58000/65000`).

use rust_decimal::Decimal;

use crate::parser::levels::{Level, Levels, Slot};
use crate::parser::lex::{Kind, Tokens};
use crate::parser::resolve::Resolved;
use crate::parser::vocabulary::Role;
use crate::side::SignalType;

/// A level given twice (in words and again in a block for machines) is one level.
pub(super) fn drop_repeated(levels: &mut Vec<Level>) {
    let mut kept = 0;
    for i in 0..levels.len() {
        if !levels[..kept].iter().any(|l| l.atto() == levels[i].atto()) {
            levels.swap(kept, i);
            kept += 1;
        }
    }
    levels.truncate(kept);
}

/// A small whole number far from every other level counts something: `Target 1` on a line of its own.
pub(super) fn drop_stray_counts(chosen: &mut Vec<Level>, levels: &Levels) {
    let far = |level: &Level| {
        let value = level.atto();
        let mut others =
            levels.all.iter().filter(|l| l.atto() != value && !matches!(l.slot, Slot::Aside | Slot::Loose)).peekable();
        others.peek().is_some() && others.all(|l| l.atto() > value * 10 || l.atto() * 10 < value)
    };
    // Counts, percentages and points are small; a price that is as small is like its neighbours.
    let count = |value: Decimal| value.scale() == 0 && value.mantissa() <= 2_000;
    if levels.all.len() >= 2 && chosen.iter().any(|level| count(level.value)) {
        chosen.retain(|level| !(count(level.value) && far(level)));
    }
}

/// `LONG 60000/58000/65000`: entry first, then what lies on the losing side is the stop, the rest are targets.
pub(super) fn split_unlabelled(tokens: &Tokens, out: &mut Resolved, stops: &mut Vec<Level>) {
    if out.entry_labelled || out.entries.len() < 3 || !out.targets.is_empty() {
        return;
    }
    if let [stop] = stops[..] {
        if lead_away(&out.entries, stop.value) {
            out.targets = out.entries.split_off(1);
            out.guessed = true;
        }
        return;
    }
    if !stops.is_empty() {
        return;
    }
    let dashes = out.entries.windows(2).all(|pair| {
        tokens
            .list
            .get(pair[0].last + 1..pair[1].first)
            .unwrap_or_default()
            .iter()
            .all(|t| matches!(t.kind, Kind::Mark(b'-') | Kind::Mark(b'$')))
    });
    if dashes && out.entries.len() > 3 {
        return;
    }
    let entry = out.entries[0];
    let rest = out.entries.split_off(1);
    let side = out.side.map(|(side, ..)| side).unwrap_or(SignalType::Long);
    for level in rest {
        let loses = (level.value < entry.value) == (side == SignalType::Long);
        if loses { stops.push(level) } else { out.targets.push(level) }
    }
    out.guessed = true;
}

/// `LONG 584 590 600 615 SL 571`: orders lie close together, targets run from the stop and further than it is away.
fn lead_away(prices: &[Level], stop: Decimal) -> bool {
    let (Some(first), Some(last)) = (prices.first(), prices.last()) else { return false };
    let risk = first.value - stop;
    let away = |from: Decimal, to: Decimal| (to - from).is_sign_positive() == risk.is_sign_positive() && from != to;
    prices.windows(2).all(|pair| away(pair[0].value, pair[1].value)) && (last.value - first.value).abs() > risk.abs()
}

/// `4785-90`, `134.30/35`: the second figure of a range without the digits that it shares with the first.
pub(super) fn complete_ranges(tokens: &Tokens, levels: &mut [Level]) {
    for i in 1..levels.len() {
        let (a, b) = (levels[i - 1], levels[i]);
        let joined = b.first.checked_sub(a.last + 1).is_some_and(|gap| gap <= 3)
            && tokens.list[a.last + 1..b.first]
                .iter()
                .all(|t| matches!(t.kind, Kind::Mark(b'-' | b'/' | b'_' | b'~')) || t.role == Role::And);
        if !joined || b.value.scale() > 0 || b.value * Decimal::from(5) > a.value && a.value > Decimal::ONE {
            continue;
        }
        let text = tokens.text(&tokens.list[b.first]);
        let Ok(digits) = u32::try_from(text.len()) else { continue };
        let (mantissa, scale) = (a.value.mantissa(), a.value.scale());
        let Some(power) = 10i128.checked_pow(digits).filter(|power| *power < mantissa) else { continue };
        let completed = mantissa / power * power + b.value.mantissa();
        let near = (completed - mantissa).abs() * 20 < mantissa;
        if near && b.value.scale() == 0 && (scale > 0 || b.value < a.value) {
            levels[i].value = Decimal::from_i128_with_scale(completed, scale);
        }
    }
}
