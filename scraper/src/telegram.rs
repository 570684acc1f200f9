//! Telegram through an account: the only place that names its client library.
//!
//! [`SessionBlob`] is a login as it is kept; [`Telegram`] is a connection under it, bounded in time, which says of every
//! failure what it means ([`TelegramError`]).
//!
//! [`Login`] makes a login, and [`SessionFile`] keeps it on a laptop or in a container, under its [`LoginName`].
//! `SessionSecret` keeps a login on AWS (feature `secrets-manager`).
//!
//! The library has no limits of time of its own, waits for floods on its own, and would make a new key where the server
//! forgot the login's: all three are taken out of its hands here.

mod blob_session;
mod connection;
mod failure;
mod history;
mod joined;
mod log_out;
mod login;
mod login_name;
mod message;
mod peers;
mod realtime;
mod session_blob;
mod session_file;
#[cfg(feature = "secrets-manager")]
mod session_secret;
mod source;
mod told;

pub use connection::{Me, Telegram, TelegramConfig};
pub use failure::TelegramError;
pub use history::SeenChannel;
pub use joined::{JoinedChannel, JoinedError};
pub use login::{
    AccountPassword, ApiHash, CodeSent, InvalidAnswer, Login, LoginCode, LoginConfig, LoginError, PhoneNumber, QrLink,
    Standing,
};
pub use login_name::{InvalidLoginName, LoginName};
pub use realtime::{Ended, Happened, Latencies, Realtime, RealtimeReport, RealtimeSettings};
pub use session_blob::{DataCentre, SessionBlob, SessionBlobError};
pub use session_file::{KeptSessionError, SessionFile};
#[cfg(feature = "secrets-manager")]
pub use session_secret::{NO_LOGIN_YET, SecretId, SessionSecret, SessionSecretError};
pub use source::{LOOK_UPS_PER_DAY, TelegramSource};
