//! Which kind of token begins at each character, and where spaces, marks and line breaks end one.
//!
//! What is nothing (zero-width characters, variation selectors) is passed over without ending the word around it.

use crate::parser::fold::{self, Fold};
use crate::parser::lex::words::Word;
use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::vocabulary::{self, Vocabulary};

/// The walk over the characters of a post.
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) vocabulary: &'a Vocabulary,
    /// Whether the next token follows the last one directly.
    glued: bool,
    pub(super) word: Word,
    pub(super) out: &'a mut Tokens,
}

/// The classes of ASCII: what most posts are made of is decided by one look-up.
#[derive(Clone, Copy, PartialEq)]
enum Ascii {
    Letter,
    Digit,
    Space,
    Newline,
    Mark,
    Skip,
}

const ASCII: [Ascii; 128] = {
    let mut table = [Ascii::Mark; 128];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        table[i] = match c {
            b'a'..=b'z' | b'A'..=b'Z' => Ascii::Letter,
            b'0'..=b'9' => Ascii::Digit,
            b' ' | b'\t' => Ascii::Space,
            b'\n' => Ascii::Newline,
            0..=31 | 127 => Ascii::Skip,
            _ => Ascii::Mark,
        };
        i += 1;
    }
    table
};

impl<'a> Lexer<'a> {
    /// A lexer at the beginning of the text; `word` is room from an earlier post.
    pub(super) fn new(text: &'a str, vocabulary: &'a Vocabulary, word: Word, out: &'a mut Tokens) -> Self {
        Self { text, at: 0, vocabulary, glued: false, word, out }
    }

    /// Walks through the text; gives the room for a word back.
    pub(super) fn run(mut self) -> Word {
        while self.at < self.text.len() {
            let byte = self.text.as_bytes()[self.at];
            if byte < 128 {
                match ASCII[usize::from(byte)] {
                    Ascii::Letter if self.word.end == self.word.start => self.ascii_word(),
                    Ascii::Letter => self.letter(byte as char, 1, byte.is_ascii_uppercase(), false),
                    Ascii::Digit => self.number(),
                    Ascii::Space => self.gap(1),
                    Ascii::Newline => self.line(1),
                    Ascii::Skip => self.skip(1),
                    Ascii::Mark if byte == b'.' && self.begins_decimal() => self.number(),
                    Ascii::Mark => self.mark(byte, 1),
                }
                continue;
            }
            let c = self.char();
            let length = c.len_utf8();
            match fold::fold(c) {
                Fold::Letter(letter) => {
                    // Of Cyrillic the capitals alone fold to another letter; other alphabets are asked.
                    let cyrillic = ('\u{400}'..='\u{45f}').contains(&c);
                    let upper = if cyrillic { c != letter && c < 'а' } else { c.is_uppercase() };
                    self.letter(letter, length, upper, false);
                }
                Fold::Han(han) => self.letter(han, length, false, true),
                Fold::Digit(..) => self.number(),
                Fold::Index(n) => {
                    self.end_word();
                    self.push(Kind::Index, u16::from(n), self.at, self.at + length);
                }
                Fold::Mark(mark) => self.mark(mark, length),
                Fold::Separator(mark) => self.mark(mark, length),
                Fold::Times => {
                    self.end_word();
                    self.push_word("x", (self.at, self.at + length), true, false);
                }
                Fold::Space | Fold::JoiningSpace => self.gap(length),
                Fold::Newline => self.line(length),
                Fold::Skip | Fold::Keycap => self.skip(length),
                Fold::Emoji(emoji) => {
                    self.end_word();
                    self.push_or_widen(Kind::Emoji(emoji), length);
                }
            }
        }
        self.end_word();
        self.word
    }

    /// `.310`: a point before digits and behind nothing that it could end.
    fn begins_decimal(&self) -> bool {
        let bytes = self.text.as_bytes();
        let behind = self.at.checked_sub(1).map(|i| bytes[i]);
        bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) && behind.is_none_or(|b| b" \n$:-".contains(&b))
    }

    fn char(&self) -> char {
        self.text[self.at..].chars().next().unwrap_or('\0')
    }

    #[inline]
    pub(super) fn push(&mut self, kind: Kind, value: u16, start: usize, end: usize) {
        self.push_token(Token { value, ..Token::bare(kind, (start, end), self.glued) });
    }

    /// A word of ASCII letters, whose folded text stands where its own does.
    #[inline]
    pub(super) fn push_name(
        &mut self,
        span: (usize, usize),
        known: Option<vocabulary::Word>,
        upper: bool,
        capital: bool,
    ) {
        let mut token = Token::bare(Kind::Word, span, self.glued);
        token.name(span, known, upper, capital);
        self.push_token(token);
    }

    /// The space that stands behind most words, numbers and marks.
    #[inline]
    pub(super) fn pass_space(&mut self) {
        if self.text.as_bytes().get(self.at) == Some(&b' ') {
            self.at += 1;
            self.glued = false;
        }
    }

    #[inline]
    fn push_token(&mut self, token: Token) {
        self.at = token.end as usize;
        self.glued = true;
        self.out.list.push(token);
    }

    /// A rule of dashes or a row of the same picture is one token.
    fn push_or_widen(&mut self, kind: Kind, length: usize) {
        match self.out.list.last_mut() {
            Some(last) if self.glued && last.kind == kind => {
                self.at += length;
                last.end = self.at as u32;
            }
            _ => self.push(kind, 0, self.at, self.at + length),
        }
    }

    /// Passes over what is nothing; words go on behind it.
    fn skip(&mut self, length: usize) {
        self.at += length;
    }

    fn gap(&mut self, length: usize) {
        self.end_word();
        self.at += length;
        self.glued = false;
    }

    fn line(&mut self, length: usize) {
        self.end_word();
        if let Some(last) = self.out.list.last_mut().filter(|last| last.kind == Kind::Line) {
            last.value = last.value.saturating_add(1);
            self.at += length;
        } else {
            self.push(Kind::Line, 1, self.at, self.at + length);
        }
        self.glued = false;
    }

    fn mark(&mut self, mark: u8, length: usize) {
        self.end_word();
        // Markdown's "**" and "__" decorate; between digits they may join a range.
        let bytes = self.text.as_bytes();
        if matches!(mark, b'*' | b'_') && bytes.get(self.at..self.at + 2) == Some(&[mark, mark]) {
            let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
            if !(digit(self.at.checked_sub(1)) && digit(Some(self.at + 2))) {
                self.at += 2;
                return;
            }
        }
        let mark = match mark {
            // Brackets of machines and of markdown hold no remark.
            b'[' | b']' | b'{' | b'}' | b'`' => b'"',
            _ => mark,
        };
        self.push_or_widen(Kind::Mark(mark), length);
        self.pass_space();
    }
}
