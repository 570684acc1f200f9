//! Which levels are the entry, and whether it is one price, a zone or several.
//!
//! Where no label says so, the first figures near the side are the entry; what is said of them later is not.

use crate::entry::Entry;
use crate::parser::levels::{Level, Levels, Slot};
use crate::parser::lex::{Kind, Tokens};
use crate::parser::resolve::lists::drop_stray_counts;
use crate::parser::resolve::{Resolved, SideWords};
use crate::parser::vocabulary::Role;
use crate::price::Price;
use crate::side::SignalType;

/// Chooses the entries, and the targets where no label names any.
pub(super) fn choose_entries(tokens: &Tokens, levels: &Levels, words: &SideWords, out: &mut Resolved) {
    let has = |slot: Slot| levels.of(slot).next().is_some();
    let first = |slot: Slot| levels.of(slot).next().map_or(usize::MAX, |l| l.first);
    let (buys, sells) = (has(Slot::Buy), has(Slot::Sell));
    let explicit = words.explicit.map(|(side, _)| side).filter(|_| !words.both);
    let mut other = None;
    if has(Slot::Entry) {
        out.entries.extend(levels.of(Slot::Entry).copied());
        out.entry_labelled = true;
        other = Some(if sells { Slot::Sell } else { Slot::Buy });
    } else if !buys
        && sells
        && explicit.is_none()
        && words.trade.is_some_and(|(side, at)| side == SignalType::Long && at < first(Slot::Sell))
    {
        // "We buy … selling at 1.2 and 1.4".
        other = Some(Slot::Sell);
    } else if buys || sells {
        let buy_first = match explicit {
            Some(side) if buys && sells => side == SignalType::Long,
            _ => first(Slot::Buy) < first(Slot::Sell),
        };
        let (main, rest) = if buy_first { (Slot::Buy, Slot::Sell) } else { (Slot::Sell, Slot::Buy) };
        let price_before =
            levels.of(Slot::Price).chain(levels.of(Slot::Loose)).any(|l| l.first < first(main) && l.anchor > 0);
        let contradicts = explicit.is_some_and(|side| (side == SignalType::Long) != buy_first) && !has(rest);
        if contradicts && out.targets.is_empty() && price_before {
            // "#SHORT 1.0665 … BUY: 1.05": the other side's word labels the take profit.
            other = Some(main);
        } else {
            out.entries.extend(levels.of(main).copied());
            out.entry_labelled = true;
            other = Some(rest);
        }
    }
    if out.targets.is_empty() {
        out.targets.extend(other.into_iter().flat_map(|slot| levels.of(slot)).copied());
        if out.targets.is_empty() && (!out.entries.is_empty() || has(Slot::Loose)) {
            out.targets.extend(levels.of(Slot::Close).copied());
        }
    }
    if out.entries.is_empty() {
        let anchor = levels.of(Slot::Loose).chain(levels.of(Slot::Price)).map(|l| l.anchor).max().unwrap_or(0);
        out.entries.extend(levels.of(Slot::Price).filter(|l| l.anchor == anchor).copied());
        let labelled_elsewhere = !out.targets.is_empty() || levels.count(Slot::Stop) > 0;
        if out.entries.is_empty() {
            out.entries.extend(levels.of(Slot::Loose).filter(|l| l.anchor > 0 && l.anchor == anchor).copied());
        }
        if out.entries.is_empty() {
            // "In favour of shorts:" above "115600-116000 short …": the heading is no label.
            out.entries.extend(levels.of(Slot::Unknown).filter(|l| l.anchor == 2).copied());
        }
        if out.entries.is_empty() && labelled_elsewhere {
            // The first loose number above the targets, where a header stands.
            let before = out.targets.first().map_or(usize::MAX, |t| t.first);
            out.entries.extend(levels.of(Slot::Loose).filter(|l| l.first < before).copied());
            out.guessed |= !out.entries.is_empty();
        }
        if out.entries.is_empty() && levels.market.is_none() {
            out.entries.extend(between_stop_and_target(tokens, levels, &out.targets));
            out.guessed |= !out.entries.is_empty();
        }
        if out.entries.is_empty() && labelled_elsewhere {
            let current = levels.of(Slot::Current).find(|l| l.anchor > 0 || levels.market.is_none());
            out.entries.extend(current.copied());
        }
    }
    if out.entries.iter().all(|l| l.slot != Slot::Entry) {
        keep_first_cluster(tokens, &mut out.entries);
    }
    // A price for averaging alone does not make an order at market a limit order.
    if !(out.entries.is_empty() && levels.market.is_some()) {
        out.entries.extend(levels.of(Slot::Dca).copied());
    }
    drop_stray_counts(&mut out.entries, levels);
}

/// The one figure without a label that lies between the stop and the nearest target.
fn between_stop_and_target(tokens: &Tokens, levels: &Levels, targets: &[Level]) -> Option<Level> {
    let first = levels.of(Slot::Stop).next()?;
    let stop = first.atto();
    let target = targets.iter().map(Level::atto).min_by_key(|target| (target - stop).abs())?;
    let (low, high) = (stop.min(target), stop.max(target));
    let is_below =
        |l: &&Level| tokens.list.get(first.last..l.first).unwrap_or_default().iter().any(|t| t.kind == Kind::Line);
    // Below the line of the stop, what would be a second stop.
    let below = levels.of(Slot::Stop).skip(1).filter(is_below);
    let free = levels.of(Slot::Loose).chain(levels.of(Slot::Unknown)).chain(below);
    let mut between = free.filter(|l| low < l.atto() && l.atto() < high);
    between.next().filter(|_| between.next().is_none()).copied()
}

/// Entries that no entry label names are one figure, one range or one list; the same numbers' later company is not.
fn keep_first_cluster(tokens: &Tokens, entries: &mut Vec<Level>) {
    let mut kept = 1;
    while kept < entries.len() {
        let (a, b) = (entries[kept - 1], entries[kept]);
        let between = tokens.list.get(a.last + 1..b.first).unwrap_or_default();
        // "1,412'den, 1,365 altı": a word and a comma begin another clause.
        let clause = between.iter().any(|t| t.kind == Kind::Mark(b','))
            && between.iter().any(|t| t.kind == Kind::Word && !matches!(t.role, Role::And | Role::Currency));
        let joins = between.len() <= 6
            && !clause
            && between.iter().all(|t| {
                matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_) | Kind::Index)
                    || matches!(
                        t.role,
                        Role::And
                            | Role::Currency
                            | Role::Price
                            | Role::Zone
                            | Role::Buy
                            | Role::Sell
                            | Role::Dca
                            | Role::Ordinal
                            | Role::Percent
                            | Role::Limit
                    )
                    || t.kind == Kind::Line && a.slot != Slot::Price && between.len() == 1
                    || t.kind == Kind::Number
            });
        let tight = between.len() <= 3
            && !between.iter().any(|t| matches!(t.kind, Kind::Line | Kind::Mark(b',' | b'.' | b';')));
        let repeated =
            between.iter().any(|t| matches!(t.role, Role::Buy | Role::Sell | Role::Limit)) && a.slot == b.slot;
        if !(joins || tight || repeated || b.index.is_some()) {
            break;
        }
        kept += 1;
    }
    entries.truncate(kept.max(1).min(entries.len()));
}

/// The entry of the chosen levels.
pub(crate) fn entry_of(tokens: &Tokens, levels: &Levels, resolved: &Resolved) -> Entry {
    let prices = || resolved.entries.iter().filter_map(|l| Price::new(l.value).ok());
    let mut first = prices();
    match (first.next(), first.next(), first.next()) {
        (None, ..) => Entry::Market,
        (Some(price), None, _) => match levels.crossing {
            Some(when) => Entry::Breakout { when, low: price, high: price },
            None => Entry::Limit { price },
        },
        (Some(a), Some(b), None) => {
            let (low, high) = (a.min(b), a.max(b));
            if let Some(when) = levels.crossing {
                return Entry::Breakout { when, low, high };
            }
            let between =
                &tokens.list[resolved.entries[0].last + 1..resolved.entries[1].first.max(resolved.entries[0].last + 1)];
            let dash = between.iter().any(|t| matches!(t.kind, Kind::Mark(b'-' | b'~')) || t.role == Role::And);
            if levels.zone || dash && between.len() <= 4 {
                Entry::Zone { low, high }
            } else {
                Entry::Ladder { prices: vec![a, b] }
            }
        }
        _ => {
            let mut prices: Vec<Price> = prices().collect();
            prices.dedup();
            Entry::Ladder { prices }
        }
    }
}
