//! What the values of the wire look like, for the OpenAPI document: the domain does not know of it.
//!
//! These types are never made; each stands for the domain's type of the same name.

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($word:literal),+) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some([$($word),+])).into()
            }
        }

        impl ToSchema for $name {}
    };
}

words!(
    /// What a post is.
    PostKind: "signal", "update", "none"
);
words!(
    /// Which way a signal bets.
    SignalType: "long", "short"
);
words!(
    /// Where a signal enters.
    EntryKind: "market", "limit", "zone", "ladder", "breakout"
);
words!(
    /// How a breakout level is crossed.
    Crossing: "above", "below"
);
words!(
    /// Whether margin is shared with the account.
    MarginMode: "cross", "isolated"
);
words!(
    /// The market that a symbol belongs to.
    Market: "unstated", "spot", "linear_perpetual", "inverse_perpetual", "dated", "forex"
);
words!(
    /// Why a post is neither signal nor update.
    Reason:
    "empty", "too_long", "chat", "analysis", "recap", "advert", "market_alert", "no_symbol", "no_side", "no_entry",
    "refused"
);
words!(
    /// What has become of a signal.
    Status: "open", "filled", "partial", "closed", "stopped", "cancelled", "expired", "deleted"
);
words!(
    /// What happened to a signal.
    UpdateEvent:
    "target_hit", "stop_hit", "closed", "cancelled", "breakeven", "entry_filled", "all_targets", "other"
);
words!(
    /// Why a version gave way to the next.
    Cause: "edited", "event", "client", "post_deleted", "deleted"
);
words!(
    /// What a key opens.
    Scope: "read", "write", "admin"
);

/// A price: a positive number of at most 28 digits, exact as it is written.
#[derive(Debug)]
pub(crate) struct Price;

impl PartialSchema for Price {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).exclusive_minimum(Some(0.0)).into()
    }
}

impl ToSchema for Price {}

/// A loss in percent, greater than zero.
#[derive(Debug)]
pub(crate) struct Percent;

impl PartialSchema for Percent {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).exclusive_minimum(Some(0.0)).into()
    }
}

impl ToSchema for Percent {}

/// How sure a reading is, in hundredths.
#[derive(Debug)]
pub(crate) struct Confidence;

impl PartialSchema for Confidence {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0.0)).maximum(Some(1.0)).into()
    }
}

impl ToSchema for Confidence {}

/// A time, as RFC 3339 has it.
#[derive(Debug)]
pub(crate) struct Time;

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Time {}

/// A range of leverage.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its shape is used")]
pub(crate) struct Leverage {
    /// The lowest figure.
    #[schema(minimum = 1, maximum = 1000)]
    min: u16,
    /// The highest figure.
    #[schema(minimum = 1, maximum = 1000)]
    max: u16,
}
