//! The chats of a `result.json`, one after another, and the messages of each.
//!
//! The export of one chat is an object with its `name`, `type`, `id` and `messages`. That of an account has such
//! objects in `chats.list` and, for chats that were left, in `left_chats.list`.

use std::io::Read;

use signals::channel::Sighting;
use signals::message::{ChannelName, MessageId};

use super::message::{self, Entry};
use super::scan::{Scan, Value};
use super::{Chat, ExportChunk, ExportError, ExportOptions, MOST_POSTS, MOST_TEXT, Progress};
use crate::source::{BadPost, Chunk};

/// What Telegram Desktop calls chats whose posts have numbers of their own. In small groups and private talks numbers
/// are those of the account.
const CHANNELS: [&str; 4] = ["public_channel", "private_channel", "public_supergroup", "private_supergroup"];

/// A `result.json` that is being read.
#[derive(Debug)]
pub(super) struct Json<R> {
    scan: Scan<R>,
    options: ExportOptions,
    progress: Progress,
    place: Place,
    /// What was said of the chat at whose key the reader stands.
    head: Head,
    /// A message that begins the next chunk.
    pending: Option<Entry>,
    found_any: bool,
    is_account: bool,
}

#[derive(Debug, Default)]
struct Head {
    title: String,
    kind: String,
    number: Option<i64>,
}

/// Where the reader stands; each in the one before it.
#[derive(Debug)]
enum Place {
    Start,
    /// In the outermost object.
    Top {
        is_first: bool,
    },
    /// In `chats` or `left_chats`.
    Chats {
        is_first: bool,
    },
    /// In its `list`.
    List {
        is_first: bool,
    },
    /// In a chat of the list.
    InList {
        is_first: bool,
    },
    /// Among the messages of a chat.
    Messages {
        is_first: bool,
        chat: Chat,
        last: Option<i64>,
    },
    /// Where nothing more can be read, and why.
    Failed(ExportError),
    End,
}

impl<R: Read> Json<R> {
    pub(super) fn of(from: R, n_bytes_of: u64, path: String, options: ExportOptions) -> Self {
        Self {
            scan: Scan::of(from, path),
            options,
            progress: Progress { n_bytes_of, ..Progress::default() },
            place: Place::Start,
            head: Head::default(),
            pending: None,
            found_any: false,
            is_account: false,
        }
    }

    pub(super) fn progress(&self) -> Progress {
        Progress { n_bytes: self.scan.at(), ..self.progress }
    }

    pub(super) fn next_chunk(&mut self) -> Result<Option<ExportChunk>, ExportError> {
        loop {
            // An error leaves the reader at the end.
            match std::mem::replace(&mut self.place, Place::End) {
                Place::End => return Ok(None),
                Place::Failed(error) => return Err(error),
                Place::Start => {
                    self.scan.take(b'{', "it does not begin as an export does")?;
                    self.place = Place::Top { is_first: true };
                }
                Place::Top { is_first } => self.top(is_first)?,
                Place::Chats { is_first } => self.chats(is_first)?,
                Place::List { is_first } => {
                    if self.scan.has_next(is_first, b']')? {
                        self.scan.take(b'{', "a chat is missing")?;
                        self.head = Head::default();
                        self.place = Place::InList { is_first: true };
                    } else {
                        self.place = Place::Chats { is_first: false };
                    }
                }
                Place::InList { is_first } => {
                    if self.scan.has_next(is_first, b'}')? {
                        self.place = Place::InList { is_first: false };
                        self.chat_field()?;
                    } else {
                        self.place = Place::List { is_first: false };
                    }
                }
                Place::Messages { is_first, chat, last } => {
                    let chunk = self.messages(is_first, chat, last)?;
                    if chunk.is_some() {
                        return Ok(chunk);
                    }
                }
            }
        }
    }

    fn top(&mut self, is_first: bool) -> Result<(), ExportError> {
        if !self.scan.has_next(is_first, b'}')? {
            return match &self.options.channel {
                Some(channel) if !self.found_any && self.is_account => {
                    Err(ExportError::NoSuchChat { channel: channel.clone() })
                }
                _ if !self.found_any && !self.is_account && self.progress.n_chats_skipped == 0 => {
                    Err(self.scan.damaged("it has no chats and no messages"))
                }
                _ => Ok(()),
            };
        }
        self.place = Place::Top { is_first: false };
        let key = self.scan.key()?;
        if matches!(key.as_str(), "chats" | "left_chats") && self.scan.peek()? == Some(b'{') {
            if let Some(channel) = self.options.channel.as_ref().filter(|it| it.number().is_none()) {
                return Err(ExportError::NameForAccount { channel: channel.clone() });
            }
            self.is_account = true;
            self.scan.take(b'{', "the chats are missing")?;
            self.place = Place::Chats { is_first: true };
            return Ok(());
        }
        self.field(&key)
    }

    fn chats(&mut self, is_first: bool) -> Result<(), ExportError> {
        if !self.scan.has_next(is_first, b'}')? {
            self.place = Place::Top { is_first: false };
            return Ok(());
        }
        self.place = Place::Chats { is_first: false };
        if self.scan.key()? == "list" && self.scan.peek()? == Some(b'[') {
            self.scan.take(b'[', "the chats are missing")?;
            self.place = Place::List { is_first: true };
            return Ok(());
        }
        self.scan.skip()
    }

    fn chat_field(&mut self) -> Result<(), ExportError> {
        let key = self.scan.key()?;
        self.field(&key)
    }

    /// A field of a chat, which the outermost object is where only one was exported.
    fn field(&mut self, key: &str) -> Result<(), ExportError> {
        match key {
            "name" => self.head.title = self.scalar()?.unwrap_or_default(),
            "type" => self.head.kind = self.scalar()?.unwrap_or_default(),
            "id" => self.head.number = self.scalar()?,
            "messages" if self.scan.peek()? == Some(b'[') => match self.chat()? {
                Some(chat) => {
                    self.scan.take(b'[', "the messages are missing")?;
                    self.found_any = true;
                    self.place = Place::Messages { is_first: true, chat, last: None };
                }
                None => self.scan.skip()?,
            },
            _ => self.scan.skip()?,
        }
        Ok(())
    }

    /// A value of this type; none where it is another one, such as `null`.
    fn scalar<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, ExportError> {
        match self.scan.value()? {
            Value::Text(raw) => Ok(serde_json::from_slice(&raw).ok()),
            Value::TooLong => Ok(None),
        }
    }

    /// Whose messages come now; none where they are not wanted.
    fn chat(&mut self) -> Result<Option<Chat>, ExportError> {
        let head = std::mem::take(&mut self.head);
        if !CHANNELS.contains(&head.kind.as_str()) {
            // Of an account the other chats can still be read.
            if head.kind.is_empty() && !self.is_account {
                return Err(self.scan.damaged("it does not say what kind of chat this is"));
            }
            self.progress.n_chats_skipped += 1;
            return Ok(None);
        }
        let number = head.number.and_then(|it| ChannelName::parse(&it.to_string()).ok()?.number());
        let number = match number {
            Some(number) => number,
            None if self.is_account => {
                self.progress.n_chats_skipped += 1;
                return Ok(None);
            }
            None => return Err(self.scan.damaged("a channel has no number")),
        };
        let given = self.options.channel.clone();
        if self.is_account && given.as_ref().is_some_and(|it| it.number() != Some(number)) {
            return Ok(None);
        }
        let sighting = Sighting::with_number(number, given.filter(|it| it.number().is_none()));
        let channel = sighting.username().cloned().unwrap_or_else(|| ChannelName::of_number(number));
        let title = head.title.chars().take(256).collect();
        Ok(Some(Chat { channel, sighting, title, kind: head.kind }))
    }

    /// Some messages of a chat. Numbers rise; where one does not, what is covered begins anew with it.
    fn messages(
        &mut self,
        mut is_first: bool,
        chat: Chat,
        last: Option<i64>,
    ) -> Result<Option<ExportChunk>, ExportError> {
        let mut run = Run::behind(last);
        while run.n_entries() < MOST_POSTS && run.n_bytes < MOST_TEXT {
            let entry = match self.pending.take() {
                Some(entry) => Ok(Some(entry)),
                None => self.message(is_first, &chat),
            };
            is_first = false;
            match entry {
                Ok(Some(entry)) if run.is_left_by(&entry) => {
                    self.pending = Some(entry);
                    self.place = Place::Messages { is_first, chat: chat.clone(), last: None };
                    return Ok(Some(ExportChunk { chat, chunk: run.chunk(false) }));
                }
                Ok(Some(entry)) => run.add(entry),
                Ok(None) => {
                    self.place = if self.is_account { Place::InList { is_first } } else { Place::Top { is_first } };
                    let is_empty = run.n_entries() == 0 && run.last.is_none();
                    return Ok((!is_empty).then(|| ExportChunk { chat, chunk: run.chunk(true) }));
                }
                Err(error) if run.last == last && run.n_entries() == 0 => return Err(error),
                // What came before is handed out first.
                Err(error) => {
                    self.place = Place::Failed(error);
                    return Ok(Some(ExportChunk { chat, chunk: run.chunk(false) }));
                }
            }
        }
        self.place = Place::Messages { is_first, chat: chat.clone(), last: run.last };
        Ok(Some(ExportChunk { chat, chunk: run.chunk(false) }))
    }

    /// The next message of a chat; none behind the last.
    fn message(&mut self, is_first: bool, chat: &Chat) -> Result<Option<Entry>, ExportError> {
        if !self.scan.has_next(is_first, b']')? {
            return Ok(None);
        }
        let began = self.scan.at();
        Ok(Some(match self.scan.value()? {
            Value::Text(raw) => message::read(&raw, &chat.channel, &self.options.zone),
            Value::TooLong => Entry::Bad(None, format!("the message at byte {began} is too long to be one")),
        }))
    }
}

/// Messages one behind another.
#[derive(Debug)]
pub(super) struct Run {
    chunk: Chunk,
    first: Option<i64>,
    pub(super) last: Option<i64>,
    /// Of the posts' texts.
    n_bytes: usize,
}

impl Run {
    /// What follows the message with this number, or begins a chat.
    pub(super) fn behind(last: Option<i64>) -> Self {
        let covers = MessageId(1)..=MessageId(0);
        let chunk = Chunk { posts: Vec::new(), bad: Vec::new(), covers, is_last: false };
        Self { chunk, first: last.map(|last| last.saturating_add(1)), last, n_bytes: 0 }
    }

    pub(super) fn n_entries(&self) -> usize {
        self.chunk.posts.len() + self.chunk.bad.len()
    }

    /// Whether the message stands before what was read: then what lies between was not looked at.
    pub(super) fn is_left_by(&self, entry: &Entry) -> bool {
        entry.id().zip(self.last).is_some_and(|(id, last)| id <= last)
    }

    pub(super) fn add(&mut self, entry: Entry) {
        if let Some(id) = entry.id() {
            self.first = self.first.or(Some(id));
            self.last = Some(id);
        }
        match entry {
            Entry::Post(post) => {
                self.n_bytes += post.text.len();
                self.chunk.posts.push(*post);
            }
            Entry::Service(_) => {}
            Entry::Bad(id, why) => self.chunk.bad.push(BadPost { id: id.map(MessageId), why }),
        }
    }

    pub(super) fn chunk(mut self, is_last: bool) -> Chunk {
        if let (Some(first), Some(last)) = (self.first, self.last) {
            self.chunk.covers = MessageId(first)..=MessageId(last);
        }
        self.chunk.is_last = is_last;
        self.chunk
    }
}
