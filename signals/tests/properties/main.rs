//! What holds for every post, and for every signal however it is dressed.

mod decoration;
mod template;

use proptest::prelude::*;
use signals::parser::evidence::Evidence;
use signals::parser::{Context, ParseOutcome, parse};

use crate::decoration::Decoration;
use crate::template::{Template, structure};

/// Strings of the characters and words that posts are made of: they reach deeper than random characters.
fn post_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "BTC",
        "#ETH/USDT",
        "$SOL",
        "1000PEPE",
        "long",
        "SHORT",
        "buy",
        "sell",
        "entry",
        "Entry 1:",
        "TP",
        "TP1",
        "target 2",
        "SL",
        "stop loss",
        "now",
        "market",
        "leverage",
        "10x",
        "5-10x",
        "cross",
        "hit",
        "closed",
        "cancel",
        "break even",
        "all targets",
        "вход",
        "цель",
        "стоп",
        "лонг",
        "止损",
        "做多",
        "大饼",
        "ورود",
        "۶٫۸",
        "giriş",
        "0.5",
        "45000",
        "45,000",
        "1.234.567",
        "63k",
        "5%",
        "-",
        "–",
        "/",
        ":",
        "(",
        ")",
        "[",
        "…",
        "...",
        "\n",
        "\n\n",
        " ",
        "\u{200b}",
        "\u{feff}",
        "✅",
        "❌",
        "🚀",
        "1️⃣",
        "①",
        "𝐋𝐎𝐍𝐆",
        "@",
        "https://t.me/x",
        "999999999999999999999999999",
        "0.000000000000000000000000001",
        "w",
        "k",
        "万",
        "99999999999999999999999999999999",
        "0.00000000000000000000000000000001",
        "e",
        "1e9",
        "\u{301}",
        "\0",
        "{\"pair\":",
        "}",
    ]);
    prop::collection::vec((pieces, prop::bool::ANY), 0..60).prop_map(|pieces| {
        pieces.into_iter().flat_map(|(piece, glued)| [piece, if glued { "" } else { " " }]).collect()
    })
}

fn evidence(outcome: &ParseOutcome) -> Vec<&Evidence> {
    match outcome {
        ParseOutcome::Signals(drafts) => drafts.iter().flat_map(|draft| &draft.evidence).collect(),
        ParseOutcome::Update(update) => update.evidence.iter().collect(),
        ParseOutcome::NotASignal(none) => none.evidence.iter().collect(),
    }
}

/// Parses, and checks what must hold for any text.
fn read(text: &str) -> ParseOutcome {
    let outcome = parse(text, &Context::default());
    for piece in evidence(&outcome) {
        let span = piece.span.start as usize..piece.span.end as usize;
        assert!(text.get(span).is_some_and(|words| !words.is_empty()), "{piece:?} is no part of {text:?}");
    }
    assert_eq!(outcome, parse(text, &Context::default()), "two readings of {text:?}");
    if let ParseOutcome::Signals(drafts) = &outcome {
        assert!(!drafts.is_empty(), "a signal without signals: {text:?}");
    }
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_read(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_heap_of_post_words_is_read(text in post_like()) {
        read(&text);
    }

    #[test]
    fn a_reading_does_not_depend_on_the_one_before(first in post_like(), second in post_like()) {
        let alone = parse(&second, &Context::default());
        let _ = parse(&first, &Context::default());
        prop_assert_eq!(alone, parse(&second, &Context::default()));
    }

    #[test]
    fn a_written_signal_is_read_whole(template in Template::any()) {
        let text = template.text();
        prop_assert_eq!(structure(&read(&text)), template.structure(), "{}", text);
    }

    #[test]
    fn scaled_prices_give_the_same_signal_at_scaled_prices(template in Template::any(), factor in template::factor()) {
        let scaled = template.scaled(factor);
        let text = scaled.text();
        let expected = structure(&read(&template.text())).map(|signal| signal.scaled(factor));
        prop_assert_eq!(structure(&read(&text)), expected, "{}", text);
    }

    #[test]
    fn decoration_changes_nothing(template in Template::any(), decoration in Decoration::any()) {
        let plain = template.text();
        let text = decoration.applied_to(&plain);
        prop_assert_eq!(structure(&read(&text)), structure(&read(&plain)), "{}", text);
    }
}
