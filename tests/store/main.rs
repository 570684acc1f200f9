//! What the store promises, asked of a real engine: the embedded one, or the endpoint that
//! `SIGTOWER_TEST_ENDPOINT` names.

mod backing_up;
mod channels;
mod coverage;
mod editing;
mod engine;
mod expiry;
mod history;
mod idempotency;
mod keys;
mod leases;
mod listing;
mod model;
mod putting;
mod streaming;
mod tape;
mod telling;
