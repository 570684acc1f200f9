//! Which part of a name is the quote, and which the mark of a perpetual.
//!
//! Words end in `eth` and `try`: a quote that is not unmistakable needs a name in capitals.

use crate::parser::lex::{Kind, Tokens};
use crate::parser::symbols::Mention;
use crate::symbol::{self, Market, Ticker};

/// Splits a glued pair in capitals. Stable quotes are unmistakable; others need capitals, because words end in `eth` and `try`.
pub(super) fn split_name(name: &str, certain: bool) -> Option<(&str, &str)> {
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

/// Whether a name, in capitals or not, is one of the currencies of forex pairs (<https://en.wikipedia.org/wiki/ISO_4217>), and metals.
pub(super) fn is_fiat(name: &str) -> bool {
    const CODES: [u32; 31] = codes([
        *b"USD", *b"EUR", *b"GBP", *b"JPY", *b"AUD", *b"CAD", *b"CHF", *b"NZD", *b"SEK", *b"NOK", *b"DKK", *b"SGD",
        *b"HKD", *b"ZAR", *b"MXN", *b"TRY", *b"PLN", *b"HUF", *b"CZK", *b"CNH", *b"CNY", *b"RUB", *b"INR", *b"IDR",
        *b"KRW", *b"BRL", *b"ILS", *b"THB", *b"UAH", *b"XAU", *b"XAG",
    ]);
    const fn codes<const N: usize>(names: [[u8; 3]; N]) -> [u32; N] {
        let mut codes = [0; N];
        let mut i = 0;
        while i < N {
            codes[i] = code(names[i]);
            i += 1;
        }
        codes
    }
    const fn code([a, b, c]: [u8; 3]) -> u32 {
        // With the bit that tells small letters from capitals.
        u32::from_le_bytes([a, b, c, 0]) | 0x20_2020
    }
    <[u8; 3]>::try_from(name.as_bytes()).is_ok_and(|name| CODES.contains(&code(name)))
}

/// Whether [`split_name`] may split this name in small letters: most names end in no quote.
pub(super) fn may_split(folded: &str) -> bool {
    let name = folded.strip_suffix("perp").unwrap_or(folded);
    symbol::split_quote(name).is_some()
        || name.len() == 6 && name.is_ascii() && is_fiat(&name[..3]) && is_fiat(&name[3..])
}

pub(super) fn is_any_quote(name: &str) -> bool {
    symbol::is_quote(name) || is_fiat(name)
}

/// Indices and oil are instruments by themselves: no quote follows their name.
pub(super) fn index_quote(base: &str) -> Option<&'static str> {
    matches!(base, "US30" | "NAS100" | "SPX500" | "GER40" | "USOIL" | "UKOIL").then_some("")
}

impl Mention {
    /// Takes `.P`, `PERP`, `_PERP` and `-SWAP` behind the name into the market.
    pub(super) fn take_perpetual_suffix(&mut self, tokens: &Tokens) {
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
