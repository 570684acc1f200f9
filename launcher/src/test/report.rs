//! What a test found, in the predecessor's shape, and how it ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::exit::Exit;
use crate::screen::printable;

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: &'static str,
    timestamp: Timestamp,
    overall_success: bool,
    tests: Tests,
}

#[derive(Debug, Serialize)]
struct Tests {
    initialization: Initialization,
    channels: Channels,
    signal_collection: SignalCollection,
    backend_integration: BackendIntegration,
}

/// Whether the settings were read and the store opened.
#[derive(Debug, Serialize)]
pub(crate) struct Initialization {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What came of each channel.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) channels: BTreeMap<String, ChannelTest>,
    pub(crate) messages_fetched: u64,
    pub(crate) signals_found: u64,
    pub(crate) updates_found: u64,
    pub(crate) bad_posts: u64,
}

/// What came of one channel.
#[derive(Debug, Serialize)]
pub(crate) struct ChannelTest {
    pub(crate) accessible: bool,
    pub(crate) messages_fetched: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// For how many seconds the source is to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_s: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Channels {
    success: bool,
    accessible_channels: usize,
    total_channels: usize,
    channels: BTreeMap<String, ChannelTest>,
}

#[derive(Debug, Serialize)]
struct SignalCollection {
    success: bool,
    messages_fetched: u64,
    signals_found: u64,
    updates_found: u64,
    bad_posts: u64,
}

/// Whether a signal could be stored, read back and removed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BackendIntegration {
    pub(crate) success: bool,
    pub(crate) target: &'static str,
    pub(crate) stored: bool,
    pub(crate) read_back: bool,
    pub(crate) removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Initialization {
    /// That it went well, unless something is said about it.
    pub(crate) fn of(error: String) -> Self {
        Self { success: error.is_empty(), error: Some(error).filter(|it| !it.is_empty()) }
    }
}

impl Report {
    pub(crate) fn of(
        timestamp: Timestamp,
        initialization: Initialization,
        read: Read,
        backend_integration: BackendIntegration,
    ) -> Self {
        let Read { channels, messages_fetched, signals_found, updates_found, bad_posts } = read;
        let is_well = |it: &&ChannelTest| it.accessible && it.error.is_none();
        let (n_well, total_channels) = (channels.values().filter(is_well).count(), channels.len());
        let channels = Channels {
            success: n_well == total_channels && total_channels > 0,
            accessible_channels: channels.values().filter(|it| it.accessible).count(),
            total_channels,
            channels,
        };
        // That posts hold no signal is no failure; that there are none to read is.
        let success = messages_fetched > 0 && messages_fetched > bad_posts;
        let signal_collection = SignalCollection { success, messages_fetched, signals_found, updates_found, bad_posts };
        let overall_success =
            initialization.success && channels.success && signal_collection.success && backend_integration.success;
        let tests = Tests { initialization, channels, signal_collection, backend_integration };
        Self { schema: "test/1", timestamp, overall_success, tests }
    }

    pub(crate) fn exit(&self) -> Exit {
        let Tests { initialization, signal_collection, backend_integration, .. } = &self.tests;
        match self.overall_success {
            true => Exit::Ok,
            // Some channel was read, or there would be no messages.
            false if initialization.success && signal_collection.success && backend_integration.success => {
                Exit::Partial
            }
            false => Exit::Failed,
        }
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        let word = |success| if success { "ok  " } else { "FAIL" };
        let Tests { initialization, channels, signal_collection: found, backend_integration: backend } = &self.tests;
        let mut text = String::new();
        let _ =
            writeln!(text, "{}  initialization       {}", word(initialization.success), or_ok(&initialization.error));
        let _ = writeln!(
            text,
            "{}  channels             {} of {} accessible",
            word(channels.success),
            channels.accessible_channels,
            channels.total_channels
        );
        for (name, error) in channels.channels.iter().filter_map(|(name, it)| Some((name, it.error.as_ref()?))) {
            let _ = writeln!(text, "      {name}: {}", printable(error));
        }
        let _ = writeln!(
            text,
            "{}  signal collection    {} posts fetched, {} signals and {} news found, {} unreadable",
            word(found.success),
            found.messages_fetched,
            found.signals_found,
            found.updates_found,
            found.bad_posts
        );
        let done = format!("{}: a signal was stored, read back and removed", backend.target);
        let told = if backend.success { &done } else { or_ok(&backend.error) };
        let _ = writeln!(text, "{}  backend integration  {}", word(backend.success), printable(told));
        let whole = if self.overall_success { "All is well." } else { "Not all is well: sigtower doctor says more." };
        text + whole + "\n"
    }
}

fn or_ok(error: &Option<String>) -> &str {
    error.as_deref().unwrap_or("settings read, store open")
}
