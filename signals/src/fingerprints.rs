//! What was made of the last posts of a channel, a fingerprint for each.
//!
//! Posts are edited, and many sources tell nobody: whoever looks at the last ones again sees by their fingerprints which
//! of them say something else, and asks the store about those alone.

use std::collections::BTreeMap;
use std::fmt;

use crate::message::MessageId;

/// How many posts are remembered, the newest ones. Their text stays below 10 KB.
pub const MOST_FINGERPRINTS: usize = 400;

/// Fingerprints of posts by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    posts: BTreeMap<MessageId, u64>,
}

impl Fingerprints {
    /// Reads what [`fmt::Display`] writes: `7:9f86d081884c7d65 9:60303ae22b998861`.
    ///
    /// A part that cannot be read is left out: a post that is not known costs a look at the store, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let part = |part: &str| {
            let (id, fingerprint) = part.split_once(':')?;
            Some((MessageId(id.parse().ok()?), u64::from_str_radix(fingerprint, 16).ok()?))
        };
        let mut read = Self::default();
        text.split_ascii_whitespace().filter_map(part).for_each(|(id, fingerprint)| read.add(id, fingerprint));
        read
    }

    /// Remembers what a post was when it was last looked at. Beyond [`MOST_FINGERPRINTS`] the oldest is forgotten.
    pub fn add(&mut self, id: MessageId, fingerprint: u64) {
        self.posts.insert(id, fingerprint);
        if self.posts.len() > MOST_FINGERPRINTS {
            self.posts.pop_first();
        }
    }

    /// Whether this post was the same when it was last looked at.
    #[must_use]
    pub fn has(&self, id: MessageId, fingerprint: u64) -> bool {
        self.posts.get(&id) == Some(&fingerprint)
    }
}

impl fmt::Display for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (id, fingerprint)) in self.posts.iter().enumerate() {
            let space = if n == 0 { "" } else { " " };
            write!(f, "{space}{}:{fingerprint:016x}", id.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_known_as_it_was_last() {
        let mut known = Fingerprints::default();
        known.add(MessageId(7), 1);
        known.add(MessageId(9), u64::MAX);
        known.add(MessageId(7), 2);
        assert!(known.has(MessageId(7), 2) && !known.has(MessageId(7), 1) && !known.has(MessageId(8), 2));
        assert_eq!(known.to_string(), "7:0000000000000002 9:ffffffffffffffff");
        assert_eq!(Fingerprints::parse(&known.to_string()), known);
    }

    #[test]
    fn the_newest_are_remembered() {
        let mut known = Fingerprints::default();
        let most = i64::try_from(MOST_FINGERPRINTS).unwrap();
        (0..=most).rev().for_each(|id| known.add(MessageId(id), 1));
        assert!(!known.has(MessageId(0), 1) && (1..=most).all(|id| known.has(MessageId(id), 1)));
        assert!(Fingerprints::parse(&known.to_string()) == known && known.to_string().len() < 10_000);
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        for text in ["", "7", "7:", ":1", "x:1", "7:g", "7:11111111111111111", "99999999999999999999:1"] {
            assert_eq!(Fingerprints::parse(text), Fingerprints::default(), "{text}");
        }
        assert!(Fingerprints::parse("x 7:a y").has(MessageId(7), 10));
    }
}
