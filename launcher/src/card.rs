//! What a post was understood to say, for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use rust_decimal::Decimal;
use signals::entry::{Crossing, Entry};
use signals::parser::{LONGEST_TEXT, NotASignal, ParseOutcome, Reason};
use signals::price::Price;
use signals::side::SignalType;
use signals::signal::SignalDraft;
use signals::stop_loss::StopLoss;
use signals::symbol::{Market, Symbol};
use signals::update::{SignalUpdate, UpdateEvent};

use crate::screen::{excerpt, printable};
use functions::wire;

const LONG: Style = AnsiColor::Green.on_default().bold();
const SHORT: Style = AnsiColor::Red.on_default().bold();
const NEWS: Style = AnsiColor::Cyan.on_default().bold();
const NONE: Style = Style::new().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();
const LABEL: Style = Style::new().dimmed();

/// The card of a post, with the codes of its colours.
pub(crate) fn card(text: &str, outcome: &ParseOutcome) -> String {
    let mut card = String::new();
    match outcome {
        ParseOutcome::Signals(drafts) => {
            for (i, draft) in drafts.iter().enumerate() {
                if i > 0 {
                    card.push('\n');
                }
                card.push_str(&headline(draft));
                fields(&mut card, draft);
            }
        }
        ParseOutcome::Update(update) => news(&mut card, update),
        ParseOutcome::NotASignal(none) => refusal(&mut card, text, none),
    }
    card
}

/// The first line of a signal's card.
pub(crate) fn headline(draft: &SignalDraft) -> String {
    let style = match draft.signal_type {
        SignalType::Long => LONG,
        SignalType::Short => SHORT,
    };
    let side = draft.signal_type.as_str().to_uppercase();
    format!("{style}{side} {}{style:#}  confidence {}\n", draft.symbol, draft.confidence)
}

/// The first line of an update's card.
pub(crate) fn news_line(update: &SignalUpdate) -> String {
    let number = |n: Option<u8>| n.map_or(String::new(), |n| format!(" {n}"));
    let event = match update.event {
        UpdateEvent::TargetHit => format!("target{} hit", number(update.target_index)),
        UpdateEvent::StopHit => "stop loss hit".to_owned(),
        UpdateEvent::Closed => "closed".to_owned(),
        UpdateEvent::Cancelled => "cancelled".to_owned(),
        UpdateEvent::Breakeven => "stop moved to the entry".to_owned(),
        UpdateEvent::EntryFilled => format!("entry{} filled", number(update.entry_index)),
        UpdateEvent::AllTargets => "all targets hit".to_owned(),
        UpdateEvent::Other => "changed or confirmed".to_owned(),
    };
    let symbol = update.symbol.as_ref().map_or_else(|| "symbol not stated".to_owned(), Symbol::to_string);
    format!("{NEWS}UPDATE {event}{NEWS:#}  {symbol}\n")
}

/// The first line of the card of a post that is neither.
pub(crate) fn refusal_line(none: &NotASignal) -> String {
    format!("{NONE}NO SIGNAL{NONE:#}  {}\n", in_words(none.reason))
}

fn in_words(reason: Reason) -> String {
    match reason {
        Reason::Empty => "there is no text",
        Reason::TooLong => return format!("the text has more than {LONGEST_TEXT} bytes, too long for a post"),
        Reason::Chat => "talk, without an instrument, a side or levels",
        Reason::Analysis => "an analysis: levels, but no instruction to trade",
        Reason::Recap => "a report of results",
        Reason::Advert => "an offer of something else than a trade",
        Reason::MarketAlert => "a machine's alert on the market",
        Reason::NoSymbol => "an instruction that names no symbol",
        Reason::NoSide => "a symbol and levels, but nothing says long or short",
        Reason::NoEntry => "a symbol and a side, but no instruction to enter",
        Reason::Refused => "a trade that the post itself refuses or only considers",
    }
    .to_owned()
}

fn row(card: &mut String, label: &str, value: impl std::fmt::Display) {
    let _ = writeln!(card, "  {LABEL}{label:<10}{LABEL:#} {value}");
}

fn warning(card: &mut String, label: &str, value: impl std::fmt::Display) {
    row(card, label, format_args!("{WARNING}{value}{WARNING:#}"));
}

fn fields(card: &mut String, draft: &SignalDraft) {
    let from = match draft.entry {
        Entry::Limit { price } => Some(price),
        _ => None,
    };
    row(card, "entry", entry(&draft.entry));
    for (i, &target) in draft.targets.iter().enumerate() {
        row(card, &format!("target {}", i + 1), with_distance(target, from));
    }
    if draft.targets.is_empty() {
        row(card, "targets", if draft.in_percent { "none as a price" } else { "none" });
    }
    match draft.stop_loss {
        StopLoss::None => row(card, "stop loss", "none"),
        StopLoss::Price { price } => row(card, "stop loss", with_distance(price, from)),
        StopLoss::Percent { percent } => row(card, "stop loss", format_args!("{percent} %")),
    }
    if let Some(leverage) = draft.leverage {
        row(card, "leverage", leverage);
    }
    if let Some(margin) = draft.margin {
        row(card, "margin", margin.as_str());
    }
    if let Some(market) = market(draft.symbol.market()) {
        row(card, "market", market);
    }
    if draft.symbol.multiplier() > 1 {
        row(card, "unit", format_args!("a price is for {} coins", draft.symbol.multiplier()));
    }
    if let Some(id) = &draft.provider_id {
        row(card, "signal id", printable(id));
    }
    if draft.symbol.quote_assumed() {
        let raw = printable(draft.symbol.raw());
        row(card, "note", format_args!("{} is assumed, the post says only {raw}", draft.symbol.quote()));
    }
    for broken in &draft.violations {
        warning(card, "check", broken);
    }
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Market => "at market".to_owned(),
        Entry::Limit { price } => price.to_string(),
        Entry::Zone { low, high } => format!("{low} to {high}"),
        Entry::Ladder { prices } => prices.iter().map(Price::to_string).collect::<Vec<_>>().join(", "),
        Entry::Breakout { when, low, high } => {
            let when = match when {
                Crossing::Above => "above",
                Crossing::Below => "below",
            };
            if low == high { format!("{when} {low}") } else { format!("{when} {low} to {high}") }
        }
    }
}

/// The price, and how far it lies from the entry where that is one price.
fn with_distance(price: Price, from: Option<Price>) -> String {
    let percent = from.and_then(|from| {
        let ratio = price.value().checked_div(from.value())?;
        ratio.checked_sub(Decimal::ONE)?.checked_mul(Decimal::ONE_HUNDRED)
    });
    percent.map_or_else(|| price.to_string(), |percent| format!("{price}  ({percent:+.2} %)"))
}

fn market(market: Market) -> Option<&'static str> {
    match market {
        Market::Unstated => None,
        Market::Spot => Some("spot"),
        Market::LinearPerpetual => Some("perpetual"),
        Market::InversePerpetual => Some("perpetual, settled in its base"),
        Market::Dated => Some("future with a delivery date"),
        Market::Forex => Some("forex"),
    }
}

fn news(card: &mut String, update: &SignalUpdate) {
    card.push_str(&news_line(update));
    if let Some(post) = update.link.reply_to {
        row(card, "answers", format_args!("post {post}"));
    }
    if let Some(id) = &update.link.provider_id {
        row(card, "signal id", printable(id));
    }
}

fn refusal(card: &mut String, text: &str, none: &NotASignal) {
    card.push_str(&refusal_line(none));
    for piece in &none.evidence {
        row(card, "because of", format_args!("\"{}\"", excerpt(wire::spanned(text, &piece.span), 60)));
    }
}

#[cfg(test)]
mod tests {
    use signals::update::UpdateLink;

    use super::*;
    use crate::samples;

    #[track_caller]
    fn check(text: &str, outcome: &ParseOutcome, expected: &str) {
        assert_eq!(anstream::adapter::strip_str(&card(text, outcome)).to_string(), expected);
    }

    #[test]
    fn a_signal_is_shown_field_by_field() {
        check(
            "BTC long",
            &ParseOutcome::Signals(vec![samples::limit_long()]),
            "LONG BTC/USDT  confidence 0.93
  entry      45000.125
  target 1   46000  (+2.22 %)
  target 2   47000.000000000000001  (+4.44 %)
  stop loss  44000  (-2.22 %)
  leverage   5x-10x
  margin     cross
  note       USDT is assumed, the post says only BTC
",
        );
    }

    #[test]
    fn several_signals_are_several_cards_and_broken_rules_are_named() {
        check(
            "",
            &ParseOutcome::Signals(vec![samples::market_short_in_percent(), samples::ladder_with_stop_above()]),
            "SHORT SOL/USDT  confidence 0.50
  entry      at market
  targets    none as a price
  stop loss  2.5 %

LONG BTC/USDT  confidence 0.93
  entry      3, 1, 2
  targets    none
  stop loss  1.5
  leverage   5x-10x
  margin     cross
  note       USDT is assumed, the post says only BTC
  check      the stop 1.5 of this long lies on the wrong side of its entry 1
",
        );
    }

    #[test]
    fn an_update_says_what_happened_and_to_which_signal() {
        check(
            "",
            &ParseOutcome::Update(samples::target_hit()),
            "UPDATE target 2 hit  BTC/USDT\n  answers    post 41\n",
        );
        let link = UpdateLink { reply_to: None, provider_id: Some("#7\u{1b}[2J".to_owned()) };
        let closed = SignalUpdate { event: UpdateEvent::Closed, symbol: None, link, ..samples::target_hit() };
        check("", &ParseOutcome::Update(closed), "UPDATE closed  symbol not stated\n  signal id  #7␛[2J\n");
    }

    #[test]
    fn a_post_that_is_none_says_why_in_words() {
        let expected = "NO SIGNAL  a report of results\n  because of \"results\"\n";
        check("results of the week", &samples::none(), expected);
    }
}
