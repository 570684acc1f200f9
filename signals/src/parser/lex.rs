//! From characters to tokens: words with their roles, numbers, marks, pictures, line breaks.
//!
//! One pass over the text folds it, cuts it and looks every word up; a second pass joins phrases. Each token keeps
//! its span in the post's own text, so that everything read later can be shown where it stands.

use crate::parser::fold::{self, Emoji, Fold};
use crate::parser::numbers::is_level_label;
use crate::parser::vocabulary::{self, Role, RoleSet, Vocabulary};

/// The value of a word that labels a level only where a number stands next to it.
const BESIDE_NUMBER: u16 = 9;
/// The value of a word that labels a level only before a colon, or glued to its number.
const BEFORE_COLON: u16 = 8;

/// The value of a word that plays its role only in capitals: Turkish `AL`, `SAT`.
const IN_CAPITALS: u16 = 7;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word; its folded text stands in the buffer.
    Word,
    /// Digits with separators; the folded text stands in the buffer.
    Number,
    /// A number of a list (`①`, `1️⃣`); [`Token::value`] is the number.
    Index,
    /// Punctuation.
    Mark(u8),
    /// A picture.
    Emoji(Emoji),
    /// One or more line breaks; [`Token::value`] counts them.
    Line,
}

/// One token of a post.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// The role of a word or phrase.
    pub(crate) role: Role,
    /// The value of the role, the number of an index, the count of line breaks.
    pub(crate) value: u16,
    /// The word's number in phrases; 0 for unknown words.
    word: u16,
    /// Bytes of the post.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Bytes of the folded text.
    from: u32,
    to: u32,
    /// Nothing stands between it and the token before it.
    pub(crate) glued: bool,
    /// A word of Latin letters.
    pub(crate) latin: bool,
    /// A word of capitals only.
    pub(crate) upper: bool,
    /// A word that begins with a capital.
    pub(crate) capital: bool,
    /// A number in Arabic-script digits, or joined to the number before by a non-breaking space.
    pub(crate) joined: bool,
    /// Several words that form a known phrase.
    pub(crate) phrase: bool,
    /// A word that begins a phrase.
    begins_phrase: bool,
}

impl Token {
    /// Makes it a Latin word with this folded text.
    fn name(&mut self, (from, to): (usize, usize), known: Option<vocabulary::Word>, upper: bool, capital: bool) {
        (self.from, self.to, self.latin, self.upper, self.capital) = (from as u32, to as u32, true, upper, capital);
        if let Some(known) = known {
            (self.role, self.value, self.word) = (known.role, known.value, known.id);
            self.begins_phrase = known.begins_phrase;
        }
    }
}

/// The tokens of a post and their folded text.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) list: Vec<Token>,
    /// Where the numbers stand in the list.
    pub(crate) numbers: Vec<usize>,
    /// The roles that some word plays.
    pub(crate) roles: RoleSet,
    /// Words whose role depends on their neighbours.
    conditional: Vec<usize>,
    folded: String,
    scratch: Word,
}

impl Tokens {
    /// The folded text of a word or number: lower case, plain letters and digits.
    pub(crate) fn text(&self, token: &Token) -> &str {
        &self.folded[token.from as usize..token.to as usize]
    }

    /// Reads a post, replacing what was here before.
    pub(crate) fn read(&mut self, text: &str, vocabulary: &Vocabulary) {
        self.list.clear();
        // ASCII folds in place: a word or number of it is a slice of this copy. What folds otherwise goes behind.
        self.folded.clear();
        self.folded.push_str(text);
        self.folded.make_ascii_lowercase();
        let mut lexer =
            Lexer { text, at: 0, vocabulary, glued: false, word: std::mem::take(&mut self.scratch), out: self };
        lexer.run();
        let word = lexer.word;
        self.scratch = word;
        self.join_phrases(vocabulary);
        self.drop_roles_without_number();
    }

    /// Words that label a level only beside a number (`看 68000`, `EN: 36.4`, `T1: 2.44`) are words elsewhere.
    fn drop_roles_without_number(&mut self) {
        for index in 0..self.conditional.len() {
            let at = self.conditional[index];
            let token = self.list[at];
            if token.kind == Kind::Word && token.value == IN_CAPITALS && token.role != Role::Ordinal && !token.upper {
                self.list[at].role = Role::None;
                continue;
            }
            if token.kind != Kind::Word
                || !matches!(token.value, BESIDE_NUMBER | BEFORE_COLON)
                || !is_level_label(token.role)
            {
                continue;
            }
            let number = |t: Option<&Token>| t.is_some_and(|t| t.kind == Kind::Number);
            let next = self.list.get(at + 1);
            let begins_line = at == 0
                || self.list[..at]
                    .iter()
                    .rev()
                    .find(|t| !matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_) | Kind::Index))
                    .is_none_or(|t| t.kind == Kind::Line);
            let stray = token.to - token.from <= 2 && !token.upper && !begins_line
                || token.glued && !begins_line && token.to - token.from == 1;
            let colon = next.is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=')))
                && self.list[at + 2..]
                    .iter()
                    .take(if begins_line { 6 } else { 2 })
                    .take_while(|t| t.kind != Kind::Line)
                    .any(|t| t.kind == Kind::Number);
            let holds = if token.value == BEFORE_COLON {
                !stray && (colon || begins_line && token.to - token.from > 2 && number(next))
                    || number(next)
                        && next.is_some_and(|t| {
                            t.end - t.start <= 2
                                && (t.glued || self.list.get(at + 2).is_some_and(|t| t.kind == Kind::Mark(b':')))
                                || token.upper && t.end - t.start > 2
                        })
            } else {
                colon
                    || number(next)
                    || self.list[at + 1..]
                        .iter()
                        .take(3)
                        .find(|t| !matches!(t.kind, Kind::Mark(b'$' | b'.' | b':')))
                        .is_some_and(|t| {
                            t.kind == Kind::Number || matches!(t.role, Role::Price | Role::Below | Role::Above)
                        })
                    || number(at.checked_sub(1).map(|i| &self.list[i]))
            };
            let token = &mut self.list[at];
            token.value = 0;
            if !holds {
                token.role = Role::None;
            }
        }
    }

    /// Joins runs of words that form a known phrase into one token with the phrase's role.
    fn join_phrases(&mut self, vocabulary: &Vocabulary) {
        let list = &mut self.list;
        let (mut read, mut write) = (0, 0);
        self.numbers.clear();
        self.conditional.clear();
        self.roles = RoleSet::default();
        while read < list.len() {
            if !list[read].begins_phrase {
                if write < read {
                    list[write] = list[read];
                }
                match list[write].kind {
                    Kind::Word => {
                        self.roles.add(list[write].role);
                        if matches!(list[write].value, BESIDE_NUMBER | BEFORE_COLON | IN_CAPITALS) {
                            self.conditional.push(write);
                        }
                    }
                    Kind::Number => self.numbers.push(write),
                    _ => {}
                }
                read += 1;
                write += 1;
                continue;
            }
            let mut token = list[read];
            let mut next = read + 1;
            {
                let mut node = vocabulary.phrase_step(0, token.word);
                let mut at = read + 1;
                while let Some(here) = node {
                    if let Some((role, value)) = vocabulary.phrase_end(here) {
                        (token.role, token.value) = (role, value);
                        token.end = list[at - 1].end;
                        token.phrase = true;
                        next = at;
                    }
                    // The marks that stand inside phrases: "take-profit", "S/L", "l'entrée", "T.P".
                    if list.get(at).is_some_and(|t| {
                        matches!(t.kind, Kind::Mark(b'-' | b'/' | b'\'' | b'.' | b'_' | b'*'))
                            || t.kind == Kind::Mark(b':') && t.glued && list.get(at + 1).is_some_and(|t| t.glued)
                    }) {
                        at += 1;
                    }
                    let word = list.get(at).filter(|t| t.kind == Kind::Word && t.word != 0);
                    node = word.and_then(|word| vocabulary.phrase_step(here, word.word));
                    at += 1;
                }
            }
            list[write] = token;
            self.roles.add(token.role);
            if matches!(token.value, BESIDE_NUMBER | BEFORE_COLON | IN_CAPITALS) {
                self.conditional.push(write);
            }
            write += 1;
            read = next;
        }
        list.truncate(write);
    }
}

/// A word while it is read.
#[derive(Debug, Default)]
struct Word {
    text: String,
    start: usize,
    end: usize,
    /// Where a lower-case letter is followed by a capital: byte in `text`, byte in the post.
    humps: Vec<(usize, usize)>,
    lower: usize,
    upper: usize,
    latin: usize,
    cyrillic: usize,
    other: usize,
    han: bool,
    /// Where each Han character stands in the post.
    places: Vec<usize>,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    vocabulary: &'a Vocabulary,
    /// Whether the next token follows the last one directly.
    glued: bool,
    word: Word,
    out: &'a mut Tokens,
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
    fn run(&mut self) {
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
                Fold::Letter(letter) => self.letter(letter, length, c.is_uppercase(), false),
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

    fn push(&mut self, kind: Kind, value: u16, start: usize, end: usize) {
        self.out.list.push(Token {
            kind,
            role: Role::None,
            value,
            word: 0,
            start: start as u32,
            end: end as u32,
            from: 0,
            to: 0,
            glued: self.glued,
            latin: false,
            upper: false,
            capital: false,
            joined: false,
            phrase: false,
            begins_phrase: false,
        });
        self.at = end;
        self.glued = true;
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
    }

    /// Reads a run of ASCII letters at once: most words of most posts. Hands over to [`Self::letter`] where the run
    /// goes on in another alphabet.
    fn ascii_word(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let length = bytes[start..].iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(bytes.len() - start);
        let end = start + length;
        let written = &bytes[start..end];
        let upper = written.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        // "word", "Word" and "WORD" are cut nowhere; "StopLoss" and what goes on in another alphabet is read letter by
        // letter.
        let plain = upper == 0 || upper == length || upper == 1 && written[0].is_ascii_uppercase();
        if !plain || bytes.get(end).is_some_and(|&byte| byte >= 128) {
            for &byte in written {
                self.letter(byte as char, 1, byte.is_ascii_uppercase(), false);
            }
            return;
        }
        let text = &self.out.folded[start..end];
        let known = self.vocabulary.lookup(text).or_else(|| self.without_drawl(text));
        if known.is_none()
            && let Some(cut) = quote_before_side(text)
        {
            // "JUPUSDTSHORT": two words that lost the space between them.
            for span in [start..start + cut, start + cut..end] {
                self.push_word(
                    &self.text[span.clone()].to_ascii_lowercase(),
                    (span.start, span.end),
                    true,
                    upper == length,
                );
            }
            return;
        }
        self.push(Kind::Word, 0, start, end);
        if let Some(token) = self.out.list.last_mut() {
            token.name((start, end), known, upper == length, bytes[start].is_ascii_uppercase());
        }
    }

    fn letter(&mut self, letter: char, length: usize, is_upper: bool, is_han: bool) {
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
    fn end_word(&mut self) {
        if self.word.end == self.word.start {
            return;
        }
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

    fn push_word(&mut self, text: &str, span: (usize, usize), latin: bool, upper: bool) {
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

    /// Makes a word that mixes Latin and Cyrillic look-alikes one of the two.
    fn unmix(&self, word: &mut Word) {
        if word.cyrillic == 0 || word.other > 0 {
            return;
        }
        let to_latin = |text: &str| -> Option<String> {
            text.chars().map(|c| if c.is_ascii() { Some(c) } else { fold::look_alike(c) }).collect()
        };
        if word.latin == 0 {
            // Wholly Cyrillic: "ВТС" and "х" are Latin only if nothing else is meant.
            if self.vocabulary.lookup(&word.text).is_none()
                && word.lower == 0
                && let Some(latin) = to_latin(&word.text)
            {
                self.relabel(word, latin);
            }
            return;
        }
        if let Some(latin) = to_latin(&word.text) {
            self.relabel(word, latin);
            return;
        }
        let cyrillic: Option<String> =
            word.text.chars().map(|c| if c.is_ascii() { fold::look_alike_cyrillic(c) } else { Some(c) }).collect();
        if let Some(cyrillic) = cyrillic {
            word.humps.clear();
            word.latin = 0;
            word.text = cyrillic;
        }
    }

    fn relabel(&self, word: &mut Word, latin: String) {
        word.humps.clear();
        word.latin = latin.len();
        word.text = latin;
    }

    /// `breakevennn`: letters drawn out.
    fn without_drawl(&self, word: &str) -> Option<vocabulary::Word> {
        if word.len() < 5
            || !word
                .as_bytes()
                .windows(3)
                .any(|three| three[0] == three[1] && three[1] == three[2] && three[0].is_ascii_alphabetic())
        {
            return None;
        }
        let mut short = String::with_capacity(word.len());
        for c in word.chars() {
            if !short.ends_with(c) {
                short.push(c);
            }
        }
        self.vocabulary.lookup(&short)
    }

    /// Arabic writes the article and short particles as one word with the noun: `والهدف`, `للشراء`.
    fn without_particle(&self, word: &str) -> Option<vocabulary::Word> {
        if !word.starts_with(|c: char| ('ء'..='ي').contains(&c)) {
            return None;
        }
        ["وال", "بال", "فال", "لل", "ال", "و", "ب", "ل", "ف"]
            .iter()
            .filter_map(|particle| word.strip_prefix(particle))
            .filter(|rest| rest.chars().count() >= 3)
            .find_map(|rest| self.vocabulary.lookup(rest))
    }

    /// Cuts a run of Han characters at the known words, the longest first.
    fn han(&mut self, word: &Word) {
        // Every Han character folds to one of three bytes.
        let place = |at: usize| word.places.get(at / 3).copied().unwrap_or(word.end);
        let end_of = |at: usize| if at >= word.text.len() { word.end } else { place(at) };
        let (mut at, mut unknown) = (0, 0);
        while at < word.text.len() {
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

    /// Reads a number of ASCII digits that nothing but ASCII follows; `false` where it may go on otherwise.
    fn ascii_number(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut end = start;
        while let Some(&byte) = bytes.get(end) {
            let separates = matches!(byte, b'.' | b',' | b'\'') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !byte.is_ascii_digit() && !separates {
                break;
            }
            end += 1;
        }
        // "0.861,0.835" is a list, "1.234,56" a number.
        if let Some((whole, rest)) = self.text[start..end].split_once(',')
            && let Some((first, group)) = whole.split_once('.')
            && (first == "0" || group.len() != 3 || rest.contains('.'))
        {
            end = start + whole.len();
        }
        let foreign = |at: usize| bytes.get(at).is_some_and(|&byte| byte >= 128);
        let decimal_slash = end == start + 1 && bytes[start] == b'0' && bytes.get(end) == Some(&b'/');
        if bytes[start] == b'.'
            || foreign(end)
            || bytes.get(end).is_some_and(|b| b".,'".contains(b)) && foreign(end + 1)
            || decimal_slash
        {
            return false;
        }
        let joined = start > 0 && bytes[start - 1] >= 128 && self.behind_joining_space(start);
        self.push(Kind::Number, 0, start, end);
        if let Some(token) = self.out.list.last_mut() {
            (token.from, token.to, token.joined) = (start as u32, end as u32, joined);
        }
        true
    }

    fn behind_joining_space(&self, start: usize) -> bool {
        self.text[..start]
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_ascii() && matches!(fold::fold(c), Fold::JoiningSpace))
    }

    /// Reads a number: digits, and the separators that stand between digits.
    fn number(&mut self) {
        self.end_word();
        if self.ascii_number() {
            return;
        }
        let start = self.at;
        let from = self.out.folded.len();
        let mut end = start;
        let mut arabic = false;
        let mut keycap = false;
        if self.text.as_bytes()[start] == b'.' {
            self.out.folded.push('0');
        }
        let mut chars = self.text[start..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            let folded = if c.is_ascii_digit() {
                Fold::Digit(c as u8 - b'0', false)
            } else if c.is_ascii() {
                Fold::Mark(c as u8)
            } else {
                fold::fold(c)
            };
            match folded {
                Fold::Digit(digit, is_arabic) => {
                    arabic |= is_arabic;
                    self.out.folded.push((b'0' + digit) as char);
                    end = start + offset + c.len_utf8();
                }
                Fold::Skip => {}
                Fold::Keycap => {
                    keycap = true;
                    end = start + offset + c.len_utf8();
                    break;
                }
                Fold::Mark(b'.' | b',' | b'\'' | b'/') if !c.is_ascii() && c != '’' => break,
                Fold::Mark(mark @ (b'.' | b',' | b'\'' | b'/')) | Fold::Separator(mark) => {
                    let next = chars.peek().map(|&(_, next)| next);
                    let next_is_digit = next.is_some_and(|next| {
                        next.is_ascii_digit() || (!next.is_ascii() && matches!(fold::fold(next), Fold::Digit(..)))
                    });
                    let digits = &self.out.folded[from..];
                    // Persian writes the decimal point as a slash: "۰/۷۴۵".
                    let slash_is_point = mark == b'/' && (arabic || digits == "0") && !digits.contains('.');
                    if !next_is_digit || (mark == b'/' && !slash_is_point) {
                        break;
                    }
                    self.out.folded.push(if mark == b'/' { '.' } else { mark as char });
                }
                _ => break,
            }
        }
        let to = self.out.folded.len();
        if keycap {
            let value = self.out.folded[from..to].parse().unwrap_or(0);
            self.out.folded.truncate(from);
            self.push(Kind::Index, value, start, end);
            return;
        }
        let joined = self.behind_joining_space(start);
        self.push(Kind::Number, 0, start, end);
        if let Some(token) = self.out.list.last_mut() {
            (token.from, token.to, token.joined) = (from as u32, to as u32, joined);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::vocabulary::vocabulary;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut tokens = Tokens::default();
        tokens.read(text, vocabulary());
        let shown: Vec<String> = tokens
            .list
            .iter()
            .map(|token| match token.kind {
                Kind::Word | Kind::Number => tokens.text(token).to_owned(),
                Kind::Index => format!("#{}", token.value),
                Kind::Mark(mark) => (mark as char).to_string(),
                Kind::Emoji(emoji) => format!("{emoji:?}"),
                Kind::Line => "|".to_owned(),
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn styled_and_look_alike_letters_are_plain_letters() {
        check("𝗟𝗢𝗡𝗚 ＢＴＣ", &["long", "btc"]);
        check("20x ВТС Lоng", &["20", "x", "btc", "long"]);
        check("Lо\u{200b}ng", &["long"]);
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        check("۶۵۰۰۰ ٠٫٨٥ 0․85", &["65000", "0.85", "0.85"]);
        check("1️⃣ 43600", &["#1", "43600"]);
    }

    #[test]
    fn glued_words_are_cut() {
        check("Bnb/USDTShortLeverage:20x", &["bnb", "/", "usdt", "short", "leverage", ":", "20", "x"]);
        check("1.96Targets", &["1.96", "targets"]);
        check("做多止损", &["做多", "止损"]);
    }
}
