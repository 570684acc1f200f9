//! Figures for CloudWatch, as lines of the log in its embedded metric format.
//!
//! CloudWatch makes the metrics out of the lines
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>),
//! so that nothing waits for a further call. The operation is the only dimension: each value of a dimension is a metric
//! that is paid for, so what a client can choose is none.

use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Under which name CloudWatch has the metrics.
pub const NAMESPACE: &str = "Sigtower";

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

/// The figures of one operation, as a line with its line feed.
#[must_use]
pub fn line(at: Timestamp, operation: &str, figures: Vec<Figure>) -> String {
    let unit = |unit| match unit {
        Unit::Count => "Count",
        Unit::Milliseconds => "Milliseconds",
    };
    let metrics: Vec<Value> = figures.iter().map(|it| json!({"Name": it.name, "Unit": unit(it.unit)})).collect();
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": [["Operation"]], "Metrics": metrics});
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
