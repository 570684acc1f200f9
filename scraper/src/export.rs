//! Chats that Telegram Desktop exported: its `result.json`, of one chat or a whole account, or its folder of
//! `messages*.html`.
//!
//! An export is a stream of its own and no [`crate::source::MessageSource`]: it holds what it holds, in the order of its
//! file, and cannot be asked for a channel or for what follows a post without being read from its beginning. What it
//! gives are the same [`Chunk`]s. It reads files, so that it blocks: run it on a thread that may.
//!
//! What it does not know: public names, so that a chat of a `result.json` is known by its number, and one of an HTML
//! export by what the caller says; and albums, whose parts are posts of their own there, most without text.

mod json;
mod message;
mod pages;
mod scan;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use signals::channel::Sighting;
use signals::message::ChannelName;

use crate::foreign::shown;
use crate::source::Chunk;
use json::Json;
use pages::Pages;

/// The most posts of a chunk.
pub const MOST_POSTS: usize = 500;

/// A chunk ends once its posts have so many bytes of text: posts of Telegram are short, those of a damaged file need not
/// be.
const MOST_TEXT: usize = 4 * 1024 * 1024;

/// What the export itself does not say.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// Whose posts these are. An HTML export needs it. With the export of one chat it is the public name; with that of
    /// an account it has to be a number, and chooses the chat.
    pub channel: Option<ChannelName>,
    /// The zone of times that stand in it without one: old exports wrote the time of the computer that made them.
    pub zone: TimeZone,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { channel: None, zone: TimeZone::UTC }
    }
}

/// A chat of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// The spelling that its posts carry.
    pub channel: ChannelName,
    /// Who it is, as far as is known.
    pub sighting: Sighting,
    /// Its title: text of a stranger.
    pub title: String,
    /// What Telegram Desktop calls it, such as `public_channel`; empty in an HTML export.
    pub kind: String,
}

/// Some posts of one chat.
#[derive(Clone, Debug)]
pub struct ExportChunk {
    /// The chat.
    pub chat: Chat,
    /// Its posts, at most [`MOST_POSTS`], and fewer where they are long. `is_last` says that the chat has no more of them here; what is covered ends
    /// with the newest post of the export, whatever came after it was made.
    pub chunk: Chunk,
}

/// How far an export is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The bytes that were read.
    pub n_bytes: u64,
    /// The bytes that there are.
    pub n_bytes_of: u64,
    /// The chats that were passed over, as they are no channels: private talks, bots, small groups, saved messages.
    pub n_chats_skipped: u64,
}

/// Why an export, or the rest of one, could not be read. What came before stays valid.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It could not be opened or read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// There is no export at this place.
    #[error("{path} is no export: {why}; export the chat with Telegram Desktop as JSON or HTML and give its folder")]
    NoExport {
        /// The place.
        path: String,
        /// What is missing.
        why: &'static str,
    },
    /// It says nothing of whose posts these are.
    #[error("the export does not say whose posts these are; give the channel's name")]
    NoChannel,
    /// A whole account has chats of many names, and an export has none of them.
    #[error("the export of an account knows its chats by number; give the number of `{channel}` instead of its name")]
    NameForAccount {
        /// The name that was given.
        channel: ChannelName,
    },
    /// No chat of the export is the one that was asked for.
    #[error("the export has no channel with the number {channel}")]
    NoSuchChat {
        /// The number that was given.
        channel: ChannelName,
    },
    /// It is damaged, or breaks off.
    #[error("the export is damaged at byte {at}: {why}; what came before was read, export the chat once more")]
    Damaged {
        /// The place, in bytes from the beginning of the file.
        at: u64,
        /// What is wrong there.
        why: &'static str,
    },
    /// One file of an HTML export is larger than Telegram Desktop writes them.
    #[error("{path} is longer than {most_bytes} bytes, which no page of an export is")]
    TooLarge {
        /// The file.
        path: String,
        /// The most bytes of a page.
        most_bytes: u64,
    },
}

/// An export that is being read.
#[derive(Debug)]
pub struct Export {
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json(Box<Json<File>>),
    Html(Box<Pages>),
}

impl Export {
    /// Opens an export: its folder, its `result.json`, or one of its pages, from which the others are found.
    ///
    /// # Errors
    /// [`ExportError`] when there is none, or when it lacks what `options` do not give.
    pub fn open(path: &Path, options: ExportOptions) -> Result<Self, ExportError> {
        let file = if path.is_dir() { in_folder(path)? } else { path.to_owned() };
        let is_html =
            file.extension().is_some_and(|it| it.eq_ignore_ascii_case("html") || it.eq_ignore_ascii_case("htm"));
        let form = if is_html {
            Form::Html(Box::new(Pages::of(&file, options)?))
        } else {
            let opened = File::open(&file).map_err(|source| ExportError::Io { path: display(&file), source })?;
            let n_bytes_of = opened.metadata().map_or(0, |it| it.len());
            Form::Json(Box::new(Json::of(opened, n_bytes_of, display(&file), options)))
        };
        Ok(Self { form })
    }

    /// The next posts; none at the end.
    ///
    /// # Errors
    /// [`ExportError`]; after one there is nothing more.
    pub fn next_chunk(&mut self) -> Result<Option<ExportChunk>, ExportError> {
        match &mut self.form {
            Form::Json(json) => json.next_chunk(),
            Form::Html(pages) => pages.next_chunk(),
        }
    }

    /// How far it is read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match &self.form {
            Form::Json(json) => json.progress(),
            Form::Html(pages) => pages.progress(),
        }
    }
}

/// Reads a `result.json` out of any bytes, as [`Export`] does: for measuring, and for looking for files that break it.
#[doc(hidden)]
pub fn read_json(
    from: impl io::Read,
    options: ExportOptions,
    mut each: impl FnMut(ExportChunk),
) -> Result<Progress, ExportError> {
    let mut json = Json::of(from, 0, "the export".to_owned(), options);
    while let Some(chunk) = json.next_chunk()? {
        each(chunk);
    }
    Ok(json.progress())
}

/// Reads one page of an HTML export, as [`Export`] does: for looking for pages that break it.
#[doc(hidden)]
#[must_use]
pub fn read_html(html: &str, channel: &ChannelName) -> Vec<Chunk> {
    pages::read_one(html, channel, &TimeZone::UTC)
}

fn in_folder(folder: &Path) -> Result<PathBuf, ExportError> {
    let candidates = ["result.json", "messages.html"].map(|name| folder.join(name));
    let found = candidates.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| ExportError::NoExport {
        path: display(folder),
        why: "it has neither a result.json nor a messages.html",
    })
}

fn display(path: &Path) -> String {
    shown(&path.to_string_lossy())
}
