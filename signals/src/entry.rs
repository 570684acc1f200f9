//! Where a signal enters the market.

use serde::{Deserialize, Serialize};

use crate::price::Price;

/// The price or prices at which to enter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Entry {
    /// At the price of the moment.
    Market,
    /// At one price.
    Limit {
        /// The price.
        price: Price,
    },
    /// Anywhere between two prices.
    Zone {
        /// The lower edge.
        low: Price,
        /// The upper edge.
        high: Price,
    },
    /// At several prices, each a part of the position.
    Ladder {
        /// The prices in the order of the post; two at least.
        prices: Vec<Price>,
    },
    /// Once the price has gone above or below a level.
    Breakout {
        /// Which way the level must be crossed.
        when: Crossing,
        /// The lower edge of the trigger; equal to `high` for a single price.
        low: Price,
        /// The upper edge of the trigger.
        high: Price,
    },
}

/// The direction in which a breakout level is crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crossing {
    /// From below.
    Above,
    /// From above.
    Below,
}

impl Entry {
    /// The lowest and the highest price of the entry; `None` at market.
    #[must_use]
    pub fn range(&self) -> Option<(Price, Price)> {
        match self {
            Self::Market => None,
            Self::Limit { price } => Some((*price, *price)),
            Self::Zone { low, high } | Self::Breakout { low, high, .. } => Some((*low, *high)),
            Self::Ladder { prices } => {
                let low = prices.iter().min()?;
                let high = prices.iter().max()?;
                Some((*low, *high))
            }
        }
    }

    /// The prices of a ladder, in the order of the post.
    #[must_use]
    pub fn ladder(&self) -> Option<&[Price]> {
        match self {
            Self::Ladder { prices } => Some(prices),
            Self::Market | Self::Limit { .. } | Self::Zone { .. } | Self::Breakout { .. } => None,
        }
    }

    /// Which way the level of a breakout must be crossed.
    #[must_use]
    pub fn crossing(&self) -> Option<Crossing> {
        match self {
            Self::Breakout { when, .. } => Some(*when),
            Self::Market | Self::Limit { .. } | Self::Zone { .. } | Self::Ladder { .. } => None,
        }
    }

    /// The word on the wire: `market`, `limit`, `zone`, `ladder` or `breakout`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit { .. } => "limit",
            Self::Zone { .. } => "zone",
            Self::Ladder { .. } => "ladder",
            Self::Breakout { .. } => "breakout",
        }
    }
}
