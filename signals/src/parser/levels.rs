//! Which level each number is: entry, target, stop, or none of them.
//!
//! A number belongs to the label that governs it: the one before it in its line, the heading above its list, or,
//! where the writer puts numbers first (`64000止损`, `0.06$ can be stop`), the one behind it. Numbers that no label
//! governs are kept as loose; `resolve` decides by the prices what they can be.

use std::ops::Range;

use arrayvec::ArrayVec;
use rust_decimal::Decimal;

use crate::entry::Crossing;
use crate::leverage::{Leverage, MarginMode};
use crate::parser::fold::Emoji;
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::{Number, Unit};
use crate::parser::vocabulary::Role;

/// How many levels of a post are looked at: every level is held against the others.
const MOST_LEVELS: usize = 256;

/// What governs a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Entry,
    Dca,
    Target,
    Stop,
    Leverage,
    /// The price of the moment.
    Current,
    /// A price, without saying which.
    Price,
    /// Behind "buy": the entry of a long, or the target of a short.
    Buy,
    /// Behind "sell".
    Sell,
    /// Behind "close".
    Close,
    /// Behind a word that is no known label: `Protección: 4.66`.
    Unknown,
    /// Nothing governs it.
    Loose,
    /// A number that is no level of the trade.
    Aside,
}

/// A number in its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) slot: Slot,
    pub(crate) value: Decimal,
    /// Tokens of the number.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The number of the target or entry, where written.
    pub(crate) index: Option<u8>,
    pub(crate) mark: Tick,
    pub(crate) rule: &'static str,
    /// The line that it stands in.
    pub(crate) line: u32,
    /// How closely its clause is about entering: 2 with a side, a limit or the market, 1 with the symbol alone.
    pub(crate) anchor: u8,
}

/// Whether a level is marked as reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tick {
    None,
    /// A tick before it: reached, or a bullet.
    Before,
    /// A tick or a word behind it: reached.
    After,
    /// Marked as not yet reached.
    Pending,
    /// Another picture stands before it.
    Bullet,
}

/// Everything that a segment of a post says about levels.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    pub(crate) all: Vec<Level>,
    /// A target was given in percent, or as open.
    pub(crate) percent_targets: usize,
    pub(crate) open_targets: usize,
    pub(crate) percent_stop: Option<(Decimal, usize)>,
    pub(crate) leverage: Option<(Leverage, Range<usize>)>,
    pub(crate) margin: Option<(MarginMode, usize)>,
    /// The word that says "at market".
    pub(crate) market: Option<usize>,
    pub(crate) spot: bool,
    /// The post says that it has no stop.
    pub(crate) no_stop: bool,
    pub(crate) zone: bool,
    pub(crate) crossing: Option<Crossing>,
    /// Labels seen, with or without numbers.
    pub(crate) entry_label: bool,
    pub(crate) target_label: bool,
    pub(crate) stop_label: bool,
    pub(crate) limit: Option<usize>,
}

impl Levels {
    /// The levels of a slot, in the order of the post.
    pub(crate) fn of(&self, slot: Slot) -> impl Iterator<Item = &Level> + Clone {
        self.all.iter().filter(move |level| level.slot == slot)
    }

    pub(crate) fn count(&self, slot: Slot) -> usize {
        self.of(slot).count()
    }

    fn clear(&mut self) {
        let all = std::mem::take(&mut self.all);
        *self = Self { all, ..Self::default() };
        self.all.clear();
    }
}

/// The label that governs what comes.
#[derive(Clone, Copy, Debug)]
struct Label {
    slot: Slot,
    token: usize,
    line: u32,
    values: u32,
    /// Its values stand on lines of their own.
    listed: bool,
    index: Option<u8>,
}

struct Reader<'a> {
    tokens: &'a Tokens,
    numbers: &'a [Number],
    /// Tokens that name the symbol.
    is_symbol: &'a [bool],
    out: &'a mut Levels,
    label: Option<Label>,
    /// A list number that awaits its price.
    index: Option<u8>,
    ordinal: Option<u8>,
    line: u32,
    line_start: usize,
    /// Where the clause began, and how closely it is about entering, once somebody asked.
    clause: usize,
    anchor: Option<u8>,
    parens: u32,
    /// Inside brackets that hold a remark on the price before them.
    muted: bool,
    /// Whether the post labels its stop, its targets, in words.
    words_label: (bool, bool),
    leverages: ArrayVec<(u16, usize, bool), 8>,
}

/// Reads the levels of the tokens in `range`.
pub(crate) fn read(tokens: &Tokens, numbers: &[Number], is_symbol: &[bool], range: Range<usize>, out: &mut Levels) {
    out.clear();
    let first = numbers.partition_point(|number| number.token < range.start);
    let mut reader = Reader {
        tokens,
        numbers,
        is_symbol,
        out,
        label: None,
        index: None,
        ordinal: None,
        line: 0,
        line_start: range.start,
        clause: range.start,
        anchor: None,
        parens: 0,
        muted: false,
        words_label: (
            tokens.roles.has(Role::Stop) && tokens.list[range.clone()].iter().any(|t| t.role == Role::Stop),
            tokens.roles.has(Role::Target) && tokens.list[range.clone()].iter().any(|t| t.role == Role::Target),
        ),
        leverages: ArrayVec::new(),
    };
    let (mut at, mut next) = (range.start, first);
    while at < range.end {
        if let Some(number) = numbers.get(next).filter(|number| number.token == at) {
            reader.number(next);
            at = number.last + 1;
            next += 1;
            continue;
        }
        reader.token(at);
        at += 1;
    }
    reader.settle_leverage();
}

impl Reader<'_> {
    fn get(&self, at: usize) -> Option<&Token> {
        self.tokens.list.get(at)
    }

    fn token(&mut self, at: usize) {
        let token = self.tokens.list[at];
        match token.kind {
            Kind::Line => self.new_line(at, token.value),
            Kind::Index => self.index = u8::try_from(token.value).ok(),
            Kind::Mark(b'(') => self.parens += 1,
            Kind::Mark(b')') => {
                self.parens = self.parens.saturating_sub(1);
                self.muted = false;
            }
            Kind::Emoji(Emoji::Target | Emoji::Stop | Emoji::Cross | Emoji::Tick) => self.picture(at, token.kind),
            Kind::Mark(b':') => self.colon(at),
            Kind::Mark(b'.') => self.full_stop(at),
            Kind::Mark(b',' | b';') if self.get(at + 1).is_some_and(|t| t.kind != Kind::Number) => {
                (self.clause, self.anchor) = (at + 1, None)
            }
            Kind::Mark(b'@')
                if self.get(at + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b'$')) =>
            {
                self.price_word(at)
            }
            Kind::Word if self.is_symbol.get(at).copied().unwrap_or(false) => self.symbol(at),
            Kind::Word => self.word(at, token),
            _ => {}
        }
    }

    /// A dart board or a stop sign right before a number labels it where no word does.
    fn picture(&mut self, at: usize, kind: Kind) {
        if !self.get(at + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b'$')) {
            return;
        }
        let (slot, worded) = match kind {
            Kind::Emoji(Emoji::Target | Emoji::Tick) => (Slot::Target, self.words_label.1),
            _ => (Slot::Stop, self.words_label.0),
        };
        if !worded {
            self.set(slot, at);
        }
    }

    fn symbol(&mut self, at: usize) {
        let done = self.label.is_none_or(|label| label.values > 0 || matches!(label.slot, Slot::Aside | Slot::Current));
        if done && self.parens == 0 {
            self.label = Some(self.loose(at));
        }
    }

    fn loose(&self, at: usize) -> Label {
        Label { slot: Slot::Loose, token: at, line: self.line, values: 0, listed: false, index: None }
    }

    fn word(&mut self, at: usize, token: Token) {
        let role = token.role;
        match role {
            Role::Entry
            | Role::Target
            | Role::Stop
            | Role::Dca
            | Role::Current
            | Role::AsideLevel
            | Role::Aside
            | Role::RiskReward
            | Role::Leverage
            | Role::Profit
            | Role::Loss => {
                self.label_word(at, role);
            }
            Role::Buy | Role::Sell => {
                let slot = if role == Role::Buy { Slot::Buy } else { Slot::Sell };
                let pending = self.label.is_some_and(|l| {
                    l.values == 0
                        && l.line == self.line
                        && matches!(l.slot, Slot::Entry | Slot::Dca | Slot::Target | Slot::Stop)
                });
                if !pending {
                    self.set(slot, at);
                }
            }
            Role::Long | Role::Short => {
                let pending = self.label.is_some_and(|l| {
                    l.values == 0
                        && matches!(l.slot, Slot::Entry | Slot::Target | Slot::Stop | Slot::Dca | Slot::Leverage)
                });
                if !pending {
                    self.set(Slot::Loose, at);
                }
            }
            Role::Zone => {
                let entering = self
                    .label
                    .is_none_or(|l| matches!(l.slot, Slot::Entry | Slot::Loose | Slot::Buy | Slot::Sell | Slot::Price));
                self.out.zone |= entering;
                if entering {
                    self.price_word(at);
                }
            }
            Role::Price => self.price_word(at),
            Role::Limit => {
                self.out.limit = Some(at);
                self.price_word(at);
            }
            Role::Above | Role::Below => {
                let entering = self
                    .label
                    .is_none_or(|l| matches!(l.slot, Slot::Entry | Slot::Loose | Slot::Buy | Slot::Sell | Slot::Price));
                if entering {
                    self.out.crossing = Some(if role == Role::Above { Crossing::Above } else { Crossing::Below });
                    self.price_word(at);
                }
            }
            Role::Market => {
                if self.label.is_none_or(|l| !matches!(l.slot, Slot::Target | Slot::Stop) || l.values > 0)
                    && self.out.market.is_none()
                {
                    self.out.market = Some(at);
                }
                self.price_word(at);
            }
            Role::Cross | Role::Isolated => {
                let mode = if role == Role::Cross { MarginMode::Cross } else { MarginMode::Isolated };
                // "crossed above" is a chart, not a margin mode.
                let margin_near = self.near(at, 3, |t| {
                    matches!(t.role, Role::Leverage | Role::Times | Role::Venue)
                        || t.kind == Kind::Number
                        || t.kind == Kind::Mark(b'(')
                }) || self.alone_in_line(at);
                if self.out.margin.is_none() && margin_near {
                    self.out.margin = Some((mode, at));
                }
            }
            Role::Spot => self.out.spot = true,
            Role::Close | Role::Closed if self.parens == 0 => {
                let pending = self.label.is_some_and(|l| {
                    l.values == 0 && l.line == self.line && !matches!(l.slot, Slot::Loose | Slot::Price)
                });
                if !pending
                    && self
                        .label
                        .is_none_or(|l| l.slot != Slot::Target || l.values > 0 && l.line != self.line && !l.listed)
                {
                    self.set(Slot::Close, at);
                }
            }
            Role::Ordinal => self.ordinal = u8::try_from(token.value).ok(),
            Role::Runner if self.label.is_some_and(|l| l.slot == Slot::Target) => self.out.open_targets += 1,
            Role::Pair | Role::SideLabel
                if self.parens == 0 && self.get(at + 1).is_some_and(|t| t.kind == Kind::Mark(b':')) =>
            {
                self.label = None
            }
            _ => {}
        }
    }

    /// Whether a token within `reach` of `at`, in the same line, satisfies the test.
    fn near(&self, at: usize, reach: usize, test: impl Fn(&Token) -> bool) -> bool {
        let list = &self.tokens.list;
        list[at + 1..].iter().take(reach).take_while(|t| t.kind != Kind::Line).any(&test)
            || list[..at].iter().rev().take(reach).take_while(|t| t.kind != Kind::Line).any(&test)
    }

    fn alone_in_line(&self, at: usize) -> bool {
        let word_or_number = |t: &&Token| matches!(t.kind, Kind::Word | Kind::Number);
        let list = &self.tokens.list;
        list[at + 1..].iter().take_while(|t| t.kind != Kind::Line).find(word_or_number).is_none()
            && list[..at].iter().rev().take_while(|t| t.kind != Kind::Line).find(word_or_number).is_none()
    }

    /// "at", "price", "around": keeps the label that waits, else begins a price.
    fn price_word(&mut self, at: usize) {
        let keep = self.label.is_some_and(|l| {
            l.slot != Slot::Loose
                && (l.slot != Slot::Leverage || l.values == 0 && l.line == self.line)
                && (l.values == 0 || l.line == self.line)
                && !(l.slot == Slot::Aside && l.line != self.line)
        });
        if !keep {
            self.set(Slot::Price, at);
        }
    }

    fn set(&mut self, slot: Slot, at: usize) {
        self.label = Some(Label { slot, token: at, line: self.line, values: 0, listed: false, index: None });
        self.index = None;
    }

    fn label_word(&mut self, at: usize, role: Role) {
        let slot = match role {
            Role::Entry => Slot::Entry,
            Role::Dca => Slot::Dca,
            Role::Target => Slot::Target,
            Role::Stop => Slot::Stop,
            Role::Leverage => Slot::Leverage,
            Role::Current => Slot::Current,
            _ => Slot::Aside,
        };
        match slot {
            Slot::Entry | Slot::Dca => self.out.entry_label = true,
            Slot::Target => self.out.target_label = true,
            Slot::Stop => {
                self.out.stop_label = true;
                let list = &self.tokens.list;
                let denied = at > 0 && list[at - 1].role == Role::No
                    || list[at + 1..].iter().take(2).any(|t| t.role == Role::No);
                self.out.no_stop |= denied;
            }
            _ => {}
        }
        if self.parens > 0 && matches!(role, Role::RiskReward | Role::Aside | Role::AsideLevel | Role::Profit) {
            self.muted = true;
        }
        if slot == Slot::Aside && role != Role::AsideLevel && !self.colon_or_number_follows(at) {
            return;
        }
        // "stop after averaging: 40.72": the word behind "after" is no label.
        let pending = self.label.is_some_and(|l| {
            l.values == 0 && l.line == self.line && matches!(l.slot, Slot::Entry | Slot::Stop | Slot::Target)
        });
        if pending && at > 0 && self.tokens.list[at - 1].role == Role::If {
            return;
        }
        if slot == Slot::Leverage && self.leverage_before(at) {
            return;
        }
        // Remarks in brackets do not end the label before them; nor does "risk" between a label and its number.
        if self.parens > 0
            && matches!(slot, Slot::Aside | Slot::Current | Slot::Leverage | Slot::Entry)
            && self.label.is_some()
        {
            return;
        }
        if slot == Slot::Aside
            && self.label.is_some_and(|l| {
                l.values == 0
                    && l.line == self.line
                    && matches!(l.slot, Slot::Entry | Slot::Stop | Slot::Target | Slot::Leverage)
            })
            && !self.get(at + 1).is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=')))
        {
            return;
        }
        if matches!(slot, Slot::Entry | Slot::Target | Slot::Stop | Slot::Dca | Slot::Current | Slot::Aside)
            && self.claim_backward(at, slot)
        {
            return;
        }
        let ordinal = self.ordinal.take().filter(|_| matches!(slot, Slot::Target | Slot::Entry | Slot::Dca));
        let index = self.index.take().filter(|_| slot == Slot::Target);
        self.set(slot, at);
        if let Some(label) = &mut self.label {
            label.index = ordinal.or(index);
        }
    }

    /// "(20 leverage cross)": the figure stands before its word.
    fn leverage_before(&mut self, at: usize) -> bool {
        let Some(&last) = self.out.all.last().filter(|l| {
            l.last + 1 == at && matches!(l.slot, Slot::Loose | Slot::Price | Slot::Aside | Slot::Buy | Slot::Sell)
        }) else {
            return false;
        };
        let follows = self.get(at + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b':'))
            || self.get(at + 2).is_some_and(|t| t.kind == Kind::Number);
        let Ok(figure) = u16::try_from(last.value.normalize().mantissa()) else { return false };
        if follows || last.value.normalize().scale() > 0 || !(1..=Leverage::HIGHEST).contains(&figure) {
            return false;
        }
        self.out.all.pop();
        // More figures than there is room for are no range of leverage.
        let _ = self.leverages.try_push((figure, last.first, true));
        true
    }

    fn colon_or_number_follows(&self, at: usize) -> bool {
        self.get(at + 1).is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=' | b'-') | Kind::Number))
    }

    /// Takes the numbers right before a label that has none behind it: `64000 stop`.
    fn claim_backward(&mut self, at: usize, slot: Slot) -> bool {
        let list = &self.tokens.list;
        let behind = list[at + 1..].iter().enumerate().take(24);
        let mut next_number = None;
        for (offset, token) in behind {
            match token.kind {
                Kind::Number => {
                    let unit = self.unit_at(at + 1 + offset);
                    if unit == Some(Unit::Price) || unit == Some(Unit::Percent) {
                        next_number = Some(at + 1 + offset);
                        break;
                    }
                }
                // A heading: its values stand below.
                Kind::Line if token.value == 1 || offset == 0 => {
                    let first = list[at + 2 + offset..]
                        .iter()
                        .find(|t| !matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_) | Kind::Line));
                    if first.is_some_and(|t| matches!(t.kind, Kind::Number | Kind::Index)) {
                        return false;
                    }
                    break;
                }
                Kind::Line => break,
                Kind::Mark(b':' | b'=') if offset <= 1 => return false,
                Kind::Mark(b';' | b'|') => break,
                Kind::Mark(b',') if !list.get(at + 2 + offset).is_some_and(|t| t.kind == Kind::Number) => break,
                Kind::Word if ends_clause(token.role) => break,
                _ => {}
            }
        }
        let touching = list[at].glued
            && at > 0
            && matches!(list[at - 1].kind, Kind::Number | Kind::Mark(b'$'))
            && !list.get(at + 1).is_some_and(|t| t.glued && t.kind == Kind::Number);
        let next_touches = next_number.is_some_and(|n| n == at + 1 && list[n].glued);
        if next_number.is_some() && (next_touches || !touching) {
            return false;
        }
        let mut claimed = false;
        let mut i = at;
        for level in self.out.all.iter_mut().rev() {
            if level.line != self.line
                || !matches!(level.slot, Slot::Loose | Slot::Unknown | Slot::Price | Slot::Buy | Slot::Sell)
                || level.last >= i
            {
                break;
            }
            let between = &list[level.last + 1..i];
            let clause_ends = between.iter().any(|t| {
                matches!(t.kind, Kind::Mark(b';' | b'|') | Kind::Line)
                    || (t.kind == Kind::Mark(b',') && !claimed)
                    || (t.kind == Kind::Word && (ends_clause(t.role) || matches!(t.role, Role::Long | Role::Short)))
            });
            let gap = if claimed {
                between.iter().any(|t| t.kind == Kind::Word && t.role != Role::And)
            } else {
                between.len() > 6
            };
            if clause_ends || gap {
                break;
            }
            level.slot = slot;
            level.rule = "label_after";
            claimed = true;
            i = level.first;
        }
        if claimed {
            self.label = Some(Label { values: 1, ..self.loose(at) });
            self.index = None;
        }
        claimed
    }

    fn unit_at(&self, token: usize) -> Option<Unit> {
        self.numbers.binary_search_by_key(&token, |number| number.token).ok().map(|i| self.numbers[i].unit)
    }

    /// A sentence ends what its label governed.
    fn full_stop(&mut self, at: usize) {
        let ends = self.get(at + 1).is_some_and(|t| !t.glued && t.kind != Kind::Line);
        if ends && self.parens == 0 && self.index.is_none() && self.label.is_some_and(|l| l.values > 0 && !l.listed) {
            self.label = None;
        }
    }

    /// An unknown label ends what the label before it governed: `Probability: 65`.
    fn colon(&mut self, at: usize) {
        if self.parens > 0 || at == 0 {
            return;
        }
        let before = self.tokens.list[at - 1];
        if before.kind != Kind::Word || self.is_symbol.get(at - 1).copied().unwrap_or(false) {
            return;
        }
        let waits = self.label.is_some_and(|l| l.line == self.line && l.values == 0 && l.slot != Slot::Loose);
        let neutral = matches!(
            before.role,
            Role::None
                | Role::Plain
                | Role::Venue
                | Role::Status
                | Role::Term
                | Role::Time
                | Role::Recap
                | Role::Analysis
                | Role::Alert
                | Role::Advert
        );
        if neutral && !waits && !matches!(self.label, Some(Label { slot: Slot::Target, listed: true, .. })) {
            self.set(if before.role == Role::None { Slot::Unknown } else { Slot::Aside }, at);
        }
    }

    fn new_line(&mut self, at: usize, breaks: u16) {
        self.line += 1;
        self.line_start = at + 1;
        self.index = None;
        self.ordinal = None;
        self.parens = 0;
        (self.clause, self.anchor) = (at + 1, None);
        let Some(label) = self.label else { return };
        let mut rest = self.tokens.list[at + 1..].iter();
        let (mut bullet, mut indexed) = (false, false);
        let first = rest.find(|t| {
            let skip = matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_) | Kind::Index);
            indexed |= t.kind == Kind::Index;
            bullet |= skip && !matches!(t.kind, Kind::Mark(b'$' | b'('));
            !skip
        });
        let lettered = |t: &Token| t.kind == Kind::Word && t.role == Role::None && self.tokens.text(t).len() == 1;
        let number_first =
            first.is_some_and(|t| t.kind == Kind::Number || lettered(t) && self.line_holds_price(at + 1));
        let listed_word = first.is_some_and(|t| {
            matches!(t.role, Role::Close | Role::Price | Role::Sell | Role::Buy | Role::And | Role::None)
        }) && bullet
            && label.slot == Slot::Target
            && self.line_holds_price(at + 1);
        let keep = match label.slot {
            Slot::Aside | Slot::Unknown | Slot::Loose | Slot::Price | Slot::Leverage | Slot::Close | Slot::Current => {
                label.values == 0 && number_first && breaks < 3
            }
            _ if label.values == 0 => {
                (number_first || bullet || label.line + 1 >= self.line) && self.line <= label.line + 3
            }
            // A numbered list under "Entry 2.05" lists something else.
            Slot::Entry | Slot::Stop if indexed && !label.listed => false,
            _ => (number_first || listed_word) && (breaks == 1 || bullet || label.listed),
        };
        if keep {
            let line = self.line;
            if let Some(label) = &mut self.label {
                label.listed |= number_first || listed_word;
                if label.values > 0 {
                    label.line = line;
                }
            }
        } else {
            self.label = None;
        }
    }

    fn line_holds_price(&self, from: usize) -> bool {
        (from..self.tokens.list.len())
            .take_while(|&i| self.tokens.list[i].kind != Kind::Line)
            .any(|i| self.unit_at(i) == Some(Unit::Price))
    }

    /// How closely the clause that begins here is about entering.
    fn anchor_of(&self, from: usize) -> u8 {
        let mut anchor = 0;
        for (at, token) in self.tokens.list.iter().enumerate().skip(from) {
            let ends = match token.kind {
                Kind::Line => true,
                Kind::Mark(b',' | b';') => self.get(at + 1).is_some_and(|t| t.kind != Kind::Number),
                Kind::Mark(b'.') => self.get(at + 1).is_some_and(|t| !t.glued),
                _ => false,
            };
            if ends {
                break;
            }
            if matches!(token.role, Role::Long | Role::Short | Role::Buy | Role::Sell | Role::Market | Role::Limit) {
                return 2;
            }
            if self.is_symbol.get(at).copied().unwrap_or(false) || token.role == Role::Coin {
                anchor = 1;
            }
        }
        anchor
    }

    fn number(&mut self, which: usize) {
        let number = self.numbers[which];
        let slot = self.label.map_or(Slot::Loose, |label| label.slot);
        match number.unit {
            Unit::Other => {}
            Unit::Index => self.index = u8::try_from(number.value.trunc().mantissa()).ok(),
            Unit::Percent => match slot {
                Slot::Stop if self.out.percent_stop.is_none() => {
                    self.out.percent_stop = Some((number.value, number.token))
                }
                Slot::Target => self.out.percent_targets += 1,
                _ => {}
            },
            Unit::Times => self.leverage(&number, slot == Slot::Leverage),
            Unit::Price
                if slot == Slot::Leverage
                    && number.value <= Decimal::from(Leverage::HIGHEST)
                    && number.value >= Decimal::ONE =>
            {
                let before = self.tokens.list[number.token - 1];
                let ranged = self
                    .label
                    .is_some_and(|l| l.values == 0 || before.kind == Kind::Mark(b'-') || before.role == Role::And);
                if ranged {
                    self.leverage(&number, true);
                    if let Some(label) = &mut self.label {
                        label.values += 1;
                    }
                } else {
                    self.place(which, Slot::Loose);
                }
            }
            Unit::Price if self.counts_list_line(which) => self.index = u8::try_from(number.value.mantissa()).ok(),
            Unit::Price => self.place(which, slot),
        }
    }

    /// `1 - 0.345`, `2: 0.45` at the beginning of a list line, in sequence.
    fn counts_list_line(&self, which: usize) -> bool {
        let number = self.numbers[which];
        let Some(label) = self
            .label
            .filter(|l| matches!(l.slot, Slot::Target | Slot::Entry | Slot::Dca | Slot::Stop | Slot::Buy | Slot::Sell))
        else {
            return false;
        };
        let expected = Decimal::from(label.values + 1);
        let list = &self.tokens.list;
        let first =
            list[self.line_start..number.token].iter().all(|t| matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_)));
        let next = self.numbers.get(which + 1).filter(|next| {
            next.unit == Unit::Price
                && list[number.last + 1..next.token].iter().all(|t| matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_)))
        });
        number.small
            && first
            && label.listed
            && number.value == expected
            && next.is_some_and(|next| next.value != number.value + Decimal::ONE || !next.small)
    }

    fn leverage(&mut self, number: &Number, labelled: bool) {
        let Ok(figure) = u16::try_from(number.value.trunc().mantissa()) else { return };
        let token = number.token;
        let profit = self
            .near(token, 3, |t| matches!(t.role, Role::Profit | Role::Alert | Role::RiskReward | Role::Recap))
            && !labelled;
        if (1..=Leverage::HIGHEST).contains(&figure) && !profit && (number.value.fract().is_zero() || labelled) {
            let labelled =
                labelled || self.near(token, 4, |t| matches!(t.role, Role::Leverage | Role::Cross | Role::Isolated));
            let _ = self.leverages.try_push((figure, token, labelled));
        }
    }

    /// A labelled figure beats a bare one; figures next to the first one make the range.
    fn settle_leverage(&mut self) {
        let chosen = self.leverages.iter().position(|l| l.2).unwrap_or(0);
        let near = |a: usize, b: usize| {
            let (a, b) = (self.leverages[a].1, self.leverages[b].1);
            b <= a + 6 && self.tokens.list[a..b].iter().all(|t| t.kind != Kind::Line)
        };
        let (mut first, mut last) = (chosen, chosen);
        while first > 0 && near(first - 1, first) {
            first -= 1;
        }
        while last + 1 < self.leverages.len() && near(last, last + 1) {
            last += 1;
        }
        let Some(figures) = self.leverages.get(first..=last) else { return };
        let min = figures.iter().map(|l| l.0).min().unwrap_or(1);
        let max = figures.iter().map(|l| l.0).max().unwrap_or(1);
        self.out.leverage = Some((Leverage { min, max }, figures[0].1..figures[figures.len() - 1].1 + 1));
    }

    fn place(&mut self, which: usize, slot: Slot) {
        let number = self.numbers[which];
        let mut value = number.value;
        if value.is_zero() || self.out.all.len() == MOST_LEVELS || self.is_remark(value) {
            return;
        }
        if slot == Slot::Target
            && let Some(split) = self.glued_index(&number)
        {
            self.index = Some(split.0);
            value = split.1;
        }
        let rule = match self.label {
            None => "unlabelled",
            Some(label) if label.line == self.line => "label_before",
            Some(_) => "heading",
        };
        let index = self.index.take().or_else(|| self.label.and_then(|l| l.index));
        let mark = if matches!(slot, Slot::Target | Slot::Loose | Slot::Unknown | Slot::Sell | Slot::Buy | Slot::Close)
        {
            self.mark_of(&number)
        } else {
            Tick::None
        };
        let anchor = match slot {
            Slot::Loose | Slot::Price | Slot::Current | Slot::Unknown => match self.anchor {
                Some(anchor) => anchor,
                None => *self.anchor.insert(self.anchor_of(self.clause)),
            },
            _ => 0,
        };
        self.out.all.push(Level {
            slot,
            value,
            first: number.token,
            last: number.last,
            index,
            mark,
            rule,
            line: self.line,
            anchor,
        });
        if let Some(label) = &mut self.label {
            label.values += 1;
            label.index = None;
        }
    }

    /// A number in brackets behind the value that its label has: `2.93 (RR 2)`, `3777 (+20)`.
    fn is_remark(&self, value: Decimal) -> bool {
        if self.parens == 0 {
            return false;
        }
        let valued = self.label.is_some_and(|l| l.values > 0 && l.line == self.line);
        let alike =
            self.out.all.last().is_some_and(|l| value < l.value * Decimal::TWO && value * Decimal::TWO > l.value);
        self.muted || valued && !alike
    }

    /// `TP41.3100`: an index glued to its price. Believed when the rest fits the targets so far and the whole does not.
    fn glued_index(&self, number: &Number) -> Option<(u8, Decimal)> {
        let label = self.label?;
        let token = self.tokens.list[number.token];
        if !(token.glued && number.token == label.token + 1) {
            return None;
        }
        let near = self.out.of(Slot::Target).last().or_else(|| self.out.of(Slot::Entry).last())?.value;
        let expected = self.out.count(Slot::Target) + 1;
        let text = self.tokens.text(&token);
        let rest = text.strip_prefix(&expected.to_string())?;
        let rest = Decimal::from_str_exact(&rest.replace(',', "")).ok()?;
        let fits = |value: Decimal| value < near * Decimal::TWO && value * Decimal::TWO > near;
        (fits(rest) && !fits(number.value)).then(|| (u8::try_from(expected).unwrap_or(u8::MAX), rest))
    }

    fn mark_of(&self, number: &Number) -> Tick {
        let list = &self.tokens.list;
        let mut words = 0;
        for (at, token) in list.iter().enumerate().skip(number.last + 1).take(16) {
            match token.kind {
                Kind::Line => break,
                Kind::Number if self.unit_at(at) == Some(Unit::Price) => break,
                Kind::Emoji(Emoji::Tick) => {
                    // "4430 ✅ TP2": the tick belongs to what it stands before.
                    let rest = list[at + 1..].iter().find(|t| !matches!(t.kind, Kind::Emoji(_) | Kind::Mark(b'*')));
                    let bullet =
                        rest.is_some_and(|t| matches!(t.kind, Kind::Number | Kind::Index) || ends_clause(t.role));
                    if bullet {
                        break;
                    }
                    return Tick::After;
                }
                Kind::Emoji(Emoji::Hourglass) => return Tick::Pending,
                Kind::Word if words < 2 && matches!(token.role, Role::Hit | Role::Filled) => return Tick::After,
                Kind::Word if words < 2 && token.role == Role::Pending => return Tick::Pending,
                Kind::Word if ends_clause(token.role) => break,
                Kind::Word => words += 1,
                _ => {}
            }
        }
        let mut bullet = false;
        for (at, token) in list.iter().enumerate().take(number.token).skip(self.line_start).rev().take(8) {
            match token.kind {
                Kind::Number if self.unit_at(at) == Some(Unit::Price) => {
                    // The marks of a line hold for all its prices.
                    let before = self
                        .out
                        .all
                        .last()
                        .filter(|l| l.line == self.line && matches!(l.mark, Tick::Before | Tick::Bullet));
                    return before.map_or(Tick::None, |l| l.mark);
                }
                Kind::Emoji(Emoji::Tick) => return Tick::Before,
                Kind::Emoji(Emoji::Hourglass) => return Tick::Pending,
                Kind::Word if token.role == Role::Hit => return Tick::After,
                Kind::Emoji(_) => bullet = true,
                _ => {}
            }
        }
        if bullet { Tick::Bullet } else { Tick::None }
    }
}

/// Whether a word of this role begins another clause for the purpose of labels.
fn ends_clause(role: Role) -> bool {
    matches!(
        role,
        Role::Entry
            | Role::Target
            | Role::Stop
            | Role::Dca
            | Role::Leverage
            | Role::Current
            | Role::AsideLevel
            | Role::RiskReward
    )
}
