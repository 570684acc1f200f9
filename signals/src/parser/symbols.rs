//! Which pairs a post names, and how surely.
//!
//! A pair written out (`#BTC/USDT`, `BTCUSDT`) beats a tag (`$SOL`), a tag beats a bare ticker, and a ticker that is
//! an ordinary word (HIGH, OPEN, ALT) counts only where it is written as one.

mod names;
mod neighbours;
mod quotes;
mod strength;

use crate::parser::lex::{Kind, KindSet, Token, Tokens};
use crate::parser::symbols::names::{may_name, name_at};
use crate::parser::symbols::quotes::index_quote;
use crate::parser::symbols::strength::{COIN, named};
use crate::parser::vocabulary::{Role, Vocabulary};
use crate::symbol::{Market, Symbol, Ticker};

/// A place where a post names a pair.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    /// Tokens, the tag included.
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) base: Ticker,
    pub(crate) quote: Option<Ticker>,
    pub(crate) market: Market,
    /// How surely this is a pair; see the constants of `strength`.
    pub(crate) strength: u8,
    pub(crate) rule: &'static str,
    /// How many digits a plausible price has before its point.
    pub(crate) magnitude: Option<u8>,
}

/// How many mentions of a post are looked at: every mention is held against the others.
const MOST_MENTIONS: usize = 64;

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

/// What a mention can begin with.
const BEGINS: KindSet = KindSet::of(&[Kind::Word, Kind::Number, Kind::Mark(b'#'), Kind::Mark(b'$')]);

/// Finds every mention of a pair, in the order of the post.
pub(crate) fn find(tokens: &Tokens, vocabulary: &Vocabulary, out: &mut Vec<Mention>) {
    out.clear();
    let mut at = 0;
    while at < tokens.list.len() {
        if !tokens.list[at].is_in(BEGINS) {
            at += 1;
            continue;
        }
        match mention_at(tokens, vocabulary, at) {
            Some(mut mention) => {
                // Beside the side stands what is traded; other coins are company.
                if (30..=65).contains(&mention.strength) && names_what_is_traded(tokens, &mention) {
                    mention.strength += 16;
                }
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
    if !may_name(tokens, vocabulary, at) {
        return (token.role == Role::Coin).then(|| coin_word(tokens, vocabulary, at)).flatten();
    }
    // A user name, or a part of one.
    if at > 0 && list[at - 1].kind == Kind::Mark(b'@') && token.glued {
        return None;
    }
    if token.kind == Kind::Word && token.glued && at > 0 && matches!(list[at - 1].kind, Kind::Mark(b'_')) {
        return None;
    }
    if let Some(name) = name_at(tokens, at)
        && let Some(mention) = named(tokens, vocabulary, name, false)
    {
        return Some(mention);
    }
    coin_word(tokens, vocabulary, at)
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

/// Whether a side stands within three tokens before a mention or right behind it.
fn names_what_is_traded(tokens: &Tokens, mention: &Mention) -> bool {
    let side = |t: &Token| matches!(t.role, Role::Long | Role::Short | Role::Buy | Role::Sell);
    let list = &tokens.list;
    let near = list[..mention.first].iter().rev().take(3).take_while(|t| t.kind != Kind::Line).any(side);
    near || list.get(mention.last + 1).is_some_and(side)
}
