//! Where a price goes that no label governs.
//!
//! Only the side and the entry tell; a number far from the entry is no level, and what is labelled stays where it is.

use crate::parser::levels::{Level, Levels, Slot};
use crate::parser::resolve::Resolved;
use crate::side::SignalType;

/// What no label governs, or only an unknown one, is placed by its price: on the winning side of the entry it is a
/// target where none is labelled, alone on the losing side it is the stop where none is labelled.
pub(super) fn place_by_price(levels: &Levels, out: &mut Resolved, stops: &mut Vec<Level>) {
    let Some((side, ..)) = out.side else { return };
    let prices = out.entries.iter().map(Level::atto);
    let (Some(low), Some(high)) = (prices.clone().min(), prices.max()) else { return };
    let wins = |value: i128| match side {
        SignalType::Long => value > high,
        SignalType::Short => value < low,
    };
    let loses = |value: i128| match side {
        SignalType::Long => value < low,
        SignalType::Short => value > high,
    };
    let stopped = !stops.is_empty() || levels.percent_stop.is_some() || levels.no_stop;
    // A list of targets that ends on the losing side ends in the stop.
    if !stopped && out.targets.len() >= 2 {
        let (last, rest) = (out.targets[out.targets.len() - 1], &out.targets[..out.targets.len() - 1]);
        if loses(last.atto()) && rest.iter().all(|t| wins(t.atto())) && last.index.is_none() {
            out.targets.pop();
            stops.push(last);
            out.guessed = true;
            return;
        }
    }
    let after = out.entries.iter().map(|l| l.first).min().unwrap_or(0);
    let near = |value: i128| value < high * 4 && value * 4 > low;
    let free: Vec<Level> = levels
        .all
        .iter()
        .filter(|l| {
            matches!(l.slot, Slot::Loose | Slot::Unknown | Slot::Close | Slot::Buy | Slot::Sell | Slot::Price)
                && l.first > after
                && near(l.atto())
        })
        .filter(|l| !out.entries.iter().chain(&out.targets).any(|e| e.first == l.first))
        .copied()
        .collect();
    if out.targets.is_empty() && levels.percent_targets == 0 {
        out.targets = free.iter().filter(|l| wins(l.atto())).copied().collect();
        out.guessed |= !out.targets.is_empty();
    }
    let losing: Vec<&Level> = free.iter().filter(|l| loses(l.atto())).collect();
    if !stopped
        && let [stop] = losing[..]
        && !out.targets.is_empty()
    {
        stops.push(*stop);
        out.guessed = true;
    }
    out.leftover = free.iter().filter(|l| !out.targets.iter().chain(stops.iter()).any(|t| t.first == l.first)).count();
}
