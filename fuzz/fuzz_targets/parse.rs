//! Looks for a post that `parse` cannot take: one that makes it panic, or whose answer is not what is promised.
//!
//! What is promised for every text: evidence that names words of the text, a confidence of at most 1, and the same
//! answer each time, whatever was read before.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signals::message::MessageId;
use signals::parser::evidence::Evidence;
use signals::parser::{Context, ParseOutcome, parse};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let context = Context::default();
    let outcome = parse(&text, &context);
    for piece in evidence(&outcome) {
        let words = text.get(piece.span.start as usize..piece.span.end as usize);
        assert!(words.is_some_and(|words| !words.is_empty()), "{piece:?} names no words");
        assert!(!piece.rule.is_empty(), "{piece:?} names no rule");
    }
    if let ParseOutcome::Signals(drafts) = &outcome {
        assert!(!drafts.is_empty(), "a signal without signals");
        assert!(drafts.iter().all(|draft| draft.confidence.percent() <= 100), "a confidence of more than 1");
    }
    // An answer to another post in between, read on the same thread's workbench.
    let _ = parse(&text, &Context { reply_to: Some(MessageId(1)) });
    assert_eq!(outcome, parse(&text, &context), "two answers to one post");
});

fn evidence(outcome: &ParseOutcome) -> Vec<&Evidence> {
    match outcome {
        ParseOutcome::Signals(drafts) => drafts.iter().flat_map(|draft| &draft.evidence).collect(),
        ParseOutcome::Update(update) => update.evidence.iter().collect(),
        ParseOutcome::NotASignal(none) => none.evidence.iter().collect(),
    }
}
