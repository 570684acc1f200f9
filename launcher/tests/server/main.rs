//! `sigtower up` as a process: killed, and asked everything that its description offers.

mod crash;
mod openapi;
mod process;
