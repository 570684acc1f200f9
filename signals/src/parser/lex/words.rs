//! Where words begin and end, and what each is in the vocabulary.
//!
//! A word ends not only at a space: `StopLoss` and `USDTShort` are cut at their humps, and Han characters, which are
//! written without spaces, at the words that are known.

use crate::parser::fold::{self, Fold};
use crate::parser::lex::Kind;
use crate::parser::lex::lexer::Lexer;
use crate::parser::lex::runs::Letters;
use crate::parser::vocabulary;

/// A word while it is read.
#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where a lower-case letter is followed by a capital: byte in `text`, byte in the post.
    pub(super) humps: Vec<(usize, usize)>,
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) latin: usize,
    pub(super) cyrillic: usize,
    pub(super) other: usize,
    pub(super) han: bool,
    /// Where each Han character stands in the post.
    pub(super) places: Vec<usize>,
}

/// Where a pair with a stable quote ends and the side glued to it begins.
fn quote_before_side(word: &str) -> Option<usize> {
    if word.len() < 9 {
        return None;
    }
    let sides = ["short", "long", "sell", "buy"];
    let pair = sides.iter().find_map(|side| word.strip_suffix(side))?;
    ["usdt", "usdc", "usd"].iter().any(|quote| pair.ends_with(quote)).then_some(pair.len())
}

impl Lexer<'_> {
    /// Reads a run of ASCII letters at once: most words of most posts. Hands over to [`Self::letter`] where the run
    /// goes on in another alphabet.
    pub(super) fn ascii_word(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let Letters { length, small, later_capital, key } = Letters::of(&bytes[start..]);
        let end = start + length;
        let capital = bytes[start].is_ascii_uppercase();
        // "word", "Word" and "WORD" are cut nowhere; "StopLoss" and what goes on in another alphabet is read letter by
        // letter.
        let plain = !(small && later_capital);
        let goes_on = bytes.get(end).is_some_and(|&byte| byte >= 128)
            && self.text[end..].chars().next().is_some_and(|c| matches!(fold::fold(c), Fold::Letter(_) | Fold::Skip));
        if !plain || goes_on {
            for &byte in &bytes[start..end] {
                self.letter(byte as char, 1, byte.is_ascii_uppercase(), false);
            }
            return;
        }
        let text = &self.out.folded[start..end];
        let known = if length <= 8 { self.vocabulary.lookup_short(key, text) } else { self.vocabulary.lookup(text) };
        let known = known.or_else(|| self.without_drawl(text));
        if known.is_none()
            && let Some(cut) = quote_before_side(text)
        {
            // "JUPUSDTSHORT": two words that lost the space between them.
            for span in [start..start + cut, start + cut..end] {
                self.push_word(&self.text[span.clone()].to_ascii_lowercase(), (span.start, span.end), true, !small);
            }
            return;
        }
        self.push_name((start, end), known, !small, capital);
        self.pass_space();
    }

    pub(super) fn letter(&mut self, letter: char, length: usize, is_upper: bool, is_han: bool) {
        if self.word.end > self.word.start && self.word.han != is_han {
            self.end_word();
        }
        let word = &mut self.word;
        if word.end == word.start {
            (word.start, word.han) = (self.at, is_han);
        } else if is_upper && word.lower > 0 {
            // "StopLoss", "USDTShort": the hump begins a word.
            word.humps.push((word.text.len(), self.at));
            word.lower = 0;
            word.upper = 0;
        } else if !is_upper && word.upper >= 2 && word.lower == 0 && word.latin > 0 {
            // "USDTShort" seen at its "h": the last capital begins the word.
            let at = word.text.len() - word.text.chars().next_back().map_or(0, char::len_utf8);
            let back = self.text[..self.at].char_indices().next_back().map_or(self.at, |(i, _)| i);
            word.humps.push((at, back));
        }
        if is_upper {
            word.upper += 1
        } else {
            word.lower += 1
        }
        match letter {
            'a'..='z' | 'A'..='Z' => word.latin += 1,
            'а'..='я' | 'і' | 'ѕ' | 'ј' => word.cyrillic += 1,
            _ => word.other += 1,
        }
        word.text.push(letter.to_ascii_lowercase());
        if is_han {
            word.places.push(self.at);
        }
        self.at += length;
        word.end = self.at;
    }

    /// Ends the word being read: looks it up, cutting it where it must be cut.
    #[inline]
    pub(super) fn end_word(&mut self) {
        if self.word.end != self.word.start {
            self.finish_word();
        }
    }

    fn finish_word(&mut self) {
        let mut word = std::mem::take(&mut self.word);
        let at = self.at;
        if word.han {
            self.han(&word);
        } else {
            self.unmix(&mut word);
            let known = self
                .vocabulary
                .lookup(&word.text)
                .or_else(|| self.without_particle(&word.text))
                .or_else(|| self.without_drawl(&word.text));
            if known.is_none() && !word.humps.is_empty() {
                let mut from = (0, word.start);
                let humps = std::mem::take(&mut word.humps);
                for &to in humps.iter().chain([&(word.text.len(), word.end)]) {
                    let (text, span) = (&word.text[from.0..to.0], (from.1, to.1));
                    let upper = self.text[span.0..span.1].chars().all(|c| !c.is_lowercase());
                    let cut = quote_before_side(text).filter(|_| span.1 - span.0 == text.len()).unwrap_or(0);
                    if cut > 0 {
                        self.push_word(&text[..cut], (span.0, span.0 + cut), true, upper);
                    }
                    self.push_word(&text[cut..], (span.0 + cut, span.1), word.latin > 0, upper);
                    from = to;
                }
            } else {
                let upper = word.upper > 0 && word.lower == 0 && word.humps.is_empty();
                self.push_known(&word.text, (word.start, word.end), known, word.latin > 0, upper);
            }
        }
        self.at = at;
        word.text.clear();
        word.humps.clear();
        word.places.clear();
        self.word = Word { text: word.text, humps: word.humps, places: word.places, ..Word::default() };
    }

    pub(super) fn push_word(&mut self, text: &str, span: (usize, usize), latin: bool, upper: bool) {
        let known = self.vocabulary.lookup(text);
        self.push_known(text, span, known, latin, upper);
    }

    fn push_known(
        &mut self,
        text: &str,
        (start, end): (usize, usize),
        known: Option<vocabulary::Word>,
        latin: bool,
        upper: bool,
    ) {
        let from = self.out.folded.len();
        self.out.folded.push_str(text);
        let to = self.out.folded.len();
        self.push(Kind::Word, 0, start, end);
        let capital = self.text[start..].starts_with(char::is_uppercase);
        if let Some(token) = self.out.list.last_mut() {
            token.name((from, to), known, upper, capital);
            token.latin = latin;
        }
    }

    /// A number that was written in Han characters.
    fn push_numeral(&mut self, value: u32, (start, end): (usize, usize)) {
        let from = self.out.folded.len();
        self.out.folded.push_str(&value.to_string());
        let to = self.out.folded.len();
        self.push(Kind::Number, 0, start, end);
        if let Some(token) = self.out.list.last_mut() {
            token.place((from, to));
        }
    }

    /// Cuts a run of Han characters at the known words, the longest first.
    fn han(&mut self, word: &Word) {
        // Every Han character folds to one of three bytes.
        let place = |at: usize| word.places.get(at / 3).copied().unwrap_or(word.end);
        let end_of = |at: usize| if at >= word.text.len() { word.end } else { place(at) };
        let (mut at, mut unknown) = (0, 0);
        while at < word.text.len() {
            if let Some((value, length)) = numeral(&word.text[at..]) {
                if unknown < at {
                    self.push_known(&word.text[unknown..at], (place(unknown), end_of(at)), None, false, false);
                }
                self.push_numeral(value, (place(at), end_of(at + length)));
                at += length;
                unknown = at;
                continue;
            }
            match self.vocabulary.longest_han_prefix(&word.text[at..]) {
                Some((known, length)) => {
                    if unknown < at {
                        self.push_known(&word.text[unknown..at], (place(unknown), end_of(at)), None, false, false);
                    }
                    let text = &word.text[at..at + length];
                    self.push_known(text, (place(at), end_of(at + length)), Some(known), false, false);
                    at += length;
                    unknown = at;
                }
                None => at += 3,
            }
        }
        if unknown < at {
            self.push_known(&word.text[unknown..at], (place(unknown), word.end), None, false, false);
        }
    }
}

/// The value and length in bytes of a spoken Chinese numeral at the beginning of a text: `三千二` is 3200, `六万八`
/// 68000. Only numerals of two characters and more that name a hundred, thousand or ten thousand are read; a last
/// digit without its unit counts the next smaller one (<https://en.wikipedia.org/wiki/Chinese_numerals>).
fn numeral(text: &str) -> Option<(u32, usize)> {
    let (mut sum, mut section, mut digit, mut last_unit) = (0u32, 0u32, None, 0u32);
    let (mut length, mut chars) = (0, 0);
    for c in text.chars() {
        let figure = match c {
            '零' | '〇' => Some(0),
            '一' => Some(1),
            '二' | '两' => Some(2),
            '三' => Some(3),
            '四' => Some(4),
            '五' => Some(5),
            '六' => Some(6),
            '七' => Some(7),
            '八' => Some(8),
            '九' => Some(9),
            _ => None,
        };
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            '万' => 10_000,
            _ => 0,
        };
        match (figure, unit) {
            (Some(0), _) if chars > 0 => (digit, last_unit) = (None, 10),
            (Some(figure), _) if digit.is_none() && figure > 0 => digit = Some(figure),
            (None, 10_000) if section > 0 || digit.is_some() => {
                sum = (section + digit.take().unwrap_or(0)) * unit;
                (section, last_unit) = (0, unit);
            }
            (None, 10 | 100 | 1_000) if digit.is_some() || unit == 10 && section == 0 => {
                section += digit.take().unwrap_or(1) * unit;
                last_unit = unit;
            }
            _ => break,
        }
        length += c.len_utf8();
        chars += 1;
    }
    let rest = digit.map_or(0, |digit| digit * (last_unit / 10).max(1));
    let value = sum + section + rest;
    (chars >= 2 && last_unit > 0 && value >= 100).then_some((value, length))
}
