//! What a token can be, and sets of that.
//!
//! Every pass asks every token whether it is one of a few: a set answers without a branch, where a chain of patterns
//! would guess wrongly at every other token.

use crate::parser::fold::Emoji;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word; its folded text stands in the buffer.
    Word,
    /// Digits with separators; the folded text stands in the buffer.
    Number,
    /// A number of a list (`①`, `1️⃣`); [`Token::value`](super::Token::value) is the number.
    Index,
    /// Punctuation.
    Mark(u8),
    /// A picture.
    Emoji(Emoji),
    /// One or more line breaks; [`Token::value`](super::Token::value) counts them.
    Line,
}

/// A number below 64 for each [`Kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(u8);

impl Class {
    #[inline]
    pub(super) const fn of(kind: Kind) -> Self {
        Self(match kind {
            Kind::Word => 0,
            Kind::Number => 1,
            Kind::Index => 2,
            Kind::Line => 3,
            Kind::Emoji(emoji) => 4 + emoji as u8,
            Kind::Mark(mark @ b'!'..=b'@') => 16 + (mark - b'!'),
            Kind::Mark(mark @ b'['..=b'`') => 48 + (mark - b'['),
            Kind::Mark(mark @ b'{'..=b'~') => 54 + (mark - b'{'),
            Kind::Mark(_) => 63,
        })
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindSet(u64);

impl KindSet {
    pub(crate) const fn of(kinds: &[Kind]) -> Self {
        let mut set = 0;
        let mut i = 0;
        while i < kinds.len() {
            set |= 1 << Class::of(kinds[i]).0;
            i += 1;
        }
        Self(set)
    }

    /// The set of these marks.
    pub(crate) const fn marks(marks: &[u8]) -> Self {
        let mut set = 0;
        let mut i = 0;
        while i < marks.len() {
            set |= 1 << Class::of(Kind::Mark(marks[i])).0;
            i += 1;
        }
        Self(set)
    }

    /// Both sets together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline]
    pub(super) const fn holds(self, class: Class) -> bool {
        self.0 >> (class.0 & 63) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_class() {
        const EMOJIS: [Emoji; 10] = [
            Emoji::Tick,
            Emoji::Cross,
            Emoji::Up,
            Emoji::Down,
            Emoji::Green,
            Emoji::Red,
            Emoji::Target,
            Emoji::Stop,
            Emoji::Hourglass,
            Emoji::Other,
        ];
        let mut kinds = vec![Kind::Word, Kind::Number, Kind::Index, Kind::Line];
        kinds.extend(EMOJIS.map(Kind::Emoji));
        kinds.extend((0..128u8).filter(u8::is_ascii_punctuation).map(Kind::Mark));
        for (i, &kind) in kinds.iter().enumerate() {
            let set = KindSet::of(&[kind]);
            for (j, &other) in kinds.iter().enumerate() {
                assert_eq!(set.holds(Class::of(other)), i == j, "{kind:?} {other:?}");
            }
        }
    }
}
