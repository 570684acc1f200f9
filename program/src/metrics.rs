//! Figures for CloudWatch, as lines of the log in its embedded metric format.
//!
//! CloudWatch makes the metrics out of the lines
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>),
//! so that nothing waits for a further call. The operation is the only dimension: each value of a dimension is a metric
//! that is paid for, so what a client can choose is none.

use std::io::Write as _;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Under which name CloudWatch has the metrics of a process: those of two under one name are added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace(String);

/// The one of this process, once it is said.
static OF_PROCESS: OnceLock<Namespace> = OnceLock::new();

impl Namespace {
    /// What [`Namespace::parse`] takes, for people.
    pub const WANTED: &str =
        "at most 255 letters, digits, spaces and .-_/#: that begin neither with a space, a colon nor AWS/";

    /// What CloudWatch takes as one
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>), but for spaces before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b" .-_/#:".contains(&b);
        let is_one = (1..=255).contains(&text.len())
            && text.bytes().all(is_allowed)
            && !text.starts_with([' ', ':'])
            && !text.starts_with("AWS/");
        is_one.then(|| Self(text.to_owned()))
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self("Sigtower".to_owned())
    }
}

/// From now on the lines of this process are of this namespace. The first one that is said counts.
pub fn install(namespace: Namespace) {
    drop(OF_PROCESS.set(namespace));
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is called.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// How much it is.
    pub value: Value,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Thousandths of a second.
    Milliseconds,
}

impl Figure {
    /// How many.
    #[must_use]
    pub fn count(name: &'static str, n: u64) -> Self {
        Self { name, unit: Unit::Count, value: Value::from(n) }
    }

    /// How long, to the microsecond.
    #[must_use]
    pub fn duration(name: &'static str, duration: std::time::Duration) -> Self {
        let milliseconds = duration.as_secs_f64() * 1000.0;
        Self { name, unit: Unit::Milliseconds, value: json!((milliseconds * 1000.0).round() / 1000.0) }
    }
}

/// The figures of one operation, as a line with its line feed. They are of the namespace that was installed, or of the
/// usual one.
#[must_use]
pub fn line(at: Timestamp, operation: &str, figures: Vec<Figure>) -> String {
    match OF_PROCESS.get() {
        Some(namespace) => line_of(namespace, at, operation, figures),
        None => line_of(&Namespace::default(), at, operation, figures),
    }
}

fn line_of(namespace: &Namespace, at: Timestamp, operation: &str, figures: Vec<Figure>) -> String {
    let unit = |unit| match unit {
        Unit::Count => "Count",
        Unit::Milliseconds => "Milliseconds",
    };
    let metrics: Vec<Value> = figures.iter().map(|it| json!({"Name": it.name, "Unit": unit(it.unit)})).collect();
    let directive = json!({"Namespace": namespace.0, "Dimensions": [["Operation"]], "Metrics": metrics});
    let mut object = Map::new();
    object.insert("_aws".to_owned(), json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive]}));
    object.insert("Operation".to_owned(), Value::from(operation));
    object.extend(figures.into_iter().map(|it| (it.name.to_owned(), it.value)));
    let mut line = Value::Object(object).to_string();
    line.push('\n');
    line
}

/// Writes a line to stdout, which on Lambda is the log. As with the log itself: one that cannot be written must not
/// stop the work.
pub fn to_stdout(line: &str) {
    drop(std::io::stdout().write_all(line.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_what_cloudwatch_takes() {
        for text in ["Sigtower", "sigtower-2", "a", "Desk/Signals #1: live", &"x".repeat(255)] {
            assert_eq!(Namespace::parse(text), Some(Namespace(text.to_owned())));
        }
        assert_eq!(Namespace::parse("Sigtower"), Some(Namespace::default()));
        for text in ["", " ", " a", ":a", "AWS/Lambda", "a\nb", "größe", "a\"b", &"x".repeat(256)] {
            assert_eq!(Namespace::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_says_of_which_namespace_it_is() {
        let of = |text: &str| {
            let namespace = Namespace::parse(text).unwrap();
            let line = line_of(&namespace, Timestamp::UNIX_EPOCH, "sweep", vec![Figure::count("PostsRead", 1)]);
            let line: Value = serde_json::from_str(&line).unwrap();
            line["_aws"]["CloudWatchMetrics"][0]["Namespace"].clone()
        };
        assert_eq!((of("sigtower"), of("sigtower-2")), ("sigtower".into(), "sigtower-2".into()));
    }
}
