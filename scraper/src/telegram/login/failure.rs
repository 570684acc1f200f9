//! Why a login does not go on, and whether another answer of the person helps.

use std::time::Duration;

use crate::foreign::shown;
use crate::telegram::failure::TelegramError;

/// Why a step of a login was not made.
///
/// As a text it says what happened and why; what to do about it depends on who asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The code is not the one that was sent. The same one is still waited for.
    #[error("the code is wrong")]
    WrongCode,
    /// The code is too old, or was used. Another one has to be asked for.
    #[error("the code is no longer valid")]
    CodeExpired,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// Nobody can have this number.
    #[error("Telegram knows no such phone number")]
    PhoneUnknown,
    /// Telegram has shut the number out.
    #[error("Telegram has banned this phone number")]
    PhoneBanned,
    /// The number has no account. Only Telegram's own apps make one.
    #[error("this phone number has no account at Telegram")]
    SignUpRequired,
    /// Telegram wants an address of mail before it sends codes.
    #[error("Telegram wants an address of mail for this account first")]
    EmailRequired,
    /// Telegram wants to be paid for sending a code.
    #[error("Telegram wants to be paid for a code to this number")]
    PaymentRequired,
    /// The number or the secret of the application is wrong, or Telegram has shut it out.
    #[error("Telegram does not accept this application ({})", shown(.name))]
    ApplicationRefused {
        /// Telegram's name for it.
        name: String,
    },
    /// Too many codes, or too many wrong answers, without a word of when it is over.
    #[error("too many logins were tried ({})", shown(.name))]
    TooOften {
        /// Telegram's name for it.
        name: String,
    },
    /// Nobody scanned the QR code.
    #[error("nobody scanned the QR code within {} s", .after.as_secs())]
    NotScanned {
        /// For how long it was shown.
        after: Duration,
    },
    /// No key could be agreed on: whoever answers is not Telegram, or something between changes what is sent.
    #[error("no key could be agreed on with Telegram ({})", shown(.why))]
    NoKey {
        /// Why not.
        why: String,
    },
    /// Anything else that Telegram did not do.
    #[error(transparent)]
    Telegram(TelegramError),
}

impl LoginError {
    /// Whether the person may answer the same question once more.
    #[must_use]
    pub fn is_another_answer_due(&self) -> bool {
        matches!(self, Self::WrongCode | Self::WrongPassword)
    }

    /// Whether the kept login is of no more use, and only one without its keys can begin.
    #[must_use]
    pub fn is_end_of_login(&self) -> bool {
        matches!(self, Self::Telegram(error) if error.is_end_of_login())
    }

    /// Whether the same step may be made later, without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Telegram(error) => error.is_retryable(),
            Self::TooOften { .. } | Self::NotScanned { .. } => true,
            _ => false,
        }
    }

    /// How long Telegram asked to be left alone, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Telegram(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl From<TelegramError> for LoginError {
    fn from(error: TelegramError) -> Self {
        let TelegramError::Refused { name, .. } = &error else { return Self::Telegram(error) };
        match &name[..] {
            "PHONE_CODE_INVALID" | "PHONE_CODE_EMPTY" => Self::WrongCode,
            "PHONE_CODE_EXPIRED" | "PHONE_CODE_HASH_EMPTY" => Self::CodeExpired,
            "PASSWORD_HASH_INVALID" => Self::WrongPassword,
            "PHONE_NUMBER_INVALID" | "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN" => Self::PhoneUnknown,
            "PHONE_NUMBER_BANNED" => Self::PhoneBanned,
            "PHONE_NUMBER_UNOCCUPIED" => Self::SignUpRequired,
            "API_ID_INVALID" | "API_ID_PUBLISHED_FLOOD" | "UPDATE_APP_TO_LOGIN" => {
                Self::ApplicationRefused { name: name.clone() }
            }
            "PHONE_NUMBER_FLOOD" | "PHONE_PASSWORD_FLOOD" | "SMS_CODE_CREATE_FAILED" => {
                Self::TooOften { name: name.clone() }
            }
            _ => Self::Telegram(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str) -> LoginError {
        TelegramError::Refused { code: 400, name: name.to_owned() }.into()
    }

    #[test]
    fn a_refusal_says_whether_another_answer_helps() {
        for name in ["PHONE_CODE_INVALID", "PASSWORD_HASH_INVALID"] {
            assert!(refused(name).is_another_answer_due() && !refused(name).is_retryable(), "{name}");
        }
        for name in ["PHONE_CODE_EXPIRED", "PHONE_NUMBER_BANNED", "API_ID_INVALID", "SOMETHING_ELSE"] {
            assert!(!refused(name).is_another_answer_due() && !refused(name).is_retryable(), "{name}");
        }
        assert!(refused("PHONE_NUMBER_FLOOD").is_retryable());
        let flood = LoginError::from(TelegramError::Flood { retry_after: Duration::from_secs(7) });
        assert!(flood.is_retryable() && flood.retry_after() == Some(Duration::from_secs(7)));
    }

    #[test]
    fn names_of_the_server_are_escaped_and_short() {
        let hostile = format!("\u{1b}[2J{}", "X".repeat(5_000));
        for error in [LoginError::ApplicationRefused { name: hostile.clone() }, LoginError::TooOften { name: hostile }]
        {
            let text = error.to_string();
            assert!(!text.contains('\u{1b}') && text.len() < 400, "{text}");
        }
    }
}
