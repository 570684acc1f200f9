//! Where a signal gives up.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::price::{Price, exact_number};

/// The stop loss as the post stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum StopLoss {
    /// None, or not stated.
    None,
    /// At a price.
    Price {
        /// The price.
        price: Price,
    },
    /// At a loss in percent. Of the price or of the margin: posts do not say which, so no price is derived from it.
    Percent {
        /// The loss in percent, positive.
        #[serde(with = "exact_number")]
        percent: Decimal,
    },
}

impl StopLoss {
    /// The stop price, where the post gave one.
    #[must_use]
    pub fn price(self) -> Option<Price> {
        match self {
            Self::Price { price } => Some(price),
            Self::None | Self::Percent { .. } => None,
        }
    }
}
