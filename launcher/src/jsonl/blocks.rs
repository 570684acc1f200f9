//! Cuts a stream of bytes into blocks of whole lines, in bounded memory.
//!
//! A block is handed over as soon as a read brought the end of a line: whoever writes a line and waits gets its
//! answer, and a busy pipe fills blocks by itself, because reads wait while the blocks before them are worked on.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is kept. The text of a post has 16 KiB at most; a line with a whole MiB of text, most of it
/// written as `\u…` escapes, still fits and so still has its id echoed.
pub(super) const LONGEST_LINE: usize = 4 * 1024 * 1024;

/// How much is read at once: what a pipe holds, and enough lines to make passing a block on cheap.
const READ_SIZE: usize = 64 * 1024;

/// What editors on Windows put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Some lines of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Whole lines, each with its `\n` but maybe the last of the input. Those over [`LONGEST_LINE`] are rare, not absent.
    Lines(Vec<u8>),
    /// One line over [`LONGEST_LINE`], thrown away up to its end.
    Overlong,
}

/// The blocks of a source.
#[derive(Debug)]
pub(super) struct Blocks<R> {
    source: BufReader<R>,
    /// The line that has begun but not ended.
    begun: Vec<u8>,
    is_start: bool,
    is_skipping: bool,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(READ_SIZE, source),
            begun: Vec::new(),
            is_start: true,
            is_skipping: false,
        }
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let read = match self.source.fill_buf() {
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Some(Err(e)),
            };
            let n_read = read.len();
            if n_read == 0 {
                let last = std::mem::take(&mut self.begun);
                return (!last.is_empty()).then_some(Ok(Block::Lines(last)));
            }
            if std::mem::take(&mut self.is_start) && read.starts_with(BYTE_ORDER_MARK) {
                self.source.consume(BYTE_ORDER_MARK.len());
                continue;
            }
            if self.is_skipping {
                let end = read.iter().position(|&byte| byte == b'\n');
                self.is_skipping = end.is_none();
                self.source.consume(end.map_or(n_read, |end| end + 1));
                continue;
            }
            if let Some(end) = read.iter().rposition(|&byte| byte == b'\n') {
                let mut lines = std::mem::take(&mut self.begun);
                lines.extend_from_slice(&read[..=end]);
                self.begun.extend_from_slice(&read[end + 1..]);
                self.source.consume(n_read);
                return Some(Ok(Block::Lines(lines)));
            }
            self.begun.extend_from_slice(read);
            self.source.consume(n_read);
            if self.begun.len() > LONGEST_LINE {
                self.begun = Vec::new();
                self.is_skipping = true;
                return Some(Ok(Block::Overlong));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives its pieces one read at a time, as a slow pipe does.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    #[track_caller]
    fn check(pieces: &[&str], expected: &[&str]) {
        let source = Pieces(pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect());
        let blocks: Vec<Block> = Blocks::new(source).map(Result::unwrap).collect();
        let expected: Vec<Block> = expected.iter().map(|lines| Block::Lines(lines.as_bytes().to_vec())).collect();
        assert_eq!(blocks, expected);
    }

    #[test]
    fn a_line_is_handed_over_with_the_read_that_ends_it() {
        check(&["one\n", "two\nth", "ree\n"], &["one\n", "two\n", "three\n"]);
        check(&["o", "n", "e", "\n"], &["one\n"]);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        check(&["one\ntwo"], &["one\n", "two"]);
        check(&[], &[]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        check(&["\u{feff}one\n\u{feff}"], &["one\n", "\u{feff}"]);
    }

    #[test]
    fn an_overlong_line_is_thrown_away_and_the_next_one_kept() {
        let source = io::repeat(b'x').take(3 * LONGEST_LINE as u64).chain(&b"\nnext\n"[..]);
        let mut blocks = Blocks::new(source);
        assert_eq!(blocks.next().unwrap().unwrap(), Block::Overlong);
        assert!(blocks.begun.capacity() <= 2 * LONGEST_LINE);
        assert_eq!(blocks.next().unwrap().unwrap(), Block::Lines(b"next\n".to_vec()));
        assert!(blocks.next().is_none());
    }
}
