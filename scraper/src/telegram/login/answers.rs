//! What a person brings to a login: a phone number, a code, a password, and the application's own secret.
//!
//! None of them shows itself: they go to Telegram and nowhere else.

use std::fmt;

/// The digits that a phone number has, country code included (<https://www.itu.int/rec/T-REC-E.164>).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// The most bytes of a code; codes can be words and phrases.
const LONGEST_CODE: usize = 256;
/// The most bytes of a password.
const LONGEST_PASSWORD: usize = 1_024;
/// The most bytes of an application's secret, which has 32.
const LONGEST_HASH: usize = 128;

/// Why what was typed cannot be what was asked for. As a text it says what is expected, and nothing of what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAnswer {
    /// Not a phone number.
    #[error("a phone number has its country code and {} to {} digits, such as +44 20 7946 0000", DIGITS.start(), DIGITS.end())]
    Phone,
    /// The token of a bot in place of a phone number.
    #[error(
        "this looks like the token of a bot, and Telegram lets no bot read the history of channels: a login is that of an account"
    )]
    BotToken,
    /// Not a code.
    #[error("a code has 1 to {LONGEST_CODE} characters")]
    Code,
    /// Not a password.
    #[error("a password has 1 to {LONGEST_PASSWORD} bytes")]
    Password,
    /// Not the secret of an application.
    #[error("the hash of an application is the 32 characters that https://my.telegram.org shows beside its number")]
    ApiHash,
}

macro_rules! secret {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// What goes to Telegram, and nowhere else.
            pub(in crate::telegram) fn revealed(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret! {
    /// A phone number with its country code.
    PhoneNumber
}
secret! {
    /// The code that Telegram sent to the account.
    LoginCode
}
secret! {
    /// The password of the account: its second factor.
    AccountPassword
}
secret! {
    /// The secret of the application, from <https://my.telegram.org>.
    ApiHash
}

impl PhoneNumber {
    /// The number that was typed, with or without `+`, spaces, dashes, dots and brackets.
    ///
    /// # Errors
    /// [`InvalidAnswer::Phone`], or [`InvalidAnswer::BotToken`] where it is one.
    pub fn parse(text: &str) -> Result<Self, InvalidAnswer> {
        if is_bot_token(text.trim()) {
            return Err(InvalidAnswer::BotToken);
        }
        let text = text.trim();
        let text = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(text);
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
        if !digits.bytes().all(|b| b.is_ascii_digit()) || !DIGITS.contains(&digits.len()) {
            return Err(InvalidAnswer::Phone);
        }
        Ok(Self(format!("+{digits}")))
    }
}

impl LoginCode {
    /// The code that was typed; spaces and dashes between digits are none of it.
    ///
    /// # Errors
    /// [`InvalidAnswer::Code`].
    pub fn parse(text: &str) -> Result<Self, InvalidAnswer> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST_CODE || text.chars().any(char::is_control) {
            return Err(InvalidAnswer::Code);
        }
        let is_digits = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'));
        let code = if is_digits { text.chars().filter(char::is_ascii_digit).collect() } else { text.to_owned() };
        if code.is_empty() { Err(InvalidAnswer::Code) } else { Ok(Self(code)) }
    }
}

impl AccountPassword {
    /// The password exactly as it was typed.
    ///
    /// # Errors
    /// [`InvalidAnswer::Password`].
    pub fn parse(text: &str) -> Result<Self, InvalidAnswer> {
        if text.is_empty() || text.len() > LONGEST_PASSWORD {
            return Err(InvalidAnswer::Password);
        }
        Ok(Self(text.to_owned()))
    }
}

impl ApiHash {
    /// The secret of an application.
    ///
    /// # Errors
    /// [`InvalidAnswer::ApiHash`].
    pub fn parse(text: &str) -> Result<Self, InvalidAnswer> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST_HASH || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidAnswer::ApiHash);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A bot's token is its number, a colon and some letters: <https://core.telegram.org/bots/api#authorizing-your-bot>.
fn is_bot_token(text: &str) -> bool {
    text.split_once(':').is_some_and(|(number, rest)| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && rest.len() >= 5
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_read_as_people_write_it() {
        for text in ["+999 66 21234", "+999-66 (21) 234", " 9996621234 ".trim(), "009996621234", "+999.66.21.23.4"] {
            let number = PhoneNumber::parse(text).map(|it| it.revealed().to_owned());
            assert!(matches!(number.as_deref(), Ok("+9996621234")), "{text}: {number:?}");
        }
        for text in ["", "+", "12345", "+1234567890123456", "+99966a1234", "+999;rm -rf", "٣٣٣٣٣٣٣"] {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidAnswer::Phone), "{text}");
        }
        assert_eq!(PhoneNumber::parse("1234567:not-a-real-token"), Err(InvalidAnswer::BotToken));
    }

    #[test]
    fn a_code_is_read_as_it_is_shown_and_a_password_as_it_is() {
        for (text, code) in [("12345\n", "12345"), ("12 3-45", "12345"), (" blue whale ", "blue whale")] {
            assert_eq!(LoginCode::parse(text).map(|it| it.0), Ok(code.to_owned()));
        }
        for text in ["", "  ", "--", "1\u{1b}2", &"1".repeat(LONGEST_CODE + 1)] {
            assert_eq!(LoginCode::parse(text), Err(InvalidAnswer::Code), "{text}");
        }
        assert_eq!(AccountPassword::parse(" a b ").map(|it| it.0), Ok(" a b ".to_owned()));
        for text in ["", &"x".repeat(LONGEST_PASSWORD + 1)] {
            assert_eq!(AccountPassword::parse(text), Err(InvalidAnswer::Password));
        }
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let phone = PhoneNumber::parse("+9996621234").unwrap();
        let (code, password) = (LoginCode::parse("12345").unwrap(), AccountPassword::parse("12345").unwrap());
        let hash = ApiHash::parse("not-a-real-hash-12345").unwrap();
        let shown = format!("{phone:?} {code:?} {password:?} {hash:?}");
        assert!(!shown.contains("123"), "{shown}");
    }
}
