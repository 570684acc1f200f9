//! How far a run of ASCII letters, or of digits and separators, goes, eight bytes at a time.
//!
//! Most words and numbers are shorter than eight bytes: their length, the case of a word and the number that the
//! vocabulary knows it by come out of one load without a branch on any byte.

/// One bit per byte: the highest.
const HIGH: u64 = 0x8080_8080_8080_8080;
/// The bit that tells small letters from capitals, in each byte.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// The run of ASCII letters at the beginning of some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Letters {
    pub(super) length: usize,
    /// A small letter is among them.
    pub(super) small: bool,
    /// A capital is among those behind the first.
    pub(super) later_capital: bool,
    /// The first eight letters, folded, as the vocabulary keeps short words.
    pub(super) key: u64,
}

impl Letters {
    #[inline]
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut run = Self::default();
        let mut behind_first = !0xFF;
        loop {
            let eight = eight(&bytes[run.length..]);
            let others = !letters(eight) & HIGH;
            // All bits below the first other byte.
            let within = ((others & others.wrapping_neg()) >> 7).wrapping_sub(1);
            run.small |= eight & SMALL & within != 0;
            run.later_capital |= !eight & SMALL & within & behind_first != 0;
            behind_first = u64::MAX;
            if run.length == 0 {
                run.key = (eight | SMALL) & within;
            }
            run.length += (others.trailing_zeros() / 8) as usize;
            if others != 0 {
                return run;
            }
        }
    }
}

/// The next eight bytes, the first lowest; zeros behind the end.
#[inline]
fn eight(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().rev().fold(0, |eight, &byte| eight << 8 | u64::from(byte)),
    }
}

/// The length of the run of ASCII digits, and of separators before a digit, at the beginning of some bytes.
#[inline]
pub(super) fn figures(bytes: &[u8]) -> usize {
    let eight = eight(bytes);
    let digits = between(eight, b'0', b'9');
    let separators = between(eight, b'\'', b'\'') | between(eight, b',', b',') | between(eight, b'.', b'.');
    let others = !(digits | separators & digits >> 8) & HIGH;
    // What stands behind the last of the eight decides about it.
    if others & !(0xFF << 56) != 0 {
        return (others.trailing_zeros() / 8) as usize;
    }
    let goes_on = |at: usize| match bytes[at] {
        b'.' | b',' | b'\'' => bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
        byte => byte.is_ascii_digit(),
    };
    (7..bytes.len()).find(|&at| !goes_on(at)).unwrap_or(bytes.len())
}

/// The highest bit of each byte that is an ASCII letter.
#[inline]
fn letters(eight: u64) -> u64 {
    // A byte that the bit of small letters makes a letter was one.
    between(eight | SMALL, b'a', b'z')
}

/// The highest bit of each byte from `first` to `last`, both below 128.
#[inline]
fn between(eight: u64, first: u8, last: u8) -> u64 {
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let low = eight & !HIGH;
    // No sum leaves its byte: the highest bits are clear.
    let from_first = low + each(0x80 - first);
    let behind_last = low + each(0x7F - last);
    from_first & !behind_last & !eight & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_from_letters_as_ascii_tells_it() {
        for byte in 0..=u8::MAX {
            let length = usize::from(byte.is_ascii_alphabetic());
            let run = Letters {
                length,
                small: byte.is_ascii_lowercase(),
                later_capital: false,
                key: if length == 1 { u64::from(byte.to_ascii_lowercase()) } else { 0 },
            };
            assert_eq!(Letters::of(&[byte]), run, "{byte}");
            assert_eq!(Letters::of(&[byte, b'1', byte, 0, byte, 255, byte, 128, byte]), run, "{byte}");
        }
    }

    #[test]
    fn runs_end_at_the_first_other_byte() {
        for (text, length, small, later_capital) in [
            ("", 0, false, false),
            ("Stop loss", 4, true, false),
            ("LEVERAGE:", 8, false, true),
            ("Entrance", 8, true, false),
            ("USDTLeverage20x", 12, true, true),
            ("averagingSL", 11, true, true),
        ] {
            let run = Letters::of(text.as_bytes());
            assert_eq!((run.length, run.small, run.later_capital), (length, small, later_capital), "{text}");
        }
        assert_eq!(Letters::of(b"LEVERAGES").key, u64::from_le_bytes(*b"leverage"));
    }
    #[test]
    fn figures_end_where_no_digit_goes_on() {
        for (text, length) in [
            ("", 0),
            ("5", 1),
            ("45000 ", 5),
            ("0.4512,0.46", 11),
            ("63,200.", 6),
            ("1.2.", 3),
            ("1..2", 1),
            ("1234567", 7),
            ("12345678", 8),
            ("123456.78x", 9),
            ("1234567.", 7),
            ("1234567.8", 9),
            ("1234567.x", 7),
            ("12345678901'234/", 15),
            (".5x", 2),
            (".", 0),
            ("4x", 1),
        ] {
            assert_eq!(figures(text.as_bytes()), length, "{text}");
        }
    }
}
