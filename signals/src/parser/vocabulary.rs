//! Which role a word plays, in any of the languages.
//!
//! The words are data: one file per language in `signals/vocabulary/`, each line a role and the forms that play it.
//! A form of several words is a phrase; a form that ends in `*` stands for every word that begins so. Adding a
//! language is adding a file and naming it in [`FILES`].

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::parser::fold::{self, Fold};

/// The vocabulary files, compiled in.
const FILES: &[(&str, &str)] = &[
    ("en", include_str!("../../vocabulary/en.txt")),
    ("ru", include_str!("../../vocabulary/ru.txt")),
    ("tr", include_str!("../../vocabulary/tr.txt")),
    ("zh", include_str!("../../vocabulary/zh.txt")),
    ("fa", include_str!("../../vocabulary/fa.txt")),
    ("ar", include_str!("../../vocabulary/ar.txt")),
    ("es", include_str!("../../vocabulary/es.txt")),
    ("pt", include_str!("../../vocabulary/pt.txt")),
    ("fr", include_str!("../../vocabulary/fr.txt")),
    ("id", include_str!("../../vocabulary/id.txt")),
    ("coins", include_str!("../../vocabulary/coins.txt")),
];

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)*) => {
        /// The role of a word in a post.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Role {
            /// Known as part of a phrase only, or not known.
            None,
            $($(#[doc = $doc])+ $name,)*
        }

        impl Role {
            fn from_word(word: &str) -> Option<Self> {
                match word {
                    "none" => Some(Self::None),
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

roles! {
    /// "long" as a side.
    Long = "long",
    /// "short" as a side.
    Short = "short",
    /// "buy": a side, or the label of the entry of a long or of the take profit of a short.
    Buy = "buy",
    /// "sell": a side, or the label of a take profit.
    Sell = "sell",
    /// Longs or shorts as people or positions in general: talk, not an instruction.
    SideTalk = "side_talk",
    /// Labels the entry.
    Entry = "entry",
    /// "zone", "range", "area": the prices are an interval.
    Zone = "zone",
    /// "price": labels a price, but does not say which.
    Price = "price",
    /// Labels the price of the moment.
    Current = "current",
    /// "now", "at market": enter at the price of the moment.
    Market = "market",
    /// "limit", "pending".
    Limit = "limit",
    /// A further entry, lower for a long.
    Dca = "dca",
    /// "above", "over", "breaks".
    Above = "above",
    /// "below", "under".
    Below = "below",
    /// Labels targets.
    Target = "target",
    /// Labels the stop loss.
    Stop = "stop",
    /// Labels a price that is no level to trade at: optimal entry, liquidation, support of the idea.
    AsideLevel = "aside_level",
    /// Labels a number that is no price: risk, size, score, time.
    Aside = "aside",
    /// Labels the ratio of risk to reward.
    RiskReward = "risk_reward",
    /// Labels leverage.
    Leverage = "leverage",
    /// The unit of leverage: `x`, `倍`.
    Times = "times",
    /// Cross margin.
    Cross = "cross",
    /// Isolated margin.
    Isolated = "isolated",
    /// A spot trade.
    Spot = "spot",
    /// A futures trade, an exchange, or another word about the venue.
    Venue = "venue",
    /// Labels the symbol.
    Pair = "pair",
    /// Labels the side.
    SideLabel = "side_label",
    /// "signal", "setup", "trade", "call": the post announces a plan.
    Signal = "signal",
    /// "term": "short term" is no side.
    Term = "term",
    /// An ordinal; the value is the number.
    Ordinal = "ordinal",
    /// "no", "none", "without".
    No = "no",
    /// A target without a price: open, moon, hold.
    Runner = "runner",
    /// "open", "enter", "take" as an instruction to open a position.
    Enter = "enter",
    /// Reached, hit, done.
    Hit = "hit",
    /// Reached, as a word that also means something else ("done", "active", "in").
    Done = "done",
    /// The position was closed.
    Closed = "closed",
    /// Close the position.
    Close = "close",
    /// Cancel, cancelled.
    Cancel = "cancel",
    /// Break-even.
    Breakeven = "breakeven",
    /// "BE": break-even beside a stop, a word elsewhere.
    BreakevenShort = "breakeven_short",
    /// An order was filled, a position opened.
    Filled = "filled",
    /// All, every.
    All = "all",
    /// Move, trail, adjust, change.
    Move = "move",
    /// "new": a level that replaces another, or a new signal.
    Fresh = "fresh",
    /// Partly, half; a share of the position.
    Partial = "partial",
    /// Hold, keep, plan unchanged; add or reduce.
    Hold = "hold",
    /// Take profit as a past or present act: "booked", "secured".
    Book = "book",
    /// Stopped out.
    StoppedOut = "stopped_out",
    /// Profit or gain, of the past or to be expected.
    Profit = "profit",
    /// Loss of the past.
    Loss = "loss",
    /// A condition: if, when, after, once.
    If = "if",
    /// What is yet to come: will, going to.
    Will = "will",
    /// Not.
    Not = "not",
    /// The position, the trade.
    Position = "position",
    /// "status", "result": what follows is the state of a signal.
    Status = "status",
    /// Still waiting, not reached.
    Pending = "pending",
    /// Analysis: support, trend, expecting.
    Analysis = "analysis",
    /// Points, pips: a distance, not a price.
    Points = "points",
    /// A unit of time.
    Time = "time",
    /// A lesson, an example.
    Lesson = "lesson",
    /// A machine's alert.
    Alert = "alert",
    /// An advert.
    Advert = "advert",
    /// A report of past results.
    Recap = "recap",
    /// A trade refused or only considered.
    Refused = "refused",
    /// Thousand.
    Thousand = "thousand",
    /// Ten thousand.
    TenThousand = "ten_thousand",
    /// Million and more: not the scale of a price.
    Million = "million",
    /// Percent as a word.
    Percent = "percent",
    /// "and", "to", "until": joins two prices.
    And = "and",
    /// A currency or quote that may follow a price.
    Currency = "currency",
    /// A coin; the symbol is kept beside.
    Coin = "coin",
    /// A word that is never a symbol, whatever stands beside it.
    Plain = "plain",
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RoleSet([u64; 2]);

impl RoleSet {
    pub(crate) const fn of(roles: &[Role]) -> Self {
        let mut set = Self([0; 2]);
        let mut i = 0;
        while i < roles.len() {
            let role = roles[i] as usize;
            set.0[role / 64] |= 1 << (role % 64);
            i += 1;
        }
        set
    }

    pub(crate) fn add(&mut self, role: Role) {
        let role = role as usize;
        self.0[role / 64] |= 1 << (role % 64);
    }

    pub(crate) fn has(self, role: Role) -> bool {
        let role = role as usize;
        self.0[role / 64] & (1 << (role % 64)) != 0
    }

    #[inline]
    pub(crate) fn any(self, roles: &[Role]) -> bool {
        let wanted = Self::of(roles);
        self.0[0] & wanted.0[0] | self.0[1] & wanted.0[1] != 0
    }
}

/// What the vocabulary knows of one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// The word's own role.
    pub(crate) role: Role,
    /// The number of an ordinal, or the place of a coin in [`Vocabulary::coin`].
    pub(crate) value: u16,
    /// The word's number in phrases.
    pub(crate) id: u16,
    /// Whether a phrase begins with it.
    pub(crate) begins_phrase: bool,
}

/// All words and phrases.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: FxHashMap<Box<str>, Word>,
    /// The words of at most eight bytes by their bytes: most look-ups compare one number.
    short_words: FxHashMap<u64, Word>,
    short_coins: FxHashMap<u64, CoinName>,
    stems: FxHashMap<Box<str>, Word>,
    /// Bit per hash of a stem's first two characters: most unknown words are refused here.
    stem_starts: Box<[u64; 1024]>,
    phrases: FxHashMap<(u32, u16), u32>,
    phrase_ends: Vec<Option<(Role, u16)>>,
    coins: Vec<Coin>,
    coin_names: FxHashMap<Box<str>, CoinName>,
    longest_han: usize,
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
    /// Reads the files; a malformed line is a mistake in the program and stops it in its first test.
    fn read(files: &[(&str, &str)]) -> Self {
        let mut read = Self {
            words: FxHashMap::default(),
            short_words: FxHashMap::default(),
            short_coins: FxHashMap::default(),
            stems: FxHashMap::default(),
            stem_starts: Box::new([0; 1024]),
            phrases: FxHashMap::default(),
            phrase_ends: vec![None],
            coins: Vec::new(),
            coin_names: FxHashMap::default(),
            longest_han: 1,
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
        read.short_words = read.words.iter().filter_map(|(text, &word)| Some((packed(text)?, word))).collect();
        read.short_coins = read.coin_names.iter().filter_map(|(text, &coin)| Some((packed(text)?, coin))).collect();
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
            if edge.0 == 0 {
                for word in self.words.values_mut().filter(|word| word.id == edge.1) {
                    word.begins_phrase = true;
                }
            }
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
        for (i, part) in parts.iter().enumerate() {
            let word = self.entry(part);
            word.begins_phrase |= i == 0;
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
        let new = Word { role: Role::None, value: 0, id, begins_phrase: false };
        if let Some(stem) = part.strip_suffix('*') {
            let bit = stem_start(stem);
            self.stem_starts[usize::from(bit >> 6)] |= 1 << (bit & 63);
            return self.stems.entry(stem.into()).or_insert(new);
        }
        if part.chars().next().is_some_and(|c| matches!(fold::fold(c), Fold::Han(_))) {
            self.longest_han = self.longest_han.max(part.chars().count());
        }
        self.words.entry(part.into()).or_insert(new)
    }

    /// What is known of a folded word.
    pub(crate) fn lookup(&self, word: &str) -> Option<Word> {
        let known = match packed(word) {
            Some(key) => self.short_words.get(&key),
            None => self.words.get(word),
        };
        known.copied().or_else(|| self.stem_of(word))
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
        let mut ends = [0usize; 16];
        let mut n = 0;
        for (at, c) in run.char_indices().take(self.longest_han.min(ends.len())) {
            ends[n] = at + c.len_utf8();
            n += 1;
        }
        ends[..n].iter().rev().find_map(|&end| self.words.get(&run[..end]).map(|&word| (word, end)))
    }

    /// The phrase node after `node` by the word `id`; the root is 0.
    pub(crate) fn phrase_step(&self, node: u32, id: u16) -> Option<u32> {
        self.phrases.get(&(node, id)).copied()
    }

    /// What a phrase that ends at this node means.
    pub(crate) fn phrase_end(&self, node: u32) -> Option<(Role, u16)> {
        self.phrase_ends[node as usize]
    }

    /// The coin of this folded name or ticker.
    pub(crate) fn coin_named(&self, name: &str) -> Option<CoinName> {
        match packed(name) {
            Some(key) => self.short_coins.get(&key).copied(),
            None => self.coin_names.get(name).copied(),
        }
    }

    /// The coin of a [`Word`] with role [`Role::Coin`], or of a [`CoinName`].
    pub(crate) fn coin(&self, value: u16) -> &Coin {
        &self.coins[usize::from(value)]
    }
}

/// The bytes of a short word as one number; words have no zero bytes, so no two share one.
fn packed(word: &str) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
    Some(u64::from_le_bytes(bytes))
}

fn stem_start(word: &str) -> u16 {
    let mut hash = 0u32;
    for c in word.chars().take(2) {
        hash = hash.wrapping_mul(0x9E37_79B1).wrapping_add(c as u32);
    }
    (hash.wrapping_mul(0x85EB_CA6B) >> 16) as u16
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
