//! What the store promises, asked of a real engine: the embedded one, or the endpoint that
//! `SIGTOWER_TEST_ENDPOINT` names.

mod backing_up;
mod channel_runs;
mod channels;
mod cost;
mod coverage;
mod editing;
mod engine;
mod expiry;
mod faults;
mod following;
mod history;
mod idempotency;
mod keys;
mod leases;
mod listing;
mod model;
#[path = "../moto/process.rs"]
mod moto;
mod outbox;
mod overtaken;
mod passing;
mod putting;
mod second_engine;
mod streaming;
mod tape;
mod telling;
mod wire;
