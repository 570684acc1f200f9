//! `sigtower up` as a process: killed, asked everything that its description offers, and asked too much.

mod backend;
mod channels;
mod collecting;
mod crash;
mod desk;
#[path = "../../../functions/tests/e2e/dynamodb.rs"]
#[expect(dead_code, reason = "the tests of the functions use all of it")]
mod dynamodb;
mod harm;
mod looking_back;
mod openapi;
mod overload;
#[path = "../../../scraper/tests/sources/world.rs"]
#[expect(dead_code, reason = "the tests of the sources use all of it")]
mod pages;
mod process;
mod table;
