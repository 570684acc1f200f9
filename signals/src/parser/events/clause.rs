//! Which event one clause tells.
//!
//! The rules stand in the order in which they win: what was stopped out was not merely closed. A word counts only
//! before any condition or denial of the clause.

use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::vocabulary::{Role, RoleSet};
use crate::update::UpdateEvent;

/// The roles that may tell an event by themselves.
const EVENTFUL: RoleSet = RoleSet::of(&[
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
]);

/// Whether a clause with these roles, and a tick or cross of it counted as [`Role::Hit`], can tell an event. Most
/// clauses with a stop give its price: a stop tells one only beside the symbol, the entry or a status.
pub(super) fn may_tell(roles: RoleSet, symbol: bool) -> bool {
    roles.meets(EVENTFUL)
        || roles.has(Role::Stop) && (symbol || roles.any(&[Role::Entry, Role::Status]))
        || roles.has(Role::Target) && symbol
}

/// A clause as its roles, and where each first stands.
pub(super) struct Clause<'a> {
    list: &'a [Token],
    pub(super) roles: RoleSet,
    symbol: bool,
    percent: bool,
    /// Tokens without those of the symbol.
    length: usize,
    ticks: u8,
    crosses: u8,
    waits: u8,
}

impl<'a> Clause<'a> {
    pub(super) fn read(tokens: &'a Tokens, is_symbol: &[bool], first: usize, end: usize) -> Self {
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
    pub(super) fn is_result(&self) -> bool {
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
    pub(super) fn event(&self, has_index: impl Fn() -> bool) -> Option<(UpdateEvent, &'static str)> {
        let roles = self.roles;
        let (stop, target) = (roles.has(Role::Stop), roles.has(Role::Target));
        let nothing = roles.has(Role::No);
        // "All 3 targets": the number counts all of them.
        let all = self.near(Role::All, &[Role::Target], 2)
            || roles.has(Role::All) && self.near(Role::All, &[Role::Target, Role::Hit], 4) && !has_index();
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
        // "ADA closed all targets": what closes all of them reached them.
        let closes_all = self.list.windows(3).any(|three| {
            three[0].role == Role::Closed
                && three[1].role == Role::All
                && (three[2].role == Role::Target || three[2].kind == Kind::Number)
        });
        if target && all && !nothing && closes_all && self.happened(&[Role::Closed]) {
            return Some((UpdateEvent::AllTargets, "all_targets"));
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
        if sided && self.symbol && self.happened(&[Role::Hit]) && self.length <= 14 {
            return Some((UpdateEvent::EntryFilled, "side_hit"));
        }
        let tick = self.list.iter().rposition(|t| t.kind == Kind::Emoji(Emoji::Tick));
        if tick > self.position(&[Role::Entry]) && roles.has(Role::Entry) && !stop && !target {
            return Some((UpdateEvent::EntryFilled, "ticked_entry"));
        }
        let labels = self
            .position(&[Role::Close])
            .is_some_and(|at| self.list.get(at + 1).is_some_and(|t| t.kind == Kind::Mark(b':')));
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
        let words = self.list.iter().filter(|t| t.kind == Kind::Word).count();
        let labels = self.list.iter().any(|t| t.kind == Kind::Mark(b':'));
        if stop && short && self.symbol && words <= 3 && self.length <= 3 && !labels {
            return Some((UpdateEvent::StopHit, "stop_symbol"));
        }
        if target && short && self.symbol && roles.any(&[Role::Long, Role::Short]) {
            return Some((UpdateEvent::TargetHit, "symbol_side_target"));
        }
        // "Reason: stop loss"
        if roles.has(Role::Status)
            && stop
            && !target
            && self.length <= 5
            && !self.list.iter().any(|t| t.kind == Kind::Number)
        {
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
