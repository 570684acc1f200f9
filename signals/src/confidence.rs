//! How sure the parser is, as a number that means something.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A confidence in 0..=1, kept in hundredths so that it compares exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u8);

impl Confidence {
    /// No confidence at all.
    pub const ZERO: Self = Self(0);

    /// The confidence of this many hundredths; more than 100 counts as 100.
    #[must_use]
    pub fn from_percent(percent: u8) -> Self {
        Self(percent.min(100))
    }

    /// The confidence that is written as a number from 0 to 1 with at most two decimals; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole, 1) || !digits(decimals, 2) {
            return None;
        }
        let percent: u16 = format!("{whole}{decimals:0<2}").parse().ok()?;
        u8::try_from(percent).ok().filter(|percent| *percent <= 100).map(Self)
    }

    /// Hundredths, 0..=100.
    #[must_use]
    pub fn percent(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Confidence {
    /// A JSON number such as `0.93`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    /// A JSON number in 0..=1, rounded to hundredths.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if !(0.0..=1.0).contains(&value) {
            return Err(D::Error::custom("a confidence lies in 0..=1"));
        }
        let hundredths = (value * 100.0).round();
        (0..=100u8)
            .find(|&h| f64::from(h) >= hundredths)
            .map(Self)
            .ok_or_else(|| D::Error::custom("a confidence lies in 0..=1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_confidence_is_a_number_from_0_to_1() {
        for (text, percent) in [("0", 0), ("1", 100), ("0.7", 70), ("0.07", 7), ("1.00", 100), ("0.0", 0)] {
            assert_eq!(Confidence::parse(text), Some(Confidence::from_percent(percent)), "{text}");
        }
        for text in ["", ".", ".5", "1.", "1.01", "2", "0.705", "-0", "1e-1", "NaN", "0,7", " 0.7", "９"] {
            assert_eq!(Confidence::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_confidence_round_trips_in_hundredths() {
        for percent in [0, 1, 7, 29, 57, 93, 100] {
            let confidence = Confidence::from_percent(percent);
            let json = serde_json::to_string(&confidence).unwrap();
            assert_eq!(serde_json::from_str::<Confidence>(&json).unwrap(), confidence, "{json}");
        }
        assert!(serde_json::from_str::<Confidence>("1.2").is_err());
    }
}
