//! Where the values of a JSON file begin and end, without holding more than one of them.
//!
//! Only the outline is read here: which key, which bracket. Values that matter are handed to a JSON parser one by one;
//! so a file of any length takes the memory of its largest message, and a message that is wrong is wrong alone.

use std::io::{BufReader, Read};

use super::ExportError;

/// The most bytes of one value; real messages have some thousands.
const MOST_VALUE: usize = 16 * 1024 * 1024;

/// The most bytes of a key.
const MOST_KEY: usize = 1024;

const BUFFER: usize = 256 * 1024;

/// A JSON file, read forward.
#[derive(Debug)]
pub(super) struct Scan<R> {
    from: BufReader<R>,
    path: String,
    next: Option<u8>,
    /// The bytes before `next`.
    at: u64,
}

/// What a value was, as text; too long ones are passed over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(Vec<u8>),
    TooLong,
}

impl<R: Read> Scan<R> {
    pub(super) fn of(from: R, path: String) -> Self {
        Self { from: BufReader::with_capacity(BUFFER, from), path, next: None, at: 0 }
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn damaged(&self, why: &'static str) -> ExportError {
        ExportError::Damaged { at: self.at, why }
    }

    fn byte(&mut self) -> Result<Option<u8>, ExportError> {
        if let Some(byte) = self.next.take() {
            self.at += 1;
            return Ok(Some(byte));
        }
        let byte = self.fetch()?;
        self.at += u64::from(byte.is_some());
        Ok(byte)
    }

    fn fetch(&mut self) -> Result<Option<u8>, ExportError> {
        let buffered = self.from.buffer();
        if let Some(byte) = buffered.first().copied() {
            self.from.consume_one();
            return Ok(Some(byte));
        }
        let mut one = [0];
        loop {
            match self.from.read(&mut one) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(one[0])),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ExportError::Io { path: self.path.clone(), source }),
            }
        }
    }

    /// The next byte that is no space; it stays.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ExportError> {
        loop {
            if self.next.is_none() {
                self.next = self.fetch()?;
            }
            match self.next {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.next = None;
                    self.at += 1;
                }
                other => return Ok(other),
            }
        }
    }

    /// Takes this byte, which has to be next.
    pub(super) fn take(&mut self, byte: u8, why: &'static str) -> Result<(), ExportError> {
        match self.peek()? {
            Some(next) if next == byte => self.byte().map(|_| ()),
            Some(_) => Err(self.damaged(why)),
            None => Err(self.damaged("it breaks off")),
        }
    }

    /// Whether an object or array that is open has another part; takes the comma before it, or the bracket at its end.
    pub(super) fn has_next(&mut self, is_first: bool, end: u8) -> Result<bool, ExportError> {
        match self.peek()? {
            Some(next) if next == end => self.byte().map(|_| false),
            Some(b',') if !is_first => {
                self.byte()?;
                match self.peek()? {
                    Some(next) if next == end => Err(self.damaged("nothing follows a comma")),
                    _ => Ok(true),
                }
            }
            Some(_) if is_first => Ok(true),
            Some(_) => Err(self.damaged("a comma is missing")),
            None => Err(self.damaged("it breaks off")),
        }
    }

    /// The next key of an object, and the colon behind it.
    pub(super) fn key(&mut self) -> Result<String, ExportError> {
        if self.peek()? != Some(b'"') {
            return Err(self.damaged("a name is missing"));
        }
        let mut raw = Vec::new();
        let is_whole = self.string(&mut raw, MOST_KEY)?;
        self.take(b':', "a colon is missing")?;
        // A key that is too long or no text is none that matters.
        Ok(if is_whole { serde_json::from_slice(&raw).unwrap_or_default() } else { String::new() })
    }

    /// The next value as it stands there.
    pub(super) fn value(&mut self) -> Result<Value, ExportError> {
        let mut raw = Vec::new();
        let is_whole = self.pass(&mut raw, MOST_VALUE)?;
        Ok(if is_whole { Value::Text(raw) } else { Value::TooLong })
    }

    /// Passes over the next value.
    pub(super) fn skip(&mut self) -> Result<(), ExportError> {
        self.pass(&mut Vec::new(), 0).map(|_| ())
    }

    /// Passes over a value; keeps as much of it as is allowed, and says whether that was all.
    fn pass(&mut self, kept: &mut Vec<u8>, most: usize) -> Result<bool, ExportError> {
        let mut is_whole = true;
        let mut depth = 0u64;
        loop {
            match self.peek()? {
                None => return Err(self.damaged("it breaks off")),
                Some(b'"') => is_whole &= self.string(kept, most)?,
                Some(byte @ (b'{' | b'[')) => {
                    self.byte()?;
                    is_whole &= keep(kept, byte, most);
                    depth += 1;
                }
                Some(byte @ (b'}' | b']')) => {
                    if depth == 0 {
                        return Err(self.damaged("a value is missing"));
                    }
                    self.byte()?;
                    is_whole &= keep(kept, byte, most);
                    depth -= 1;
                }
                Some(byte @ (b',' | b':')) => {
                    if depth == 0 {
                        return Err(self.damaged("a value is missing"));
                    }
                    self.byte()?;
                    is_whole &= keep(kept, byte, most);
                    continue;
                }
                Some(_) => is_whole &= self.word(kept, most)?,
            }
            if depth == 0 {
                return Ok(is_whole);
            }
        }
    }

    /// A number, or `true`, `false`, `null`, or something that is none of them.
    fn word(&mut self, kept: &mut Vec<u8>, most: usize) -> Result<bool, ExportError> {
        // Two words side by side are kept apart, so that they do not become one.
        let mut is_whole = kept.last().is_none_or(|last| !last.is_ascii_alphanumeric()) || keep(kept, b' ', most);
        loop {
            if self.next.is_none() {
                self.next = self.fetch()?;
            }
            match self.next {
                Some(byte) if !b" \t\n\r,:\"{}[]".contains(&byte) => {
                    self.byte()?;
                    is_whole &= keep(kept, byte, most);
                }
                _ => return Ok(is_whole),
            }
        }
    }

    /// A string with its quotes.
    fn string(&mut self, kept: &mut Vec<u8>, most: usize) -> Result<bool, ExportError> {
        self.byte()?;
        let mut is_whole = keep(kept, b'"', most);
        let mut is_escaped = false;
        loop {
            let byte = self.byte()?.ok_or_else(|| self.damaged("it breaks off"))?;
            is_whole &= keep(kept, byte, most);
            match byte {
                b'"' if !is_escaped => return Ok(is_whole),
                b'\\' => is_escaped = !is_escaped,
                _ => is_escaped = false,
            }
        }
    }
}

fn keep(kept: &mut Vec<u8>, byte: u8, most: usize) -> bool {
    let fits = kept.len() < most;
    if fits {
        kept.push(byte);
    }
    fits
}

/// Takes one byte out of what is buffered.
trait ConsumeOne {
    fn consume_one(&mut self);
}

impl<R: Read> ConsumeOne for BufReader<R> {
    fn consume_one(&mut self) {
        std::io::BufRead::consume(self, 1);
    }
}
