//! Posts out of Telegram: the port through which they come.
//!
//! Start at [`source::MessageSource`].
#![warn(missing_docs)]

mod foreign;
pub mod source;
