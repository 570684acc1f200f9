//! JSON shapes: the only place that knows the names of the wire.
//!
//! Types of the domain are converted by hand: what is written here is a promise to strangers.

pub mod backup;
pub mod channel;
pub(crate) mod event;
pub(crate) mod incoming;
pub mod key;
pub mod parsed;
pub(crate) mod schema;
pub(crate) mod signal;

use std::ops::Range;

use rust_decimal::Decimal;
use serde::Serialize;
use signals::entry::{Crossing, Entry};
use signals::parser::ParseOutcome;
use signals::price::{Price, exact_number};
use signals::signal::Violation;
use signals::stop_loss::StopLoss;
use utoipa::ToSchema;

/// The word for what a post is.
#[must_use]
pub fn kind(outcome: &ParseOutcome) -> &'static str {
    match outcome {
        ParseOutcome::Signals(_) => "signal",
        ParseOutcome::Update(_) => "update",
        ParseOutcome::NotASignal(_) => "none",
    }
}

/// An entry: every kind but `market` has its lowest and highest price.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
pub struct EntryShape<'a> {
    #[schema(value_type = schema::EntryKind)]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Price>, nullable = false)]
    low: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Price>, nullable = false)]
    high: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::Price>>, nullable = false)]
    prices: Option<&'a [Price]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Crossing>, nullable = false)]
    when: Option<Crossing>,
}

impl<'a> From<&'a Entry> for EntryShape<'a> {
    fn from(entry: &'a Entry) -> Self {
        let (low, high) = entry.range().unzip();
        Self { kind: entry.kind(), low, high, prices: entry.ladder(), when: entry.crossing() }
    }
}

/// A decimal that is no price, as an exact JSON number.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct Exact(#[serde(with = "exact_number")] Decimal);

/// A stop in percent; none where the stop is a price or missing.
#[must_use]
pub fn stop_loss_percent(stop_loss: StopLoss) -> Option<Exact> {
    match stop_loss {
        StopLoss::Percent { percent } => Some(Exact(percent)),
        StopLoss::None | StopLoss::Price { .. } => None,
    }
}

/// A broken rule: its name for programs, its sentence for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Violation)]
pub struct ViolationShape {
    rule: &'static str,
    message: String,
}

/// Broken rules, for the wire.
#[must_use]
pub fn violations(violations: &[Violation]) -> Vec<ViolationShape> {
    violations.iter().map(|broken| ViolationShape { rule: broken.rule(), message: broken.to_string() }).collect()
}

/// The words of a span; nothing where the span is not one of this text.
#[must_use]
pub fn spanned<'a>(text: &'a str, span: &Range<u32>) -> &'a str {
    let bound = |bytes: u32| usize::try_from(bytes).ok();
    bound(span.start).zip(bound(span.end)).and_then(|(start, end)| text.get(start..end)).unwrap_or_default()
}
