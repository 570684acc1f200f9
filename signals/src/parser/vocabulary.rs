//! Which role a word plays, in any of the languages.
//!
//! The words are data: one file per language in `signals/vocabulary/`, each line a role and the forms that play it.
//! A form of several words is a phrase; a form that ends in `*` stands for every word that begins so. Adding a
//! language is adding a file and naming it in [`files::FILES`].

mod files;
mod role;
mod table;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub(crate) use crate::parser::vocabulary::role::{Role, RoleSet};

use crate::parser::vocabulary::files::FILES;
use crate::parser::vocabulary::table::{Table, packed};

/// What the vocabulary knows of one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// The word's own role.
    pub(crate) role: Role,
    /// The number of an ordinal, or the place of a coin in [`Vocabulary::coin`].
    pub(crate) value: u16,
    /// The word's number in phrases, from 1.
    pub(crate) id: u16,
    /// The node of the phrases that begin with it; 0 where none does.
    pub(crate) first_node: u32,
}

/// All words and phrases.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: FxHashMap<Box<str>, Word>,
    short_words: Table<Word>,
    short_coins: Table<CoinName>,
    stems: FxHashMap<Box<str>, Word>,
    /// Bit per hash of a stem's first two characters: most unknown words are refused here.
    stem_starts: Box<[u64; 1024]>,
    phrases: FxHashMap<(u32, u16), u32>,
    phrase_ends: Vec<Option<(Role, u16)>>,
    phrase_steps: Table<u32>,
    /// For each node the [`word_bit`]s of the words that lead on: most words lead nowhere.
    phrase_words: Vec<u64>,
    coins: Vec<Coin>,
    coin_names: FxHashMap<Box<str>, CoinName>,
    /// The length in characters of the longest word that begins with a Han character.
    longest_han: FxHashMap<char, usize>,
}

/// A name of a coin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoinName {
    /// Its place in [`Vocabulary::coin`].
    pub(crate) coin: u16,
    /// Whether the name is also an ordinary word.
    pub(crate) is_word: bool,
}

/// A coin that can be named by a word.
#[derive(Debug)]
pub(crate) struct Coin {
    /// Its base, upper case.
    pub(crate) base: Box<str>,
    /// Its quote, where a bare name does not mean the default (`XAU` is quoted in `USD`).
    pub(crate) quote: Option<Box<str>>,
    /// The power of ten below which a price of it is not plausible, for numbers whose separator is ambiguous.
    pub(crate) magnitude: Option<u8>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(FILES));

/// The vocabulary of all languages.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

impl Vocabulary {
    /// What is known of exactly this word.
    fn exact(&self, word: &str) -> Option<Word> {
        match packed(word) {
            Some(key) => self.short_words.get(key),
            None => self.words.get(word).copied(),
        }
    }

    /// What is known of a folded word.
    pub(crate) fn lookup(&self, word: &str) -> Option<Word> {
        self.exact(word).or_else(|| self.stem_of(word))
    }

    /// [`Self::lookup`] for a word of at most eight bytes that are known as one number already.
    #[inline]
    pub(crate) fn lookup_short(&self, key: u64, word: &str) -> Option<Word> {
        self.short_words.get(key).or_else(|| self.stem_of(word))
    }

    fn stem_of(&self, word: &str) -> Option<Word> {
        let bit = stem_start(word);
        if self.stem_starts[usize::from(bit >> 6)] & (1 << (bit & 63)) == 0 {
            return None;
        }
        let mut end = word.len();
        loop {
            if let Some(&known) = self.stems.get(&word[..end]) {
                return Some(known);
            }
            end = word[..end].char_indices().next_back().map_or(0, |(at, _)| at);
            if end < 3 {
                return None;
            }
        }
    }

    /// The longest known word that begins a run of Han characters, and its length in bytes.
    pub(crate) fn longest_han_prefix(&self, run: &str) -> Option<(Word, usize)> {
        let longest = *self.longest_han.get(&run.chars().next()?)?;
        let mut ends = [0usize; 16];
        let mut n = 0;
        for (at, c) in run.char_indices().take(longest.min(ends.len())) {
            ends[n] = at + c.len_utf8();
            n += 1;
        }
        ends[..n].iter().rev().find_map(|&end| self.exact(&run[..end]).map(|word| (word, end)))
    }

    /// The phrase node after `node` by the word `id`; the root is 0.
    pub(crate) fn phrase_step(&self, node: u32, id: u16) -> Option<u32> {
        if self.phrase_words[node as usize] & word_bit(id) == 0 {
            return None;
        }
        self.phrase_steps.get(step_key(node, id))
    }

    /// What a phrase that ends at this node means.
    pub(crate) fn phrase_end(&self, node: u32) -> Option<(Role, u16)> {
        self.phrase_ends[node as usize]
    }

    /// The coin of this folded name or ticker.
    pub(crate) fn coin_named(&self, name: &str) -> Option<CoinName> {
        match packed(name) {
            Some(key) => self.short_coins.get(key),
            None => self.coin_names.get(name).copied(),
        }
    }

    /// The coin of a [`Word`] with role [`Role::Coin`], or of a [`CoinName`].
    pub(crate) fn coin(&self, value: u16) -> &Coin {
        &self.coins[usize::from(value)]
    }
}

/// The key of the step from a node by a word; words are counted from 1.
fn step_key(node: u32, id: u16) -> u64 {
    u64::from(node) << 16 | u64::from(id)
}

fn word_bit(id: u16) -> u64 {
    1 << (id & 63)
}

fn stem_start(word: &str) -> u16 {
    let mut hash = 0u32;
    for c in word.chars().take(2) {
        hash = hash.wrapping_mul(0x9E37_79B1).wrapping_add(c as u32);
    }
    (hash.wrapping_mul(0x85EB_CA6B) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stems_and_accents_are_found() {
        let words = vocabulary();
        assert_eq!(words.lookup("long").unwrap().role, Role::Long);
        assert_eq!(words.lookup("targets").unwrap().role, Role::Target);
        assert_eq!(words.lookup("entree").unwrap().role, Role::Entry);
        assert_eq!(words.lookup("цели").unwrap().role, Role::Target);
        assert!(words.lookup("qwertz").is_none());
    }

    #[test]
    fn runs_of_han_characters_are_cut_at_known_words() {
        let (word, length) = vocabulary().longest_han_prefix("止损放这里").unwrap();
        assert_eq!((word.role, length), (Role::Stop, "止损放".len()));
    }
}
