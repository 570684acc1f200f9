//! How sure the reading is: a number fitted to how often such readings are right.
//!
//! Each doubt costs points, fitted by hand to labelled posts of many channels: `sigtower eval` prints how often the
//! signals of each confidence are wholly right, and the README publishes that curve.

use crate::confidence::Confidence;
use crate::parser::events::Tone;
use crate::parser::levels::{Levels, Slot};
use crate::parser::resolve::Resolved;
use crate::parser::symbols::Mention;
use crate::signal::Violation;

/// What the confidence depends on.
pub(crate) struct Facts<'a> {
    pub(crate) mention: &'a Mention,
    pub(crate) levels: &'a Levels,
    pub(crate) resolved: &'a Resolved,
    pub(crate) tone: &'a Tone,
    pub(crate) side_rule: &'static str,
    pub(crate) violations: &'a [Violation],
    /// How many clauses tell an event.
    pub(crate) events: usize,
    /// How many signals the post was cut into.
    pub(crate) signals: usize,
}

/// The confidence of a reading.
pub(crate) fn score(facts: &Facts<'_>) -> Confidence {
    let doubts = symbol(facts) + side(facts) + entry(facts) + goals(facts) + company(facts);
    Confidence::from_percent(u8::try_from(99u32.saturating_sub(doubts).max(5)).unwrap_or(5))
}

fn symbol(facts: &Facts<'_>) -> u32 {
    match facts.mention.strength {
        73.. => 0,
        55..=72 => 2,
        40..=54 => 6,
        _ => 14,
    }
}

fn side(facts: &Facts<'_>) -> u32 {
    match facts.side_rule {
        "side_word" => 0,
        "trade_word" | "geometry" => 2,
        "spot" => 5,
        "geometry_over_word" => 25,
        _ => 20,
    }
}

fn entry(facts: &Facts<'_>) -> u32 {
    let resolved = facts.resolved;
    let Some(first) = resolved.entries.first() else {
        return if facts.levels.market.is_some() { 4 } else { 18 };
    };
    match first.slot {
        Slot::Entry => 0,
        Slot::Buy | Slot::Sell | Slot::Price => 2,
        Slot::Dca => 10,
        Slot::Current => 12,
        _ => 3,
    }
}

fn goals(facts: &Facts<'_>) -> u32 {
    let resolved = facts.resolved;
    let targets = match resolved.targets.first().map(|target| target.slot) {
        Some(Slot::Target) => 0,
        Some(Slot::Sell | Slot::Buy | Slot::Close) => 4,
        Some(_) => 8,
        None if facts.levels.percent_targets > 0 => 3,
        None => 6,
    };
    let stop = match &resolved.stop {
        Some(stop) if stop.slot == Slot::Stop => 0,
        Some(_) => 8,
        None if facts.levels.percent_stop.is_some() || facts.levels.no_stop => 2,
        None => 3,
    };
    let guessed = if resolved.guessed { 6 } else { 0 };
    let broken = if facts.violations.is_empty() { 0 } else { 35 };
    targets + stop + guessed + broken
}

/// What else the post says.
fn company(facts: &Facts<'_>) -> u32 {
    let tone = facts.tone;
    let talk = u32::from(tone.analysis.min(6))
        + 2 * u32::from((tone.alert + tone.recap + tone.lesson).min(5))
        + u32::from(tone.advert.min(4));
    let leftover = 5 * u32::try_from(facts.resolved.leftover.min(4)).unwrap_or(4);
    let events = 2 * u32::try_from(facts.events.min(4)).unwrap_or(4);
    let cut = if facts.signals > 1 { 3 } else { 0 };
    talk + leftover + events + cut
}
