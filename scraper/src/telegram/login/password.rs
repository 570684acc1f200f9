//! The second factor: how Telegram asks for the account's password, and how it is proved without being sent.

use grammers_client::client::PasswordToken;
use grammers_client::{SignInError, tl};
use tokio::time::timeout;

use super::{LONGEST_HINT, Login, LoginError, Standing, unreadable};
use crate::telegram::connection::Me;
use crate::telegram::failure::TelegramError;
use crate::telegram::login::AccountPassword;

/// What is asked for in messages.
const WHAT: &str = "the password";

impl Login {
    /// Proves to Telegram that the password is known.
    ///
    /// # Errors
    /// [`LoginError`]: `WrongPassword` where another try may be right.
    pub async fn enter_password(&mut self, password: &AccountPassword) -> Result<Standing, LoginError> {
        // Each try gets a question of its own, as an answered one may not be answered again.
        let question = self.password_question().await?;
        let is_known = matches!(
            question.current_algo,
            Some(tl::enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(_))
        );
        if !is_known || question.srp_b.is_none() || question.srp_id.is_none() {
            return Err(unreadable("a question for a password that this version cannot answer"));
        }
        match self.checked(PasswordToken::new(question), password.clone()).await {
            Ok(me) if me.is_bot => Err(TelegramError::IsABot.into()),
            Ok(me) => Ok(Standing::LoggedIn(me)),
            Err(error) => self.settled_by(error).await,
        }
    }

    /// That the password is due, with the hint that its owner wrote down.
    pub(super) async fn password_due(&self) -> Result<Standing, LoginError> {
        let hint = self.password_question().await?.hint.filter(|hint| !hint.is_empty());
        Ok(Standing::PasswordDue { hint: hint.map(|hint| hint.chars().take(LONGEST_HINT).collect()) })
    }

    async fn password_question(&self) -> Result<tl::types::account::Password, TelegramError> {
        self.ask(WHAT, &tl::functions::account::GetPassword {}).await.map(Into::into)
    }

    /// Has the library prove it. It computes for a while, and ends its task on numbers that are none: so in a task of
    /// its own.
    async fn checked(&self, question: PasswordToken, password: AccountPassword) -> Result<Me, TelegramError> {
        self.telegram.may_connect()?;
        let limit = self.config.telegram.request_timeout;
        let (client, _, number) = self.telegram.client();
        let checking = tokio::spawn(async move {
            let user = client.check_password(question, password.revealed()).await?;
            Ok::<_, SignInError>((user.id().bare_id(), user.is_bot()))
        });
        let ending = checking.abort_handle();
        let checked = timeout(limit, checking).await.map_err(|_| {
            ending.abort();
            self.telegram.hang_up(number);
            TelegramError::TimedOut { what: WHAT, after: limit }
        })?;
        let unreadable = |why: &str| TelegramError::Unreadable { why: why.to_owned() };
        match checked.map_err(|_| unreadable("a question for a password that has no answer"))? {
            Ok((Some(id), is_bot)) => Ok(Me { id, is_bot }),
            Ok((None, _)) => Err(unreadable("a login of nobody")),
            Err(SignInError::InvalidPassword(_)) => {
                Err(TelegramError::Refused { code: 400, name: "PASSWORD_HASH_INVALID".to_owned() })
            }
            Err(SignInError::Other(error)) => Err(error.into()),
            Err(_) => Err(unreadable("another answer to a password")),
        }
    }
}
