//! What a post says happened, or is to be done, to an earlier signal.
//!
//! A post is read clause by clause: an event needs its object and its verb in one clause (`TP1` … `hit`, `SL` …
//! `to entry`), and a clause with a condition (`after TP1 hit, move …`) tells no event.

use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::{Number, Unit};
use crate::parser::vocabulary::Role;
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
    pub(crate) rule: &'static str,
}

/// What a post's words say besides fields and events.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tone {
    pub(crate) words: u16,
    pub(crate) analysis: u16,
    pub(crate) alert: u16,
    pub(crate) advert: u16,
    pub(crate) recap: u16,
    pub(crate) lesson: u16,
    pub(crate) refused: u16,
    pub(crate) side_talk: u16,
    pub(crate) profit: u16,
    pub(crate) question: u16,
    pub(crate) signal: u16,
    pub(crate) enter: u16,
    pub(crate) condition: u16,
    pub(crate) percents: u16,
    pub(crate) first_alert: Option<usize>,
    pub(crate) first_advert: Option<usize>,
    pub(crate) first_recap: Option<usize>,
    pub(crate) first_analysis: Option<usize>,
    pub(crate) first_lesson: Option<usize>,
    pub(crate) first_refused: Option<usize>,
}

/// Counts the words that set the tone.
pub(crate) fn tone(tokens: &Tokens, numbers: &[Number]) -> Tone {
    let mut tone = Tone::default();
    for (at, token) in tokens.list.iter().enumerate() {
        match token.kind {
            Kind::Word => tone.words += 1,
            Kind::Mark(b'?') => tone.question += 1,
            _ => continue,
        }
        let (count, first) = match token.role {
            Role::Analysis => (&mut tone.analysis, &mut tone.first_analysis),
            Role::Alert => (&mut tone.alert, &mut tone.first_alert),
            Role::Advert => (&mut tone.advert, &mut tone.first_advert),
            Role::Recap => (&mut tone.recap, &mut tone.first_recap),
            Role::Lesson => (&mut tone.lesson, &mut tone.first_lesson),
            Role::Refused => (&mut tone.refused, &mut tone.first_refused),
            Role::SideTalk => {
                tone.side_talk += 1;
                continue;
            }
            Role::Profit => {
                tone.profit += 1;
                continue;
            }
            Role::Signal => {
                tone.signal += 1;
                continue;
            }
            Role::Enter => {
                tone.enter += 1;
                continue;
            }
            Role::If => {
                tone.condition += 1;
                continue;
            }
            _ => continue,
        };
        *count += 1;
        first.get_or_insert(at);
    }
    tone.percents = u16::try_from(numbers.iter().filter(|n| n.unit == Unit::Percent).count()).unwrap_or(u16::MAX);
    tone
}

/// The roles of a clause as a set.
#[derive(Clone, Copy, Default)]
struct Roles(u128);

impl Roles {
    fn add(&mut self, role: Role) {
        self.0 |= 1 << (role as u8);
    }

    fn has(self, role: Role) -> bool {
        self.0 & (1 << (role as u8)) != 0
    }

    fn any(self, roles: &[Role]) -> bool {
        roles.iter().any(|&role| self.has(role))
    }
}

/// Reads the events of every clause.
pub(crate) fn read(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], out: &mut Vec<Event>) {
    out.clear();
    let list = &tokens.list;
    let (mut first, mut clause) = (0, 0);
    for at in 0..=list.len() {
        if at < list.len() && !ends_clause(list, at) {
            continue;
        }
        if at > first {
            let words = list[first..at].iter().any(|t| t.kind == Kind::Word || matches!(t.kind, Kind::Emoji(Emoji::Tick | Emoji::Cross)));
            if words {
                if let Some(mut event) = read_clause(tokens, numbers, is_symbol, first, at) {
                    event.clause = clause;
                    out.push(event);
                }
                clause += 1;
            }
        }
        first = at + 1;
    }
}

/// A clause ends with its line, or its sentence.
fn ends_clause(list: &[Token], at: usize) -> bool {
    match list[at].kind {
        Kind::Line | Kind::Mark(b';' | b'!' | b'|') => true,
        // A full stop between words; not the point of "T.P" or a number.
        Kind::Mark(b'.') => list.get(at + 1).is_none_or(|t| !t.glued || t.kind == Kind::Line),
        Kind::Mark(b',') => {
            let rest = list[at + 1..].iter().take(8).take_while(|t| t.kind != Kind::Line);
            rest.clone().any(|t| matches!(t.role, Role::Move | Role::Close | Role::Closed | Role::Hold | Role::Cancel)) && list.get(at + 1).is_some_and(|t| t.kind == Kind::Word)
        }
        _ => false,
    }
}

fn read_clause(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], first: usize, end: usize) -> Option<Event> {
    let list = &tokens.list[first..end];
    let mut roles = Roles::default();
    let (mut ticks, mut crosses, mut waits) = (0, 0, 0);
    for (offset, token) in list.iter().enumerate() {
        match token.kind {
            Kind::Word if !is_symbol.get(first + offset).copied().unwrap_or(false) => roles.add(token.role),
            Kind::Emoji(Emoji::Tick) => ticks += 1,
            Kind::Emoji(Emoji::Cross) => crosses += 1,
            Kind::Emoji(Emoji::Hourglass) => waits += 1,
            _ => {}
        }
    }
    let hit = roles.any(&[Role::Hit, Role::Done]);
    let stop = roles.has(Role::Stop);
    let target = roles.has(Role::Target);
    let conditional = roles.any(&[Role::If, Role::Not]) && !roles.any(&[Role::StoppedOut, Role::Cancel]) && !after_event(list);
    let event = |event: UpdateEvent, rule: &'static str| {
        Some(Event { event, index: index_of(tokens, numbers, first, end, event), first, last: end - 1, clause: 0, status: roles.has(Role::Status), rule })
    };
    if conditional || waits > 0 {
        return None;
    }
    let nothing = roles.has(Role::No);
    if roles.has(Role::StoppedOut) {
        return event(UpdateEvent::StopHit, "stopped_out");
    }
    if roles.has(Role::Cancel) && !roles.has(Role::Lesson) {
        return event(UpdateEvent::Cancelled, "cancel");
    }
    if target && (hit || roles.has(Role::Filled)) && !nothing {
        if roles.has(Role::All) && !has_index(tokens, numbers, first, end) {
            return event(UpdateEvent::AllTargets, "all_targets");
        }
        return event(UpdateEvent::TargetHit, "target_hit");
    }
    if stop && roles.any(&[Role::Hit, Role::Filled]) && !nothing && !roles.any(&[Role::Breakeven, Role::Move]) {
        return event(UpdateEvent::StopHit, "stop_hit");
    }
    if roles.has(Role::Breakeven) || roles.has(Role::BreakevenShort) && (stop || roles.any(&[Role::Move, Role::Hit, Role::Book])) {
        return event(UpdateEvent::Breakeven, "breakeven");
    }
    if stop && roles.has(Role::Entry) && roles.has(Role::Move) {
        return event(UpdateEvent::Breakeven, "stop_to_entry");
    }
    if target && roles.any(&[Role::Book, Role::Closed]) && has_index(tokens, numbers, first, end) {
        return event(UpdateEvent::TargetHit, "booked_target");
    }
    if roles.has(Role::Closed) {
        let event_kind = if roles.has(Role::Partial) { UpdateEvent::Other } else { UpdateEvent::Closed };
        return event(event_kind, "closed");
    }
    if roles.has(Role::Filled) || roles.has(Role::Entry) && hit && !stop {
        return event(UpdateEvent::EntryFilled, "entry_filled");
    }
    if roles.has(Role::Close) {
        let event_kind = if roles.has(Role::Partial) { UpdateEvent::Other } else { UpdateEvent::Closed };
        return event(event_kind, "close");
    }
    if roles.has(Role::Move) && (stop || target || roles.has(Role::Entry)) {
        return event(UpdateEvent::Other, "moved");
    }
    if roles.any(&[Role::Partial, Role::Book]) && roles.any(&[Role::Profit, Role::Book, Role::Position, Role::Target, Role::Close]) {
        return event(UpdateEvent::Other, "partial");
    }
    if target && ticks > 0 && !stop {
        let event_kind = if roles.has(Role::All) && !has_index(tokens, numbers, first, end) { UpdateEvent::AllTargets } else { UpdateEvent::TargetHit };
        return event(event_kind, "ticked_target");
    }
    if stop && (ticks > 0 || crosses > 0) && list.len() <= 4 && !list.iter().any(|t| t.kind == Kind::Number) {
        return event(UpdateEvent::StopHit, "crossed_stop");
    }
    if roles.has(Role::Hold) {
        return event(UpdateEvent::Other, "hold");
    }
    None
}

/// "after hitting stop", "after taking profit": the condition word tells what came before, not what is to come.
fn after_event(list: &[Token]) -> bool {
    list.iter().any(|t| matches!(t.role, Role::Closed | Role::Cancel | Role::StoppedOut))
}

fn has_index(tokens: &Tokens, numbers: &[Number], first: usize, end: usize) -> bool {
    index_of(tokens, numbers, first, end, UpdateEvent::TargetHit).is_some()
}

/// The highest number that a clause counts a target or an entry by.
fn index_of(tokens: &Tokens, numbers: &[Number], first: usize, end: usize, event: UpdateEvent) -> Option<u8> {
    if !matches!(event, UpdateEvent::TargetHit | UpdateEvent::EntryFilled | UpdateEvent::AllTargets) {
        return None;
    }
    let wanted = if event == UpdateEvent::EntryFilled { Role::Entry } else { Role::Target };
    let counts = |at: usize| {
        let list = &tokens.list;
        let before = list[first..at].iter().rev().take(3).any(|t| t.role == wanted || t.role == Role::And || matches!(t.kind, Kind::Mark(b'-' | b'/' | b',' | b'+')));
        let after = list[at + 1..end.min(at + 4)].iter().any(|t| t.role == wanted);
        before || after
    };
    let from = numbers.partition_point(|n| n.token < first);
    let written = numbers[from..]
        .iter()
        .take_while(|n| n.token < end)
        .filter(|n| (n.unit == Unit::Index || n.small && n.unit == Unit::Price) && counts(n.token))
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
        // "Target achieved before entering": no trade was had.
        if let Some(cancelled) = events.iter().find(|e| e.event == UpdateEvent::Cancelled) {
            return Some(*cancelled);
        }
    }
    Some(best)
}
