//! Whether one answer is right, field by field.

use std::fmt::Display;

use crate::eval::label::{Accept, Answer, Kind, Label, Said};

/// The fields of a signal that are scored, as reports name them.
pub(crate) const FIELDS: [&str; 6] = ["symbol", "side", "entry", "targets", "stop_loss", "leverage"];

/// A signal is fully right when the first so many of [`FIELDS`] are; leverage is advice, not part of the trade.
const N_CORE: usize = 5;

/// The judgement on one post.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) wanted: Kind,
    pub(crate) given: Kind,
    /// Whether another kind was given, one that the label accepts; nothing else is then scored.
    pub(crate) is_accepted: bool,
    /// For a labelled update: whether its event is right.
    pub(crate) is_event_right: Option<bool>,
    /// For a labelled signal: each one that the label has.
    pub(crate) signals: Vec<SignalVerdict>,
    /// Each signal that was given: its confidence, and whether it is fully right.
    pub(crate) given_signals: Vec<(Option<f64>, bool)>,
    /// What went wrong, in words; empty when nothing did.
    pub(crate) misses: Vec<String>,
}

/// The judgement on one labelled signal.
#[derive(Debug)]
pub(crate) struct SignalVerdict {
    /// For each of [`FIELDS`], whether it is right.
    pub(crate) is_right: [bool; FIELDS.len()],
    /// Whether the fields that make the trade are right, and no signal was given that the post does not have.
    pub(crate) is_fully_right: bool,
}

/// Holds an answer against a label.
pub(crate) fn judge(label: &Label, answer: &Answer) -> Verdict {
    let mut verdict = Verdict {
        wanted: label.kind,
        given: answer.kind,
        is_accepted: answer.kind != label.kind && label.accept.kind.contains(&answer.kind),
        is_event_right: None,
        signals: Vec::new(),
        given_signals: Vec::new(),
        misses: Vec::new(),
    };
    if verdict.is_accepted {
        return verdict;
    }
    let given: &[Said] = answer.signals.as_deref().unwrap_or_default();
    if answer.kind == Kind::Signal {
        verdict.given_signals = given.iter().map(|said| (said.confidence, false)).collect();
    }
    match label.kind {
        Kind::Signal => judge_signals(&mut verdict, label, given),
        Kind::Update => judge_update(&mut verdict, label, answer),
        Kind::None => {}
    }
    if label.kind != Kind::Signal && answer.kind != label.kind {
        verdict.misses.push(match answer.kind {
            Kind::Signal => "false signal".to_owned(),
            Kind::Update => "false update".to_owned(),
            Kind::None => "missed update".to_owned(),
        });
    }
    verdict
}

fn judge_update(verdict: &mut Verdict, label: &Label, answer: &Answer) {
    let event = answer.update.as_ref().and_then(|update| update.event.as_deref());
    let is_stated = event == label.event.as_deref();
    let is_accepted = label.accept.event.iter().any(|other| other.as_deref() == event);
    verdict.is_event_right = Some(answer.kind == Kind::Update && (is_stated || is_accepted));
    if answer.kind == Kind::Update && !(is_stated || is_accepted) {
        let wanted = label.event.as_deref();
        verdict.misses.push(format!("event: want {} got {}", wanted.unwrap_or("none"), event.unwrap_or("none")));
    }
}

fn judge_signals(verdict: &mut Verdict, label: &Label, given: &[Said]) {
    let has_extra = given.len() > label.signals.len();
    for (i, wanted) in label.signals.iter().enumerate() {
        let said = given.get(i).filter(|_| verdict.given == Kind::Signal);
        let wrong = said.map(|said| differences(wanted, said));
        let is_right = std::array::from_fn(|field| wrong.as_ref().is_some_and(|wrong| wrong[field].is_none()));
        let is_fully_right = is_right.iter().take(N_CORE).all(|&right| right) && !has_extra;
        if is_fully_right && let Some(signal) = verdict.given_signals.get_mut(i) {
            signal.1 = true;
        }
        if !is_fully_right {
            let mut words: Vec<String> = match wrong {
                Some(wrong) => wrong.into_iter().take(N_CORE).flatten().collect(),
                None => vec!["missed signal".to_owned()],
            };
            if has_extra {
                words.push("extra signals".to_owned());
            }
            let symbol = or_none(wanted.symbol.as_ref());
            verdict.misses.push(format!("{symbol}: {}", words.join("; ")));
        }
        verdict.signals.push(SignalVerdict { is_right, is_fully_right });
    }
}

/// For each of [`FIELDS`], how it differs from what was wanted.
fn differences(wanted: &Said, said: &Said) -> [Option<String>; FIELDS.len()] {
    let accept: &Accept = &wanted.accept;
    let symbols: Vec<_> = accept.symbol.iter().map(Option::as_ref).collect();
    let sides: Vec<_> = accept.side.iter().chain(&accept.signal_type).map(Option::as_deref).collect();
    let targets: Vec<_> = accept.targets.iter().map(Option::as_deref).map(Option::unwrap_or_default).collect();
    let leverages: Vec<_> = accept.leverage.iter().map(Option::as_ref).collect();
    let wanted_targets = wanted.targets.as_deref().unwrap_or_default();
    let said_targets = said.targets.as_deref().unwrap_or_default();
    [
        differs(FIELDS[0], wanted.symbol.as_ref(), said.symbol.as_ref(), &symbols, |s| or_none(*s)),
        differs(FIELDS[1], wanted.side(), said.side(), &sides, |s| or_none(*s)),
        differs(FIELDS[2], &wanted.entry, &said.entry, &accept.entry.iter().collect::<Vec<_>>(), ToString::to_string),
        differs(FIELDS[3], wanted_targets, said_targets, &targets, |t| list(t)),
        differs(
            FIELDS[4],
            &wanted.stop_loss,
            &said.stop_loss,
            &accept.stop_loss.iter().collect::<Vec<_>>(),
            ToString::to_string,
        ),
        differs(FIELDS[5], wanted.leverage.as_ref(), said.leverage.as_ref(), &leverages, |l| or_none(*l)),
    ]
}

fn differs<T: PartialEq>(
    field: &str,
    wanted: T,
    said: T,
    accepted: &[T],
    in_words: impl Fn(&T) -> String,
) -> Option<String> {
    let is_right = said == wanted || accepted.contains(&said);
    (!is_right).then(|| format!("{field}: want {} got {}", in_words(&wanted), in_words(&said)))
}

fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn list(values: &[impl Display]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("[{}]", values.join(", "))
}
