//! What a corpus says about a post, and what a parser answered, in a form in which the two compare.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// One labelled post.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(default)]
    pub(crate) id: Value,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) lang: Option<String>,
    #[serde(default)]
    pub(crate) mangled: Value,
    pub(crate) label: Label,
}

/// What a post is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Signal,
    Update,
    #[default]
    None,
}

/// What a reader should find in a post.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) kind: Kind,
    /// For signals: each one that the post opens.
    pub(crate) signals: Vec<Said>,
    /// For updates: what happened.
    pub(crate) event: Option<String>,
    /// Other kinds and events that count as right.
    pub(crate) accept: Accept,
}

/// What a parser answered to a post.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) id: Value,
    #[serde(default)]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) signals: Option<Vec<Said>>,
    #[serde(default)]
    pub(crate) update: Option<News>,
}

/// The part of an update that is scored.
#[derive(Debug, Deserialize)]
pub(crate) struct News {
    #[serde(default)]
    pub(crate) event: Option<String>,
}

/// The fields of one signal that are scored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    pub(crate) symbol: Option<Symbol>,
    pub(crate) signal_type: Option<String>,
    /// The older name of `signal_type`.
    side: Option<String>,
    pub(crate) entry: Entry,
    pub(crate) targets: Option<Vec<Number>>,
    pub(crate) stop_loss: Number,
    pub(crate) leverage: Option<Range>,
    pub(crate) confidence: Option<f64>,
    pub(crate) accept: Accept,
}

impl Said {
    pub(crate) fn side(&self) -> Option<&str> {
        self.signal_type.as_deref().or(self.side.as_deref())
    }
}

/// Other values that count as right, by field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Accept {
    pub(crate) kind: Vec<Kind>,
    pub(crate) event: Vec<Option<String>>,
    pub(crate) symbol: Vec<Option<Symbol>>,
    pub(crate) signal_type: Vec<Option<String>>,
    pub(crate) side: Vec<Option<String>>,
    pub(crate) entry: Vec<Entry>,
    pub(crate) targets: Vec<Option<Vec<Number>>>,
    pub(crate) stop_loss: Vec<Number>,
    pub(crate) leverage: Vec<Option<Range>>,
}

impl<'de> Deserialize<'de> for Label {
    /// One signal stands in the label itself, several in its `signals`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Head {
            kind: Kind,
            #[serde(default)]
            signals: Option<Vec<Said>>,
            #[serde(default)]
            event: Option<String>,
            #[serde(default)]
            accept: Accept,
        }
        let label = Box::<RawValue>::deserialize(deserializer)?;
        let head: Head = serde_json::from_str(label.get()).map_err(D::Error::custom)?;
        let signals = match (head.kind, head.signals) {
            (_, Some(signals)) => signals,
            (Kind::Signal, None) => vec![serde_json::from_str(label.get()).map_err(D::Error::custom)?],
            (Kind::Update | Kind::None, None) => Vec::new(),
        };
        Ok(Self { kind: head.kind, signals, event: head.event, accept: head.accept })
    }
}

/// A symbol, in whichever case it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Symbol(String);

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.to_uppercase()))
    }
}

/// A number, in whichever way it was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Number {
    /// Null, or not there.
    #[default]
    Missing,
    /// A decimal.
    Exact(Decimal),
    /// Something else; it equals only its own spelling.
    Other(String),
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::Null => return Ok(Self::Missing),
            Value::String(text) => text,
            other => other.to_string(),
        };
        let decimal = text.trim().parse().or_else(|_| Decimal::from_scientific(text.trim()));
        Ok(decimal.map_or(Self::Other(text), Self::Exact))
    }
}

/// Where to enter; the kinds that have prices compare by their lowest and highest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Entry {
    #[default]
    Market,
    Between(Number, Number),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Shape {
            kind: Option<String>,
            /// The older name of `kind`.
            r#type: Option<String>,
            low: Option<Number>,
            high: Option<Number>,
        }
        let Some(shape) = Option::<Shape>::deserialize(deserializer)? else { return Ok(Self::Market) };
        let is_empty = shape.low.is_none() && shape.high.is_none() && shape.kind.is_none() && shape.r#type.is_none();
        if is_empty || shape.kind.or(shape.r#type).is_some_and(|kind| kind == "market") {
            return Ok(Self::Market);
        }
        Ok(Self::Between(shape.low.unwrap_or_default(), shape.high.unwrap_or_default()))
    }
}

/// A range of leverage.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Range {
    min: Number,
    max: Number,
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("none"),
            Self::Exact(number) => number.normalize().fmt(f),
            Self::Other(text) => write!(f, "{text:?}"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Market => f.write_str("market"),
            Self::Between(low, high) if low == high => low.fmt(f),
            Self::Between(low, high) => write!(f, "{low} to {high}"),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.min, self.max)
    }
}
