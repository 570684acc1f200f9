//! The line of a stream: the shape in which corpora are labelled, so that answers and labels compare key by key.
//!
//! Fields of a signal are always there, null where the post does not state them; fields of an update are there only
//! where stated. Both are how labels have them.

use serde::Serialize;
use serde_json::value::RawValue;
use signals::confidence::Confidence;
use signals::leverage::{Leverage, MarginMode};
use signals::parser::ParseOutcome;
use signals::price::Price;
use signals::side::SignalType;
use signals::signal::SignalDraft;
use signals::update::{SignalUpdate, UpdateEvent};

use functions::wire::{self, EntryShape, Exact, ViolationShape};

/// One answer; `id` is the input's own spelling.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    id: Option<&'a RawValue>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signals: Option<Vec<SignalShape<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<UpdateShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct SignalShape<'a> {
    symbol: String,
    signal_type: SignalType,
    entry: EntryShape<'a>,
    targets: &'a [Price],
    stop_loss: Option<Price>,
    leverage: Option<Leverage>,
    margin: Option<MarginMode>,
    confidence: Confidence,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    percent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_loss_percent: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationShape>,
}

#[derive(Debug, Serialize)]
struct UpdateShape<'a> {
    event: UpdateEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// The answer to a post.
    pub(crate) fn of(id: Option<&'a RawValue>, outcome: &'a ParseOutcome) -> Self {
        let empty = Self { id, kind: wire::kind(outcome), signals: None, update: None, reason: None };
        match outcome {
            ParseOutcome::Signals(drafts) => {
                Self { signals: Some(drafts.iter().map(SignalShape::from).collect()), ..empty }
            }
            ParseOutcome::Update(update) => Self { update: Some(update.into()), ..empty },
            ParseOutcome::NotASignal(none) => Self { reason: Some(none.reason.as_str()), ..empty },
        }
    }
}

impl<'a> From<&'a SignalDraft> for SignalShape<'a> {
    fn from(draft: &'a SignalDraft) -> Self {
        Self {
            symbol: draft.symbol.compact(),
            signal_type: draft.signal_type,
            entry: (&draft.entry).into(),
            targets: &draft.targets,
            stop_loss: draft.stop_loss.price(),
            leverage: draft.leverage,
            margin: draft.margin,
            confidence: draft.confidence,
            percent: draft.in_percent,
            stop_loss_percent: wire::stop_loss_percent(draft.stop_loss),
            provider_id: draft.provider_id.as_deref(),
            violations: wire::violations(&draft.violations),
        }
    }
}

impl<'a> From<&'a SignalUpdate> for UpdateShape<'a> {
    fn from(update: &'a SignalUpdate) -> Self {
        Self {
            event: update.event,
            symbol: update.symbol.as_ref().map(signals::symbol::Symbol::compact),
            target_index: update.target_index,
            entry_index: update.entry_index,
            provider_id: update.link.provider_id.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[track_caller]
    fn check(outcome: ParseOutcome, expected: &str) {
        assert_eq!(serde_json::to_string(&Line::of(None, &outcome)).unwrap(), expected);
    }

    #[test]
    fn a_signal_has_every_field_of_a_label() {
        check(
            ParseOutcome::Signals(vec![samples::limit_long()]),
            r#"{"id":null,"kind":"signal","signals":[{"symbol":"BTCUSDT","signal_type":"long","entry":{"kind":"limit","low":45000.125,"high":45000.125},"targets":[46000,47000.000000000000001],"stop_loss":44000,"leverage":{"min":5,"max":10},"margin":"cross","confidence":0.93}]}"#,
        );
    }

    #[test]
    fn a_signal_in_percent_has_no_stop_price() {
        check(
            ParseOutcome::Signals(vec![samples::market_short_in_percent()]),
            r#"{"id":null,"kind":"signal","signals":[{"symbol":"SOLUSDT","signal_type":"short","entry":{"kind":"market"},"targets":[],"stop_loss":null,"leverage":null,"margin":null,"confidence":0.5,"percent":true,"stop_loss_percent":2.5}]}"#,
        );
    }

    #[test]
    fn an_update_has_only_what_was_stated() {
        check(
            ParseOutcome::Update(samples::target_hit()),
            r#"{"id":null,"kind":"update","update":{"event":"target_hit","symbol":"BTCUSDT","target_index":2}}"#,
        );
        check(
            ParseOutcome::Update(SignalUpdate { symbol: None, target_index: None, ..samples::target_hit() }),
            r#"{"id":null,"kind":"update","update":{"event":"target_hit"}}"#,
        );
    }

    #[test]
    fn a_post_that_is_none_has_its_reason() {
        check(samples::none(), r#"{"id":null,"kind":"none","reason":"recap"}"#);
    }
}
