//! What a post says: [`parse`] turns text into a [`ParseOutcome`].

pub mod evidence;

use serde::Serialize;

use crate::message::MessageId;
use crate::parser::evidence::Evidence;
use crate::signal::SignalDraft;
use crate::update::SignalUpdate;

/// What is known of a post besides its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The post that it answers.
    pub reply_to: Option<MessageId>,
}

/// What a post is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseOutcome {
    /// One or more new signals, in the order of the post; never empty.
    Signals(Vec<SignalDraft>),
    /// News of an earlier signal.
    Update(SignalUpdate),
    /// Neither.
    NotASignal(NotASignal),
}

/// A post that is neither signal nor update, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotASignal {
    /// Why it is none.
    pub reason: Reason,
    /// Which words said so; may be empty.
    pub evidence: Vec<Evidence>,
}

/// Why a post is no signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No text at all.
    Empty,
    /// More than [`LONGEST_TEXT`] bytes.
    TooLong,
    /// Talk without an instrument, a side or levels.
    Chat,
    /// Levels without an instruction to trade.
    Analysis,
    /// A report of results.
    Recap,
    /// An offer of something else than a trade.
    Advert,
    /// A machine's alert on volume, funding, liquidations, transfers or an indicator.
    MarketAlert,
    /// An instruction without a symbol.
    NoSymbol,
    /// A symbol and levels, but neither a side nor prices that imply one.
    NoSide,
    /// A symbol and a side, but no instruction to enter.
    NoEntry,
    /// A trade that the post itself refuses or only considers.
    Refused,
}

impl Reason {
    /// The word on the wire, such as `market_alert`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Chat => "chat",
            Self::Analysis => "analysis",
            Self::Recap => "recap",
            Self::Advert => "advert",
            Self::MarketAlert => "market_alert",
            Self::NoSymbol => "no_symbol",
            Self::NoSide => "no_side",
            Self::NoEntry => "no_entry",
            Self::Refused => "refused",
        }
    }
}

/// The longest text in bytes that is read; Telegram's own limit is 4096 characters
/// (<https://core.telegram.org/api/config#message-length-max>).
pub const LONGEST_TEXT: usize = 16 * 1024;

/// Reads one post. Never fails and never panics, whatever the text; the time is linear in its length.
#[must_use]
pub fn parse(text: &str, context: &Context) -> ParseOutcome {
    let _ = context;
    let reason = if text.len() > LONGEST_TEXT { Reason::TooLong } else { Reason::Chat };
    ParseOutcome::NotASignal(NotASignal { reason, evidence: Vec::new() })
}
