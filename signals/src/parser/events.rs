//! What a post says happened, or is to be done, to an earlier signal.
//!
//! A post is read clause by clause: an event needs its object and its verb in one clause (`TP1` … `hit`, `SL` …
//! `to entry`), and a clause with a condition (`after TP1 hit, move …`) tells no event.

use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, Token, Tokens};
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
    pub(crate) enter: u16,
    pub(crate) condition: u16,
    pub(crate) ticks: u16,
    pub(crate) percents: u16,
    pub(crate) again: u16,
    pub(crate) first_alert: Option<usize>,
    pub(crate) first_advert: Option<usize>,
    pub(crate) first_recap: Option<usize>,
    pub(crate) first_analysis: Option<usize>,
    pub(crate) first_lesson: Option<usize>,
    pub(crate) first_refused: Option<usize>,
}

impl Tone {
    /// Counts a word.
    fn hear(&mut self, at: usize, role: Role) {
        let (count, first) = match role {
            Role::Analysis => (&mut self.analysis, &mut self.first_analysis),
            Role::Alert => (&mut self.alert, &mut self.first_alert),
            Role::Advert => (&mut self.advert, &mut self.first_advert),
            Role::Recap => (&mut self.recap, &mut self.first_recap),
            Role::Lesson => (&mut self.lesson, &mut self.first_lesson),
            Role::Refused => (&mut self.refused, &mut self.first_refused),
            Role::SideTalk => return self.side_talk += 1,
            Role::Profit => return self.profit += 1,
            Role::Enter => return self.enter += 1,
            Role::Again => return self.again += 1,
            Role::If | Role::Will => return self.condition += 1,
            _ => return,
        };
        *count += 1;
        first.get_or_insert(at);
    }
}

/// The roles that set the tone; other words are only counted.
const TONES: [Role; 12] = [
    Role::Again,
    Role::Analysis,
    Role::Alert,
    Role::Advert,
    Role::Recap,
    Role::Lesson,
    Role::Refused,
    Role::SideTalk,
    Role::Profit,
    Role::Enter,
    Role::If,
    Role::Will,
];

/// Reads the events of every clause, and hears the tone of the whole.
pub(crate) fn read(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], out: &mut Vec<Event>) -> Tone {
    out.clear();
    let mut tone = Tone::default();
    let toned = RoleSet::of(&TONES);
    let list = &tokens.list;
    let (mut first, mut clause) = (0, 0);
    let (mut roles, mut words, mut symbol) = (RoleSet::default(), false, false);
    for at in 0..=list.len() {
        if at < list.len() && !ends_clause(list, at) {
            let token = &list[at];
            symbol |= is_symbol[at];
            match token.kind {
                Kind::Word => {
                    words = true;
                    roles.add(token.role);
                    tone.words += 1;
                    if toned.has(token.role) && !is_symbol[at] {
                        tone.hear(at, token.role);
                    }
                }
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
            let eventful = roles.any(&EVENTFUL) || symbol && roles.has(Role::Target);
            if eventful && let Some(mut event) = read_clause(tokens, numbers, is_symbol, first, at) {
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
                    Role::Stop | Role::Entry | Role::Move | Role::Close | Role::Closed | Role::Hold | Role::Cancel | Role::Partial | Role::Book | Role::If | Role::Not
                )
        }),
        _ => false,
    }
}

fn read_clause(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], first: usize, end: usize) -> Option<Event> {
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

/// The roles without which a clause tells no event.
const EVENTFUL: [Role; 14] = [
    Role::StoppedOut,
    Role::Cancel,
    Role::Hit,
    Role::Filled,
    Role::Breakeven,
    Role::BreakevenShort,
    Role::Move,
    Role::Book,
    Role::Closed,
    Role::Done,
    Role::Close,
    Role::Partial,
    Role::Hold,
    Role::Stop,
];

/// A clause as its roles, and where each first stands.
struct Clause<'a> {
    list: &'a [Token],
    roles: RoleSet,
    symbol: bool,
    percent: bool,
    /// Tokens without those of the symbol.
    length: usize,
    ticks: u8,
    crosses: u8,
    waits: u8,
}

impl<'a> Clause<'a> {
    fn read(tokens: &'a Tokens, is_symbol: &[bool], first: usize, end: usize) -> Self {
        let list = &tokens.list[first..end];
        let mut clause = Self {
            list,
            roles: RoleSet::default(),
            symbol: false,
            percent: false,
            length: 0,
            ticks: 0,
            crosses: 0,
            waits: 0,
        };
        let mut symbol_tokens = 0;
        for (offset, token) in list.iter().enumerate() {
            match token.kind {
                _ if is_symbol.get(first + offset).copied().unwrap_or(false) => {
                    clause.symbol = true;
                    symbol_tokens += 1;
                }
                Kind::Word => clause.roles.add(token.role),
                Kind::Emoji(Emoji::Tick) => clause.ticks = clause.ticks.saturating_add(1),
                Kind::Emoji(Emoji::Cross | Emoji::Stop) => clause.crosses = clause.crosses.saturating_add(1),
                Kind::Mark(b'%') => clause.percent = true,
                Kind::Emoji(Emoji::Hourglass) => clause.waits = clause.waits.saturating_add(1),
                _ => {}
            }
        }
        clause.length = list.len() - symbol_tokens;
        clause
    }

    /// A tick, a percentage or points stand behind a verb.
    fn is_result(&self) -> bool {
        (self.ticks > 0 || self.percent || self.roles.has(Role::Points))
            && self.roles.any(&[Role::Hit, Role::StoppedOut, Role::Closed])
    }

    fn position(&self, roles: &[Role]) -> Option<usize> {
        self.list.iter().position(|t| roles.contains(&t.role))
    }

    /// One of these words stands here, and no condition or denial before it.
    fn told(&self, roles: &[Role]) -> bool {
        if !self.roles.any(roles) {
            return false;
        }
        // "TP1 hit → reduce": what an arrow follows is a condition.
        let arrow =
            self.list.iter().skip(1).any(|t| t.kind == Kind::Mark(b'>')) && self.roles.any(&[Role::Target, Role::Stop]);
        if arrow {
            return false;
        }
        if !self.roles.any(&[Role::If, Role::Not]) {
            return true;
        }
        let doubt = self.position(&[Role::If, Role::Not]);
        self.position(roles).is_some_and(|at| doubt.is_none_or(|doubt| doubt > at))
    }

    /// As [`Self::told`], and not merely foreseen.
    fn happened(&self, roles: &[Role]) -> bool {
        if !self.told(roles) {
            return false;
        }
        if !self.roles.has(Role::Will) {
            return true;
        }
        let will = self.position(&[Role::Will]);
        self.position(roles).is_some_and(|at| will.is_none_or(|will| will > at))
    }

    /// An object and its verb stand near each other.
    fn near(&self, object: Role, verbs: &[Role], reach: usize) -> bool {
        if !self.roles.has(object) || !self.roles.any(verbs) {
            return false;
        }
        let positions = |wanted: &dyn Fn(Role) -> bool| -> [Option<usize>; 4] {
            let mut found = [None; 4];
            for (slot, at) in found.iter_mut().zip((0..self.list.len()).filter(|&i| wanted(self.list[i].role))) {
                *slot = Some(at);
            }
            found
        };
        let objects = positions(&|role| role == object);
        let acts = positions(&|role| verbs.contains(&role));
        objects.iter().flatten().any(|&a| acts.iter().flatten().any(|&b| a.abs_diff(b) <= reach))
    }

    /// The event that this clause tells, and the rule that found it.
    fn event(&self, has_index: impl Fn() -> bool) -> Option<(UpdateEvent, &'static str)> {
        let roles = self.roles;
        if self.ticks == 0 && !roles.any(&EVENTFUL) && !(self.symbol && roles.any(&[Role::Stop, Role::Target])) {
            return None;
        }
        let (stop, target) = (roles.has(Role::Stop), roles.has(Role::Target));
        let nothing = roles.has(Role::No);
        let all = roles.has(Role::All) && self.near(Role::All, &[Role::Target, Role::Hit], 4) && !has_index();
        if self.waits > 0 {
            return None;
        }
        if self.happened(&[Role::StoppedOut]) {
            return Some((UpdateEvent::StopHit, "stopped_out"));
        }
        if self.told(&[Role::Cancel]) && !roles.has(Role::Lesson) {
            return Some((UpdateEvent::Cancelled, "cancel"));
        }
        if target
            && !nothing
            && self.happened(&[Role::Hit, Role::Filled])
            && self.near(Role::Target, &[Role::Hit, Role::Filled], 7)
        {
            return Some(if all {
                (UpdateEvent::AllTargets, "all_targets")
            } else {
                (UpdateEvent::TargetHit, "target_hit")
            });
        }
        // "SL → 1.842 (entry)"
        if stop && !target && roles.has(Role::Entry) && self.list.iter().any(|t| t.kind == Kind::Mark(b'>')) {
            return Some((UpdateEvent::Breakeven, "stop_to_entry"));
        }
        // "in the trade, stop 0.0172": a stop with its price behind the verb is a level.
        let priced = self.position(&[Role::Stop]).is_some_and(|at| {
            let behind = self.list[at + 1..].iter().take(3).position(|t| t.kind == Kind::Number);
            let number = behind.is_some_and(|i| self.list.get(at + i + 2).is_none_or(|t| t.kind != Kind::Mark(b'%')));
            number && self.position(&[Role::Hit, Role::Filled]).is_some_and(|verb| verb < at)
        });
        let stop_moves = priced || roles.any(&[Role::Breakeven, Role::Move]);
        if stop
            && !nothing
            && !stop_moves
            && self.happened(&[Role::Hit, Role::Filled])
            && self.near(Role::Stop, &[Role::Hit, Role::Filled], 7)
        {
            return Some((UpdateEvent::StopHit, "stop_hit"));
        }
        if self.told(&[Role::Breakeven])
            || self.told(&[Role::BreakevenShort]) && (stop || roles.any(&[Role::Move, Role::Hit, Role::Book]))
        {
            return Some((UpdateEvent::Breakeven, "breakeven"));
        }
        if stop
            && !target
            && roles.has(Role::Entry)
            && self.length <= 6
            && self.told(&[Role::Entry])
            && !self.list.iter().any(|t| matches!(t.kind, Kind::Number | Kind::Mark(b':' | b'|')))
        {
            return Some((UpdateEvent::Breakeven, "stop_at_entry"));
        }
        if stop
            && roles.has(Role::Entry)
            && self.told(&[Role::Move])
            && !self.list.iter().any(|t| t.kind == Kind::Number)
        {
            return Some((UpdateEvent::Breakeven, "stop_to_entry"));
        }
        if target && has_index() && self.happened(&[Role::Book, Role::Closed, Role::Done]) {
            return Some((UpdateEvent::TargetHit, "booked_target"));
        }
        let level = stop && self.list.iter().any(|t| t.kind == Kind::Number);
        if roles.has(Role::Close) && has_index() && self.happened(&[Role::Hit, Role::Filled]) {
            return Some((UpdateEvent::TargetHit, "exit_hit"));
        }
        if self.happened(&[Role::Closed]) && !level {
            let event = if roles.has(Role::Partial) { UpdateEvent::Other } else { UpdateEvent::Closed };
            return Some((event, "closed"));
        }
        let entered = roles.has(Role::Entry) && self.near(Role::Entry, &[Role::Hit], 7) && self.happened(&[Role::Hit]);
        if self.happened(&[Role::Filled]) || entered && !stop {
            return Some((UpdateEvent::EntryFilled, "entry_filled"));
        }
        let level = stop && self.list.iter().any(|t| t.kind == Kind::Number);
        let sided = roles.any(&[Role::Long, Role::Short, Role::Limit, Role::Buy, Role::Sell]) && !target && !stop;
        if sided && self.symbol && self.happened(&[Role::Hit]) && self.length <= 10 {
            return Some((UpdateEvent::EntryFilled, "side_hit"));
        }
        let tick = self.list.iter().rposition(|t| t.kind == Kind::Emoji(Emoji::Tick));
        if tick > self.position(&[Role::Entry]) && roles.has(Role::Entry) && !stop && !target {
            return Some((UpdateEvent::EntryFilled, "ticked_entry"));
        }
        let labels = self.position(&[Role::Close]).is_some_and(|at| self.list.get(at + 1).is_some_and(|t| t.kind == Kind::Mark(b':')));
        if !labels && self.told(&[Role::Close]) && !self.words_of_a_candle() && !level {
            let event = if roles.has(Role::Partial) { UpdateEvent::Other } else { UpdateEvent::Closed };
            return Some((event, "close"));
        }
        // "移损": the word names the stop by itself.
        let moved = self.list.iter().any(|t| t.role == Role::Move && (t.phrase || t.value == 1));
        if self.told(&[Role::Move]) && (stop || target || moved || roles.has(Role::Entry)) {
            return Some((UpdateEvent::Other, "moved"));
        }
        let act = roles.any(&[Role::Profit, Role::Book, Role::Position, Role::Target, Role::Close]);
        if self.told(&[Role::Partial, Role::Book]) && (act || self.percent || self.symbol || self.length <= 8) {
            return Some((UpdateEvent::Other, "partial"));
        }
        if target && self.ticks > 0 && !stop {
            return Some((if all { UpdateEvent::AllTargets } else { UpdateEvent::TargetHit }, "ticked_target"));
        }
        let short = self.length <= 4 && !self.list.iter().any(|t| t.kind == Kind::Number);
        if stop && short && (self.ticks > 0 || self.crosses > 0) {
            return Some((UpdateEvent::StopHit, "crossed_stop"));
        }
        if stop && short && self.symbol && self.length <= 2 {
            return Some((UpdateEvent::Closed, "stop_symbol"));
        }
        if target && short && self.symbol && roles.any(&[Role::Long, Role::Short]) {
            return Some((UpdateEvent::TargetHit, "symbol_side_target"));
        }
        // "Reason: stop loss"
        if roles.has(Role::Status) && stop && !target && self.length <= 5 && !self.list.iter().any(|t| t.kind == Kind::Number) {
            return Some((UpdateEvent::StopHit, "status_stop"));
        }
        // "All done": of the targets, if the post tells of any.
        if roles.has(Role::All) && self.happened(&[Role::Hit, Role::Done]) && self.length <= 8 {
            return Some((UpdateEvent::Other, "all_done"));
        }
        if self.told(&[Role::Hold]) {
            return Some((UpdateEvent::Other, "hold"));
        }
        None
    }

    /// "daily close", "H4 close below": the close of a candle, not of a position.
    fn words_of_a_candle(&self) -> bool {
        self.list.iter().enumerate().any(|(at, t)| {
            t.role == Role::Close
                && (at > 0 && matches!(self.list[at - 1].role, Role::Time | Role::Analysis)
                    || self.list.get(at + 1).is_some_and(|t| matches!(t.role, Role::Above | Role::Below | Role::Time)))
        }) || self.roles.has(Role::Stop) && self.roles.any(&[Role::Above, Role::Below, Role::Time])
    }
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
