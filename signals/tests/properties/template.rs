//! Signals that are written, so that it is known what a reader should find.

use proptest::prelude::*;
use rust_decimal::Decimal;
use signals::entry::Entry;
use signals::parser::ParseOutcome;
use signals::side::SignalType;

/// A signal before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    words: &'static Words,
    symbol: &'static str,
    side: SignalType,
    /// One price, or the two edges of a zone.
    entry: Vec<Decimal>,
    targets: Vec<Decimal>,
    stop: Option<Decimal>,
    leverage: Option<u16>,
    one_line: bool,
}

/// The words of one language.
#[derive(Debug)]
struct Words {
    long: &'static str,
    short: &'static str,
    entry: &'static str,
    target: &'static str,
    stop: &'static str,
    leverage: &'static str,
}

const LANGUAGES: &[Words] = &[
    Words { long: "LONG", short: "SHORT", entry: "Entry", target: "Target", stop: "Stop loss", leverage: "Leverage" },
    Words { long: "Buy", short: "Sell", entry: "Entry price", target: "TP", stop: "SL", leverage: "Lev" },
    Words {
        long: "ЛОНГ", short: "ШОРТ", entry: "Вход", target: "Цель", stop: "Стоп", leverage: "Плечо"
    },
    Words { long: "LONG", short: "SHORT", entry: "Giriş", target: "Hedef", stop: "Zarar kes", leverage: "Kaldıraç" },
    Words { long: "做多", short: "做空", entry: "入场", target: "目标", stop: "止损", leverage: "杠杆" },
    Words {
        long: "LARGO",
        short: "CORTO",
        entry: "Entrada",
        target: "Objetivo",
        stop: "Stop",
        leverage: "Apalancamiento",
    },
    Words {
        long: "لانگ", short: "شورت", entry: "ورود", target: "تارگت", stop: "استاپ", leverage: "اهرم"
    },
];

/// Coins whose usual price the parser does not know: for others the size of a number is a hint.
const SYMBOLS: &[&str] = &["NEAR/USDT", "#ARBUSDT", "$LINK", "AVAX-USDT", "SUI/USDC"];

/// What is compared of a signal: everything that its text states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    symbol: String,
    side: SignalType,
    kind: &'static str,
    entry: Option<(Decimal, Decimal)>,
    targets: Vec<Decimal>,
    stop: Option<Decimal>,
    leverage: Option<(u16, u16)>,
}

/// Factors that keep the prices within what exchanges quote.
pub(crate) fn factor() -> impl Strategy<Value = Decimal> {
    prop::sample::select(vec!["0.001", "0.01", "0.1", "0.5", "2", "3", "7", "10", "100", "1000"])
        .prop_map(|factor| factor.parse().expect("a decimal"))
}

impl Template {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        // A base price of four digits, and steps of 0.7 to 4 % of it from level to level.
        let base = (1000_i64..=9999, 1_u32..=5);
        let steps = prop::collection::vec(7_i64..=40, 1..=6);
        (
            prop::sample::select(LANGUAGES.iter().collect::<Vec<_>>()),
            prop::sample::select(SYMBOLS.to_vec()),
            prop::bool::ANY,
            base,
            steps,
            prop::bool::ANY,
            prop::option::of(10_i64..=60),
            prop::option::of(2_u16..=75),
            prop::bool::ANY,
        )
            .prop_map(|(words, symbol, is_long, (digits, scale), steps, is_zone, stop, leverage, one_line)| {
                let sign = if is_long { 1 } else { -1 };
                // One digit more than the base has, so that every level lies on its side after rounding.
                let level =
                    |thousandths: i64| Decimal::new(digits * (1000 + sign * thousandths) / 100, scale + 1).normalize();
                let mut at = 0;
                let mut entry = vec![level(0)];
                if is_zone {
                    at += 5;
                    entry.push(level(at));
                    entry.sort_unstable();
                }
                let targets = steps.iter().map(|step| {
                    at += step;
                    level(at)
                });
                let targets = targets.collect();
                let side = if is_long { SignalType::Long } else { SignalType::Short };
                Self { words, symbol, side, entry, targets, stop: stop.map(|step| level(-step)), leverage, one_line }
            })
    }

    pub(crate) fn scaled(&self, factor: Decimal) -> Self {
        let scale = |price: &Decimal| (price * factor).normalize();
        Self {
            entry: self.entry.iter().map(scale).collect(),
            targets: self.targets.iter().map(scale).collect(),
            stop: self.stop.as_ref().map(scale),
            ..self.clone()
        }
    }

    pub(crate) fn text(&self) -> String {
        let words = self.words;
        let side = if self.side == SignalType::Long { words.long } else { words.short };
        let entry: Vec<String> = self.entry.iter().map(Decimal::to_string).collect();
        let mut lines = vec![format!("{} {side}", self.symbol), format!("{}: {}", words.entry, entry.join(" - "))];
        for (i, target) in self.targets.iter().enumerate() {
            lines.push(format!("{} {}: {target}", words.target, i + 1));
        }
        if let Some(stop) = self.stop {
            lines.push(format!("{}: {stop}", words.stop));
        }
        if let Some(leverage) = self.leverage {
            lines.push(format!("{}: {leverage}x", words.leverage));
        }
        lines.join(if self.one_line { " " } else { "\n" })
    }

    pub(crate) fn structure(&self) -> Option<Structure> {
        let symbol: String = self.symbol.chars().filter(char::is_ascii_alphanumeric).collect();
        let symbol = if symbol == "LINK" { "LINKUSDT".to_owned() } else { symbol };
        Some(Structure {
            symbol,
            side: self.side,
            kind: if self.entry.len() == 1 { "limit" } else { "zone" },
            entry: Some((self.entry[0], self.entry[self.entry.len() - 1])),
            targets: self.targets.clone(),
            stop: self.stop,
            leverage: self.leverage.map(|leverage| (leverage, leverage)),
        })
    }
}

impl Structure {
    pub(crate) fn scaled(self, factor: Decimal) -> Self {
        let scale = |price: Decimal| (price * factor).normalize();
        Self {
            entry: self.entry.map(|(low, high)| (scale(low), scale(high))),
            targets: self.targets.into_iter().map(scale).collect(),
            stop: self.stop.map(scale),
            ..self
        }
    }
}

/// The one signal of an outcome; `None` where there is another number of them.
pub(crate) fn structure(outcome: &ParseOutcome) -> Option<Structure> {
    let ParseOutcome::Signals(drafts) = outcome else { return None };
    let [draft] = &drafts[..] else { return None };
    Some(Structure {
        symbol: draft.symbol.compact(),
        side: draft.signal_type,
        kind: Entry::kind(&draft.entry),
        entry: draft.entry.range().map(|(low, high)| (low.value(), high.value())),
        targets: draft.targets.iter().map(|target| target.value()).collect(),
        stop: draft.stop_loss.price().map(|stop| stop.value()),
        leverage: draft.leverage.map(|leverage| (leverage.min, leverage.max)),
    })
}
