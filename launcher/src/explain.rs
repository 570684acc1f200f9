//! Why a post was read as it was: its text with the spans marked, and the rule behind each.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use signals::parser::ParseOutcome;
use signals::parser::evidence::{Evidence, Field, RULES};

use crate::card;
use crate::screen::{excerpt, printable};
use functions::wire;

/// How a span is set off from the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    /// By colour.
    Colour,
    /// By brackets and the field's name, which survive a pipe: `⟦45000⟧entry`.
    Brackets,
}

const HEADING: Style = Style::new().bold();

/// The longest excerpt in the table.
const EXCERPT_CHARS: usize = 40;

/// What was read, the marked text, and a table of the evidence.
pub(crate) fn explain(text: &str, outcome: &ParseOutcome, marks: Marks) -> String {
    let parts = parts(outcome);
    let evidence: Vec<&Evidence> = parts.iter().flat_map(|(_, evidence)| *evidence).collect();
    let mut shown: String = parts.iter().map(|(headline, _)| headline.as_str()).collect();
    shown.push('\n');
    shown.push_str(&marked(text, &evidence, marks));
    if !shown.ends_with('\n') {
        shown.push('\n');
    }
    for (headline, evidence) in &parts {
        shown.push('\n');
        if parts.len() > 1 {
            shown.push_str(headline);
        }
        shown.push_str(&table(text, evidence));
    }
    shown
}

/// Each thing that the post says, in a line, with the evidence for it.
fn parts(outcome: &ParseOutcome) -> Vec<(String, &[Evidence])> {
    match outcome {
        ParseOutcome::Signals(drafts) => {
            drafts.iter().map(|draft| (card::headline(draft), draft.evidence.as_slice())).collect()
        }
        ParseOutcome::Update(update) => vec![(card::news_line(update), &update.evidence)],
        ParseOutcome::NotASignal(none) => vec![(card::refusal_line(none), &none.evidence)],
    }
}

/// The text cut wherever a span begins or ends, each piece marked with the fields that it supports.
fn marked(text: &str, evidence: &[&Evidence], marks: Marks) -> String {
    let edge = |bytes: u32| usize::try_from(bytes).ok().filter(|&at| text.is_char_boundary(at));
    let spans: Vec<(usize, usize, Field)> = evidence
        .iter()
        .filter_map(|piece| Some((edge(piece.span.start)?, edge(piece.span.end)?, piece.field)))
        .filter(|(start, end, _)| start < end)
        .collect();
    let mut edges: Vec<usize> = spans.iter().flat_map(|&(start, end, _)| [start, end]).collect();
    edges.extend([0, text.len()]);
    edges.sort_unstable();
    edges.dedup();
    let mut shown = String::with_capacity(2 * text.len());
    for piece in edges.windows(2) {
        let (start, end) = (piece[0], piece[1]);
        let mut fields: Vec<Field> = Vec::new();
        for &(_, _, field) in spans.iter().filter(|span| span.0 <= start && end <= span.1) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let words = printable(&text[start..end]);
        match (fields.first(), marks) {
            (None, _) => shown.push_str(&words),
            (Some(&first), Marks::Colour) => {
                let style = style(first).underline();
                let _ = write!(shown, "{style}{words}{style:#}");
            }
            (Some(_), Marks::Brackets) => {
                let names: Vec<&str> = fields.iter().copied().map(Field::as_str).collect();
                let _ = write!(shown, "⟦{words}⟧{}", names.join("+"));
            }
        }
    }
    shown
}

fn table(text: &str, evidence: &[Evidence]) -> String {
    if evidence.is_empty() {
        return "No words of the post stand behind this.\n".to_owned();
    }
    let mut rows = vec![["field".to_owned(), "text".to_owned(), "rule".to_owned(), "meaning".to_owned()]];
    rows.extend(evidence.iter().map(|piece| {
        let meaning = RULES.iter().find(|(rule, _)| *rule == piece.rule).map_or("", |(_, meaning)| meaning);
        let words = excerpt(wire::spanned(text, &piece.span), EXCERPT_CHARS);
        [piece.field.as_str().to_owned(), words, piece.rule.to_owned(), meaning.to_owned()]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut shown = String::new();
    for (i, [field, words, rule, meaning]) in rows.iter().enumerate() {
        let style = if i == 0 { HEADING } else { style(evidence[i - 1].field) };
        let line =
            format!("{style}{field:<0$}{style:#}  {words:<1$}  {rule:<2$}  {meaning}", widths[0], widths[1], widths[2]);
        shown.push_str(line.trim_end());
        shown.push('\n');
    }
    shown
}

fn style(field: Field) -> Style {
    match field {
        Field::Symbol => AnsiColor::Cyan,
        Field::SignalType | Field::Event => AnsiColor::Magenta,
        Field::Entry => AnsiColor::Blue,
        Field::Target | Field::Index => AnsiColor::Green,
        Field::StopLoss | Field::Reason => AnsiColor::Red,
        Field::Leverage | Field::Margin | Field::ProviderId => AnsiColor::Yellow,
    }
    .on_default()
}

#[cfg(test)]
mod tests {
    use signals::signal::SignalDraft;

    use super::*;
    use crate::samples;

    fn draft(evidence: Vec<Evidence>) -> SignalDraft {
        SignalDraft { evidence, ..samples::limit_long() }
    }

    fn plain(text: &str, outcome: &ParseOutcome) -> String {
        anstream::adapter::strip_str(&explain(text, outcome, Marks::Brackets)).to_string()
    }

    #[track_caller]
    fn check_marks(text: &str, spans: &[(Field, u32, u32)], expected: &str) {
        let evidence: Vec<Evidence> =
            spans.iter().map(|&(field, start, end)| samples::evidence(field, start, end)).collect();
        assert_eq!(marked(text, &evidence.iter().collect::<Vec<_>>(), Marks::Brackets), expected);
    }

    #[test]
    fn without_colour_spans_are_bracketed_and_tabled() {
        assert_eq!(
            plain("BTC long", &ParseOutcome::Signals(vec![samples::limit_long()])),
            "LONG BTC/USDT  confidence 0.93

⟦BTC⟧symbol ⟦long⟧signal_type

field        text  rule         meaning
symbol       BTC   sample_rule
signal_type  long  sample_rule
"
        );
    }

    #[test]
    fn spans_that_overlap_are_cut_where_they_do() {
        check_marks("abcdef", &[(Field::Entry, 0, 4), (Field::Target, 2, 6)], "⟦ab⟧entry⟦cd⟧entry+target⟦ef⟧target");
        check_marks("abc", &[(Field::Symbol, 0, 3), (Field::Symbol, 0, 3)], "⟦abc⟧symbol");
    }

    #[test]
    fn spans_that_are_none_of_the_text_are_left_out() {
        check_marks("€", &[(Field::Entry, 1, 3), (Field::Entry, 0, 9), (Field::Entry, 3, 3)], "€");
    }

    #[test]
    fn colour_marks_need_no_brackets() {
        let shown = explain("BTC long", &ParseOutcome::Signals(vec![samples::limit_long()]), Marks::Colour);
        assert!(shown.contains("\u{1b}[36m") && !shown.contains('⟦'));
    }

    #[test]
    fn several_signals_have_a_table_each() {
        let first = draft(vec![samples::evidence(Field::Symbol, 0, 3)]);
        let second = draft(Vec::new());
        let shown = plain("BTC long", &ParseOutcome::Signals(vec![first, second]));
        assert_eq!(shown.matches("LONG BTC/USDT").count(), 4);
        assert!(shown.ends_with("No words of the post stand behind this.\n"));
    }

    #[test]
    fn a_post_that_is_none_marks_the_words_that_say_so() {
        let shown = plain("results of the week", &samples::none());
        assert!(shown.starts_with("NO SIGNAL  a report of results\n\n⟦results⟧reason of the week\n"));
    }
}
