//! How a post talks: what its words say besides fields and events.
//!
//! Single words prove nothing; analyses say "target" and signals say "support". The counts, and where each first
//! stands, are weighed in `classify`.

use crate::parser::vocabulary::{Role, RoleSet};

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
    pub(super) fn hear(&mut self, at: usize, role: Role) {
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
pub(super) const TONES: RoleSet = RoleSet::of(&[
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
]);
