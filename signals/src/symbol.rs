//! A traded pair: base, quote, market, and the spelling of the post.
//!
//! Base names may begin with digits (`1INCH`, `1000PEPE`), hold digits (`API3`) or be ordinary words (`HIGH`), so
//! a name is never cut or guessed by its letters alone; only a known quote at its end is split off.

use std::fmt;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

/// A name in capitals, kept without allocation; longer ones are no names.
pub(crate) type Ticker = ArrayString<24>;

/// Quote currencies.
const QUOTES: [&str; 22] = [
    "FDUSD", "USDT", "USDC", "BUSD", "USD", "TUSD", "USDD", "USDE", "DAI", "EUR", "GBP", "JPY", "TRY", "BRL", "RUB",
    "AUD", "CAD", "CHF", "NZD", "BTC", "ETH", "BNB",
];

/// Contracts that are quoted per 1000 (or more) coins carry the factor in their name on the exchanges
/// (<https://github.com/ccxt/ccxt/issues/23150>).
const MULTIPLIERS: [(&str, u32); 5] =
    [("1000000", 1_000_000), ("100000", 100_000), ("10000", 10_000), ("1000", 1_000), ("1M", 1_000_000)];

/// The market that a symbol belongs to, as far as its spelling says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Market {
    /// The spelling does not say.
    Unstated,
    /// Bought and held.
    Spot,
    /// A perpetual settled in its quote.
    LinearPerpetual,
    /// A perpetual settled in its base.
    InversePerpetual,
    /// A future with a delivery date.
    Dated,
    /// Currencies, metals, indices.
    Forex,
}

/// A traded pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    base: Ticker,
    quote: Ticker,
    market: Market,
    multiplier: u32,
    quote_assumed: bool,
    raw: String,
}

/// Why a text names no symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSymbol {
    /// Neither letters nor digits, or too long.
    #[error("`{0}` is no symbol: 1 to 20 letters and digits, and a quote")]
    Malformed(String),
}

impl Symbol {
    /// The quote that is assumed for a bare coin.
    pub const DEFAULT_QUOTE: &str = "USDT";
    /// The longest base that is taken for a name.
    pub const LONGEST_BASE: usize = 20;

    /// Reads one spelling of a pair: `BTC/USDT`, `#ethusdt`, `$SOL`, `1000PEPEUSDT.P`, `BTC-USDT-SWAP`, `BTC/USDT:USDT`.
    ///
    /// # Errors
    /// [`InvalidSymbol`] when the text holds no name.
    ///
    /// ```
    /// use signals::symbol::Symbol;
    /// let symbol = Symbol::parse("1000PEPEUSDT.P").unwrap();
    /// assert_eq!((symbol.base(), symbol.quote(), symbol.multiplier()), ("1000PEPE", "USDT", 1000));
    /// assert_eq!(symbol.compact(), "1000PEPEUSDT");
    /// assert!(Symbol::parse("sol").unwrap().quote_assumed());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidSymbol> {
        let refused = || InvalidSymbol::Malformed(text.chars().take(64).collect());
        let mut name = text.trim().trim_start_matches(['#', '$']).to_ascii_uppercase();
        let mut market = Market::Unstated;
        for (suffix, of) in [
            (".P", Market::LinearPerpetual),
            ("-SWAP", Market::LinearPerpetual),
            ("_SWAP", Market::LinearPerpetual),
            ("-PERP", Market::LinearPerpetual),
            ("_PERP", Market::LinearPerpetual),
            ("PERP", Market::LinearPerpetual),
        ] {
            if name.len() > suffix.len() + 1 && name.ends_with(suffix) {
                name.truncate(name.len() - suffix.len());
                market = of;
                break;
            }
        }
        if let Some((pair, settled)) = name.split_once(':') {
            let inverse = pair.starts_with(settled);
            market = if inverse { Market::InversePerpetual } else { Market::LinearPerpetual };
            name = pair.to_owned();
        }
        let (base, quote) = match name.split_once(['/', '-', '_']) {
            Some((base, quote)) => (base.trim().to_owned(), Some(quote.trim().to_owned())),
            None => match split_quote(&name) {
                Some((base, quote)) => (base.to_owned(), Some(quote.to_owned())),
                None => (name.clone(), None),
            },
        };
        let named =
            |s: &str| !s.is_empty() && s.len() <= Self::LONGEST_BASE && s.bytes().all(|b| b.is_ascii_alphanumeric());
        if !named(&base) || quote.as_deref().is_some_and(|q| !named(q)) {
            return Err(refused());
        }
        let ticker = |name: &str| Ticker::from(name).map_err(|_| refused());
        Ok(Self::new(ticker(&base)?, quote.as_deref().map(ticker).transpose()?, market, text.trim().to_owned()))
    }

    /// A symbol of parts that are already upper case; a missing quote becomes [`Self::DEFAULT_QUOTE`].
    pub(crate) fn new(base: Ticker, quote: Option<Ticker>, market: Market, raw: String) -> Self {
        let multiplier = MULTIPLIERS
            .iter()
            .find(|(prefix, _)| {
                base.strip_prefix(prefix)
                    .is_some_and(|rest| rest.len() >= 2 && rest.as_bytes()[0].is_ascii_alphabetic())
            })
            .map_or(1, |&(_, factor)| factor);
        let quote_assumed = quote.is_none();
        let quote = quote.unwrap_or_else(|| Ticker::from(Self::DEFAULT_QUOTE).unwrap_or_default());
        Self { base, quote, market, multiplier, quote_assumed, raw }
    }

    /// The symbol that was kept in these parts; `None` when they are no parts of one.
    #[cfg(feature = "dynamodb")]
    pub(crate) fn kept(base: &str, quote: &str, quote_assumed: bool, market: Market, raw: String) -> Option<Self> {
        let symbol = Self::new(Ticker::from(base).ok()?, Some(Ticker::from(quote).ok()?), market, raw);
        Some(Self { quote_assumed, ..symbol })
    }

    /// What is bought or sold, as the exchange names it (`1000PEPE` keeps its factor).
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What it is paid in.
    #[must_use]
    pub fn quote(&self) -> &str {
        &self.quote
    }

    /// The market, as far as the spelling says.
    #[must_use]
    pub fn market(&self) -> Market {
        self.market
    }

    /// The same pair on that market, for whoever knows it though the spelling does not say.
    #[must_use]
    pub fn on_market(self, market: Market) -> Self {
        Self { market, ..self }
    }

    /// How many coins one unit of the price stands for: 1000 for `1000PEPE`, else 1.
    #[must_use]
    pub fn multiplier(&self) -> u32 {
        self.multiplier
    }

    /// Whether the post named only the coin.
    #[must_use]
    pub fn quote_assumed(&self) -> bool {
        self.quote_assumed
    }

    /// The spelling of the post.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Base and quote joined: `BTCUSDT`, the key that clients filter by.
    #[must_use]
    pub fn compact(&self) -> String {
        let mut joined = String::with_capacity(self.base.len() + self.quote.len());
        joined.push_str(&self.base);
        joined.push_str(&self.quote);
        joined
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.quote)
    }
}

/// The bytes of a name of at most eight as one number, whatever the case of its letters, or the last eight of a longer
/// one; the last is the lowest.
const fn code(name: &[u8]) -> u64 {
    let mut code = 0;
    let mut i = 0;
    while i < name.len() {
        // The bit that tells small letters from capitals.
        code = code << 8 | (name[i] | 0x20) as u64;
        i += 1;
    }
    code
}

/// The [`code`]s of [`QUOTES`]: names are held against them as numbers.
const QUOTE_CODES: [u64; QUOTES.len()] = {
    let mut codes = [0; QUOTES.len()];
    let mut i = 0;
    while i < codes.len() {
        codes[i] = code(QUOTES[i].as_bytes());
        i += 1;
    }
    codes
};

/// Whether this name is a quote currency, in capitals or not.
pub(crate) fn is_quote(name: &str) -> bool {
    (3..=5).contains(&name.len()) && QUOTE_CODES.contains(&code(name.as_bytes()))
}

/// Splits a known quote off the end of a name, in capitals or not: `("BTC", "USDT")`.
///
/// A name that is itself a quote (`USDC`, `BTC`) or would leave no base is not split.
pub(crate) fn split_quote(name: &str) -> Option<(&str, &str)> {
    const NO_QUOTE: u64 = code(b"TUSD");
    if name.len() <= 3 || is_quote(name) {
        return None;
    }
    let end = code(name.as_bytes());
    // The longest that fits, as `BUSDT` is B in USDT; but `XPTUSD` is platinum in USD, not XP in TUSD.
    let length = [5, 4, 3].into_iter().find(|&length| {
        let quote = end & ((1 << (8 * length)) - 1);
        name.len() > length && quote != NO_QUOTE && QUOTE_CODES.contains(&quote)
    })?;
    Some(name.split_at(name.len() - length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, base: &str, quote: &str) {
        let symbol = Symbol::parse(text).unwrap();
        assert_eq!((symbol.base(), symbol.quote()), (base, quote), "{text}");
    }

    #[test]
    fn spellings_of_a_pair_agree() {
        for text in
            ["BTC/USDT", "btcusdt", "#BTCUSDT", "BTC-USDT", "BTC_USDT", "BTCUSDT.P", "BTCUSDTPERP", "BTC-USDT-SWAP"]
        {
            check(text, "BTC", "USDT");
        }
    }

    #[test]
    fn names_with_digits_and_short_names_are_kept() {
        check("1INCHUSDT", "1INCH", "USDT");
        check("API3/USDT", "API3", "USDT");
        check("BUSDT", "B", "USDT");
        check("ETHBTC", "ETH", "BTC");
        check("FETUSDT", "FET", "USDT");
        check("BTCFDUSD", "BTC", "FDUSD");
        check("XPTUSD", "XPT", "USD");
    }

    #[test]
    fn the_market_is_read_from_the_suffix() {
        assert_eq!(Symbol::parse("BTC/USDT:USDT").unwrap().market(), Market::LinearPerpetual);
        assert_eq!(Symbol::parse("BTC/USD:BTC").unwrap().market(), Market::InversePerpetual);
        assert_eq!(Symbol::parse("BTC").unwrap().market(), Market::Unstated);
    }

    #[test]
    fn multipliers_come_from_a_list_not_from_digits() {
        assert_eq!(Symbol::parse("1000SHIBUSDT").unwrap().multiplier(), 1000);
        assert_eq!(Symbol::parse("1MBABYDOGEUSDT").unwrap().multiplier(), 1_000_000);
        assert_eq!(Symbol::parse("1INCHUSDT").unwrap().multiplier(), 1);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "#", "/USDT", "BTC/", "two words", "ЖЖЖ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] {
            assert!(Symbol::parse(text).is_err(), "{text}");
        }
    }
}
