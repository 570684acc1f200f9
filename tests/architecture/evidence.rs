//! Every rule that an answer can name is explained: the parser's sources and answers against `RULES`.

use std::collections::BTreeSet;
use std::fs;

use signals::parser::evidence::RULES;
use signals::parser::{Context, ParseOutcome, parse};

use crate::{before_tests, code, files, none, read, root};

fn is_rule_like(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn explained() -> BTreeSet<&'static str> {
    RULES.iter().map(|(rule, _)| *rule).collect()
}

/// The rule-like strings of a source that stand where a rule is given: in a field or variable `rule`, as the last
/// part of a call or tuple, before its optional last part, or as the value of a branch. Strings that are compared with, and those of a method's
/// arguments, are words of posts.
fn produced(source: &str) -> BTreeSet<String> {
    let text: String = before_tests(source).lines().map(|line| format!("{}\n", code(line))).collect();
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices('"') {
        let Some(end) = text[at + 1..].find('"').map(|n| at + 1 + n) else { continue };
        let word = &text[at + 1..end];
        if !is_rule_like(word) {
            continue;
        }
        let (before, behind) = (text[..at].trim_end(), text[end + 1..].trim_start());
        let is_named = before.ends_with("rule:") || before.ends_with("rule =");
        let is_last = before.ends_with(',') && behind.starts_with(')') && !compares(before);
        let is_middle = before.ends_with(',') && [", Some(", ", None)"].iter().any(|next| behind.starts_with(next));
        let is_branch = before.ends_with("=>") && behind.starts_with(',') && source.contains("let rule = match");
        if is_named || is_last || is_middle || is_branch {
            found.insert(word.to_owned());
        }
    }
    found
}

/// Whether the call or tuple that is still open at the end of this code is a comparison or an attribute.
fn compares(code: &str) -> bool {
    let mut depth = 0;
    for (at, c) in code.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return code[..at].ends_with("matches!") || code[..at].ends_with("serde"),
            '(' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// The rules that the sources can give, and where.
fn of_sources() -> Vec<(String, String)> {
    let paths = files("signals/src/parser", ".rs").into_iter().chain(["signals/src/parser.rs".into()]);
    let rules = paths.filter(|path| !path.ends_with("evidence.rs")).flat_map(|path| {
        let rules = produced(&read(&path));
        rules.into_iter().map(move |rule| (path.display().to_string(), rule))
    });
    rules.collect()
}

/// The rules of the answers to the project's own messages, with the messages' names.
fn of_answers() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files("signals/testdata/messages", ".txt") {
        let text = fs::read_to_string(root().join(&path)).expect("a message is UTF-8 text");
        let evidence = match parse(&text, &Context::default()) {
            ParseOutcome::Signals(drafts) => drafts.into_iter().flat_map(|draft| draft.evidence).collect(),
            ParseOutcome::Update(update) => update.evidence,
            ParseOutcome::NotASignal(none) => none.evidence,
        };
        found.extend(evidence.into_iter().map(|piece| (path.display().to_string(), piece.rule.to_owned())));
    }
    found
}

#[track_caller]
fn all_explained(rules: Vec<(String, String)>) {
    let explained = explained();
    let mut offences: Vec<String> = rules
        .into_iter()
        .filter(|(_, rule)| !explained.contains(rule.as_str()))
        .map(|(at, rule)| format!("{rule}  ({at})"))
        .collect();
    offences.sort();
    offences.dedup_by(|a, b| a.split(' ').next() == b.split(' ').next());
    none("rules that `RULES` does not explain", &offences);
}

#[test]
fn every_rule_of_the_sources_is_explained() {
    all_explained(of_sources());
}

#[test]
fn every_rule_of_an_answer_is_explained() {
    all_explained(of_answers());
}

#[test]
fn every_explained_rule_is_given_somewhere() {
    let sources: String = files("signals/src", ".rs")
        .iter()
        .filter(|path| !path.ends_with("evidence.rs"))
        .map(|path| read(path))
        .collect();
    let stale = explained().into_iter().filter(|rule| !sources.contains(&format!("\"{rule}\"")));
    none("rules that the parser does not know", &stale.map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn every_explanation_is_a_sentence_of_its_own() {
    let mut rules = BTreeSet::new();
    for (rule, meaning) in RULES {
        assert!(is_rule_like(rule) && rules.insert(rule), "`{rule}` is no rule, or stands twice");
        assert!(meaning.len() > 10 && meaning.ends_with('.'), "`{rule}`: {meaning}");
    }
}

#[test]
fn strings_that_are_compared_with_are_no_rules() {
    let source = r#"
        let rule = match label { None => "unlabelled", Some(_) => "heading", };
        return Some((UpdateEvent::Closed, "closed"));
        let side = (side, "side_word", Some(at));
        if matches!(text, "at" | "price") || matches!(text, "around") || word == "w" { level.rule = "label_after"; }
        // note(Field::Entry, "in_a_comment")
    "#;
    let expected = ["closed", "heading", "label_after", "side_word", "unlabelled"];
    assert_eq!(produced(source).into_iter().collect::<Vec<_>>(), expected);
}
