//! Fields check one another: prices decide what a loose number can be and which side is meant when words mislead.

use rust_decimal::Decimal;

use crate::entry::Entry;
use crate::parser::fold::Emoji;
use crate::parser::levels::{Level, Levels, Slot};
use crate::parser::lex::{Kind, Tokens};
use crate::parser::vocabulary::Role;
use crate::price::Price;
use crate::side::SignalType;

/// What the words alone say of the side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SideWords {
    /// "long", "short".
    pub(crate) explicit: Option<(SignalType, usize)>,
    /// "buy", "sell".
    pub(crate) trade: Option<(SignalType, usize)>,
    /// A colour or an arrow.
    pub(crate) picture: Option<(SignalType, usize)>,
    /// Both sides are named.
    pub(crate) both: bool,
}

/// Reads the words and pictures about the side in these tokens.
pub(crate) fn side_words(tokens: &Tokens, range: std::ops::Range<usize>, is_symbol: &[bool]) -> SideWords {
    let mut words = SideWords::default();
    let list = &tokens.list;
    let mut labelled = false;
    for at in range.clone() {
        let token = &list[at];
        if is_symbol.get(at).copied().unwrap_or(false) {
            continue;
        }
        match token.kind {
            Kind::Emoji(Emoji::Green | Emoji::Up) if words.picture.is_none() => {
                words.picture = Some((SignalType::Long, at))
            }
            Kind::Emoji(Emoji::Red | Emoji::Down) if words.picture.is_none() => {
                words.picture = Some((SignalType::Short, at))
            }
            _ => {}
        }
        let side = match token.role {
            Role::Long | Role::Buy => SignalType::Long,
            Role::Short | Role::Sell => SignalType::Short,
            Role::Limit if token.value == 1 => SignalType::Long,
            Role::Limit if token.value == 2 => SignalType::Short,
            _ => continue,
        };
        // "short term", "short/mid term" are times.
        let next = list.get(at + 1);
        if next.is_some_and(|t| t.role == Role::Term) {
            continue;
        }
        let negated = at > 0 && matches!(list[at - 1].role, Role::Not | Role::No) && list[at - 1].kind == Kind::Word;
        if negated {
            continue;
        }
        let is_explicit = matches!(token.role, Role::Long | Role::Short);
        let behind_label = {
            let mut back =
                list[range.start..at].iter().rev().take(4).skip_while(|t| !matches!(t.kind, Kind::Word | Kind::Line));
            back.next().is_some_and(|t| t.role == Role::SideLabel)
        };
        let slot = if is_explicit { &mut words.explicit } else { &mut words.trade };
        match slot {
            None => *slot = Some((side, at)),
            Some((known, _)) if *known != side && is_explicit => {
                if behind_label && !labelled {
                    *slot = Some((side, at));
                } else if !labelled {
                    words.both = true;
                }
            }
            Some((known, _)) if *known != side && behind_label && !labelled => *slot = Some((side, at)),
            Some(_) => {}
        }
        labelled |= behind_label;
    }
    words
}

/// The fields of one signal, held against each other.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) side: Option<(SignalType, &'static str, Option<usize>)>,
    /// Levels chosen as entries; empty at market or where nothing was found.
    pub(crate) entries: Vec<Level>,
    pub(crate) targets: Vec<Level>,
    pub(crate) stop: Option<Level>,
    /// The entries stand behind a label of their own.
    pub(crate) entry_labelled: bool,
    /// Price numbers that found no place.
    pub(crate) leftover: usize,
    /// The geometry had to overrule a word, or a number was given a place by the prices alone.
    pub(crate) overruled: bool,
    pub(crate) guessed: bool,
}

/// Decides what each level is.
pub(crate) fn resolve(tokens: &Tokens, levels: &Levels, words: &SideWords) -> Resolved {
    let mut out = Resolved {
        side: words.explicit.map(|(side, at)| (side, "side_word", Some(at))),
        entries: Vec::new(),
        targets: {
            let mut targets = Vec::with_capacity(levels.all.len());
            targets.extend(levels.of(Slot::Target).copied());
            targets
        },
        stop: None,
        entry_labelled: false,
        leftover: 0,
        overruled: false,
        guessed: false,
    };
    drop_stray_counts(&mut out.targets, levels);
    choose_entries(tokens, levels, words, &mut out);
    let mut stops: Vec<Level> = levels.of(Slot::Stop).copied().collect();
    drop_stray_counts(&mut stops, levels);
    split_unlabelled(tokens, &mut out, &mut stops);
    complete_ranges(tokens, &mut out.entries);
    complete_ranges(tokens, &mut out.targets);
    drop_repeated(&mut out.targets);
    if out.side.is_none() {
        out.side = words.trade.map(|(side, at)| (side, "trade_word", Some(at)));
    }
    place_by_price(levels, &mut out, &mut stops);
    let reference = middle(&out.entries);
    out.stop = match reference {
        Some(entry) => stops.iter().copied().min_by_key(|stop| (stop.value - entry).abs()),
        None => stops.first().copied(),
    };
    settle_side(levels, words, &mut out);
    out
}

/// A level given twice (in words and again in a block for machines) is one level.
fn drop_repeated(levels: &mut Vec<Level>) {
    let mut kept = 0;
    for i in 0..levels.len() {
        if !levels[..kept].iter().any(|l| l.value == levels[i].value) {
            levels.swap(kept, i);
            kept += 1;
        }
    }
    levels.truncate(kept);
}

/// A small whole number far from every other level counts something: `Target 1` on a line of its own.
fn drop_stray_counts(chosen: &mut Vec<Level>, levels: &Levels) {
    let far = |value: Decimal| {
        let mut others =
            levels.all.iter().filter(|l| l.value != value && !matches!(l.slot, Slot::Aside | Slot::Loose)).peekable();
        others.peek().is_some() && others.all(|l| l.value > value * Decimal::TEN || l.value * Decimal::TEN < value)
    };
    // Counts, percentages and points are small; a price that is as small is like its neighbours.
    let count = |value: Decimal| value.scale() == 0 && value.mantissa() <= 2_000;
    if levels.all.len() >= 2 && chosen.iter().any(|level| count(level.value)) {
        chosen.retain(|level| !(count(level.value) && far(level.value)));
    }
}

/// What no label governs, or only an unknown one, is placed by its price: on the winning side of the entry it is a
/// target where none is labelled, alone on the losing side it is the stop where none is labelled.
fn place_by_price(levels: &Levels, out: &mut Resolved, stops: &mut Vec<Level>) {
    let Some((side, ..)) = out.side else { return };
    let prices = out.entries.iter().map(|l| l.value);
    let (Some(low), Some(high)) = (prices.clone().min(), prices.max()) else { return };
    let wins = |value: Decimal| match side {
        SignalType::Long => value > high,
        SignalType::Short => value < low,
    };
    let loses = |value: Decimal| match side {
        SignalType::Long => value < low,
        SignalType::Short => value > high,
    };
    let stopped = !stops.is_empty() || levels.percent_stop.is_some() || levels.no_stop;
    // A list of targets that ends on the losing side ends in the stop.
    if !stopped && out.targets.len() >= 2 {
        let (last, rest) = (out.targets[out.targets.len() - 1], &out.targets[..out.targets.len() - 1]);
        if loses(last.value) && rest.iter().all(|t| wins(t.value)) && last.index.is_none() {
            out.targets.pop();
            stops.push(last);
            out.guessed = true;
            return;
        }
    }
    let after = out.entries.iter().map(|l| l.first).min().unwrap_or(0);
    let near = |value: Decimal| value < high * Decimal::from(4) && value * Decimal::from(4) > low;
    let free: Vec<Level> = levels
        .all
        .iter()
        .filter(|l| matches!(l.slot, Slot::Loose | Slot::Unknown | Slot::Close) && l.first > after && near(l.value))
        .filter(|l| !out.entries.iter().chain(&out.targets).any(|e| e.first == l.first))
        .copied()
        .collect();
    if out.targets.is_empty() && levels.percent_targets == 0 {
        out.targets = free.iter().filter(|l| wins(l.value)).copied().collect();
        out.guessed |= !out.targets.is_empty();
    }
    let losing: Vec<&Level> = free.iter().filter(|l| loses(l.value)).collect();
    if !stopped
        && let [stop] = losing[..]
        && !out.targets.is_empty()
    {
        stops.push(*stop);
        out.guessed = true;
    }
    out.leftover = free.iter().filter(|l| !out.targets.iter().chain(stops.iter()).any(|t| t.first == l.first)).count();
}

fn middle(levels: &[Level]) -> Option<Decimal> {
    let low = levels.iter().map(|l| l.value).min()?;
    let high = levels.iter().map(|l| l.value).max()?;
    Some((low + high) / Decimal::TWO)
}

fn choose_entries(tokens: &Tokens, levels: &Levels, words: &SideWords, out: &mut Resolved) {
    let take = |slot: Slot| -> Vec<Level> { levels.of(slot).copied().collect() };
    let (entries, buys, sells) = (take(Slot::Entry), take(Slot::Buy), take(Slot::Sell));
    let first = |list: &[Level]| list.first().map_or(usize::MAX, |l| l.first);
    let explicit = words.explicit.map(|(side, _)| side).filter(|_| !words.both);
    let mut other = Vec::new();
    if !entries.is_empty() {
        out.entries = entries;
        out.entry_labelled = true;
        other = match explicit {
            Some(SignalType::Short) if sells.is_empty() => buys,
            _ if sells.is_empty() => buys,
            _ => sells,
        };
    } else if buys.is_empty()
        && !sells.is_empty()
        && explicit.is_none()
        && words.trade.is_some_and(|(side, at)| side == SignalType::Long && at < first(&sells))
    {
        // "We buy … selling at 1.2 and 1.4".
        other = sells;
    } else if !buys.is_empty() || !sells.is_empty() {
        let buy_first = match explicit {
            Some(side) if !buys.is_empty() && !sells.is_empty() => side == SignalType::Long,
            _ => first(&buys) < first(&sells),
        };
        let (mut main, rest) = if buy_first { (buys, sells) } else { (sells, buys) };
        let price_before =
            levels.of(Slot::Price).chain(levels.of(Slot::Loose)).any(|l| l.first < first(&main) && l.anchor > 0);
        let contradicts = explicit.is_some_and(|side| (side == SignalType::Long) != buy_first) && rest.is_empty();
        if contradicts && out.targets.is_empty() && price_before {
            // "#SHORT 1.0665 … BUY: 1.05": the other side's word labels the take profit.
            std::mem::swap(&mut main, &mut other);
        } else {
            out.entries = main;
            out.entry_labelled = true;
            other = rest;
        }
    }
    if out.targets.is_empty() {
        out.targets = other;
        if out.targets.is_empty() && (!out.entries.is_empty() || levels.of(Slot::Loose).next().is_some()) {
            out.targets = take(Slot::Close);
        }
    }
    if out.entries.is_empty() {
        let anchor = levels.of(Slot::Loose).chain(levels.of(Slot::Price)).map(|l| l.anchor).max().unwrap_or(0);
        out.entries = levels.of(Slot::Price).filter(|l| l.anchor == anchor).copied().collect();
        let labelled_elsewhere = !out.targets.is_empty() || levels.count(Slot::Stop) > 0;
        if out.entries.is_empty() {
            out.entries = levels.of(Slot::Loose).filter(|l| l.anchor > 0 && l.anchor == anchor).copied().collect();
        }
        if out.entries.is_empty() {
            // "In favour of shorts:" above "115600-116000 short …": the heading is no label.
            out.entries = levels.of(Slot::Unknown).filter(|l| l.anchor == 2).copied().collect();
        }
        if out.entries.is_empty() && labelled_elsewhere {
            // The first loose number above the targets, where a header stands.
            let before = out.targets.first().map_or(usize::MAX, |t| t.first);
            out.entries = levels.of(Slot::Loose).filter(|l| l.first < before).copied().collect();
            out.guessed |= !out.entries.is_empty();
        }
        if out.entries.is_empty() && labelled_elsewhere {
            out.entries =
                levels.of(Slot::Current).filter(|l| l.anchor > 0 || levels.market.is_none()).take(1).copied().collect();
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

/// Entries that no entry label names are one figure, one range or one list; the same numbers' later company is not.
fn keep_first_cluster(tokens: &Tokens, entries: &mut Vec<Level>) {
    let mut kept = 1;
    while kept < entries.len() {
        let (a, b) = (entries[kept - 1], entries[kept]);
        let between = tokens.list.get(a.last + 1..b.first).unwrap_or_default();
        let joins = between.len() <= 6
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

/// `LONG 60000/58000/65000`: entry first, then what lies on the losing side is the stop, the rest are targets.
fn split_unlabelled(tokens: &Tokens, out: &mut Resolved, stops: &mut Vec<Level>) {
    if out.entry_labelled || out.entries.len() < 3 || !out.targets.is_empty() || !stops.is_empty() {
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

/// `4785-90`, `134.30/35`: the second figure of a range without the digits that it shares with the first.
fn complete_ranges(tokens: &Tokens, levels: &mut [Level]) {
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
        let mut completed = mantissa / power * power + b.value.mantissa();
        if completed < mantissa && b.value.mantissa() < mantissa % power && digits >= 2 {
            completed += 0;
        }
        let near = (completed - mantissa).abs() * 20 < mantissa;
        if near && b.value.scale() == 0 && (scale > 0 || b.value < a.value) {
            levels[i].value = Decimal::from_i128_with_scale(completed, scale);
        }
    }
}

fn settle_side(levels: &Levels, words: &SideWords, out: &mut Resolved) {
    let entries = out.entries.iter().map(|l| l.value);
    let (low, high) = (entries.clone().min(), entries.max());
    let from_targets = match (low, high) {
        (Some(low), Some(high)) if !out.targets.is_empty() => {
            if out.targets.iter().all(|t| t.value > low) && out.targets.last().is_some_and(|t| t.value > high) {
                Some(SignalType::Long)
            } else if out.targets.iter().all(|t| t.value < high) && out.targets.last().is_some_and(|t| t.value < low) {
                Some(SignalType::Short)
            } else {
                None
            }
        }
        _ => None,
    };
    let from_stop = match (out.stop, low, high) {
        (Some(stop), Some(low), Some(high)) => {
            if stop.value < low {
                Some(SignalType::Long)
            } else if stop.value > high {
                Some(SignalType::Short)
            } else {
                None
            }
        }
        (Some(stop), None, None) => out
            .targets
            .first()
            .filter(|t| t.value != stop.value)
            .map(|t| if t.value > stop.value { SignalType::Long } else { SignalType::Short }),
        _ => None,
    };
    match out.side {
        None => {
            let picture = words.picture.map(|(side, at)| (side, "picture", Some(at)));
            let spot = levels.spot.then_some((SignalType::Long, "spot", None));
            out.side = from_targets.or(from_stop).map(|side| (side, "geometry", None)).or(spot).or(picture);
        }
        Some((said, rule, _)) => {
            let by_prices = match (from_targets, from_stop) {
                // Both targets and stop against the word.
                (Some(a), Some(b)) if a == b && a != said => Some(a),
                (Some(a), None) if a != said && rule == "trade_word" => Some(a),
                (Some(a), Some(b)) if a != said && rule == "trade_word" && b == said && out.targets.len() > 1 => {
                    Some(a)
                }
                (Some(a), _) if a != said && words.both => Some(a),
                _ => None,
            };
            if let Some(side) = by_prices {
                out.side = Some((side, "geometry_over_word", None));
                out.overruled = true;
            }
        }
    }
}

/// The entry of the chosen levels.
pub(crate) fn entry_of(tokens: &Tokens, levels: &Levels, resolved: &Resolved) -> Entry {
    let mut prices: Vec<Price> = resolved.entries.iter().filter_map(|l| Price::new(l.value).ok()).collect();
    match prices[..] {
        [] => Entry::Market,
        [price] => match levels.crossing {
            Some(when) => Entry::Breakout { when, low: price, high: price },
            None => Entry::Limit { price },
        },
        [a, b] => {
            let (low, high) = (a.min(b), a.max(b));
            if let Some(when) = levels.crossing {
                return Entry::Breakout { when, low, high };
            }
            let between =
                &tokens.list[resolved.entries[0].last + 1..resolved.entries[1].first.max(resolved.entries[0].last + 1)];
            let dash = between.iter().any(|t| matches!(t.kind, Kind::Mark(b'-' | b'~')) || t.role == Role::And);
            if levels.zone || dash && between.len() <= 4 { Entry::Zone { low, high } } else { Entry::Ladder { prices } }
        }
        _ => {
            prices.dedup();
            Entry::Ladder { prices }
        }
    }
}
