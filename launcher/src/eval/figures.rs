//! Counts verdicts, and makes the figures of them.

use serde::{Serialize, Serializer};

use crate::eval::label::Kind;
use crate::eval::score::{FIELDS, Verdict};

/// What was counted over some posts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    n_messages: u64,
    n_signals: u64,
    n_true: u64,
    n_false: u64,
    n_missed: u64,
    n_fully_right: u64,
    n_right: [u64; FIELDS.len()],
    signal: Share,
    update: Share,
    none: Share,
    event: Share,
    /// Every signal given that has a confidence: it, and whether the signal is fully right.
    given: Vec<(f64, bool)>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) n: u64,
    pub(crate) of: u64,
}

impl Share {
    fn add(&mut self, is_counted: bool) {
        self.n += u64::from(is_counted);
        self.of += 1;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.n, self.of)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The figures of some posts; shares are rounded to four decimals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) messages: u64,
    pub(crate) signals: u64,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
    pub(crate) fully_correct: f64,
    pub(crate) symbol: f64,
    pub(crate) side: f64,
    pub(crate) entry: f64,
    pub(crate) targets: f64,
    pub(crate) stop_loss: f64,
    pub(crate) leverage: f64,
    pub(crate) kind_accuracy: KindAccuracy,
    pub(crate) update_event: Share,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KindAccuracy {
    pub(crate) signal: Share,
    pub(crate) update: Share,
    pub(crate) none: Share,
}

/// What a confidence is worth: of the signals given at least this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Calibration {
    /// The confidence, in 0..=1.
    pub(crate) confidence: f64,
    /// How many signals were given it or more.
    pub(crate) given: u64,
    /// How many of those are fully right.
    pub(crate) fully_right: u64,
    /// Their share of those given; null where none was given.
    pub(crate) share_right: Option<f64>,
    /// Their share of all that are fully right; null where none is.
    pub(crate) share_of_right: Option<f64>,
}

impl Tally {
    /// Counts one more post.
    pub(crate) fn add(&mut self, verdict: &Verdict) {
        self.n_messages += 1;
        let (wanted, given) = (verdict.wanted, verdict.given);
        match wanted {
            Kind::Signal => &mut self.signal,
            Kind::Update => &mut self.update,
            Kind::None => &mut self.none,
        }
        .add(wanted == given || verdict.is_accepted);
        if verdict.is_accepted {
            return;
        }
        match (wanted == Kind::Signal, given == Kind::Signal) {
            (true, true) => self.n_true += 1,
            (false, true) => self.n_false += 1,
            (true, false) => self.n_missed += 1,
            (false, false) => {}
        }
        if let Some(is_right) = verdict.is_event_right {
            self.event.add(is_right);
        }
        for signal in &verdict.signals {
            self.n_signals += 1;
            self.n_fully_right += u64::from(signal.is_fully_right);
            for (n, &is_right) in self.n_right.iter_mut().zip(&signal.is_right) {
                *n += u64::from(is_right);
            }
        }
        let given = verdict.given_signals.iter();
        self.given.extend(given.filter_map(|&(confidence, is_right)| Some((confidence?, is_right))));
    }

    /// The figures of all posts counted so far.
    pub(crate) fn figures(&self) -> Figures {
        let precision = ratio(self.n_true, self.n_true + self.n_false).unwrap_or(0.0);
        let recall = ratio(self.n_true, self.n_true + self.n_missed).unwrap_or(0.0);
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        let of_signals = |n: u64| rounded(ratio(n, self.n_signals).unwrap_or(0.0));
        let [symbol, side, entry, targets, stop_loss, leverage] = self.n_right.map(of_signals);
        Figures {
            messages: self.n_messages,
            signals: self.n_signals,
            precision: rounded(precision),
            recall: rounded(recall),
            f1: rounded(f1),
            fully_correct: of_signals(self.n_fully_right),
            symbol,
            side,
            entry,
            targets,
            stop_loss,
            leverage,
            kind_accuracy: KindAccuracy { signal: self.signal, update: self.update, none: self.none },
            update_event: self.event,
        }
    }

    /// What confidences from 0.5 to 0.95 are worth.
    pub(crate) fn calibration(&self) -> Vec<Calibration> {
        let n_right = |given: &[&(f64, bool)]| given.iter().filter(|(_, is_right)| *is_right).count() as u64;
        let all_right = n_right(&self.given.iter().collect::<Vec<_>>());
        let at_least = |percent: u32| {
            let confidence = f64::from(percent) / 100.0;
            let given: Vec<_> = self.given.iter().filter(|(given, _)| *given >= confidence).collect();
            let fully_right = n_right(&given);
            Calibration {
                confidence,
                given: given.len() as u64,
                fully_right,
                share_right: ratio(fully_right, given.len() as u64).map(rounded),
                share_of_right: ratio(fully_right, all_right).map(rounded),
            }
        };
        (50..=95).step_by(5).map(at_least).collect()
    }
}

fn ratio(n: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| n as f64 / of as f64)
}

/// Rounded through its decimal spelling, which is exact where `(share * 1e4).round()` is not.
fn rounded(share: f64) -> f64 {
    format!("{share:.4}").parse().unwrap_or(share)
}
