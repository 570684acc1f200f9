//! Telegram through an account, against a server that speaks its protocol.

mod collecting;
mod connecting;
mod following;
mod joined;
mod live;
mod logging_in;
mod seeds;
mod world;
