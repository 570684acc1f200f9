//! Which leverage and which margin mode the segment states.
//!
//! `20x` can be leverage or the profit of a recap, and the figure of "(20 leverage cross)" was taken for a price before
//! its word came: figures are gathered first and settled at the end.

use crate::leverage::{Leverage, MarginMode};
use crate::parser::levels::Slot;
use crate::parser::levels::reader::Reader;
use crate::parser::lex::{Kind, Token};
use crate::parser::numbers::Number;
use crate::parser::vocabulary::Role;

impl Reader<'_> {
    /// "(20 leverage cross)": the figure stands before its word.
    pub(super) fn leverage_before(&mut self, at: usize) -> bool {
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

    pub(super) fn leverage(&mut self, number: &Number, labelled: bool) {
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
    pub(super) fn settle_leverage(&mut self) {
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

    /// A margin mode where leverage or a figure stands near it, or alone in its line.
    pub(super) fn margin(&mut self, at: usize, role: Role) {
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

    fn alone_in_line(&self, at: usize) -> bool {
        let word_or_number = |t: &&Token| matches!(t.kind, Kind::Word | Kind::Number);
        let list = &self.tokens.list;
        list[at + 1..].iter().take_while(|t| t.kind != Kind::Line).find(word_or_number).is_none()
            && list[..at].iter().rev().take_while(|t| t.kind != Kind::Line).find(word_or_number).is_none()
    }
}
