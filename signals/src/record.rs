//! A signal as it is kept: the checked signal, its text, and what became of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::signal::Signal;
use crate::status::Status;
use crate::update::UpdateEvent;

/// A signal with its version, its status and the news about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalRecord {
    /// What was signalled.
    pub signal: Signal,
    /// The text that it was read from, or that the client sent along.
    pub text: Option<String>,
    /// Counts the changes, from 1; the entity tag of the API.
    pub version: u32,
    /// What has become of it.
    pub status: Status,
    /// Whether its confidence was below the threshold that was set when it was stored.
    pub below_threshold: bool,
    /// The news that were linked to it, oldest first; the last [`MOST_EVENTS`] of them.
    pub events: Vec<PastEvent>,
    /// Since when this version holds: when it was posted, edited, or changed here.
    pub valid_from: Timestamp,
    /// When it was first stored.
    pub stored_at: Timestamp,
    /// When this version was stored.
    pub changed_at: Timestamp,
}

/// How many events a signal keeps; channels repeat themselves, and a row has its price.
pub const MOST_EVENTS: usize = 50;

/// One piece of news about a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastEvent {
    /// What happened.
    pub event: UpdateEvent,
    /// The target that was reached, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_index: Option<u8>,
    /// The entry that was filled, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_index: Option<u8>,
    /// When it was posted.
    pub at: Timestamp,
    /// The id of the event.
    pub id: String,
}

/// Why a version gave way to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The post was edited, or read anew with another result.
    Edited,
    /// News were linked to it.
    Event,
    /// A client changed it.
    Client,
    /// The post was deleted from the channel.
    PostDeleted,
    /// A client deleted it.
    Deleted,
}

/// A version that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerVersion {
    /// The signal as it stood.
    pub record: SignalRecord,
    /// Until when it held.
    pub valid_until: Timestamp,
    /// Why it gave way.
    pub cause: Cause,
}
