//! What a post says: [`parse`] turns text into a [`ParseOutcome`].
//!
//! Human posts are read in steps, each a file of its own: `lex` (characters to words and numbers, whatever the
//! alphabet), `vocabulary` (which role a word plays, in ten languages), `symbols` (which pair), `numbers` (what a
//! number can be), `levels` (which label governs it), `resolve` (prices against prices, prices against words),
//! `events` (what happened), `classify` (what the post is), `draft` (the answer) and `score` (how sure).

mod classify;
mod draft;
mod events;
pub mod evidence;
mod fold;
mod levels;
mod lex;
mod numbers;
mod provider_id;
mod resolve;
mod score;
mod split;
mod symbols;
mod vocabulary;

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use crate::message::MessageId;
use crate::parser::classify::{Case, Verdict};
use crate::parser::draft::{draft, share_leverage};
use crate::parser::events::Event;
use crate::parser::evidence::{Evidence, Field};
use crate::parser::levels::Levels;
use crate::parser::lex::Tokens;
use crate::parser::numbers::{Locale, Number};
use crate::parser::provider_id::provider_id;
use crate::parser::resolve::Resolved;
use crate::parser::symbols::Mention;
use crate::parser::vocabulary::vocabulary;
use crate::signal::SignalDraft;
use crate::symbol::Symbol;
use crate::update::{SignalUpdate, UpdateLink};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// What one post is read into; kept per thread, so that a post costs no allocation but its answer.
#[derive(Default)]
struct Workbench {
    tokens: Tokens,
    mentions: Vec<Mention>,
    is_symbol: Vec<bool>,
    numbers: Vec<Number>,
    events: Vec<Event>,
    levels: Levels,
    resolved: Resolved,
}

thread_local! {
    static WORKBENCH: RefCell<Workbench> = RefCell::default();
}

/// Reads one post. Never fails and never panics, whatever the text; the time is linear in its length.
///
/// ```
/// use signals::parser::{Context, ParseOutcome, parse};
/// let ParseOutcome::Signals(drafts) = parse("BTC LONG ENTRY 45000 TARGET 46000 SL 44000", &Context::default()) else {
///     panic!("a signal");
/// };
/// assert_eq!(drafts[0].symbol.compact(), "BTCUSDT");
/// assert_eq!(drafts[0].targets[0].to_string(), "46000");
/// ```
#[must_use]
pub fn parse(text: &str, context: &Context) -> ParseOutcome {
    if text.len() > LONGEST_TEXT {
        return ParseOutcome::NotASignal(NotASignal { reason: Reason::TooLong, evidence: Vec::new() });
    }
    WORKBENCH.with_borrow_mut(|bench| bench.read(text, context))
}

impl Workbench {
    fn read(&mut self, text: &str, context: &Context) -> ParseOutcome {
        let vocabulary = vocabulary();
        self.tokens.read(text, vocabulary);
        symbols::find(&self.tokens, vocabulary, &mut self.mentions);
        self.is_symbol.clear();
        self.is_symbol.resize(self.tokens.list.len(), false);
        for mention in &self.mentions {
            self.is_symbol[mention.first..=mention.last].fill(true);
        }
        let magnitude = self.mentions.iter().max_by_key(|m| m.strength).and_then(|m| m.magnitude);
        numbers::read(&self.tokens, Locale::of(&self.tokens, magnitude), &mut self.numbers);
        // The digits of a name are no number.
        self.numbers.retain(|number| !self.is_symbol[number.token]);
        let tone = events::read(&self.tokens, &self.numbers, &self.is_symbol, &mut self.events);
        let segments = split::split(&self.tokens, &self.numbers, &self.mentions);
        let mut drafts: Vec<SignalDraft> = Vec::new();
        let mut first_verdict = None;
        let mut header = false;
        for segment in &segments {
            levels::read(&self.tokens, &self.numbers, &self.is_symbol, segment.range.clone(), &mut self.levels);
            let mut words = resolve::side_words(&self.tokens, segment.range.clone(), &self.is_symbol);
            if words.explicit.is_none() && words.trade.is_none() && segments.len() > 1 {
                // A side told once above all of them.
                words = resolve::side_words(&self.tokens, 0..segment.range.start, &self.is_symbol);
            }
            resolve::resolve(&self.tokens, &self.levels, &words, &mut self.resolved);
            let mention = segment.mentions.first().map(|&i| &self.mentions[i]);
            let in_header = self.levels.leverage.as_ref().zip(mention).is_some_and(|((_, at), m)| {
                at.end <= m.first && self.tokens.list[at.end..m.first].iter().any(|t| t.kind == lex::Kind::Line)
            });
            header |= drafts.is_empty() && in_header;
            let verdict = classify::decide(&Case {
                tokens: &self.tokens,
                mention,
                mentions: self.mentions.len(),
                levels: &self.levels,
                resolved: &self.resolved,
                events: &self.events,
                tone: &tone,
                reply: context.reply_to.is_some(),
            });
            if matches!(verdict, Verdict::Signal) {
                for &mention in &segment.mentions {
                    let mention = &self.mentions[mention];
                    drafts.push(draft(
                        text,
                        &self.tokens,
                        mention,
                        &self.levels,
                        &self.resolved,
                        &tone,
                        (self.events.len(), segments.len()),
                    ));
                }
            }
            first_verdict.get_or_insert(verdict);
        }
        share_leverage(&mut drafts, header);
        if !drafts.is_empty() && !matches!(first_verdict, Some(Verdict::Update(_))) {
            return ParseOutcome::Signals(drafts);
        }
        match first_verdict {
            Some(Verdict::Update(event)) => ParseOutcome::Update(self.update(text, context, &event)),
            Some(Verdict::Neither(reason, at)) => {
                let evidence = at.map(|at| evidence_of(&self.tokens, Field::Reason, at, at, reason.as_str()));
                ParseOutcome::NotASignal(NotASignal { reason, evidence: evidence.into_iter().collect() })
            }
            Some(Verdict::Signal) | None => {
                ParseOutcome::NotASignal(NotASignal { reason: Reason::Chat, evidence: Vec::new() })
            }
        }
    }

    fn update(&self, text: &str, context: &Context, event: &Event) -> SignalUpdate {
        // The symbol nearest above all: the surest one of the post.
        let mention =
            self.mentions.iter().enumerate().max_by_key(|(i, m)| (m.strength, std::cmp::Reverse(*i))).map(|(_, m)| m);
        let mut evidence = vec![evidence_of(&self.tokens, Field::Event, event.first, event.last, event.rule)];
        if let Some(mention) = mention {
            evidence.push(evidence_of(&self.tokens, Field::Symbol, mention.first, mention.last, mention.rule));
        }
        let (target_index, entry_index) = match event.event {
            crate::update::UpdateEvent::EntryFilled => (None, event.index),
            _ => (event.index, None),
        };
        SignalUpdate {
            event: event.event,
            symbol: mention.map(|mention| symbol_of(text, &self.tokens, mention)),
            target_index,
            entry_index,
            link: UpdateLink {
                reply_to: context.reply_to,
                provider_id: provider_id(text, &self.tokens).map(|(id, _)| id),
            },
            evidence,
        }
    }
}

fn symbol_of(text: &str, tokens: &Tokens, mention: &Mention) -> Symbol {
    mention.symbol(slice(text, tokens, mention.first, mention.last))
}

fn slice<'a>(text: &'a str, tokens: &Tokens, first: usize, last: usize) -> &'a str {
    text.get(tokens.list[first].start as usize..tokens.list[last].end as usize).unwrap_or_default()
}

fn evidence_of(tokens: &Tokens, field: Field, first: usize, last: usize, rule: &'static str) -> Evidence {
    Evidence { field, span: tokens.list[first].start..tokens.list[last].end, rule }
}
