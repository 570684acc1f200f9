//! Posts out of Telegram: the port through which they come, and the sources behind it.
//!
//! Start at [`source::MessageSource`]. [`preview::Preview`] reads public channels from their pages, without an account;
//! [`export::Export`] reads what Telegram Desktop wrote into files.
#![warn(missing_docs)]

pub mod export;
mod foreign;
mod html;
pub mod preview;
pub mod source;
