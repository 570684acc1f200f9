//! Which pairs a post names, and how surely.
//!
//! A pair written out (`#BTC/USDT`, `BTCUSDT`) beats a tag (`$SOL`), a tag beats a bare ticker, and a ticker that is
//! an ordinary word (HIGH, OPEN, ALT) counts only where it is written as one.

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::is_level_label;
use crate::parser::vocabulary::{Role, Vocabulary};
use crate::symbol::{self, Market, Symbol, Ticker};

/// A place where a post names a pair.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    /// Tokens, the tag included.
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) base: Ticker,
    pub(crate) quote: Option<Ticker>,
    pub(crate) market: Market,
    /// How surely this is a pair; see the constants.
    pub(crate) strength: u8,
    pub(crate) rule: &'static str,
    /// How many digits a plausible price has before its point.
    pub(crate) magnitude: Option<u8>,
}

/// How many mentions of a post are looked at: every mention is held against the others.
const MOST_MENTIONS: usize = 64;
/// A pair with its quote written out.
const PAIR: u8 = 90;
/// A name behind a label: `Coin: SAND`.
const LABELLED: u8 = 80;
/// A tagged known coin: `#SOL`, `$SOL`.
const TAGGED_COIN: u8 = 75;
/// A coin by its name or unmistakable ticker.
const COIN: u8 = 60;
/// A tagged name in capitals that is not known.
const TAGGED_NAME: u8 = 55;
/// A coin's ticker that is also a word, in capitals.
const WORD_COIN: u8 = 40;
/// A tagged name in small letters that is not known.
const TAGGED_WORD: u8 = 35;
/// An unknown name in capitals beside a side.
const BESIDE_SIDE: u8 = 30;

impl Mention {
    /// Base and quote as the label writes them.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.base == other.base && (self.quote == other.quote || self.quote.is_none() || other.quote.is_none())
    }

    /// The symbol, with the spelling of the post.
    pub(crate) fn symbol(&self, raw: &str) -> Symbol {
        Symbol::new(self.base, self.quote, self.market, raw.to_owned())
    }
}

/// Finds every mention of a pair, in the order of the post.
pub(crate) fn find(tokens: &Tokens, vocabulary: &Vocabulary, out: &mut Vec<Mention>) {
    out.clear();
    let mut at = 0;
    while at < tokens.list.len() {
        match mention_at(tokens, vocabulary, at) {
            Some(mention) => {
                at = mention.last + 1;
                out.push(mention);
                if out.len() == MOST_MENTIONS {
                    return;
                }
            }
            None => at += 1,
        }
    }
}

/// A name: a run of glued Latin words and numbers.
struct Name {
    first: usize,
    last: usize,
    text: Ticker,
    /// The same in small letters, as the vocabulary keeps names.
    folded: Ticker,
    upper: bool,
    /// It holds a letter.
    letters: bool,
    role: Role,
    first_role: Role,
    /// It is one token, or holds more than a letter beside its digits: `x20` and `4h` are no names.
    whole: bool,
}

/// The name that begins at this token.
fn name_at(tokens: &Tokens, at: usize) -> Option<Name> {
    let list = &tokens.list;
    let begins = |t: &Token| {
        (t.kind == Kind::Word && t.latin)
            || (t.kind == Kind::Number && tokens.text(t).bytes().all(|b| b.is_ascii_digit()))
    };
    let token = list.get(at).filter(|t| begins(t))?;
    // Phrases cover more than a name.
    if token.phrase {
        return None;
    }
    let mut name = Name {
        first: at,
        last: at,
        text: Ticker::new(),
        folded: Ticker::from(tokens.text(token)).ok()?,
        upper: token.kind == Kind::Number || token.upper,
        letters: token.kind == Kind::Word,
        role: token.role,
        first_role: token.role,
        whole: true,
    };
    name.text = name.folded;
    name.text.make_ascii_uppercase();
    while let Some(next) = list.get(name.last + 1).filter(|t| t.glued && begins(t)) {
        // "USDTShort", "20xLong": a word with a role of its own ends the name.
        let ends = next.kind == Kind::Word
            && matches!(
                next.role,
                Role::Long
                    | Role::Short
                    | Role::Buy
                    | Role::Sell
                    | Role::Leverage
                    | Role::Entry
                    | Role::Target
                    | Role::Stop
                    | Role::Cross
                    | Role::Isolated
            );
        let digits_end = name.letters && next.kind == Kind::Number && symbol::split_quote(&name.text).is_some();
        if ends || digits_end || name.folded.try_push_str(tokens.text(next)).is_err() {
            break;
        }
        name.text = name.folded;
        name.text.make_ascii_uppercase();
        name.upper &= next.kind == Kind::Number || next.upper;
        name.letters |= next.kind == Kind::Word;
        name.role = Role::None;
        name.last += 1;
    }
    name.whole = name.first == name.last || name.text.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
    (name.letters && name.text.is_ascii()).then_some(name)
}

fn mention_at(tokens: &Tokens, vocabulary: &Vocabulary, at: usize) -> Option<Mention> {
    let list = &tokens.list;
    let token = &list[at];
    let tag = matches!(token.kind, Kind::Mark(b'#' | b'$'));
    if tag {
        // "34$ long" is no tag, "# ETC" is.
        let after_number = at > 0 && token.glued && list[at - 1].kind == Kind::Number;
        if after_number {
            return None;
        }
        let next = list.get(at + 1)?;
        if !next.glued && next.kind == Kind::Number {
            return None;
        }
        let mut mention = match name_at(tokens, at + 1) {
            Some(name) => named(tokens, vocabulary, name, true)?,
            None => coin_word(tokens, vocabulary, at + 1)?,
        };
        mention.first = at;
        return Some(mention);
    }
    // A user name, or a part of one.
    if at > 0 && list[at - 1].kind == Kind::Mark(b'@') && token.glued {
        return None;
    }
    if token.kind == Kind::Word && token.glued && at > 0 && matches!(list[at - 1].kind, Kind::Mark(b'_')) {
        return None;
    }
    if !may_name(tokens, vocabulary, at) {
        return None;
    }
    if let Some(name) = name_at(tokens, at)
        && let Some(mention) = named(tokens, vocabulary, name, false)
    {
        return Some(mention);
    }
    coin_word(tokens, vocabulary, at)
}

/// A quick look: most words of a post have a role and neither capitals nor a neighbour that would make them a name.
fn may_name(tokens: &Tokens, vocabulary: &Vocabulary, at: usize) -> bool {
    let list = &tokens.list;
    let token = &list[at];
    match token.kind {
        Kind::Number => list.get(at + 1).is_some_and(|t| {
            t.glued && t.kind == Kind::Word && t.latin && matches!(t.role, Role::None | Role::Coin | Role::Plain)
        }),
        Kind::Word => {
            let next = list.get(at + 1).map(|t| (t.kind, t.glued));
            if matches!(
                next,
                Some((Kind::Mark(b'/'), _) | (Kind::Word | Kind::Number | Kind::Mark(b'-' | b'_' | b'|' | b'*'), true))
            ) {
                return true;
            }
            match token.role {
                Role::Coin | Role::Currency => true,
                Role::None => {
                    let begins = at == 0 || !matches!(list[at - 1].kind, Kind::Word | Kind::Number);
                    let beside = |t: Option<&Token>| {
                        t.is_some_and(|t| {
                            matches!(
                                t.role,
                                Role::Long
                                    | Role::Short
                                    | Role::Buy
                                    | Role::Sell
                                    | Role::Close
                                    | Role::Cancel
                                    | Role::Closed
                                    | Role::Spot
                                    | Role::Pair
                                    | Role::Limit
                                    | Role::Market
                                    | Role::Signal
                                    | Role::Enter
                                    | Role::Venue
                            )
                        })
                    };
                    let text = tokens.text(token);
                    token.upper
                        || begins
                        || text.len() >= 7
                        || beside(list.get(at + 1))
                        || beside(list.get(at - 1))
                        || vocabulary.coin_named(text).is_some()
                }
                Role::Entry
                | Role::Target
                | Role::Stop
                | Role::Leverage
                | Role::Long
                | Role::Short
                | Role::Buy
                | Role::Sell
                | Role::Times => false,
                _ => {
                    token.upper
                        || matches!(next, Some((Kind::Number, _)))
                        || at == 0
                        || matches!(list[at - 1].kind, Kind::Line | Kind::Mark(b':'))
                }
            }
        }
        _ => false,
    }
}

/// A coin by a word of any script: `биткоин`, `大饼`, `gold`.
fn coin_word(tokens: &Tokens, vocabulary: &Vocabulary, at: usize) -> Option<Mention> {
    let token = tokens.list.get(at).filter(|t| t.kind == Kind::Word && t.role == Role::Coin)?;
    let coin = vocabulary.coin(token.value);
    Some(Mention {
        first: at,
        last: at,
        base: Ticker::from(&coin.base).ok()?,
        quote: coin.quote.as_deref().or_else(|| index_quote(&coin.base)).and_then(|quote| Ticker::from(quote).ok()),
        market: if coin.quote.is_some() { Market::Forex } else { Market::Unstated },
        strength: COIN,
        rule: "coin_name",
        magnitude: coin.magnitude,
    })
}

/// Indices and oil are instruments by themselves: no quote follows their name.
fn index_quote(base: &str) -> Option<&'static str> {
    matches!(base, "US30" | "NAS100" | "SPX500" | "GER40" | "USOIL" | "UKOIL").then_some("")
}

fn named(tokens: &Tokens, vocabulary: &Vocabulary, name: Name, tagged: bool) -> Option<Mention> {
    let list = &tokens.list;
    let coin = vocabulary.coin_named(&name.folded);
    let mention = |base: &str, quote: Option<&str>, last: usize, strength: u8, rule: &'static str| {
        let mut folded = Ticker::from(base).ok()?;
        folded.make_ascii_lowercase();
        let known = vocabulary.coin_named(&folded).map(|coin| vocabulary.coin(coin.coin));
        let market = if is_fiat(base) && quote.is_some_and(is_fiat) || base == "XAU" || base == "XAG" {
            Market::Forex
        } else {
            Market::Unstated
        };
        let mut mention = Mention {
            first: name.first,
            last,
            base: Ticker::from(base).ok()?,
            quote: quote.and_then(|quote| Ticker::from(quote).ok()),
            market,
            strength,
            rule,
            magnitude: known.and_then(|coin| coin.magnitude),
        };
        mention.take_perpetual_suffix(tokens);
        Some(mention)
    };
    // "BTC/USDT", "ETH / BTC", "BTC-USDT", "BTC_USDT", "GBP NZD".
    let hash = tagged && list[name.first - 1].kind == Kind::Mark(b'#') && name.upper;
    let numbered_label = name.first != name.last && (is_level_label(name.first_role) || !name.whole && !hash);
    if numbered_label && coin.is_none() && !list.get(name.last + 1).is_some_and(|t| t.kind == Kind::Mark(b'/')) {
        return None;
    }
    let label_word = !tagged
        && matches!(
            name.role,
            Role::Target
                | Role::Stop
                | Role::Entry
                | Role::Leverage
                | Role::Price
                | Role::And
                | Role::Plain
                | Role::Currency
                | Role::Profit
                | Role::Aside
        )
        && coin.is_none_or(|coin| coin.is_word);
    // "*SUI*/*USDC*": emphasis between the name and the mark.
    let emphasis = usize::from(
        list.get(name.last + 1).is_some_and(|t| matches!(t.kind, Kind::Mark(b'*' | b'"')))
            && list.get(name.last + 2).is_some_and(|t| t.kind == Kind::Mark(b'/')),
    );
    let joint = list.get(name.last + 1 + emphasis);
    if let Some(mark) = joint.filter(|t| matches!(t.kind, Kind::Mark(b'/' | b'-' | b'_' | b'*' | b'|'))) {
        let mut at = name.last + 2 + emphasis;
        // "VELVET/**USD": decoration inside.
        while list.get(at).is_some_and(|t| matches!(t.kind, Kind::Mark(b'*' | b'#' | b'$'))) && at < name.last + 5 {
            at += 1;
        }
        let glued = mark.glued && list.get(at).is_some_and(|t| t.glued);
        let mark_is_slash = mark.kind == Kind::Mark(b'/');
        if let Some(quote) = name_at(tokens, at).filter(|q| is_any_quote(&q.text) && (mark_is_slash || glued)) {
            let swap = matches!(quote.text.as_str(), "USDT" | "USD")
                && list.get(quote.last + 1).is_some_and(|t| t.glued && t.kind == Kind::Mark(b'-'));
            let last = if swap && list.get(quote.last + 2).is_some_and(|t| tokens.text(t) == "swap") {
                quote.last + 2
            } else {
                quote.last
            };
            if !label_word
                || (name.upper || is_fiat(&name.text)) && mark_is_slash && (glued || begins_line(list, name.first))
            {
                return mention(&name.text, Some(&quote.text), last, PAIR, "pair");
            }
        }
        // "BTC/USDTShort": the quote has a side glued to it, which name_at already cut off.
    }
    if name.text.len() >= 4
        && (name.role == Role::None || tagged || name.upper)
        && let Some((base, quote)) = split_name(&name.text, name.upper || tagged || coin.is_some())
        && !matches!(base, "X" | "TP" | "SL" | "SELL" | "BUY" | "LONG" | "SHORT" | "ENTRY" | "PER" | "MIN" | "MAX")
    {
        return mention(base, Some(quote), name.last, PAIR, "glued_pair");
    }
    if !label_word
        && (name.upper || tagged || coin.is_some())
        && (tagged || coin.is_some_and(|c| !c.is_word || name.upper) || name.role == Role::None)
        && let Some(quote) = joint.filter(|t| {
            t.kind == Kind::Word
                && !t.glued
                && t.latin
                && !t.phrase
                && (t.role == Role::Currency || t.upper && t.role == Role::None)
        })
    {
        let quote = tokens.text(quote).to_ascii_uppercase();
        if is_any_quote(&quote) && quote.as_str() != name.text.as_str() && !matches!(quote.as_str(), "SATS" | "TRY") {
            return mention(&name.text, Some(&quote), name.last + 1, PAIR, "spaced_pair");
        }
    }
    if is_any_quote(&name.text) && !matches!(name.text.as_str(), "BTC" | "ETH" | "BNB") {
        return None;
    }
    let known_quote = coin.and_then(|coin| vocabulary.coin(coin.coin).quote.as_deref());
    let base = coin
        .filter(|coin| !coin.is_word || name.upper || tagged)
        .map_or(name.text.as_str(), |coin| &vocabulary.coin(coin.coin).base);
    let instrument = index_quote(base);
    let quote = known_quote.or(instrument);
    let labelled = label_before(list, name.first);
    if tagged {
        // "#signal", "#long", "#binance" are topics.
        let topic = is_topic(name.role) && coin.is_none();
        if topic || name.text.len() > 15 || name.role == Role::Plain && coin.is_none() && !name.upper {
            return None;
        }
        let strength = match coin {
            Some(coin) if !coin.is_word => TAGGED_COIN,
            Some(_) if name.upper => TAGGED_COIN - 2,
            Some(_) => TAGGED_NAME,
            None if name.upper => TAGGED_NAME,
            None if name.role == Role::None => TAGGED_WORD,
            None => return None,
        };
        return mention(base, quote, name.last, if labelled { strength.max(LABELLED) } else { strength }, "tag");
    }
    if labelled && name.text.len() <= 15 && (name.upper || coin.is_some() || name.role == Role::None) {
        return mention(base, quote, name.last, LABELLED, "label");
    }
    if let Some(coin) = coin {
        if !coin.is_word && matches!(name.role, Role::None | Role::Coin) {
            let strength = if name.upper { COIN + 5 } else { COIN - 5 };
            return mention(base, quote, name.last, strength, "coin_name");
        }
        if name.upper
            && name.text.len() >= 2
            && (matches!(
                name.role,
                Role::None | Role::Coin | Role::Plain | Role::AsideLevel | Role::Enter | Role::Advert
            ) || matches!(name.role, Role::Price | Role::Time | Role::Runner)
                && name.text.len() >= 3
                && !list.get(name.last + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b':')))
        {
            return mention(base, quote, name.last, WORD_COIN, "ticker");
        }
    }
    let priced = list.get(name.last + 1).is_some_and(|t| t.kind == Kind::Number);
    let placed = beside_side(tokens, &name) && (name.upper || priced || begins_line(list, name.first))
        || priced && begins_line(list, name.first);
    if coin.is_some() && name.first == name.last && placed && !matches!(name.role, Role::Price)
        || coin.is_some() && priced && list[name.first].capital && begins_line(list, name.first)
    {
        return mention(base, quote, name.last, BESIDE_SIDE, "beside_side");
    }
    // "1000PEPE": a known coin with its factor.
    let rest = name.text.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < name.text.len()
        && vocabulary.coin_named(&name.folded[name.text.len() - rest.len()..]).is_some()
        && matches!(name.text.len() - rest.len(), 4..=7)
        && name.text.starts_with("10")
    {
        return mention(&name.text, None, name.last, COIN + 5, "coin_name");
    }
    let unknown = name.role == Role::None && (2..=12).contains(&name.text.len());
    if unknown && beside_side(tokens, &name) && (name.upper || beside_entry(tokens, &name) || tokens.list.len() <= 8) {
        let strength = if name.upper { BESIDE_SIDE } else { BESIDE_SIDE / 2 };
        return mention(base, None, name.last, strength, "beside_side");
    }
    None
}

impl Mention {
    /// Takes `.P`, `PERP`, `_PERP` and `-SWAP` behind the name into the market.
    fn take_perpetual_suffix(&mut self, tokens: &Tokens) {
        let list = &tokens.list;
        let word = |at: usize| list.get(at).filter(|t| t.glued && t.kind == Kind::Word).map(|t| tokens.text(t));
        let marked =
            list.get(self.last + 1).is_some_and(|t| t.glued && matches!(t.kind, Kind::Mark(b'.' | b'_' | b'-' | b':')));
        if marked && let Some(suffix) = word(self.last + 2) {
            if matches!(suffix, "p" | "perp" | "swap") || (suffix == "usdt" && self.quote.as_deref() == Some("USDT")) {
                self.market = Market::LinearPerpetual;
                self.last += 2;
            }
        } else if word(self.last + 1) == Some("perp") {
            self.market = Market::LinearPerpetual;
            self.last += 1;
        }
        if let Some(base) = self.base.strip_suffix("PERP").filter(|base| base.len() >= 2) {
            self.base = Ticker::from(base).unwrap_or_default();
            self.market = Market::LinearPerpetual;
        }
    }
}

/// Splits a glued pair. Stable quotes are unmistakable; others need capitals, because words end in `eth` and `try`.
fn split_name(name: &str, certain: bool) -> Option<(&str, &str)> {
    let name = name.strip_suffix("PERP").unwrap_or(name);
    if name.len() == 6 && is_fiat(&name[..3]) && is_fiat(&name[3..]) {
        return Some(name.split_at(3));
    }
    let (base, quote) = symbol::split_quote(name)?;
    let stable = matches!(quote, "USDT" | "USDC" | "BUSD" | "FDUSD");
    let metal = matches!(base, "XAU" | "XAG");
    let plausible = certain
        && base.len() >= 2
        && matches!(quote, "USD" | "BTC" | "ETH" | "EUR" | "GBP" | "TRY" | "JPY" | "BNB")
        && !base.ends_with(|c: char| c.is_ascii_digit());
    (stable || metal || (plausible && base.len() >= 3)).then_some((base, quote))
}

/// The currencies of forex pairs (<https://en.wikipedia.org/wiki/ISO_4217>), and metals.
fn is_fiat(name: &str) -> bool {
    const CODES: [[u8; 3]; 31] = [
        *b"USD", *b"EUR", *b"GBP", *b"JPY", *b"AUD", *b"CAD", *b"CHF", *b"NZD", *b"SEK", *b"NOK", *b"DKK", *b"SGD",
        *b"HKD", *b"ZAR", *b"MXN", *b"TRY", *b"PLN", *b"HUF", *b"CZK", *b"CNH", *b"CNY", *b"RUB", *b"INR", *b"IDR",
        *b"KRW", *b"BRL", *b"ILS", *b"THB", *b"UAH", *b"XAU", *b"XAG",
    ];
    <[u8; 3]>::try_from(name.as_bytes()).is_ok_and(|code| CODES.contains(&code))
}

fn is_any_quote(name: &str) -> bool {
    symbol::is_quote(name) || is_fiat(name)
}

/// Whether a label for the symbol stands before this token: `Coin:`, `Pair -`, `币种：`.
fn label_before(list: &[Token], at: usize) -> bool {
    let mut i = at;
    for _ in 0..4 {
        let Some(before) = i.checked_sub(1) else { return false };
        match list[before].kind {
            Kind::Mark(b':' | b'-' | b'=' | b'#' | b'$' | b'*' | b'"' | b'>') | Kind::Emoji(_) => i = before,
            Kind::Word => return list[before].role == Role::Pair && (i < at || before + 1 == at),
            _ => return false,
        }
    }
    false
}

/// Roles of words that channels tag as topics: `#signal`, `#long`, `#binance`.
fn is_topic(role: Role) -> bool {
    matches!(
        role,
        Role::Long
            | Role::Short
            | Role::Buy
            | Role::Sell
            | Role::SideTalk
            | Role::Signal
            | Role::Spot
            | Role::Venue
            | Role::Term
            | Role::Market
            | Role::Limit
            | Role::Target
            | Role::Entry
            | Role::Stop
            | Role::Leverage
            | Role::Analysis
            | Role::Alert
            | Role::Recap
            | Role::Advert
            | Role::Status
            | Role::Lesson
            | Role::Closed
            | Role::Close
            | Role::Profit
            | Role::Pair
            | Role::Currency
    )
}

fn begins_line(list: &[Token], at: usize) -> bool {
    at == 0 || matches!(list[at - 1].kind, Kind::Line | Kind::Emoji(_) | Kind::Mark(b')' | b'*' | b'-'))
}

/// Whether a side stands right before or behind this name.
fn beside_entry(tokens: &Tokens, name: &Name) -> bool {
    let side = |t: &Token| matches!(t.role, Role::Long | Role::Short | Role::Buy | Role::Sell);
    let list = &tokens.list;
    name.first.checked_sub(1).is_some_and(|i| side(&list[i])) || list.get(name.last + 1).is_some_and(side)
}

/// Whether a word about a side or a close stands next to this name, in the same line.
fn beside_side(tokens: &Tokens, name: &Name) -> bool {
    let list = &tokens.list;
    let says = |t: &Token| {
        matches!(
            t.role,
            Role::Long | Role::Short | Role::Buy | Role::Sell | Role::Close | Role::Cancel | Role::Closed | Role::Spot
        )
    };
    let skipped = |t: &Token| {
        matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_))
            || matches!(t.role, Role::Limit | Role::Market | Role::Signal | Role::Enter | Role::Venue)
    };
    let mut before = list[..name.first].iter().rev().take(4).skip_while(|t| skipped(t));
    let mut after = list[name.last + 1..].iter().take(4).skip_while(|t| skipped(t));
    before.next().is_some_and(says) || after.next().is_some_and(says)
}
