//! The object of one post, `parse/1`: everything that is known of it, with the words that said so.

use serde::Serialize;
use signals::confidence::Confidence;
use signals::leverage::{Leverage, MarginMode};
use signals::message::MessageId;
use signals::parser::ParseOutcome;
use signals::parser::evidence::{Evidence, Field};
use signals::price::Price;
use signals::side::SignalType;
use signals::signal::SignalDraft;
use signals::symbol::Market;
use signals::update::{SignalUpdate, UpdateEvent};

use crate::wire::{self, EntryShape, Exact, ViolationShape};

/// One post; of `signals`, `update` and `reason` there is the one that `kind` calls for.
#[derive(Debug, Serialize)]
pub(crate) struct Post<'a> {
    schema: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signals: Option<Vec<SignalShape<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<UpdateShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Vec<EvidenceShape<'a>>>,
}

#[derive(Debug, Serialize)]
struct SignalShape<'a> {
    symbol: String,
    base: &'a str,
    quote: &'a str,
    market: Market,
    multiplier: u32,
    quote_assumed: bool,
    raw: &'a str,
    signal_type: SignalType,
    entry: EntryShape<'a>,
    targets: &'a [Price],
    stop_loss: Option<Price>,
    stop_loss_percent: Option<Exact>,
    percent: bool,
    leverage: Option<Leverage>,
    margin: Option<MarginMode>,
    provider_id: Option<&'a str>,
    confidence: Confidence,
    violations: Vec<ViolationShape>,
    evidence: Vec<EvidenceShape<'a>>,
}

#[derive(Debug, Serialize)]
struct UpdateShape<'a> {
    event: UpdateEvent,
    symbol: Option<String>,
    target_index: Option<u8>,
    entry_index: Option<u8>,
    reply_to: Option<MessageId>,
    provider_id: Option<&'a str>,
    evidence: Vec<EvidenceShape<'a>>,
}

#[derive(Debug, Serialize)]
struct EvidenceShape<'a> {
    field: Field,
    start: u32,
    end: u32,
    text: &'a str,
    rule: &'static str,
}

impl<'a> Post<'a> {
    /// The object of this outcome; `text` is the post that it was read from.
    pub(crate) fn of(text: &'a str, outcome: &'a ParseOutcome) -> Self {
        let empty = Self {
            schema: "parse/1",
            kind: wire::kind(outcome),
            signals: None,
            update: None,
            reason: None,
            evidence: None,
        };
        match outcome {
            ParseOutcome::Signals(drafts) => {
                Self { signals: Some(drafts.iter().map(|draft| signal(text, draft)).collect()), ..empty }
            }
            ParseOutcome::Update(news) => Self { update: Some(update(text, news)), ..empty },
            ParseOutcome::NotASignal(none) => {
                Self { reason: Some(none.reason.as_str()), evidence: Some(evidence(text, &none.evidence)), ..empty }
            }
        }
    }
}

fn signal<'a>(text: &'a str, draft: &'a SignalDraft) -> SignalShape<'a> {
    SignalShape {
        symbol: draft.symbol.compact(),
        base: draft.symbol.base(),
        quote: draft.symbol.quote(),
        market: draft.symbol.market(),
        multiplier: draft.symbol.multiplier(),
        quote_assumed: draft.symbol.quote_assumed(),
        raw: draft.symbol.raw(),
        signal_type: draft.signal_type,
        entry: (&draft.entry).into(),
        targets: &draft.targets,
        stop_loss: draft.stop_loss.price(),
        stop_loss_percent: wire::stop_loss_percent(draft.stop_loss),
        percent: draft.in_percent,
        leverage: draft.leverage,
        margin: draft.margin,
        provider_id: draft.provider_id.as_deref(),
        confidence: draft.confidence,
        violations: wire::violations(&draft.violations),
        evidence: evidence(text, &draft.evidence),
    }
}

fn update<'a>(text: &'a str, update: &'a SignalUpdate) -> UpdateShape<'a> {
    UpdateShape {
        event: update.event,
        symbol: update.symbol.as_ref().map(signals::symbol::Symbol::compact),
        target_index: update.target_index,
        entry_index: update.entry_index,
        reply_to: update.link.reply_to,
        provider_id: update.link.provider_id.as_deref(),
        evidence: evidence(text, &update.evidence),
    }
}

fn evidence<'a>(text: &'a str, evidence: &[Evidence]) -> Vec<EvidenceShape<'a>> {
    let shape = |piece: &Evidence| EvidenceShape {
        field: piece.field,
        start: piece.span.start,
        end: piece.span.end,
        text: wire::spanned(text, &piece.span),
        rule: piece.rule,
    };
    evidence.iter().map(shape).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::samples;

    fn object(text: &str, outcome: &ParseOutcome) -> Value {
        serde_json::from_str(&serde_json::to_string(&Post::of(text, outcome)).unwrap()).unwrap()
    }

    #[test]
    fn a_signal_carries_its_symbol_in_parts_and_its_evidence() {
        let object = object("BTC long", &ParseOutcome::Signals(vec![samples::limit_long()]));
        assert_eq!((&object["schema"], &object["kind"]), (&json!("parse/1"), &json!("signal")));
        let signal = &object["signals"][0];
        assert_eq!(signal["base"], "BTC");
        assert_eq!(signal["quote_assumed"], true);
        assert_eq!(signal["raw"], "BTC");
        assert_eq!(signal["stop_loss_percent"], Value::Null);
        assert_eq!(
            signal["evidence"],
            json!([
                {"field": "symbol", "start": 0, "end": 3, "text": "BTC", "rule": "sample_rule"},
                {"field": "signal_type", "start": 4, "end": 8, "text": "long", "rule": "sample_rule"},
            ])
        );
        assert!(object.get("reason").is_none() && object.get("update").is_none());
    }

    #[test]
    fn ladders_and_breakouts_keep_what_a_range_would_lose() {
        let ladder = object("", &ParseOutcome::Signals(vec![samples::ladder_with_stop_above()]));
        assert_eq!(ladder["signals"][0]["entry"].to_string(), r#"{"high":3,"kind":"ladder","low":1,"prices":[3,1,2]}"#);
        assert_eq!(ladder["signals"][0]["violations"][0]["rule"], "stop_on_wrong_side");
        let breakout = object("", &ParseOutcome::Signals(vec![samples::breakout_above()]));
        assert_eq!(
            breakout["signals"][0]["entry"].to_string(),
            r#"{"high":7,"kind":"breakout","low":7,"when":"above"}"#
        );
    }

    #[test]
    fn an_update_names_the_post_that_it_answers() {
        let object = object("", &ParseOutcome::Update(samples::target_hit()));
        assert_eq!(object["update"]["reply_to"], 41);
        assert_eq!(object["update"]["entry_index"], Value::Null);
    }

    #[test]
    fn a_post_that_is_none_has_reason_and_evidence() {
        let object = object("results of the week", &samples::none());
        assert_eq!(object["reason"], "recap");
        assert_eq!(object["evidence"][0]["text"], "results");
    }
}
