//! What can be asked of the control port.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::push::Delivery;
use crate::world::{Kind, Visibility};

/// A command: `do` names it, and the other fields are its own.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// Where the data centres listen, and the public key.
    Address,
    /// A new account, or another one in its place.
    AddAccount {
        id: i64,
        phone: String,
        code: Option<String>,
        password: Option<String>,
        bot_token: Option<String>,
        username: Option<String>,
        data_centre: Option<i32>,
        #[serde(default)]
        channels: Vec<i64>,
    },
    /// A new channel, or another one in its place, with these posts.
    AddChannel {
        id: i64,
        username: Option<String>,
        title: Option<String>,
        invite: Option<String>,
        #[serde(default)]
        kind: Kind,
        #[serde(default)]
        visibility: Visibility,
        #[serde(default)]
        is_protected: bool,
        #[serde(default = "yes")]
        is_pushed: bool,
        #[serde(default)]
        posts: Vec<String>,
    },
    /// An account reads a channel from now on, or no more.
    SetMember { account: i64, channel: i64, is_member: bool },
    /// A channel is seen by others than before.
    SetVisibility { channel: i64, visibility: Visibility },
    /// A key without a login.
    SeedKey { data_centre: i32 },
    /// A key with a login.
    SeedLogin { account: i64 },
    /// What the account must show for a channel.
    AccessHash { account: i64, channel: i64 },
    /// Somebody posts.
    Post {
        channel: i64,
        text: String,
        reply_to: Option<i32>,
        topic: Option<i32>,
        album: Option<i64>,
        forward: Option<(i64, i32)>,
        date: Option<i32>,
        #[serde(default)]
        delivery: Delivery,
    },
    /// Somebody edits a post.
    Edit {
        channel: i64,
        post: i32,
        text: String,
        #[serde(default)]
        delivery: Delivery,
    },
    /// Somebody deletes posts.
    Delete {
        channel: i64,
        posts: Vec<i32>,
        #[serde(default)]
        delivery: Delivery,
    },
    /// What was held back is pushed.
    Release {
        #[serde(default)]
        reversed: bool,
    },
    /// Readers are told that they missed too much.
    PushTooLong { channel: i64, with_pts: bool },
    /// Differences since before now are too long.
    ForgetEvents { channel: i64 },
    /// The next calls of a method go wrong.
    Fault {
        method: String,
        fault: FaultName,
        #[serde(default = "once")]
        calls: usize,
        #[serde(default)]
        calls_before: usize,
    },
    /// Everything goes well again.
    ClearFaults,
    /// Every connection is closed.
    DisconnectAll,
    /// New connections are closed at once, or no more.
    RefuseConnections { refuses: bool },
    /// What clients send is thrown away, or no more.
    BeDeaf { is_deaf: bool },
    /// All salts end.
    RotateSalts,
    /// The server's clock is ahead of the machine's by so much, or behind.
    SetClockAhead { seconds: i64 },
    /// An app of the account accepts a token that a client shows as a QR code, written as in `tg://login?token=…`.
    AcceptQrToken { account: i64, token: String },
    /// The account's logins end, with this refusal.
    EndLogins { account: i64, code: i32, name: String },
    /// The server forgets the account's keys.
    ForgetKeys { account: i64 },
    /// Changes what is assumed of Telegram; tells all that is.
    Assume {
        #[serde(default)]
        change: Map<String, Value>,
    },
    /// The calls, of one method or all.
    Calls { method: Option<String> },
    /// Forgets the calls.
    ForgetCalls,
    /// What clients did against the protocol.
    Violations,
    /// How many connections are open, and how many there were.
    Connections,
}

/// A fault, as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultName {
    /// `{"error": [420, "FLOOD_WAIT_3"]}`
    Error(i32, String),
    /// No answer at all.
    Silent,
    /// `{"slow_ms": 300}`
    SlowMs(u64),
    /// Closed before it is executed.
    ClosedBefore,
    /// Closed instead of the answer.
    ClosedAfter,
    /// `{"transport": 429}`
    Transport(i32),
    /// An answer of an unknown constructor.
    UnknownConstructor,
    /// An answer that nobody can decrypt.
    Garbage,
}

fn yes() -> bool {
    true
}

fn once() -> usize {
    1
}
