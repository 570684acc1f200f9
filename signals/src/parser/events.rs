//! What a post says happened, or is to be done, to an earlier signal.
//!
//! A post is read clause by clause: an event needs its object and its verb in one clause (`TP1` … `hit`, `SL` …
//! `to entry`), and a clause with a condition (`after TP1 hit, move …`) tells no event.

mod clause;
mod tone;

use crate::parser::events::clause::{Clause, may_tell};
use crate::parser::events::tone::TONES;
pub(crate) use crate::parser::events::tone::Tone;
use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, KindSet, Token, Tokens};
use crate::parser::numbers::{Number, Unit};
use crate::parser::vocabulary::{Role, RoleSet};
use crate::update::UpdateEvent;

/// An event that a clause tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) event: UpdateEvent,
    pub(crate) index: Option<u8>,
    /// Tokens of the clause.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The number of the clause in the post.
    pub(crate) clause: usize,
    /// The clause says what state the signal is in, behind a label.
    pub(crate) status: bool,
    /// The clause says so with a tick or a gain, and without a price: it stands for itself.
    pub(crate) result: bool,
    pub(crate) rule: &'static str,
}

/// What can end a clause, and what tells something without being a word.
const TELLING: KindSet =
    KindSet::of(&[Kind::Line, Kind::Emoji(Emoji::Tick), Kind::Emoji(Emoji::Cross), Kind::Emoji(Emoji::Stop)])
        .and(KindSet::marks(b";!|.,?%"));

/// Reads the events of every clause, and hears the tone of the whole.
pub(crate) fn read(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], out: &mut Vec<Event>) -> Tone {
    out.clear();
    let mut tone = Tone::default();
    let list = &tokens.list;
    let (mut first, mut clause) = (0, 0);
    let (mut roles, mut words, mut symbol) = (RoleSet::default(), false, false);
    for at in 0..=list.len() {
        let told = list.get(at).filter(|token| !(token.is_in(TELLING) && ends_clause(list, at)));
        if let Some(token) = told {
            // Only words play a role.
            roles.add(token.role);
            symbol |= is_symbol[at];
            let word = token.kind == Kind::Word;
            words |= word;
            tone.words += u16::from(word);
            if TONES.has(token.role) && !is_symbol[at] {
                tone.hear(at, token.role);
            }
            if !token.is_in(TELLING) {
                continue;
            }
            match token.kind {
                // "SL: ???" asks nothing.
                Kind::Mark(b'?') => tone.question += u16::from(at > 0 && !matches!(list[at - 1].kind, Kind::Mark(_))),
                Kind::Mark(b'%') => tone.percents += 1,
                Kind::Emoji(emoji @ (Emoji::Tick | Emoji::Cross | Emoji::Stop)) => {
                    tone.ticks += u16::from(emoji == Emoji::Tick);
                    words = true;
                    // A tick may tell an event by itself.
                    roles.add(Role::Hit);
                }
                _ => {}
            }
            continue;
        }
        if words {
            if may_tell(roles, symbol)
                && let Some(mut event) = read_clause(tokens, numbers, is_symbol, first, at)
            {
                event.clause = clause;
                out.push(event);
            }
            clause += 1;
        }
        first = at + 1;
        (roles, words, symbol) = (RoleSet::default(), false, false);
    }
    tone
}

/// A clause ends with its line, or its sentence.
fn ends_clause(list: &[Token], at: usize) -> bool {
    match list[at].kind {
        Kind::Line | Kind::Mark(b';' | b'!' | b'|') => true,
        // A full stop between words; not the point of "T.P" or a number.
        Kind::Mark(b'.') => list.get(at + 1).is_none_or(|t| !t.glued || t.kind == Kind::Line),
        Kind::Mark(b',') if list.get(at + 1).is_some_and(|t| t.kind == Kind::Word && !t.latin && t.glued) => true,
        Kind::Mark(b',') => list.get(at + 1).is_some_and(|t| {
            t.kind == Kind::Word
                && matches!(
                    t.role,
                    Role::Stop
                        | Role::Entry
                        | Role::Move
                        | Role::Close
                        | Role::Closed
                        | Role::Hold
                        | Role::Cancel
                        | Role::Partial
                        | Role::Book
                        | Role::If
                        | Role::Not
                )
        }),
        _ => false,
    }
}

fn read_clause(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], first: usize, end: usize) -> Option<Event> {
    let list = &tokens.list;
    let waits = list[first..end].iter().position(|t| t.kind == Kind::Emoji(Emoji::Hourglass));
    let ticked = waits.and_then(|at| list[first..first + at].iter().rposition(|t| t.kind == Kind::Emoji(Emoji::Tick)));
    // "Target 1 ✅ Target 2 ⏳": what is behind the last tick is awaited.
    let end = ticked.map_or(end, |at| first + at + 1);
    let clause = Clause::read(tokens, is_symbol, first, end);
    let (event, rule) = clause.event(|| index_of(tokens, numbers, first, end, UpdateEvent::TargetHit).is_some())?;
    let index = index_of(tokens, numbers, first, end, event);
    Some(Event {
        event,
        index,
        first,
        last: end - 1,
        clause: 0,
        status: clause.roles.has(Role::Status),
        result: clause.is_result(),
        rule,
    })
}

/// The highest number that a clause counts a target or an entry by.
fn index_of(tokens: &Tokens, numbers: &[Number], first: usize, end: usize, event: UpdateEvent) -> Option<u8> {
    if !matches!(event, UpdateEvent::TargetHit | UpdateEvent::EntryFilled | UpdateEvent::AllTargets) {
        return None;
    }
    let wanted = if event == UpdateEvent::EntryFilled { Role::Entry } else { Role::Target };
    let counts = |at: usize| {
        let list = &tokens.list;
        let wanted_role = |role: Role| role == wanted || wanted == Role::Target && role == Role::Close;
        let before = list[first..at].iter().rev().take(3).any(|t| {
            wanted_role(t.role) || t.role == Role::And || matches!(t.kind, Kind::Mark(b'-' | b'/' | b',' | b'+'))
        });
        let after = list[at + 1..end.min(at + 4)].iter().any(|t| t.role == wanted);
        before || after
    };
    let from = numbers.partition_point(|n| n.token < first);
    let written = numbers[from..]
        .iter()
        .take_while(|n| n.token < end)
        .filter(|n| (n.unit == Unit::Index || n.small && n.unit == Unit::Price) && counts(n.token))
        .filter(|n| n.token == 0 || tokens.list[n.token - 1].role != Role::Leverage)
        .filter_map(|n| u8::try_from(n.value.trunc().mantissa()).ok());
    let tokens_in = &tokens.list[first..end];
    let ordinals = tokens_in
        .iter()
        .enumerate()
        .filter(|(offset, t)| t.kind == Kind::Index || t.role == Role::Ordinal && counts(first + offset))
        .filter_map(|(_, t)| u8::try_from(t.value).ok());
    written.chain(ordinals).filter(|&n| n > 0 && n <= 30).max()
}

/// Of several events the one that the post is about.
pub(crate) fn leading(events: &[Event]) -> Option<Event> {
    let rank = |event: &Event| match event.event {
        UpdateEvent::StopHit => 0,
        UpdateEvent::AllTargets => 1,
        UpdateEvent::TargetHit => 2,
        UpdateEvent::Cancelled => 3,
        UpdateEvent::Closed => 4,
        UpdateEvent::EntryFilled => 5,
        UpdateEvent::Breakeven => 6,
        UpdateEvent::Other => 7,
    };
    let mut best = *events.iter().min_by_key(|event| (rank(event), event.clause))?;
    if best.event == UpdateEvent::TargetHit {
        let highest = events.iter().filter(|e| e.event == UpdateEvent::TargetHit).filter_map(|e| e.index).max();
        best.index = highest.or(best.index);
        if events.iter().any(|e| e.rule == "all_done") {
            best.event = UpdateEvent::AllTargets;
        }
        // "Target achieved before entering": no trade was had.
        if let Some(cancelled) = events.iter().find(|e| e.event == UpdateEvent::Cancelled) {
            return Some(*cancelled);
        }
    }
    Some(best)
}
