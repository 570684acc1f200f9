//! Which known word a word is that is spelt otherwise: with look-alike letters, drawn out, or with a particle.
//!
//! Look-alikes go both ways: `ВТС` in Cyrillic capitals is a ticker, but a Cyrillic word that is known stays one.

use crate::parser::fold;
use crate::parser::lex::lexer::Lexer;
use crate::parser::lex::words::Word;
use crate::parser::vocabulary;

impl Lexer<'_> {
    /// Makes a word that mixes Latin and Cyrillic look-alikes one of the two.
    pub(super) fn unmix(&self, word: &mut Word) {
        if word.cyrillic == 0 || word.other > 0 {
            return;
        }
        let to_latin = |text: &str| -> Option<String> {
            text.chars().map(|c| if c.is_ascii() { Some(c) } else { fold::look_alike(c) }).collect()
        };
        if word.latin == 0 {
            // Wholly Cyrillic: "ВТС" and "х" are Latin only if nothing else is meant.
            if word.lower == 0
                && self.vocabulary.lookup(&word.text).is_none()
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
    pub(super) fn without_drawl(&self, word: &str) -> Option<vocabulary::Word> {
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
    pub(super) fn without_particle(&self, word: &str) -> Option<vocabulary::Word> {
        if !word.starts_with(|c: char| ('ء'..='ي').contains(&c)) {
            return None;
        }
        ["وال", "بال", "فال", "لل", "ال", "و", "ب", "ل", "ف"]
            .iter()
            .filter_map(|particle| word.strip_prefix(particle))
            .filter(|rest| rest.chars().count() >= 3)
            .find_map(|rest| self.vocabulary.lookup(rest))
    }
}
