//! The digits and the separator of a number of at most eight bytes, read without a loop.
//!
//! Most numbers are that short and have one separator or none. How many digits stand where differs from number to
//! number, so that a loop over them would be foreseen wrongly at each.

/// A number of at most eight digits with at most one separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// All digits, the separator left out.
    pub(super) digits: u32,
    /// `.` or `,`, and how many bytes stand before and behind it.
    pub(super) separator: Option<(u8, usize, usize)>,
}

impl Figures {
    /// Reads a text of `length` bytes, the first lowest, with zeros behind the last; `None` where it is not of this
    /// shape.
    pub(super) fn of(text: u64, length: usize) -> Option<Self> {
        let (dots, commas) = (places_of(b'.', text), places_of(b',', text));
        let places = dots | commas;
        let (digits, count, separator) = if places == 0 {
            (text, length, None)
        } else {
            if places & (places - 1) != 0 {
                return None;
            }
            let at = places.trailing_zeros() & !7;
            let below = (1 << at) - 1;
            let before = (at / 8) as usize;
            let mark = if dots != 0 { b'.' } else { b',' };
            (text & below | text >> 8 & !below, length - 1, Some((mark, before, length - before - 1)))
        };
        if count == 0 {
            return None;
        }
        // To the end, so that the places of tens are the same for all.
        let digits = digits << (8 * (8 - count));
        let each = |byte: u8| u64::from_le_bytes([byte; 8]);
        let expected = each(0x30) << (8 * (8 - count));
        let below_ten = (digits & each(0x0F)) + each(0x06);
        if digits & each(0xF0) != expected || below_ten & each(0x10) != 0 {
            return None;
        }
        let digits = digits & each(0x0F);
        let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
        let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
        let digits = (fours * 10_000 + (fours >> 32)) as u32;
        Some(Self { digits, separator })
    }
}

/// The highest bit of each byte that is this one, in bytes below 128.
fn places_of(byte: u8, text: u64) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let other = text ^ u64::from_le_bytes([byte; 8]);
    !((other & !HIGH) + !HIGH) & !other & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, digits: u32, separator: Option<(u8, usize, usize)>) {
        assert_eq!(figures(text), Some(Figures { digits, separator }), "{text}");
    }

    fn figures(text: &str) -> Option<Figures> {
        let mut bytes = [0; 8];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Figures::of(u64::from_le_bytes(bytes), text.len())
    }

    #[test]
    fn digits_and_the_separator_are_told() {
        check("7", 7, None);
        check("12345678", 12_345_678, None);
        check("0.4512", 4512, Some((b'.', 1, 4)));
        check("63,200", 63_200, Some((b',', 2, 3)));
        check(".5", 5, Some((b'.', 0, 1)));
        check("9999999.", 9_999_999, Some((b'.', 7, 0)));
    }

    #[test]
    fn other_shapes_are_left_to_others() {
        for text in ["", ".", "1.2.3", "1,234.5", "1'234", "12a", "1:30", "1/2", "1;2"] {
            assert_eq!(figures(text), None, "{text}");
        }
    }
}
