//! `sigtower up` as a process: killed, and asked everything that its description offers.

mod crash;
#[path = "../../../functions/tests/e2e/dynamodb.rs"]
#[expect(dead_code, reason = "the tests of the functions use all of it")]
mod dynamodb;
mod openapi;
mod process;
mod table;
