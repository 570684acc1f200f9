//! A Telegram of our own, on loopback: what a client of MTProto 2.0 can be tested against.
//!
//! It speaks the protocol with its own RSA key, and strictly: a client that breaks a rule is told so as Telegram would
//! tell it, and the breach stands in [`TelegramServer::violations`]. Behind it is a typed [`world`] of accounts and
//! channels that tests change while clients look at it. What happens on the way to them is the test's choice, too:
//! pushes get lost, doubled or swapped, methods are flooded, silent or slow, connections break, keys die.
//!
//! What is only assumed of the real Telegram stands in [`assumptions`], each with its switch where one is cheap.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use telegram_server::world::{Account, Channel, Draft};
//! use telegram_server::{Delivery, TelegramServer};
//!
//! let server = TelegramServer::start().await?;
//! let channel = server.add_channel(Channel::new(1001, "signals").with_posts(500, |i| format!("post {i}")));
//! let account = server.add_account(Account::new(1, "+9996621234").reading([channel]));
//! let auth_key = server.seed_login(account);
//! // A client with this key, led to `server.address(2)`, is logged in. Then:
//! server.post(channel, Draft::text("pushed"), Delivery::Pushed);
//! server.post(channel, Draft::text("only in a difference"), Delivery::Lost);
//! server.flood("messages.getHistory", 3, 1);
//! # Ok(())
//! # }
//! ```

pub mod assumptions;
pub mod call_log;
pub mod faults;
pub mod world;

mod answer;
mod checksum;
mod connection;
mod control;
mod handshake;
mod message;
mod primes;
mod protocol;
mod push;
mod rpc;
mod rsa;
mod salts;
mod scenario;
mod seal;
mod server;
mod session;
mod shapes;
mod state;
mod transport;

pub use assumptions::Assumptions;
pub use call_log::{Call, Outcome, Violation};
pub use control::ControlPort;
pub use faults::Fault;
pub use push::{Delivery, Push};
pub use server::{DATA_CENTRES, TelegramServer};
