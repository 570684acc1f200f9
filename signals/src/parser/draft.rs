//! How what was read of a segment becomes a draft of a signal, with a piece of evidence per field.
//!
//! Nothing is decided here but what several drafts share: each piece names the tokens and the rule that its field was
//! read by, so a field that is changed here would lose its evidence.

use crate::parser::evidence::Field;
use crate::parser::levels::Levels;
use crate::parser::lex::Tokens;
use crate::parser::provider_id::provider_id;
use crate::parser::resolve::Resolved;
use crate::parser::symbols::Mention;
use crate::parser::{events, evidence_of, resolve, score, symbol_of};
use crate::price::Price;
use crate::signal::{self, SignalDraft};
use crate::stop_loss::StopLoss;

/// The draft of the signal for this mention; `told` counts the events and the segments of the post.
pub(super) fn draft(
    text: &str,
    tokens: &Tokens,
    mention: &Mention,
    levels: &Levels,
    resolved: &Resolved,
    tone: &events::Tone,
    told: (usize, usize),
) -> SignalDraft {
    let mut evidence = Vec::with_capacity(8 + resolved.targets.len());
    let mut note = |field: Field, first: usize, last: usize, rule: &'static str| {
        evidence.push(evidence_of(tokens, field, first, last, rule))
    };
    note(Field::Symbol, mention.first, mention.last, mention.rule);
    let (side, rule, at) = resolved.side.unwrap_or((crate::side::SignalType::Long, "geometry", None));
    if let Some(at) = at {
        note(Field::SignalType, at, at, rule);
    } else if let Some(target) = resolved.targets.first().or(resolved.stop.as_ref()) {
        note(Field::SignalType, target.first, target.last, rule);
    }
    for level in &resolved.entries {
        note(Field::Entry, level.first, level.last, level.rule);
    }
    if let Some(at) = levels.market.filter(|_| resolved.entries.is_empty()) {
        note(Field::Entry, at, at, "at_market");
    }
    for level in &resolved.targets {
        note(Field::Target, level.first, level.last, level.rule);
    }
    let stop_loss = match (&resolved.stop, levels.percent_stop) {
        (Some(level), _) => {
            note(Field::StopLoss, level.first, level.last, level.rule);
            Price::new(level.value).map_or(StopLoss::None, |price| StopLoss::Price { price })
        }
        (None, Some((percent, at))) => {
            note(Field::StopLoss, at, at, "percent");
            StopLoss::Percent { percent }
        }
        (None, None) => StopLoss::None,
    };
    if let Some((_, range)) = &levels.leverage {
        note(Field::Leverage, range.start, range.end - 1, "times");
    }
    if let Some((_, at)) = levels.margin {
        note(Field::Margin, at, at, "margin_mode");
    }
    let provider_id = provider_id(text, tokens).map(|(id, at)| {
        note(Field::ProviderId, at, at, "provider_id");
        id
    });
    let entry = resolve::entry_of(tokens, levels, resolved);
    let targets: Vec<Price> = resolved.targets.iter().filter_map(|l| Price::new(l.value).ok()).collect();
    let violations = signal::violations(side, &entry, &targets, stop_loss);
    let in_percent =
        resolved.stop.is_none() && levels.percent_stop.is_some() || targets.is_empty() && levels.percent_targets > 0;
    SignalDraft {
        symbol: symbol_of(text, tokens, mention),
        signal_type: side,
        confidence: score::score(&score::Facts {
            mention,
            levels,
            resolved,
            tone,
            side_rule: rule,
            violations: &violations,
            events: told.0,
            signals: told.1,
        }),
        entry,
        targets,
        stop_loss,
        leverage: levels.leverage.as_ref().map(|(leverage, _)| *leverage),
        margin: levels.margin.map(|(margin, _)| margin),
        in_percent,
        provider_id,
        violations,
        evidence,
    }
}

/// Leverage said once, above the first or behind the last of several signals, holds for all of them.
pub(super) fn share_leverage(drafts: &mut [SignalDraft], header: bool) {
    if header && let Some((first, rest)) = drafts.split_first_mut() {
        for draft in rest.iter_mut().filter(|draft| draft.leverage.is_none()) {
            draft.leverage = first.leverage;
            draft.margin = draft.margin.or(first.margin);
        }
        return;
    }
    let Some((last, rest)) = drafts.split_last_mut() else { return };
    if rest.iter().all(|draft| draft.leverage.is_none()) {
        for draft in rest {
            draft.leverage = last.leverage;
            draft.margin = draft.margin.or(last.margin);
        }
    }
}
