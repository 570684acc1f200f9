//! What belongs to a word of at most eight bytes, or to another small key.
//!
//! Every word of every post is asked, and most are this short: their bytes are one number, and a table that is mostly
//! empty answers with one comparison as a rule.

/// A table by numbers other than 0.
#[derive(Debug)]
pub(super) struct Table<T> {
    /// Keys and what belongs to them, 0 where no key is; their count is a power of two.
    places: Box<[(u64, Option<T>)]>,
    shift: u32,
}

impl<T: Copy> Table<T> {
    pub(super) fn of(entries: impl Iterator<Item = (u64, T)>) -> Self {
        let entries: Vec<(u64, T)> = entries.collect();
        let bits = (entries.len() * 8 + 2).next_power_of_two().trailing_zeros();
        let mut table = Self { places: vec![(0, None); 1 << bits].into(), shift: u64::BITS - bits };
        for (key, value) in entries {
            let at = table.place(key);
            table.places[at] = (key, Some(value));
        }
        table
    }

    /// Where the key is, or would be.
    #[inline]
    fn place(&self, key: u64) -> usize {
        let mask = self.places.len() - 1;
        let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize & mask;
        // Both at once: that the first place answers can be foreseen, which of the two it is cannot.
        while (self.places[at].0 != key) & (self.places[at].0 != 0) {
            at = (at + 1) & mask;
        }
        at
    }

    /// What belongs to this key.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<T> {
        self.places[self.place(key)].1
    }
}

/// The bytes of a short word as one number; words have no zero bytes, so no two share one.
#[inline]
pub(super) fn packed(word: &str) -> Option<u64> {
    let bytes = word.as_bytes();
    let length = bytes.len();
    if length > 8 {
        return None;
    }
    // Both ends, which may overlap: a copy of so few bytes costs more than they do.
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
        return Some(first | last << (8 * (length - 4)));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from(u16::from_le_bytes(*first)), u64::from(u16::from_le_bytes(*last)));
        return Some(first | last << (8 * (length - 2)));
    }
    Some(bytes.first().map_or(0, |&byte| u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_found_and_others_are_not() {
        let words = ["a", "b", "long", "entrance", "止损", "longer words are left out"];
        let table = Table::of(words.iter().zip(0u8..).filter_map(|(word, value)| Some((packed(word)?, value))));
        for (word, value) in words.iter().zip(0u8..) {
            assert_eq!(packed(word).and_then(|key| table.get(key)), (word.len() <= 8).then_some(value), "{word}");
        }
        assert_eq!(table.get(0), None);
        assert_eq!(packed("short").and_then(|key| table.get(key)), None);
    }

    #[test]
    fn an_empty_table_knows_no_word() {
        let table: Table<u8> = Table::of(std::iter::empty());
        assert_eq!(packed("a").and_then(|key| table.get(key)), None);
    }
}
