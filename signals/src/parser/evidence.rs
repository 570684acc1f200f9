//! Why the parser read what it read: spans of the text, and the rule that took each.

use std::ops::Range;

use serde::Serialize;

/// Which part of the answer a span supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The traded pair.
    Symbol,
    /// Long or short.
    SignalType,
    /// An entry price, or the words that say "at market".
    Entry,
    /// A target.
    Target,
    /// The stop loss.
    StopLoss,
    /// Leverage.
    Leverage,
    /// Margin mode.
    Margin,
    /// The event of an update.
    Event,
    /// The number of a target or an entry in an update.
    Index,
    /// The provider's number of the signal.
    ProviderId,
    /// Words that make the post something else than a signal.
    Reason,
}

/// One piece of evidence: these bytes of the text gave this field by this rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it supports.
    pub field: Field,
    /// Bytes of the post's text, on character boundaries.
    pub span: Range<u32>,
    /// The rule, such as `label_before`; [`RULES`] says in words what each means.
    pub rule: &'static str,
}

/// Every rule that may stand in [`Evidence::rule`], with its meaning in one sentence.
pub const RULES: &[(&str, &str)] = &[];
