//! A client that others wrote, grammers, against the server: what it needs is there, and what goes wrong looks to it as
//! it does on the real Telegram.

mod channels;
mod client;
mod faults;
mod login;
mod updates;
