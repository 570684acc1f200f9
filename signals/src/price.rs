//! A price: a positive decimal, exact from the post to the wire.
//!
//! There is no float anywhere on the way: `8.142994999999999` stays what the author wrote.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A positive price in units of the quote currency.
///
/// ```
/// use signals::price::Price;
/// let price = Price::parse("0.00030000").unwrap();
/// assert_eq!(price.to_string(), "0.0003");
/// assert!(Price::parse("0").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Price(Decimal);

/// Why something is not a price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrice {
    /// The text is no decimal number of at most 28 digits.
    #[error("`{0}` is not a decimal number of at most 28 digits")]
    NotANumber(String),
    /// Zero or less.
    #[error("a price is greater than zero, not {0}")]
    NotPositive(Decimal),
}

impl Price {
    /// The price of this decimal.
    ///
    /// # Errors
    /// [`InvalidPrice::NotPositive`] for zero and less.
    pub fn new(value: Decimal) -> Result<Self, InvalidPrice> {
        if value.is_sign_negative() || value.is_zero() {
            return Err(InvalidPrice::NotPositive(value));
        }
        Ok(Self(value.normalize()))
    }

    /// Reads a plain decimal (`45000`, `0.0123`, `1e-7`); no separators, no currency.
    ///
    /// # Errors
    /// [`InvalidPrice`] when the text is no positive decimal.
    pub fn parse(text: &str) -> Result<Self, InvalidPrice> {
        let read = if text.bytes().any(|b| matches!(b, b'e' | b'E')) {
            Decimal::from_scientific(text)
        } else {
            Decimal::from_str_exact(text)
        };
        Self::new(read.map_err(|_| InvalidPrice::NotANumber(text.chars().take(64).collect()))?)
    }

    /// The decimal, without trailing zeros.
    #[must_use]
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl Ord for Price {
    fn cmp(&self, other: &Self) -> Ordering {
        // Prices of few digits, the usual case, compare as integers of one scale.
        let (a, b) = (self.0, other.0);
        let small = |value: Decimal| value.scale() <= 18 && value.mantissa() < 1 << 63;
        if small(a) && small(b) {
            let (mut left, mut right) = (a.mantissa(), b.mantissa());
            for _ in b.scale()..a.scale() {
                right *= 10;
            }
            for _ in a.scale()..b.scale() {
                left *= 10;
            }
            return left.cmp(&right);
        }
        a.cmp(&b)
    }
}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Price {
    type Err = InvalidPrice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact_number::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Price {
    /// A JSON number (read exactly) or a string.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = exact_number::deserialize(deserializer)?;
        Self::new(value).map_err(serde::de::Error::custom)
    }
}

/// Decimals as exact JSON numbers: what a field of type [`Decimal`] names in `#[serde(with)]`.
pub mod exact_number {
    pub use rust_decimal::serde::arbitrary_precision::{deserialize, serialize};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_on_the_wire() {
        let price = Price::parse("8.142994999999999").unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), "8.142994999999999");
        assert_eq!(serde_json::from_str::<Price>("8.142994999999999").unwrap(), price);
        assert_eq!(serde_json::from_str::<Price>("\"8.142994999999999\"").unwrap(), price);
    }

    #[test]
    fn prices_order_as_decimals_do() {
        let prices = ["0.00000001", "0.1", "0.10000000000000000001", "1", "9.99", "10", "123456789012345678901234"];
        for (i, a) in prices.iter().enumerate() {
            for (j, b) in prices.iter().enumerate() {
                assert_eq!(Price::parse(a).unwrap().cmp(&Price::parse(b).unwrap()), i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn trailing_zeros_do_not_make_another_price() {
        assert_eq!(Price::parse("1.500").unwrap(), Price::parse("1.5").unwrap());
        assert_eq!(Price::parse("1e-7").unwrap().to_string(), "0.0000001");
    }

    #[test]
    fn zero_negative_and_words_are_refused() {
        for text in ["0", "0.000", "-1", "abc", "", "1,5", "NaN", "1e400"] {
            assert!(Price::parse(text).is_err(), "{text}");
        }
    }
}
