//! Posts out of Telegram: the port through which they come, the sources behind it, and how they are collected.
//!
//! Start at [`source::MessageSource`]. [`preview::Preview`] reads public channels from their pages, without an account;
//! [`export::Export`] reads what Telegram Desktop wrote into files.
#![warn(missing_docs)]

pub mod backend;
pub mod collect;
#[cfg(feature = "container")]
pub mod container;
pub mod effects;
#[cfg(any(feature = "lambda", feature = "container"))]
mod environment;
pub mod export;
mod foreign;
pub mod holding;
mod html;
mod http;
pub mod import;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod preview;
pub mod report;
mod retry;
mod run;
pub mod schedule;
mod sink;
pub mod source;
mod sweep;
#[cfg(feature = "telegram")]
pub mod telegram;
