//! Which label a word puts in force, and whether it takes the numbers before it instead of those behind.
//!
//! A word that could label is often a remark: behind another label that still waits for its number, in brackets, or
//! after "after". Such a word must leave the label that waits as it is.

use crate::entry::Crossing;
use crate::parser::levels::Slot;
use crate::parser::levels::reader::{Label, Reader};
use crate::parser::lex::{Kind, Token};
use crate::parser::numbers::Unit;
use crate::parser::vocabulary::{Role, RoleSet};

/// The roles of the words that [`Reader::word`] acts on; it never sees another.
pub(super) const LABELLING: RoleSet = {
    use Role::*;
    RoleSet::of(&[
        Entry, Target, Stop, Dca, Current, AsideLevel, Aside, RiskReward, Leverage, Profit, Loss, Buy, Sell, Long,
        Short, Zone, Price, Limit, Above, Below, Market, Cross, Isolated, Spot, Close, Closed, Ordinal, Runner, Pair,
        SideLabel,
    ])
};

impl Reader<'_> {
    pub(super) fn word(&mut self, at: usize, token: &Token) {
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
                        && at <= l.token + 4
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
            Role::Cross | Role::Isolated => self.margin(at, role),
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

    /// "at", "price", "around": keeps the label that waits, else begins a price.
    pub(super) fn price_word(&mut self, at: usize) {
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
        // "止盈后再接": "after the take profit" labels nothing.
        if self.get(at + 1).is_some_and(|t| t.glued && matches!(self.tokens.text(t), "后" | "之后" | "以后")) {
            return;
        }
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

    fn colon_or_number_follows(&self, at: usize) -> bool {
        self.get(at + 1).is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=' | b'-') | Kind::Number))
    }

    /// Whether the clause puts numbers before their labels: a number right before this label, and none behind its last
    /// (`0.2715 进 0.2660 补`).
    fn numbers_lead(&self, at: usize) -> bool {
        let list = &self.tokens.list;
        let led = at > 0
            && list[at - 1].kind == Kind::Number
            && self.out.all.last().is_some_and(|l| l.last + 1 == at && matches!(l.slot, Slot::Loose | Slot::Price));
        if !led {
            return false;
        }
        let (mut labels, mut trailing) = (0, false);
        for (offset, token) in list[at + 1..].iter().enumerate().take(24) {
            match token.kind {
                Kind::Line | Kind::Mark(b';' | b'|') => break,
                Kind::Mark(b',') if !list.get(at + 2 + offset).is_some_and(|t| t.kind == Kind::Number) => break,
                Kind::Mark(b':' | b'=') => return false,
                Kind::Number => trailing = true,
                Kind::Word if ends_clause(token.role) => (labels, trailing) = (labels + 1, false),
                _ => {}
            }
        }
        labels > 0 && !trailing
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
        if next_number.is_some() && (next_touches || !touching && !self.numbers_lead(at)) {
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
            self.out.slots |= slot.bit();
            self.label = Some(Label { values: 1, ..self.loose(at) });
            self.index = None;
        }
        claimed
    }
}

/// Whether a word of this role begins another clause for the purpose of labels.
pub(super) fn ends_clause(role: Role) -> bool {
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
