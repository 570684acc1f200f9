//! Several signals in one post: where one ends and the next begins.

use std::ops::Range;

use arrayvec::ArrayVec;

use crate::parser::lex::{Kind, Tokens};
use crate::parser::numbers::{Number, Unit};
use crate::parser::symbols::Mention;
use crate::parser::vocabulary::Role;

/// A part of a post that may hold one signal.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Its tokens.
    pub(crate) range: Range<usize>,
    /// The symbols that its plan is for; several where one plan is told of a list of coins.
    pub(crate) mentions: Group,
}

/// Mentions of one symbol, or of the coins of one list; a list of more is cut.
type Group = ArrayVec<usize, 16>;

/// The segments of a post; more than this many signals in one post are not read.
pub(crate) type Segments = ArrayVec<Segment, 16>;

fn one(mention: usize) -> Group {
    std::iter::once(mention).collect()
}

/// Cuts a post into the segments of its signals; one segment where it holds at most one.
pub(crate) fn split(tokens: &Tokens, numbers: &[Number], mentions: &[Mention]) -> Segments {
    let whole = 0..tokens.list.len();
    let best = best(mentions);
    let single = |best: Option<usize>| -> Segments {
        std::iter::once(Segment { range: whole.clone(), mentions: best.into_iter().collect() }).collect()
    };
    let Some(best) = best else { return single(None) };
    // One symbol and one side, the usual case: one segment.
    let long = tokens.roles.any(&[Role::Long, Role::Buy]);
    let short = tokens.roles.any(&[Role::Short, Role::Sell]);
    if !(long && short) && mentions.iter().all(|m| m.is_same(&mentions[best])) {
        return single(Some(best));
    }
    let floor = mentions[best].strength.min(55);
    let begins_line = |i: usize| {
        let before = tokens.list[..mentions[i].first]
            .iter()
            .rev()
            .find(|t| !matches!(t.kind, Kind::Emoji(_) | Kind::Index | Kind::Mark(_)));
        before.is_none_or(|t| t.kind == Kind::Line)
    };
    let listed = |i: usize| {
        let before = i.checked_sub(1).is_some_and(|j| adjacent(tokens, &mentions[j], &mentions[i]));
        before || mentions.get(i + 1).is_some_and(|next| adjacent(tokens, &mentions[i], next))
    };
    let heads: Vec<usize> = (0..mentions.len())
        .filter(|&i| mentions[i].strength >= floor || mentions[i].strength >= 30 && (begins_line(i) || listed(i)))
        .collect();
    // Runs of mentions of one symbol are one head.
    let mut groups: Vec<Group> = Vec::new();
    for &i in &heads {
        match groups.last_mut() {
            Some(group)
                if group.iter().any(|&j| mentions[j].is_same(&mentions[i]))
                    && !(sides(tokens, mentions[group[0]].first..mentions[i].first) == 1
                        && turns(tokens, &(0..mentions[i].first), mentions[i].first..tokens.list.len())) => {}
            Some(group) if adjacent(tokens, &mentions[*group.last().unwrap_or(&i)], &mentions[i]) => {
                let _ = group.try_push(i);
            }
            _ => groups.push(one(i)),
        }
    }
    if groups.len() == 1 {
        let group = &groups[0];
        if let Some(segments) = plan_lines(tokens, numbers, best) {
            return segments;
        }
        let listed = group.len() > 1
            && !numbers.iter().any(|n| n.unit == Unit::Price && !n.small && n.token > mentions[group[0]].first);
        return if listed {
            std::iter::once(Segment { range: whole, mentions: group.clone() }).collect()
        } else {
            single(Some(best))
        };
    }
    let mut starts: Vec<usize> =
        groups.iter().map(|group| start_of(tokens, mentions, mentions[group[0]].first)).collect();
    // A start that another reaches across begins where that one does.
    for i in 1..starts.len() {
        starts[i] = starts[i].max(starts[i - 1]);
    }
    // "Limit bids: DOGE 0.151, XRP 2.08": a side above a list of coins and prices.
    let header = &tokens.list[..mentions[groups[0][0]].first];
    let listed = header.iter().any(|t| matches!(t.role, Role::Long | Role::Short | Role::Buy | Role::Sell))
        && !tokens.list.iter().any(|t| matches!(t.role, Role::Target | Role::Stop | Role::Entry));
    let priced = |group: &[usize]| {
        group.first().is_some_and(|&i| {
            numbers
                .iter()
                .any(|n| n.unit == Unit::Price && n.token > mentions[i].last && n.token <= mentions[i].last + 2)
        })
    };
    let mut segments = Segments::new();
    for (i, group) in groups.iter().enumerate() {
        let from = if i == 0 { 0 } else { starts[i] };
        let to = starts.get(i + 1).copied().unwrap_or(tokens.list.len());
        let own = is_plan(tokens, numbers, from..to) || listed && priced(group);
        match segments.last_mut() {
            // Without a plan of its own it is a remark in the plan before it.
            Some(last)
                if !own
                    || last.mentions.iter().any(|&j| mentions[j].is_same(&mentions[group[0]]))
                        && !turns(tokens, &last.range, from..to) =>
            {
                last.range.end = to
            }
            _ => drop(segments.try_push(Segment { range: from..to, mentions: group.clone() })),
        }
    }
    let holds =
        |segment: &Segment| is_plan(tokens, numbers, segment.range.clone()) || listed && priced(&segment.mentions);
    if segments.iter().filter(|segment| holds(segment)).count() < 2 {
        return single(Some(best));
    }
    segments.retain(|segment| holds(segment));
    for segment in &mut segments {
        segment.mentions.truncate(1);
    }
    segments
}

/// Plans for one symbol on lines of their own, in both directions: `Buy 3400 SL 3390 TP 3420` above `Sell 3440 …`.
fn plan_lines(tokens: &Tokens, numbers: &[Number], mention: usize) -> Option<Segments> {
    let list = &tokens.list;
    let mut segments = Segments::new();
    let mut sides_seen = [false; 2];
    let mut from = 0;
    for at in 0..=list.len() {
        let ends = at == list.len() || matches!(list[at].kind, Kind::Line | Kind::Mark(b';'));
        if !ends {
            continue;
        }
        let range = from..at;
        let line = &list[range.clone()];
        let long = line.iter().any(|t| matches!(t.role, Role::Long | Role::Buy));
        let short = line.iter().any(|t| matches!(t.role, Role::Short | Role::Sell));
        let labelled = [Role::Target, Role::Stop].iter().filter(|&&role| line.iter().any(|t| t.role == role)).count();
        let prices = numbers.iter().filter(|n| range.contains(&n.token) && n.unit == Unit::Price).count();
        if long != short && labelled == 2 && prices >= 3 {
            sides_seen[usize::from(long)] = true;
            drop(segments.try_push(Segment { range, mentions: one(mention) }));
        }
        from = at + 1;
    }
    (segments.len() >= 2 && sides_seen == [true, true]).then_some(segments)
}

/// The surest mention; of equals the first.
fn best(mentions: &[Mention]) -> Option<usize> {
    (0..mentions.len()).max_by_key(|&i| (mentions[i].strength, std::cmp::Reverse(i)))
}

/// Whether two mentions stand in one list: `BTC, ETH и SOL`.
fn adjacent(tokens: &Tokens, a: &Mention, b: &Mention) -> bool {
    let between = &tokens.list[(a.last + 1).min(b.first)..b.first];
    between.len() <= 3
        && between.iter().all(|t| matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_)) || t.role == Role::And)
}

/// Where the segment of a mention begins: at its line, or the line above where that only names the side.
fn start_of(tokens: &Tokens, mentions: &[Mention], first: usize) -> usize {
    let list = &tokens.list;
    let line = list[..first].iter().rposition(|t| t.kind == Kind::Line).map_or(0, |i| i + 1);
    if mentions.iter().any(|m| m.first >= line && m.last < first && m.strength >= 55) {
        // Several in one line: cut at the clause.
        return list[line..first]
            .iter()
            .rposition(|t| matches!(t.kind, Kind::Mark(b';' | b',' | b'|' | b'.')))
            .map_or(first, |i| line + i + 1)
            .max(line);
    }
    let above = line.checked_sub(1).and_then(|end| {
        let start = list[..end].iter().rposition(|t| t.kind == Kind::Line).map_or(0, |i| i + 1);
        let words = &list[start..end];
        let side_only = list[end].value == 1
            && words.iter().any(|t| {
                matches!(t.role, Role::Long | Role::Short | Role::Buy | Role::Sell | Role::Signal | Role::Spot)
            })
            && words.iter().all(|t| t.kind != Kind::Number)
            && words.len() <= 8
            && !mentions.iter().any(|m| (start..end).contains(&m.first));
        side_only.then_some(start)
    });
    above.unwrap_or(line)
}

/// How many different sides the tokens name.
fn sides(tokens: &Tokens, range: Range<usize>) -> usize {
    let long = tokens.list[range.clone()].iter().any(|t| matches!(t.role, Role::Long | Role::Buy));
    let short = tokens.list[range].iter().any(|t| matches!(t.role, Role::Short | Role::Sell));
    usize::from(long) + usize::from(short)
}

/// Whether a second plan for the same symbol takes the other side, with levels of its own.
fn turns(tokens: &Tokens, before: &Range<usize>, after: Range<usize>) -> bool {
    let side = |range: Range<usize>, last: bool| {
        let mut sides = tokens.list[range].iter().filter_map(|t| match t.role {
            Role::Long => Some(true),
            Role::Short => Some(false),
            _ => None,
        });
        if last { sides.next_back() } else { sides.next() }
    };
    let labels = |range: Range<usize>| {
        let list = &tokens.list[range];
        [Role::Target, Role::Stop].iter().any(|&role| list.iter().any(|t| t.role == role))
            && list.iter().filter(|t| t.kind == Kind::Number).count() >= 2
    };
    match (side(before.clone(), true), side(after.clone(), false)) {
        (Some(a), Some(b)) => a != b && labels(before.clone()) && labels(after),
        _ => false,
    }
}

/// Whether the tokens hold a side and a price or a call to enter: a plan of their own.
fn is_plan(tokens: &Tokens, numbers: &[Number], range: Range<usize>) -> bool {
    let list = &tokens.list[range.clone()];
    let has = |roles: &[Role]| list.iter().any(|t| roles.contains(&t.role));
    let sided = has(&[Role::Long, Role::Short, Role::Buy, Role::Sell]);
    let labels = [Role::Entry, Role::Target, Role::Stop].iter().filter(|&&role| has(&[role])).count();
    let prices = numbers.iter().filter(|n| range.contains(&n.token) && n.unit == Unit::Price).count();
    sided && (prices >= 1 || has(&[Role::Market])) || labels >= 2 && prices >= 2
}
