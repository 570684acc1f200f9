//! What the data files say: each line a role and its forms, read once.
//!
//! The first file that names a word decides its role, for languages share many words. Forms are folded as posts are, or
//! an accent in a file would keep its word from ever being found.

use rustc_hash::FxHashMap;

use crate::parser::fold::{self, Fold};
use crate::parser::vocabulary::table::{Table, packed};
use crate::parser::vocabulary::{Coin, CoinName, Role, Vocabulary, Word, stem_start, step_key, word_bit};

/// The vocabulary files, compiled in.
pub(super) const FILES: &[(&str, &str)] = &[
    ("en", include_str!("../../../vocabulary/en.txt")),
    ("ru", include_str!("../../../vocabulary/ru.txt")),
    ("tr", include_str!("../../../vocabulary/tr.txt")),
    ("zh", include_str!("../../../vocabulary/zh.txt")),
    ("fa", include_str!("../../../vocabulary/fa.txt")),
    ("ar", include_str!("../../../vocabulary/ar.txt")),
    ("es", include_str!("../../../vocabulary/es.txt")),
    ("pt", include_str!("../../../vocabulary/pt.txt")),
    ("fr", include_str!("../../../vocabulary/fr.txt")),
    ("id", include_str!("../../../vocabulary/id.txt")),
    ("coins", include_str!("../../../vocabulary/coins.txt")),
];

impl Vocabulary {
    /// Reads the files; a malformed line is a mistake in the program and stops it in its first test.
    pub(super) fn read(files: &[(&str, &str)]) -> Self {
        let mut read = Self {
            words: FxHashMap::default(),
            short_words: Table::of(std::iter::empty()),
            short_coins: Table::of(std::iter::empty()),
            stems: FxHashMap::default(),
            stem_starts: Box::new([0; 1024]),
            phrases: FxHashMap::default(),
            phrase_ends: vec![None],
            phrase_steps: Table::of(std::iter::empty()),
            phrase_words: Vec::new(),
            coins: Vec::new(),
            coin_names: FxHashMap::default(),
            longest_han: FxHashMap::default(),
        };
        for (file, text) in files {
            for (number, line) in text.lines().enumerate() {
                let line = line.split('#').next().unwrap_or_default().trim();
                if line.is_empty() {
                    continue;
                }
                let Some((head, forms)) = line.split_once(':') else {
                    panic!("vocabulary/{file}.txt:{}: no colon", number + 1);
                };
                let head = head.trim();
                let forms = forms.split(',').map(str::trim).filter(|form| !form.is_empty());
                if let Some(coin) = head.strip_prefix("coin ").or_else(|| head.strip_prefix("word_coin ")) {
                    read.add_coin(coin, forms, head.starts_with("word_"));
                    continue;
                }
                let (word, value) = head.split_once('=').unwrap_or((head, "0"));
                let role = Role::from_word(word.trim());
                let role = role.unwrap_or_else(|| panic!("vocabulary/{file}.txt:{}: no role `{word}`", number + 1));
                for form in forms {
                    read.add(form, role, value.trim().parse().unwrap_or_default());
                }
            }
        }
        read.give_phrase_words_their_stems();
        read.give_phrases_the_words_of_their_stems();
        read.phrase_steps = Table::of(read.phrases.iter().map(|(&(node, id), &next)| (step_key(node, id), next)));
        read.phrase_words = vec![0; read.phrase_ends.len()];
        for &(node, id) in read.phrases.keys() {
            read.phrase_words[node as usize] |= word_bit(id);
        }
        for word in read.words.values_mut().chain(read.stems.values_mut()) {
            word.first_node = read.phrases.get(&(0, word.id)).copied().unwrap_or(0);
        }
        read.short_words = Table::of(read.words.iter().filter_map(|(text, &word)| Some((packed(text)?, word))));
        read.short_coins = Table::of(read.coin_names.iter().filter_map(|(text, &coin)| Some((packed(text)?, coin))));
        read
    }

    /// A word that only a phrase names still plays the role of its stem when it stands alone.
    fn give_phrase_words_their_stems(&mut self) {
        let roleless: Vec<Box<str>> =
            self.words.iter().filter(|(_, word)| word.role == Role::None).map(|(text, _)| text.clone()).collect();
        for text in roleless {
            if let Some(stem) = self.stem_of(&text)
                && let Some(word) = self.words.get_mut(&text)
            {
                (word.role, word.value) = (stem.role, stem.value);
            }
        }
    }

    /// A phrase that names a stem also holds for the words of that stem that are known by themselves.
    fn give_phrases_the_words_of_their_stems(&mut self) {
        let by_id: FxHashMap<u16, Box<str>> = self.stems.iter().map(|(text, word)| (word.id, text.clone())).collect();
        let mut more = Vec::new();
        for (&(node, id), &next) in &self.phrases {
            let Some(stem) = by_id.get(&id) else { continue };
            let words = self.words.iter().filter(|(text, _)| text.starts_with(&**stem));
            more.extend(words.map(|(_, word)| ((node, word.id), next)));
        }
        for (edge, next) in more {
            let node = *self.phrases.entry(edge).or_insert(next);
            if self.phrase_ends[node as usize].is_none() {
                self.phrase_ends[node as usize] = self.phrase_ends[next as usize];
            }
        }
    }

    fn add_coin<'a>(&mut self, coin: &str, names: impl Iterator<Item = &'a str>, is_word: bool) {
        let mut parts = coin.split_whitespace();
        let pair = parts.next().unwrap_or_default();
        let magnitude = parts.next().and_then(|digits| digits.parse().ok());
        let (base, quote) = pair.split_once('/').map_or((pair, None), |(base, quote)| (base, Some(quote.into())));
        self.coins.push(Coin { base: base.into(), quote, magnitude });
        let coin = u16::try_from(self.coins.len() - 1).expect("fewer coins than 65536");
        for name in names {
            if !is_word {
                self.add(name, Role::Coin, coin);
            }
            let folded = fold_form(name);
            if !folded.contains(' ') && !folded.ends_with('*') {
                self.coin_names.entry(folded.into()).or_insert(CoinName { coin, is_word });
            }
        }
        self.coin_names.entry(base.to_ascii_lowercase().into()).or_insert(CoinName { coin, is_word: true });
    }

    fn add(&mut self, form: &str, role: Role, value: u16) {
        let folded = fold_form(form);
        let parts: Vec<&str> = folded.split(' ').filter(|part| !part.is_empty()).collect();
        if let [part] = parts[..] {
            let word = self.entry(part);
            // The first file to name a word decides; languages share many words.
            if word.role == Role::None {
                word.role = role;
                word.value = value;
            }
            return;
        }
        let mut node = 0;
        for part in &parts {
            let word = self.entry(part);
            let id = word.id;
            let next = u32::try_from(self.phrase_ends.len()).expect("fewer phrases than 2^32");
            node = *self.phrases.entry((node, id)).or_insert(next);
            if node == next {
                self.phrase_ends.push(None);
            }
        }
        let end = &mut self.phrase_ends[node as usize];
        if end.is_none() {
            *end = Some((role, value));
        }
    }

    /// The entry of a word or, for a form that ends in `*`, of a stem.
    fn entry(&mut self, part: &str) -> &mut Word {
        let id = u16::try_from(self.words.len() + self.stems.len() + 1).expect("fewer words than 65536");
        let new = Word { role: Role::None, value: 0, id, first_node: 0 };
        if let Some(stem) = part.strip_suffix('*') {
            let bit = stem_start(stem);
            self.stem_starts[usize::from(bit >> 6)] |= 1 << (bit & 63);
            return self.stems.entry(stem.into()).or_insert(new);
        }
        if let Some(first) = part.chars().next().filter(|&c| matches!(fold::fold(c), Fold::Han(_))) {
            let longest = self.longest_han.entry(first).or_default();
            *longest = (*longest).max(part.chars().count());
        }
        self.words.entry(part.into()).or_insert(new)
    }
}

/// Folds a form of the data files as the lexer folds posts, so that files may be written naturally.
fn fold_form(form: &str) -> String {
    let mut folded = String::with_capacity(form.len());
    let mut last_han = false;
    for c in form.chars() {
        if c.is_ascii() {
            match c {
                ' ' | '-' | '/' | '.' | '\'' | '_' => folded.push(' '),
                _ => folded.push(c.to_ascii_lowercase()),
            }
            last_han = false;
            continue;
        }
        match fold::fold(c) {
            Fold::Letter(letter) => folded.push(letter),
            Fold::Han(han) => {
                if !last_han && !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
                folded.push(han);
                last_han = true;
            }
            Fold::Space | Fold::JoiningSpace | Fold::Mark(b'\'' | b'-') => folded.push(' '),
            _ => {}
        }
    }
    folded
}
