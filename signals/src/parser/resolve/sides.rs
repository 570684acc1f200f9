//! Which side is meant, by the words alone and by the prices against the words.
//!
//! `long` and `short` yield only to targets and stop together; `buy` and `sell`, which also label levels, yield sooner.

use std::ops::Range;

use crate::parser::fold::Emoji;
use crate::parser::levels::{Level, Levels};
use crate::parser::lex::{Kind, KindSet, Tokens};
use crate::parser::resolve::Resolved;
use crate::parser::vocabulary::{Role, RoleSet};
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

/// The words that can tell a side.
const SIDES: RoleSet = RoleSet::of(&[Role::Long, Role::Short, Role::Buy, Role::Sell, Role::Limit]);
/// The pictures that can tell one.
const PICTURES: KindSet = KindSet::of(&[
    Kind::Emoji(Emoji::Green),
    Kind::Emoji(Emoji::Up),
    Kind::Emoji(Emoji::Red),
    Kind::Emoji(Emoji::Down),
]);

/// Reads the words and pictures about the side in these tokens.
pub(crate) fn side_words(tokens: &Tokens, range: Range<usize>, is_symbol: &[bool]) -> SideWords {
    let mut words = SideWords::default();
    let list = &tokens.list;
    let mut labelled = false;
    for at in range.clone() {
        let token = &list[at];
        if !(token.is_in(PICTURES) | SIDES.has(token.role)) || is_symbol.get(at).copied().unwrap_or(false) {
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

/// Holds the side that the words tell against the order of entry, targets and stop.
pub(super) fn settle_side(levels: &Levels, words: &SideWords, out: &mut Resolved) {
    let entries = out.entries.iter().map(Level::atto);
    let (low, high) = (entries.clone().min(), entries.max());
    let from_targets = match (low, high) {
        (Some(low), Some(high)) if !out.targets.is_empty() => {
            if out.targets.iter().all(|t| t.atto() > low) && out.targets.last().is_some_and(|t| t.atto() > high) {
                Some(SignalType::Long)
            } else if out.targets.iter().all(|t| t.atto() < high) && out.targets.last().is_some_and(|t| t.atto() < low)
            {
                Some(SignalType::Short)
            } else {
                None
            }
        }
        _ => None,
    };
    let from_stop = match (out.stop, low, high) {
        (Some(stop), Some(low), Some(high)) => {
            if stop.atto() < low {
                Some(SignalType::Long)
            } else if stop.atto() > high {
                Some(SignalType::Short)
            } else {
                None
            }
        }
        (Some(stop), None, None) => out
            .targets
            .first()
            .filter(|t| t.atto() != stop.atto())
            .map(|t| if t.atto() > stop.atto() { SignalType::Long } else { SignalType::Short }),
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
                (Some(a), _) | (None, Some(a)) if a != said && words.both => Some(a),
                _ => None,
            };
            if let Some(side) = by_prices {
                out.side = Some((side, "geometry_over_word", None));
                out.overruled = true;
            }
        }
    }
}
