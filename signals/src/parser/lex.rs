//! From characters to tokens: words with their roles, numbers, marks, pictures, line breaks.
//!
//! One pass over the text folds it, cuts it and looks every word up; a second pass joins phrases. Each token keeps
//! its span in the post's own text, so that everything read later can be shown where it stands.

mod digits;
mod kind;
mod lexer;
mod phrases;
mod runs;
mod spelling;
mod words;

pub(crate) use crate::parser::lex::kind::{Kind, KindSet};

use crate::parser::lex::kind::Class;
use crate::parser::lex::lexer::Lexer;
use crate::parser::lex::words::Word;
use crate::parser::vocabulary::{self, Role, RoleSet, Vocabulary};

/// One token of a post.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    class: Class,
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
    /// The phrases that a word begins; 0 where none does.
    first_node: u32,
}

impl Token {
    /// A token of which nothing is known but what and where it is.
    #[inline]
    fn bare(kind: Kind, (start, end): (usize, usize), glued: bool) -> Self {
        Self {
            kind,
            class: Class::of(kind),
            role: Role::None,
            value: 0,
            word: 0,
            start: start as u32,
            end: end as u32,
            from: 0,
            to: 0,
            glued,
            latin: false,
            upper: false,
            capital: false,
            joined: false,
            phrase: false,
            first_node: 0,
        }
    }

    /// Whether its kind is one of these.
    #[inline]
    pub(crate) fn is_in(&self, kinds: KindSet) -> bool {
        kinds.holds(self.class)
    }

    /// Gives it its folded text.
    fn place(&mut self, (from, to): (usize, usize)) {
        (self.from, self.to) = (from as u32, to as u32);
    }

    /// Makes it a Latin word with this folded text.
    #[inline]
    fn name(&mut self, (from, to): (usize, usize), known: Option<vocabulary::Word>, upper: bool, capital: bool) {
        (self.from, self.to, self.latin, self.upper, self.capital) = (from as u32, to as u32, true, upper, capital);
        if let Some(known) = known {
            (self.role, self.value, self.word) = (known.role, known.value, known.id);
            self.first_node = known.first_node;
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

    /// The text of a token of at most eight bytes as one number, the first byte lowest.
    pub(crate) fn short_text(&self, token: &Token) -> Option<u64> {
        let length = token.to - token.from;
        if length > 8 {
            return None;
        }
        let eight = self.folded.as_bytes()[token.from as usize..].first_chunk()?;
        Some(u64::from_le_bytes(*eight) & (u64::MAX.checked_shr(64 - 8 * length).unwrap_or(0)))
    }

    /// Reads a post, replacing what was here before.
    pub(crate) fn read(&mut self, text: &str, vocabulary: &Vocabulary) {
        self.list.clear();
        // ASCII folds in place: a word or number of it is a slice of this copy. What folds otherwise goes behind.
        self.folded.clear();
        self.folded.push_str(text);
        self.folded.make_ascii_lowercase();
        self.scratch = Lexer::new(text, vocabulary, std::mem::take(&mut self.scratch), self).run();
        self.join_phrases(vocabulary);
        self.drop_roles_without_number();
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
