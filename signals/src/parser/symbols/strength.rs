//! Whether a name is a pair or a coin, and how surely.
//!
//! The rules go from the surest to the least sure, and the first that holds decides; their order is their meaning.

use crate::parser::lex::{Kind, Tokens};
use crate::parser::numbers::is_level_label;
use crate::parser::symbols::Mention;
use crate::parser::symbols::names::{Name, name_at};
use crate::parser::symbols::neighbours::{begins_line, beside_entry, beside_side, label_before};
use crate::parser::symbols::quotes::{index_quote, is_any_quote, is_fiat, may_split, split_name};
use crate::parser::vocabulary::{Role, Vocabulary};
use crate::symbol::{Market, Ticker};

/// A pair with its quote written out.
const PAIR: u8 = 90;
/// A name behind a label: `Coin: SAND`.
const LABELLED: u8 = 80;
/// A tagged known coin: `#SOL`, `$SOL`.
const TAGGED_COIN: u8 = 75;
/// A coin by its name or unmistakable ticker.
pub(super) const COIN: u8 = 60;
/// A tagged name in capitals that is not known.
const TAGGED_NAME: u8 = 55;
/// A coin's ticker that is also a word, in capitals.
const WORD_COIN: u8 = 40;
/// A tagged name in small letters that is not known.
const TAGGED_WORD: u8 = 35;
/// An unknown name in capitals beside a side.
const BESIDE_SIDE: u8 = 30;

/// The mention of this name, where it is one.
pub(super) fn named(tokens: &Tokens, vocabulary: &Vocabulary, name: Name, tagged: bool) -> Option<Mention> {
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
        if let Some(quote) = name_at(tokens, at).filter(|q| is_any_quote(&q.folded) && (mark_is_slash || glued)) {
            let swap = matches!(quote.folded.as_str(), "usdt" | "usd")
                && list.get(quote.last + 1).is_some_and(|t| t.glued && t.kind == Kind::Mark(b'-'));
            let last = if swap && list.get(quote.last + 2).is_some_and(|t| tokens.text(t) == "swap") {
                quote.last + 2
            } else {
                quote.last
            };
            if !label_word
                || (name.upper || is_fiat(&name.folded)) && mark_is_slash && (glued || begins_line(list, name.first))
            {
                return mention(&name.text(), Some(&quote.text()), last, PAIR, "pair");
            }
        }
        // "BTC/USDTShort": the quote has a side glued to it, which name_at already cut off.
    }
    if name.folded.len() >= 4 && (name.role == Role::None || tagged || name.upper) && may_split(&name.folded) {
        let text = name.text();
        if let Some((base, quote)) = split_name(&text, name.upper || tagged || coin.is_some())
            && !matches!(base, "X" | "TP" | "SL" | "SELL" | "BUY" | "LONG" | "SHORT" | "ENTRY" | "PER" | "MIN" | "MAX")
        {
            return mention(base, Some(quote), name.last, PAIR, "glued_pair");
        }
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
        // "… USD/CHF": the quote is the base of another pair.
        && !list.get(name.last + 2 + emphasis).is_some_and(|t| t.kind == Kind::Mark(b'/'))
    {
        let quote = tokens.text(quote);
        if is_any_quote(quote) && quote != name.folded.as_str() && !matches!(quote, "sats" | "try") {
            return mention(&name.text(), Some(&quote.to_ascii_uppercase()), name.last + 1, PAIR, "spaced_pair");
        }
    }
    if is_any_quote(&name.folded) && !matches!(name.folded.as_str(), "btc" | "eth" | "bnb") {
        return None;
    }
    let known_quote = coin.and_then(|coin| vocabulary.coin(coin.coin).quote.as_deref());
    let base = || {
        let written = coin.filter(|coin| !coin.is_word || name.upper || tagged);
        written.map_or(Ok(name.text()), |coin| Ticker::from(&vocabulary.coin(coin.coin).base)).unwrap_or_default()
    };
    let whole = |strength: u8, rule: &'static str| {
        let base = base();
        mention(&base, known_quote.or(index_quote(&base)), name.last, strength, rule)
    };
    let labelled = label_before(list, name.first);
    if tagged {
        // "#signal", "#long", "#binance" are topics.
        let topic = is_topic(name.role) && coin.is_none();
        if topic || name.folded.len() > 15 || name.role == Role::Plain && coin.is_none() && !name.upper {
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
        return whole(if labelled { strength.max(LABELLED) } else { strength }, "tag");
    }
    if labelled && name.folded.len() <= 15 && (name.upper || coin.is_some() || name.role == Role::None) {
        return whole(LABELLED, "label");
    }
    if let Some(coin) = coin {
        if !coin.is_word && matches!(name.role, Role::None | Role::Coin) {
            let strength = if name.upper { COIN + 5 } else { COIN - 5 };
            return whole(strength, "coin_name");
        }
        if name.upper
            && name.folded.len() >= 2
            && (matches!(
                name.role,
                Role::None | Role::Coin | Role::Plain | Role::AsideLevel | Role::Enter | Role::Advert
            ) || matches!(name.role, Role::Price | Role::Time | Role::Runner)
                && name.folded.len() >= 3
                && !list.get(name.last + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b':')))
        {
            return whole(WORD_COIN, "ticker");
        }
    }
    let priced = list.get(name.last + 1).is_some_and(|t| t.kind == Kind::Number);
    let placed = beside_side(tokens, &name) && (name.upper || priced || begins_line(list, name.first))
        || priced && begins_line(list, name.first);
    if coin.is_some() && name.first == name.last && placed && !matches!(name.role, Role::Price)
        || coin.is_some() && priced && list[name.first].capital && begins_line(list, name.first)
    {
        return whole(BESIDE_SIDE, "beside_side");
    }
    // "1000PEPE": a known coin with its factor.
    let rest = name.folded.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < name.folded.len()
        && vocabulary.coin_named(&name.folded[name.folded.len() - rest.len()..]).is_some()
        && matches!(name.folded.len() - rest.len(), 4..=7)
        && name.folded.starts_with("10")
    {
        return mention(&name.text(), None, name.last, COIN + 5, "coin_name");
    }
    let unknown = name.role == Role::None && (2..=12).contains(&name.folded.len());
    if unknown && beside_side(tokens, &name) && (name.upper || beside_entry(tokens, &name) || tokens.list.len() <= 8) {
        let strength = if name.upper { BESIDE_SIDE } else { BESIDE_SIDE / 2 };
        return mention(&base(), None, name.last, strength, "beside_side");
    }
    None
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
