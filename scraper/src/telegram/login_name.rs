//! What a kept login is called, and which lease stands for it.

use std::fmt;

/// The most characters of a name.
const LONGEST: usize = 32;

/// The name of a kept login, such as `batch` or `realtime`: 1 to 32 of `a-z`, `0-9` and `-`, the first of them no `-`.
///
/// Whoever reads at the same time as somebody else needs a login of its own, so the names usually say who reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginName(String);

/// Why a text is no name of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a login is called by 1 to {LONGEST} of a-z, 0-9 and -, beginning with a letter or digit, such as `batch`")]
pub struct InvalidLoginName;

impl LoginName {
    /// The name that a text is.
    ///
    /// # Errors
    /// [`InvalidLoginName`].
    pub fn parse(text: &str) -> Result<Self, InvalidLoginName> {
        let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > LONGEST || text.starts_with('-') || !text.bytes().all(is_allowed) {
            return Err(InvalidLoginName);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The lease that whoever connects under the login must hold, as Telegram ends a login that is seen twice at once.
    #[must_use]
    pub fn lease_name(&self) -> String {
        format!("telegram/{}", self.0)
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_file_and_a_lease_and_nothing_else() {
        for name in ["batch", "realtime", "a", "2", "batch-2", &"x".repeat(LONGEST)] {
            assert_eq!(LoginName::parse(name).map(|it| it.to_string()), Ok(name.to_owned()));
        }
        for text in ["", "-x", "Batch", "a b", "../batch", "a/b", "a.session", "ü", &"x".repeat(LONGEST + 1)] {
            assert_eq!(LoginName::parse(text), Err(InvalidLoginName), "{text}");
        }
        assert_eq!(LoginName::parse("batch").unwrap().lease_name(), "telegram/batch");
    }
}
