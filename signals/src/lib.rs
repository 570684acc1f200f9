//! What a trading signal is, how it is read from the text of a post, and how it is kept.
//!
//! The crate is pure but for its module `store` (feature `dynamodb`): no clock, no environment, no network, no randomness. Times are arguments.
//! Start at [`parser::parse`] (text to understanding) and [`signal::Signal::from_draft`] (the one door from
//! what a post said to a signal whose fields agree).
#![warn(missing_docs)]

pub mod api_key;
pub mod channel;
pub mod channel_run;
pub mod checkpoint;
pub mod confidence;
pub mod coverage;
pub mod entry;
pub mod event;
pub mod fingerprints;
pub mod idempotency;
pub mod lease;
pub mod leverage;
pub mod message;
pub mod origin;
pub mod outbox;
pub mod parser;
pub mod passed_over;
pub mod peer;
pub mod price;
pub mod query;
pub mod record;
pub mod side;
pub mod signal;
pub mod stats;
pub mod status;
pub mod stop_loss;
#[cfg(feature = "dynamodb")]
pub mod store;
pub mod symbol;
pub mod update;
