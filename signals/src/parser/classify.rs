//! Whether a post is a new signal, news of an earlier one, or neither.
//!
//! A post with the parts of a plan (side, entry, targets or stop) is a signal unless it shows that the plan has run:
//! ticked targets, or a headline that tells an event. A post without a plan is an update if a clause tells an event,
//! and an instruction to enter is a signal even when it is two words long.

use crate::parser::Reason;
use crate::parser::events::{Event, Tone};
use crate::parser::fold::Emoji;
use crate::parser::levels::{Levels, Slot, Tick};
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::resolve::Resolved;
use crate::parser::symbols::Mention;
use crate::parser::vocabulary::Role;
use crate::side::SignalType;
use crate::update::UpdateEvent;

/// What a post is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    Signal,
    Update(Event),
    Neither(Reason, Option<usize>),
}

/// Everything that the decision looks at.
pub(crate) struct Case<'a> {
    pub(crate) tokens: &'a Tokens,
    pub(crate) mention: Option<&'a Mention>,
    pub(crate) mentions: usize,
    pub(crate) levels: &'a Levels,
    pub(crate) resolved: &'a Resolved,
    pub(crate) events: &'a [Event],
    pub(crate) tone: &'a Tone,
    pub(crate) reply: bool,
}

impl Case<'_> {
    fn has_entry(&self) -> bool {
        !self.resolved.entries.is_empty()
    }

    fn has_goal(&self) -> bool {
        !self.resolved.targets.is_empty() || self.levels.percent_targets > 0 || self.levels.open_targets > 0
    }

    fn has_stop(&self) -> bool {
        self.resolved.stop.is_some() || self.levels.percent_stop.is_some()
    }

    /// How many of entry, targets and stop the post gives.
    fn parts(&self) -> u8 {
        u8::from(self.has_entry()) + u8::from(self.has_goal()) + u8::from(self.has_stop())
    }

    /// The parts of a plan are there.
    fn is_plan(&self) -> bool {
        let sided = self.resolved.side.is_some();
        let entered = self.has_entry()
            || self.levels.market.is_some()
            || self.resolved.side.is_some_and(|(_, rule, _)| rule == "side_word" || rule == "trade_word");
        sided && entered && (self.has_goal() || self.has_stop()) && self.mention.is_some()
    }

    /// Targets marked as reached: the highest, and whether the marks tell anything.
    fn ticked(&self) -> Option<u8> {
        let targets = &self.resolved.targets;
        let marked = |mark: Tick| targets.iter().filter(|t| t.mark == mark).count();
        let (after, before, pending) = (marked(Tick::After), marked(Tick::Before), marked(Tick::Pending));
        // Ticks before every target are bullets; so are ticks before all lines alike.
        let counts = |mark: Tick| match mark {
            Tick::After => after > 0,
            Tick::Before => before > 0 && (pending > 0 || marked(Tick::None) > 0) && after == 0,
            _ => false,
        };
        let highest = targets
            .iter()
            .enumerate()
            .filter(|(_, t)| counts(t.mark))
            .map(|(i, t)| t.index.unwrap_or(u8::try_from(i + 1).unwrap_or(u8::MAX)))
            .max()?;
        Some(highest)
    }

    /// The first token of a level: what stands before it is the headline.
    fn first_level(&self) -> usize {
        self.levels.all.iter().filter(|l| !matches!(l.slot, Slot::Aside)).map(|l| l.first).min().unwrap_or(usize::MAX)
    }
}

/// Decides what a post is.
pub(crate) fn decide(case: &Case<'_>) -> Verdict {
    let tone = case.tone;
    let leading = crate::parser::events::leading(case.events);
    let neither = |reason: Reason, at: Option<usize>| Verdict::Neither(reason, at);
    if tone.words == 0 && case.tokens.list.iter().all(|t| !matches!(t.kind, Kind::Number | Kind::Word)) {
        return neither(Reason::Empty, None);
    }
    if tone.words == 0
        && let Some(event) = counted_target(case)
    {
        return Verdict::Update(event);
    }
    if let Some(at) = tone.first_refused
        && !(case.is_plan() && case.parts() == 3)
        && leading.is_none_or(|e| e.event == UpdateEvent::Other)
    {
        return neither(Reason::Refused, Some(at));
    }
    if tone.lesson > 0 && (tone.lesson > 1 || tone.first_lesson < Some(12)) && tone.words > 12 {
        return neither(Reason::Analysis, tone.first_lesson);
    }
    let headline_alert = tone.alert >= 2
        && tone.first_alert.is_some_and(|at| at < case.first_level().saturating_add(6))
        && !(case.has_entry() && case.has_goal() && case.has_stop());
    if headline_alert && (leading.is_none() || tone.alert >= 3) && !(case.is_plan() && case.parts() >= 2) {
        return neither(Reason::MarketAlert, tone.first_alert);
    }
    // "Holding the buy", and all its levels again, without a symbol.
    let held =
        case.events.iter().find(|e| e.rule == "hold" && e.clause == 0 && case.mention.is_none() && case.parts() >= 2);
    if let Some(event) = held {
        return Verdict::Update(*event);
    }
    let distinct = case.mentions >= 3 && (tone.ticks >= 2 || tone.percents >= 2) && tone.recap >= 1
        || tone.recap >= 1 && tone.advert >= 1 && !(case.is_plan() && case.parts() >= 2);
    if distinct && tone.first_recap < Some(12) {
        return neither(Reason::Recap, tone.first_recap);
    }
    // "Stopped out. Going long again: …": the plan is new.
    if tone.again > 0 && case.is_plan() && case.parts() >= 2 && case.has_stop() {
        return Verdict::Signal;
    }
    if is_reversal(case) {
        return Verdict::Signal;
    }
    if case.is_plan() {
        if let Some(verdict) = plan_that_ran(case) {
            return verdict;
        }
        if is_plan_enough(case) {
            return Verdict::Signal;
        }
    }
    if let Some(event) = leading.filter(|event| tells(case, event)) {
        return Verdict::Update(event);
    }
    bare_instruction(case)
}

/// A trade of the other side ended, and a plan follows: `long stopped out, short from 3268, stop 3302`.
fn is_reversal(case: &Case<'_>) -> bool {
    let Some((side, _, _)) = case.resolved.side.filter(|_| case.is_plan() && case.has_stop() && case.parts() >= 2)
    else {
        return false;
    };
    let list = &case.tokens.list;
    let says = |tokens: &[Token], side: SignalType| {
        tokens.iter().any(|token| match token.role {
            Role::Long => side == SignalType::Long,
            Role::Short => side == SignalType::Short,
            _ => false,
        })
    };
    case.events.iter().any(|event| {
        let clause = &list[event.first..=event.last];
        !matches!(event.event, UpdateEvent::EntryFilled | UpdateEvent::Other)
            && event.last < case.first_level()
            && says(clause, side.opposite())
            && !says(clause, side)
            && says(&list[event.last..], side)
    })
}

/// A plan whose targets are ticked, or whose headline or status tells an event.
fn plan_that_ran(case: &Case<'_>) -> Option<Verdict> {
    let first_level = case.first_level();
    let strong = |event: UpdateEvent| {
        matches!(
            event,
            UpdateEvent::TargetHit
                | UpdateEvent::StopHit
                | UpdateEvent::AllTargets
                | UpdateEvent::Closed
                | UpdateEvent::Cancelled
                | UpdateEvent::Breakeven
        )
    };
    // "ORDER FILLED" above the card of the order; a new signal says so.
    let announced = case.tone.enter > 0 || case.tokens.roles.has(Role::Signal);
    let filled = case.events.iter().find(|e| e.rule == "entry_filled" && e.clause == 0 && e.last < first_level);
    if let Some(event) = filled.filter(|_| !announced) {
        return Some(Verdict::Update(*event));
    }
    if let Some(event) = case.events.iter().find(|e| e.rule == "moved" && e.clause == 0 && e.last < first_level) {
        return Some(Verdict::Update(*event));
    }
    let headline: Vec<Event> = case
        .events
        .iter()
        .filter(|e| (e.last < first_level || e.clause == 0 || e.status) && strong(e.event))
        .copied()
        .collect();
    if let Some(status) = case.events.iter().find(|e| e.status && strong(e.event)) {
        return Some(Verdict::Update(*status));
    }
    if let Some(all) = case.events.iter().find(|e| e.event == UpdateEvent::AllTargets) {
        return Some(Verdict::Update(*all));
    }
    if let Some(index) = case.ticked() {
        if let Some(all) = case.events.iter().find(|e| e.rule == "all_done") {
            return Some(Verdict::Update(Event { event: UpdateEvent::AllTargets, index: Some(index), ..*all }));
        }
        let closed = case.events.iter().find(|e| {
            matches!(e.event, UpdateEvent::Closed | UpdateEvent::Cancelled | UpdateEvent::StopHit)
                && e.last >= first_level
                && strong(e.event)
        });
        if let Some(event) = closed {
            return Some(Verdict::Update(Event { index: Some(index), ..*event }));
        }
        let token =
            case.resolved.targets.iter().find(|t| matches!(t.mark, Tick::After | Tick::Before)).map_or(0, |t| t.first);
        return Some(Verdict::Update(Event {
            event: UpdateEvent::TargetHit,
            index: Some(index),
            first: token,
            last: token,
            clause: 0,
            status: false,
            result: true,
            rule: "ticked_target",
        }));
    }
    if case.parts() < 3 && !case.levels.entry_label {
        let managed: Vec<Event> = case
            .events
            .iter()
            .filter(|e| {
                e.event != UpdateEvent::EntryFilled
                    && !matches!(e.rule, "hold" | "close" | "stop_symbol" | "symbol_side_target")
            })
            .copied()
            .collect();
        if let Some(event) = crate::parser::events::leading(&managed) {
            return Some(Verdict::Update(event));
        }
    }
    // A card to which its result was added.
    let last_level = case
        .levels
        .all
        .iter()
        .filter(|l| l.slot == Slot::Target || l.slot == Slot::Stop)
        .map(|l| l.first)
        .max()
        .unwrap_or(0);
    let added = case.events.iter().find(|e| {
        e.result
            && e.first > last_level
            && matches!(e.event, UpdateEvent::TargetHit | UpdateEvent::StopHit | UpdateEvent::AllTargets)
    });
    if let Some(event) = added {
        return Some(Verdict::Update(*event));
    }
    let event = crate::parser::events::leading(&headline)?;
    // "Close 33660 31500": the verb labels the targets.
    if event.event == UpdateEvent::Closed
        && event.rule == "close"
        && case.resolved.targets.iter().any(|t| t.first >= event.first && t.first <= event.last)
    {
        return None;
    }
    // "BTC LONG ... TP1 110 hit SL 90" on one line is one clause: its levels are the plan.
    let one_line = event.last >= first_level && case.parts() >= 2 && case.has_entry() && !event.status;
    if one_line && matches!(event.event, UpdateEvent::Closed | UpdateEvent::Breakeven | UpdateEvent::Cancelled) {
        return None;
    }
    Some(Verdict::Update(event))
}

/// Whether a plan is an instruction rather than talk about levels.
fn is_plan_enough(case: &Case<'_>) -> bool {
    let tone = case.tone;
    let labelled = u8::from(case.resolved.entry_labelled)
        + u8::from(case.resolved.targets.iter().any(|t| t.slot != Slot::Loose) || case.levels.percent_targets > 0)
        + u8::from(case.has_stop())
        + u8::from(
            !case.resolved.entry_labelled
                && (case.levels.market.is_some() || case.levels.limit.is_some())
                && case.has_entry(),
        );
    let explicit = case.resolved.side.is_some_and(|(_, rule, _)| matches!(rule, "side_word" | "trade_word" | "spot"));
    if tone.question > 0 && labelled < 3 {
        return false;
    }
    if labelled >= 2 {
        return tone.analysis < 8 || labelled == 3 || explicit;
    }
    if tone.alert >= 2 || tone.recap >= 2 && tone.first_recap < Some(10) {
        return false;
    }
    let talk = tone.analysis + tone.side_talk + tone.condition;
    if labelled == 1 && case.has_entry() && tone.words <= 8 && talk == 0 {
        return true;
    }
    explicit && labelled == 1 && (talk <= 2 || tone.words < 25 && talk <= 3)
}

/// Whether an event of a post without a plan is told of a signal.
fn tells(case: &Case<'_>, event: &Event) -> bool {
    let tone = case.tone;
    let weak = event.event == UpdateEvent::Other;
    if event.rule == "hold" && (tone.analysis > 0 || tone.words > 24) {
        return false;
    }
    if tone.alert >= 2 || weak && (tone.alert + tone.advert + tone.recap + tone.lesson > 0) {
        return false;
    }
    if tone.recap >= 1 && case.mention.is_none() && tone.words > 3
        || tone.recap >= 2 && case.mentions >= 2
        || tone.recap >= 1 && case.mentions >= 3
        || tone.advert >= 3
    {
        return false;
    }
    let firm = matches!(event.event, UpdateEvent::TargetHit | UpdateEvent::StopHit | UpdateEvent::AllTargets);
    let doubtful = if matches!(event.event, UpdateEvent::Cancelled | UpdateEvent::Closed) { 2 } else { 1 };
    if !firm && event.clause > 0 && tone.analysis >= doubtful && tone.words > 15 {
        return false;
    }
    if tone.analysis >= 3 && tone.words > 30 {
        return false;
    }
    // A long text that says "close" somewhere is no news.
    !(tone.words > 80 && event.clause > 3 && case.mention.is_none())
        && !(weak && event.rule == "hold" && case.mention.is_none() && tone.words > 12)
}

/// "market short X", "limit long X 1.12", "LONG BTC now".
fn bare_instruction(case: &Case<'_>) -> Verdict {
    let tone = case.tone;
    let neither = |reason: Reason, at: Option<usize>| Verdict::Neither(reason, at);
    if tone.question > 0 {
        return neither(Reason::Chat, None);
    }
    if let Some(event) = fragment(case) {
        return Verdict::Update(event);
    }
    let talk = tone.analysis + tone.side_talk + tone.condition;
    let other = [
        (Reason::MarketAlert, tone.alert, tone.first_alert),
        (Reason::Advert, tone.advert, tone.first_advert),
        (Reason::Recap, tone.recap, tone.first_recap),
        (Reason::Analysis, tone.analysis + tone.lesson, tone.first_analysis.or(tone.first_lesson)),
    ];
    let loudest = other.into_iter().max_by_key(|(_, count, _)| *count).filter(|(_, count, _)| *count > 0);
    let said = |fallback: Reason| loudest.map_or(neither(fallback, None), |(reason, _, at)| neither(reason, at));
    let Some(mention) = case.mention else {
        return if case.parts() >= 2 { said(Reason::NoSymbol) } else { said(Reason::Chat) };
    };
    let Some((_, rule, _)) = case.resolved.side else {
        return if case.parts() >= 1 { said(Reason::NoSide) } else { said(Reason::Chat) };
    };
    let explicit = matches!(rule, "side_word" | "trade_word" | "spot");
    let instructs = case.levels.market.is_some()
        || case.has_entry()
        || case.levels.limit.is_some()
        || tone.enter > 0
        || case.levels.entry_label;
    let loud = tone.alert + tone.advert + tone.recap + tone.lesson + tone.profit;
    let short = tone.words <= 30;
    let terse = tone.words <= 6;
    if explicit && mention.strength >= 30 && loud == 0 && (instructs && short && talk <= 1 || terse && talk == 0) {
        return Verdict::Signal;
    }
    if explicit
        && case.levels.entry_label
        && case.resolved.entry_labelled
        && case.has_entry()
        && tone.alert + tone.recap + tone.lesson == 0
        && loud <= 1
        && talk <= 3
    {
        return Verdict::Signal;
    }
    if case.reply && explicit && short && talk == 0 && loud == 0 && instructs {
        return Verdict::Signal;
    }
    said(Reason::NoEntry)
}

/// A new stop or target without side and entry changes an earlier signal: `SL 3348`.
fn fragment(case: &Case<'_>) -> Option<Event> {
    let tone = case.tone;
    let dca = case.levels.of(Slot::Dca).next().copied();
    let changes = case.resolved.stop.is_some()
        || dca.is_some()
        || case.tokens.list.iter().any(|t| matches!(t.role, Role::Move | Role::Fresh))
        || case.mention.is_none() && tone.words <= 8 && case.levels.target_label;
    let level = case.resolved.stop.or(case.resolved.targets.first().copied()).or(dca)?;
    let plain = (tone.words <= 8 || tone.words <= 14 && case.mention.is_some())
        && tone.analysis + tone.alert + tone.advert + tone.recap + tone.lesson == 0;
    let unsided = case.resolved.side.is_none_or(|(_, rule, _)| rule == "geometry" || rule == "picture");
    // "TP 2!!": a count, not a price.
    let count = case
        .resolved
        .targets
        .first()
        .filter(|t| case.resolved.stop.is_none() && t.value.scale() == 0 && tone.words <= 3);
    if let Some(index) = count.and_then(|t| u8::try_from(t.value.mantissa()).ok()).filter(|&n| n <= 12) {
        let event = UpdateEvent::TargetHit;
        return Some(Event {
            event,
            index: Some(index),
            first: level.first,
            last: level.last,
            clause: 0,
            status: false,
            result: true,
            rule: "target_count",
        });
    }
    (changes
        && plain
        && unsided
        && (!case.has_entry() && case.levels.market.is_none() || dca.is_some() && !case.has_goal()))
    .then_some(Event {
        event: UpdateEvent::Other,
        index: None,
        first: level.first,
        last: level.last,
        clause: 0,
        status: false,
        result: false,
        rule: "level_alone",
    })
}

/// `2🎯`: a small number and a dart board, and nothing else.
fn counted_target(case: &Case<'_>) -> Option<Event> {
    let list = &case.tokens.list;
    let hit = list.iter().any(|t| matches!(t.kind, Kind::Emoji(Emoji::Target | Emoji::Tick)));
    let [at] = case.tokens.numbers[..] else { return None };
    let index = case.tokens.text(&list[at]).parse::<u8>().ok().filter(|n| (1..=12).contains(n))?;
    let percent = list.iter().any(|t| t.kind == Kind::Mark(b'%'));
    (hit && !percent && list.len() <= 6).then_some(Event {
        event: UpdateEvent::TargetHit,
        index: Some(index),
        first: at,
        last: at,
        clause: 0,
        status: false,
        result: true,
        rule: "target_count",
    })
}
