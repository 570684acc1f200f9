//! The figures as tables, for people.

use std::fmt::Write;

use anstyle::Style;

use crate::eval::figures::Figures;
use crate::eval::{Miss, Report};
use crate::screen::excerpt;

const HEADING: Style = Style::new().bold();

/// The whole report: what was read wrongly, the figures, what confidences are worth.
pub(super) fn table(report: &Report) -> String {
    let mut shown = String::new();
    if let Some(misses) = &report.misses {
        list(&mut shown, misses);
    }
    by_language(&mut shown, report);
    kinds(&mut shown, &report.overall);
    calibration(&mut shown, report);
    shown
}

fn list(shown: &mut String, misses: &[Miss]) {
    for miss in misses {
        let id = miss.id.as_str().map_or_else(|| miss.id.to_string(), str::to_owned);
        let _ = writeln!(shown, "{}  {}", excerpt(&id, 40), excerpt(&miss.what, 400));
    }
    if misses.is_empty() {
        shown.push_str("Nothing was read wrongly.\n");
    }
    shown.push('\n');
}

fn by_language(shown: &mut String, report: &Report) {
    let _ = writeln!(
        shown,
        "{HEADING}language  posts signals   prec. recall     f1   full  symbol   side  entry targets   stop  lever.{HEADING:#}"
    );
    let mut languages: Vec<(&str, &Figures)> =
        report.languages.iter().map(|(language, figures)| (language.as_str(), figures)).collect();
    languages.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.messages));
    for (language, figures) in std::iter::once(("all", &report.overall)).chain(languages) {
        let Figures { messages, signals, precision, recall, f1, .. } = figures;
        let _ = write!(shown, "{:<8} {messages:>6} {signals:>7}", excerpt(language, 8));
        let _ = write!(shown, "  {precision:.4} {recall:.4} {f1:.4}");
        let Figures { fully_correct, symbol, side, entry, targets, stop_loss, leverage, .. } = figures;
        let _ = write!(shown, " {fully_correct:.4}  {symbol:.4} {side:.4} {entry:.4}  {targets:.4}");
        let _ = writeln!(shown, " {stop_loss:.4}  {leverage:.4}");
    }
}

fn kinds(shown: &mut String, figures: &Figures) {
    let kinds = &figures.kind_accuracy;
    let _ = writeln!(
        shown,
        "\nKind right: signal {}, update {}, none {}. Event of an update right: {}.",
        kinds.signal, kinds.update, kinds.none, figures.update_event
    );
}

fn calibration(shown: &mut String, report: &Report) {
    let _ = writeln!(shown, "\n{HEADING}confidence  given  fully right   share  of all right{HEADING:#}");
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.4}"));
    for row in &report.calibration {
        let (right, of_right) = (share(row.share_right), share(row.share_of_right));
        let _ = writeln!(
            shown,
            "    ≥ {:.2} {:>6} {:>12}  {right:>6}  {of_right:>12}",
            row.confidence, row.given, row.fully_right
        );
    }
}
