//! The pages of an HTML export: `messages.html`, `messages2.html`, and so on, one in memory at a time.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::vec;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use signals::channel::Sighting;
use signals::message::{ChannelMessage, ChannelName, MessageId};

use super::json::Run;
use super::message::Entry;
use super::{Chat, ExportChunk, ExportError, ExportOptions, MOST_POSTS, Progress, display};
use crate::html::{Element, Page, Spaces};
use crate::source::{Chunk, LARGEST_ID};

/// The most bytes of a page; Telegram Desktop begins a new one after a thousand messages.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The pages of an export that are being read.
#[derive(Debug)]
pub(super) struct Pages {
    files: vec::IntoIter<PathBuf>,
    chat: Chat,
    zone: TimeZone,
    entries: std::iter::Peekable<vec::IntoIter<Entry>>,
    last: Option<i64>,
    is_over: bool,
    progress: Progress,
}

impl Pages {
    pub(super) fn of(file: &Path, options: ExportOptions) -> Result<Self, ExportError> {
        let channel = options.channel.ok_or(ExportError::NoChannel)?;
        let files = beside(file)?;
        let n_bytes_of = files.iter().filter_map(|file| fs::metadata(file).ok()).map(|it| it.len()).sum();
        let sighting = Sighting::of(channel.clone());
        Ok(Self {
            files: files.into_iter(),
            chat: Chat { channel, sighting, title: String::new(), kind: String::new() },
            zone: options.zone,
            entries: Vec::new().into_iter().peekable(),
            last: None,
            is_over: false,
            progress: Progress { n_bytes_of, ..Progress::default() },
        })
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress
    }

    pub(super) fn next_chunk(&mut self) -> Result<Option<ExportChunk>, ExportError> {
        if self.is_over {
            return Ok(None);
        }
        let mut run = Run::behind(self.last);
        while run.n_entries() < MOST_POSTS {
            if self.entries.peek().is_none() {
                // One page, one chunk at least: so a page that cannot be read takes nothing with it that came before.
                if run.n_entries() > 0 {
                    break;
                }
                if !self.next_page()? {
                    self.is_over = true;
                    let is_empty = run.last.is_none();
                    return Ok((!is_empty).then(|| self.chunk(run, true)));
                }
                continue;
            }
            if self.entries.peek().is_some_and(|entry| run.is_left_by(entry)) {
                let chunk = self.chunk(run, false);
                self.last = None;
                return Ok(Some(chunk));
            }
            if let Some(entry) = self.entries.next() {
                run.add(entry);
            }
        }
        Ok(Some(self.chunk(run, false)))
    }

    fn chunk(&mut self, run: Run, is_last: bool) -> ExportChunk {
        self.last = run.last;
        ExportChunk { chat: self.chat.clone(), chunk: run.chunk(is_last) }
    }

    fn next_page(&mut self) -> Result<bool, ExportError> {
        let Some(path) = self.files.next() else { return Ok(false) };
        let page = self.page(&path);
        if page.is_err() {
            self.is_over = true;
        }
        let (title, entries) = page?;
        if self.chat.title.is_empty() {
            self.chat.title = title.chars().take(256).collect();
        }
        self.entries = entries.into_iter().peekable();
        Ok(true)
    }

    fn page(&mut self, path: &Path) -> Result<(String, Vec<Entry>), ExportError> {
        let io = |source| ExportError::Io { path: display(path), source };
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(io)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(ExportError::TooLarge { path: display(path), most_bytes: MOST_BYTES });
        }
        self.progress.n_bytes += bytes.len() as u64;
        let html = String::from_utf8_lossy(&bytes);
        read(&html, &self.chat.channel, &self.zone).map_err(|why| ExportError::NoExport { path: display(path), why })
    }
}

/// The pages that belong to this one, in the order of their numbers.
fn beside(file: &Path) -> Result<Vec<PathBuf>, ExportError> {
    if number_of(file).is_none() {
        return Ok(vec![file.to_owned()]);
    }
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |source| ExportError::Io { path: display(folder), source };
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if let Some(number) = number_of(&path) {
            pages.push((number, path));
        }
    }
    pages.sort();
    Ok(pages.into_iter().map(|(_, path)| path).collect())
}

/// Which page of an export this is, by its name.
fn number_of(path: &Path) -> Option<u64> {
    let number = path.file_name()?.to_str()?.strip_prefix("messages")?.strip_suffix(".html")?;
    if number.is_empty() { Some(1) } else { number.parse().ok() }
}

/// What a page says, in chunks.
pub(super) fn read_one(html: &str, channel: &ChannelName, zone: &TimeZone) -> Vec<Chunk> {
    let (mut chunks, mut run) = (Vec::new(), Run::behind(None));
    for entry in read(html, channel, zone).map(|(_, entries)| entries).unwrap_or_default() {
        if run.is_left_by(&entry) || run.n_entries() >= MOST_POSTS {
            let before = std::mem::replace(&mut run, Run::behind(None));
            chunks.push(before.chunk(false));
        }
        run.add(entry);
    }
    chunks.push(run.chunk(true));
    chunks
}

fn read(html: &str, channel: &ChannelName, zone: &TimeZone) -> Result<(String, Vec<Entry>), &'static str> {
    let page = Page::read(html).map_err(|_| "it has more elements than any page")?;
    if page.first("history").is_none() && page.first("page_body").is_none() {
        return Err("it is no page of messages");
    }
    let entries = page.outermost("message").filter_map(|it| message(it, channel, zone)).collect();
    let header = page.first("page_header").and_then(|header| header.inner().find(|it| it.has_class("bold")));
    Ok((header.map(|it| it.text(Spaces::Joined)).unwrap_or_default(), entries))
}

/// What a message says; none where it is only a date between messages.
fn message(message: Element<'_, '_>, channel: &ChannelName, zone: &TimeZone) -> Option<Entry> {
    let id = message.attribute("id").and_then(|it| it.strip_prefix("message")?.parse::<i64>().ok());
    let id = id.filter(|id| (1..=LARGEST_ID).contains(id));
    if message.has_class("service") {
        return id.map(Entry::Service);
    }
    let Some(id) = id else { return Some(Entry::Bad(None, "it has no number".to_owned())) };
    // A forwarded message has a second date, of when it was first posted, behind its own.
    let date = message.inner().find(|it| it.has_class("date")).and_then(|it| it.attribute("title"));
    let Some(posted_at) = date.and_then(|it| time(&it, zone)) else {
        return Some(Entry::Bad(Some(id), "its time could not be read".to_owned()));
    };
    let reply = message.inner().find(|it| it.has_class("reply_to"));
    let link = reply.and_then(|it| it.inner().find_map(|it| it.attribute("href")));
    let reply_to = link.and_then(|it| it.split_once("#go_to_message")?.1.parse::<i64>().ok()).filter(|id| *id > 0);
    let text = message.inner().find(|it| it.has_class("text"));
    Some(Entry::Post(Box::new(ChannelMessage {
        channel: channel.clone(),
        id: MessageId(id),
        posted_at,
        edited_at: None,
        text: text.map(|it| it.text(Spaces::Joined)).unwrap_or_default(),
        reply_to: reply_to.map(MessageId),
    })))
}

/// A time such as `12.03.2024 10:15:00 UTC+03:00`; old exports have no zone.
fn time(title: &str, zone: &TimeZone) -> Option<Timestamp> {
    let mut words = title.split_ascii_whitespace();
    let (date, clock, named) = (words.next()?, words.next()?, words.next());
    let clock = DateTime::strptime("%d.%m.%Y %H:%M:%S", format!("{date} {clock}")).ok()?;
    match named {
        Some(named) => offset(named)?.to_timestamp(clock).ok(),
        None => zone.to_ambiguous_timestamp(clock).compatible().ok(),
    }
}

fn offset(named: &str) -> Option<Offset> {
    let named = named.strip_prefix("UTC")?;
    if named.is_empty() {
        return Some(Offset::UTC);
    }
    let sign = if named.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = named.strip_prefix(['+', '-'])?.split_once(':')?;
    let seconds = hours.parse::<u16>().ok()? as i32 * 3_600 + minutes.parse::<u16>().ok()? as i32 * 60;
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_carry_their_zone_or_have_the_one_that_was_given() {
        let zone = TimeZone::fixed(Offset::constant(2));
        for (title, expected) in [
            ("12.03.2024 10:15:00 UTC+03:00", Some("2024-03-12T07:15:00Z")),
            ("12.03.2024 10:15:00 UTC-03:30", Some("2024-03-12T13:45:00Z")),
            ("12.03.2024 10:15:00 UTC", Some("2024-03-12T10:15:00Z")),
            ("12.03.2024 10:15:00", Some("2024-03-12T08:15:00Z")),
            ("12.03.2024 10:15:00 MSK", None),
            ("12.03.2024 10:15:00 UTC+99:99", None),
            ("32.03.2024 10:15:00", None),
            ("", None),
        ] {
            assert_eq!(time(title, &zone), expected.map(|it| it.parse().unwrap()), "{title}");
        }
    }

    #[test]
    fn pages_are_known_by_their_names() {
        for (name, number) in
            [("messages.html", Some(1)), ("messages2.html", Some(2)), ("a/messages10.html", Some(10)), ("x.html", None)]
        {
            assert_eq!(number_of(Path::new(name)), number, "{name}");
        }
    }
}
