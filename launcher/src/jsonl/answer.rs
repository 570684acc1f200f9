//! The answers to a block of lines.

use std::io::BufRead;

use signals::parser::{Context, parse};

use crate::jsonl::blocks::LONGEST_LINE;
use crate::jsonl::request::Request;
use crate::wire::line::Line;

const BAD_JSON: &[u8] = b"{\"id\":null,\"kind\":\"none\",\"reason\":\"bad_json\"}\n";
const TOO_LONG: &[u8] = b"{\"id\":null,\"kind\":\"none\",\"reason\":\"too_long\"}\n";

/// What a block of lines gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The lines to write.
    pub(super) text: Vec<u8>,
    /// How many lines were read, blank ones too.
    pub(super) n_lines: u64,
    /// How many of them held no post.
    pub(super) n_bad: u64,
    /// The number of the first that held none, from 1 within the block.
    pub(super) first_bad: Option<u64>,
}

impl Answer {
    /// Answers every line that is not blank.
    pub(super) fn to_lines(block: &[u8]) -> Self {
        let mut answer = Self { text: Vec::with_capacity(block.len()), ..Self::default() };
        let mut unescaped = String::new();
        let mut rest = block;
        // What `BufRead` looks for line ends with is many times as fast as a search byte by byte.
        while let (begin, Ok(n @ 1..)) = (rest, rest.skip_until(b'\n')) {
            let line = &begin[..n];
            answer.add(line.strip_suffix(b"\n").unwrap_or(line), &mut unescaped);
        }
        answer
    }

    /// Answers a line that was too long to keep.
    pub(super) fn to_overlong() -> Self {
        let mut answer = Self { n_lines: 1, ..Self::default() };
        answer.add_bad(TOO_LONG);
        answer
    }

    fn add(&mut self, line: &[u8], unescaped: &mut String) {
        self.n_lines += 1;
        // By the same count as the reader's, so that where the reads fell makes no difference.
        if line.len() > LONGEST_LINE {
            return self.add_bad(TOO_LONG);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        let Some(request) = Request::read(line) else { return self.add_bad(BAD_JSON) };
        let outcome = parse(request.text(unescaped), &Context::default());
        serde_json::to_writer(&mut self.text, &Line::of(request.id, &outcome))
            .expect("a line has string keys only, and memory takes what is written to it");
        self.text.push(b'\n');
    }

    fn add_bad(&mut self, answer: &[u8]) {
        self.text.extend_from_slice(answer);
        self.n_bad += 1;
        self.first_bad.get_or_insert(self.n_lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(block: &[u8]) -> (Vec<String>, Answer) {
        let answer = Answer::to_lines(block);
        (String::from_utf8(answer.text.clone()).unwrap().lines().map(str::to_owned).collect(), answer)
    }

    #[test]
    fn each_line_gets_one_answer_and_blank_lines_none() {
        let (lines, answer) = lines(b"{\"id\":1,\"text\":\"hi\"}\r\n\n  \r\n{\"id\":\"b\",\"text\":\"\"}");
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].starts_with(r#"{"id":1,"kind":"none","#) && lines[1].starts_with(r#"{"id":"b","kind":"none","#)
        );
        assert_eq!((answer.n_lines, answer.n_bad, answer.first_bad), (4, 0, None));
    }

    #[test]
    fn bad_lines_are_answered_and_counted() {
        let (lines, answer) = lines(b"{\"text\":\"hi\"}\nnonsense\n{\"id\":9}\n");
        assert_eq!(lines[1..], [r#"{"id":null,"kind":"none","reason":"bad_json"}"#; 2]);
        assert_eq!((answer.n_lines, answer.n_bad, answer.first_bad), (3, 2, Some(2)));
    }

    #[test]
    fn a_line_is_too_long_by_its_length_however_it_was_read() {
        let text = |n: usize| format!("{{\"id\":1,\"text\":\"{}\"}}", "x".repeat(n - 18));
        let (kept, answer) = lines(text(LONGEST_LINE).as_bytes());
        assert_eq!((kept[0].as_str(), answer.n_bad), (r#"{"id":1,"kind":"none","reason":"too_long"}"#, 0));
        let (dropped, answer) = lines(text(LONGEST_LINE + 1).as_bytes());
        assert_eq!((dropped[0].as_str(), answer.n_bad), (r#"{"id":null,"kind":"none","reason":"too_long"}"#, 1));
        assert_eq!(Answer::to_overlong().text, [dropped[0].as_bytes(), b"\n"].concat());
    }
}
