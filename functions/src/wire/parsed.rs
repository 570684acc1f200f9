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

use crate::wire::{self, EntryShape, Exact, ViolationShape, schema};
use utoipa::ToSchema;

/// One post; of `signals`, `update` and `reason` there is the one that `kind` calls for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParsedPost)]
pub struct ParsedPost<'a> {
    #[schema(example = "parse/1")]
    schema: &'static str,
    #[schema(value_type = schema::PostKind)]
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

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParsedSignal)]
struct SignalShape<'a> {
    symbol: String,
    base: &'a str,
    quote: &'a str,
    #[schema(value_type = schema::Market)]
    market: Market,
    multiplier: u32,
    quote_assumed: bool,
    raw: &'a str,
    #[schema(value_type = schema::SignalType)]
    signal_type: SignalType,
    entry: EntryShape<'a>,
    #[schema(value_type = Vec<schema::Price>)]
    targets: &'a [Price],
    #[schema(value_type = Option<schema::Price>)]
    stop_loss: Option<Price>,
    #[schema(value_type = Option<schema::Percent>)]
    stop_loss_percent: Option<Exact>,
    percent: bool,
    #[schema(value_type = Option<schema::Leverage>)]
    leverage: Option<Leverage>,
    #[schema(value_type = Option<schema::MarginMode>)]
    margin: Option<MarginMode>,
    provider_id: Option<&'a str>,
    #[schema(value_type = schema::Confidence)]
    confidence: Confidence,
    violations: Vec<ViolationShape>,
    evidence: Vec<EvidenceShape<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParsedUpdate)]
struct UpdateShape<'a> {
    #[schema(value_type = schema::UpdateEvent)]
    event: UpdateEvent,
    symbol: Option<String>,
    target_index: Option<u8>,
    entry_index: Option<u8>,
    #[schema(value_type = Option<i64>)]
    reply_to: Option<MessageId>,
    provider_id: Option<&'a str>,
    evidence: Vec<EvidenceShape<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
struct EvidenceShape<'a> {
    #[schema(value_type = String, example = "symbol")]
    field: Field,
    start: u32,
    end: u32,
    text: &'a str,
    rule: &'static str,
}

impl<'a> ParsedPost<'a> {
    /// The object of this outcome; `text` is the post that it was read from.
    #[must_use]
    pub fn of(text: &'a str, outcome: &'a ParseOutcome) -> Self {
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
    use signals::parser::{Context, parse};

    use super::*;

    fn object(text: &str) -> Value {
        let context = Context { reply_to: Some(MessageId(41)) };
        serde_json::to_value(ParsedPost::of(text, &parse(text, &context))).unwrap()
    }

    #[test]
    fn a_signal_carries_its_symbol_in_parts_and_its_evidence() {
        let object = object("BTC long, entry 45000.125, target 46000, stop 44000");
        assert_eq!((&object["schema"], &object["kind"]), (&json!("parse/1"), &json!("signal")));
        let signal = &object["signals"][0];
        assert_eq!(
            (&signal["base"], &signal["quote_assumed"], &signal["raw"]),
            (&json!("BTC"), &json!(true), &json!("BTC"))
        );
        assert_eq!(signal["stop_loss_percent"], Value::Null);
        assert_eq!(signal["entry"].to_string(), r#"{"high":45000.125,"kind":"limit","low":45000.125}"#);
        assert_eq!(signal["evidence"][0]["text"], "BTC");
        assert!(object.get("reason").is_none() && object.get("update").is_none());
    }

    #[test]
    fn ladders_and_breakouts_keep_what_a_range_would_lose() {
        let ladder = object("SOL/USDT LONG\nEntry 1: 150\nEntry 2: 140\nEntry 3: 145\nTP 170\nSL 160");
        assert_eq!(
            ladder["signals"][0]["entry"].to_string(),
            r#"{"high":150,"kind":"ladder","low":140,"prices":[150,140,145]}"#
        );
        assert_eq!(ladder["signals"][0]["violations"][0]["rule"], "stop_on_wrong_side");
        let breakout = object("ETH/USDT LONG\nBuy above 2000\nTP 2100\nSL 1900");
        assert_eq!(
            breakout["signals"][0]["entry"].to_string(),
            r#"{"high":2000,"kind":"breakout","low":2000,"when":"above"}"#
        );
    }

    #[test]
    fn an_update_names_the_post_that_it_answers() {
        let object = object("BTC target 2 hit ✅");
        assert_eq!((&object["update"]["event"], &object["update"]["reply_to"]), (&json!("target_hit"), &json!(41)));
        assert_eq!(object["update"]["entry_index"], Value::Null);
    }

    #[test]
    fn a_post_that_is_none_has_a_reason() {
        assert_eq!(object("good morning")["reason"], "chat");
    }
}
