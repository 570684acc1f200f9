//! Outcomes for unit tests: what a parser could have said, written down without a parser.

use signals::confidence::Confidence;
use signals::entry::Entry;
use signals::leverage::{Leverage, MarginMode};
use signals::message::MessageId;
use signals::parser::evidence::{Evidence, Field};
use signals::parser::{NotASignal, ParseOutcome, Reason};
use signals::price::Price;
use signals::side::SignalType;
use signals::signal::{SignalDraft, violations};
use signals::stop_loss::StopLoss;
use signals::symbol::Symbol;
use signals::update::{SignalUpdate, UpdateEvent, UpdateLink};

pub(crate) fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

pub(crate) fn evidence(field: Field, start: u32, end: u32) -> Evidence {
    Evidence { field, span: start..end, rule: "sample_rule" }
}

/// `BTC long`, in words of eight bytes.
pub(crate) fn limit_long() -> SignalDraft {
    SignalDraft {
        symbol: Symbol::parse("BTC").unwrap(),
        signal_type: SignalType::Long,
        entry: Entry::Limit { price: price("45000.125") },
        targets: vec![price("46000"), price("47000.000000000000001")],
        stop_loss: StopLoss::Price { price: price("44000") },
        leverage: Leverage::new(5, 10),
        margin: Some(MarginMode::Cross),
        in_percent: false,
        provider_id: None,
        confidence: Confidence::from_percent(93),
        violations: Vec::new(),
        evidence: vec![evidence(Field::Symbol, 0, 3), evidence(Field::SignalType, 4, 8)],
    }
}

pub(crate) fn market_short_in_percent() -> SignalDraft {
    SignalDraft {
        symbol: Symbol::parse("SOL/USDT").unwrap(),
        signal_type: SignalType::Short,
        entry: Entry::Market,
        targets: Vec::new(),
        stop_loss: StopLoss::Percent { percent: price("2.5").value() },
        leverage: None,
        margin: None,
        in_percent: true,
        confidence: Confidence::from_percent(50),
        ..limit_long()
    }
}

pub(crate) fn ladder_with_stop_above() -> SignalDraft {
    let entry = Entry::Ladder { prices: vec![price("3"), price("1"), price("2")] };
    let stop_loss = StopLoss::Price { price: price("1.5") };
    let violations = violations(SignalType::Long, &entry, &[], stop_loss);
    SignalDraft { entry, stop_loss, violations, targets: Vec::new(), ..limit_long() }
}

pub(crate) fn target_hit() -> SignalUpdate {
    SignalUpdate {
        event: UpdateEvent::TargetHit,
        symbol: Some(Symbol::parse("BTCUSDT").unwrap()),
        target_index: Some(2),
        entry_index: None,
        link: UpdateLink { reply_to: Some(MessageId(41)), provider_id: None },
        evidence: Vec::new(),
    }
}

/// `results of the week`, a recap by its first word.
pub(crate) fn none() -> ParseOutcome {
    ParseOutcome::NotASignal(NotASignal { reason: Reason::Recap, evidence: vec![evidence(Field::Reason, 0, 7)] })
}
