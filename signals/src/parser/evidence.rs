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

impl Field {
    /// The word on the wire, such as `stop_loss`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Symbol => "symbol",
            Self::SignalType => "signal_type",
            Self::Entry => "entry",
            Self::Target => "target",
            Self::StopLoss => "stop_loss",
            Self::Leverage => "leverage",
            Self::Margin => "margin",
            Self::Event => "event",
            Self::Index => "index",
            Self::ProviderId => "provider_id",
            Self::Reason => "reason",
        }
    }
}

/// Every rule that may stand in [`Evidence::rule`], with its meaning in one sentence.
pub const RULES: &[(&str, &str)] = &[
    // Symbols.
    ("pair", "base and quote are written with a mark between them."),
    ("glued_pair", "the name ends in a known quote."),
    ("spaced_pair", "a quote stands behind the name."),
    ("tag", "a name behind # or $."),
    ("label", "the word before names the symbol."),
    ("coin_name", "a coin by its name or unmistakable ticker."),
    ("ticker", "a ticker that is also a word, in capitals."),
    ("beside_side", "a name beside long, short, buy, sell or close."),
    // Sides.
    ("side_word", "long or short is said."),
    ("trade_word", "buy or sell is said."),
    ("geometry", "no word says the side: the prices imply it."),
    ("geometry_over_word", "the prices contradict the word, and prevail."),
    ("spot", "a spot trade without a side is a buy."),
    ("picture", "a colour or an arrow says the side."),
    // Levels.
    ("label_before", "the label before it in its line."),
    ("heading", "the heading above its list."),
    ("label_after", "the label behind it."),
    ("unlabelled", "no label governs it: its place and price decide."),
    ("at_market", "the words say to enter at the price of the moment."),
    ("percent", "given in percent only."),
    ("times", "a figure with x, or behind the word leverage."),
    ("margin_mode", "cross or isolated is said."),
    ("provider_id", "the provider's own number of the signal."),
    // Events.
    ("target_hit", "a target and a word for reaching it in one clause."),
    ("all_targets", "all targets and a word for reaching them in one clause."),
    ("ticked_target", "a target is ticked."),
    ("booked_target", "profit was taken at a numbered target."),
    ("exit_hit", "a numbered exit was reached."),
    ("symbol_side_target", "a symbol, its side and the take profit without a price."),
    ("stopped_out", "a phrase for being stopped out."),
    ("stop_hit", "the stop and a word for reaching it in one clause."),
    ("status_stop", "the state or reason given is the stop."),
    ("crossed_stop", "the stop is crossed out."),
    ("stop_symbol", "stop and a symbol, nothing else."),
    ("cancel", "a word for cancelling."),
    ("closed", "a word for a position that was closed."),
    ("close", "an instruction to close."),
    ("breakeven", "a phrase for moving the stop to the entry."),
    ("stop_to_entry", "the stop is moved and the entry named."),
    ("stop_at_entry", "stop and entry in a short clause without a price."),
    ("entry_filled", "an entry and a word for reaching it in one clause."),
    ("ticked_entry", "an entry is ticked."),
    ("side_hit", "a side, a symbol and a word for triggering."),
    ("target_count", "a target is named by its number and nothing else is said."),
    ("all_done", "everything is said to be done."),
    ("moved", "a level is moved."),
    ("partial", "part of the position or of the profit is taken."),
    ("hold", "the position is held, added to or reduced."),
    ("level_alone", "a new level without side and entry."),
    // Reasons.
    ("empty", "there are no words."),
    ("too_long", "the text is longer than any post."),
    ("chat", "talk without an instrument, a side or levels."),
    ("analysis", "levels without an instruction to trade."),
    ("recap", "a report of results."),
    ("advert", "an offer of something else than a trade."),
    ("market_alert", "an alert on volume, funding, liquidations, transfers or an indicator."),
    ("no_symbol", "an instruction without a symbol."),
    ("no_side", "a symbol and levels without a side."),
    ("no_entry", "a symbol and a side without an instruction to enter."),
    ("refused", "the post refuses the trade or only considers it."),
];
