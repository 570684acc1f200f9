//! How a login is ended at Telegram, so that the kept copy of it, and every other one, is worth nothing.

use grammers_client::tl;

use crate::telegram::connection::Telegram;
use crate::telegram::failure::TelegramError;

impl Telegram {
    /// Ends the login. The connection is of no more use for anything else.
    ///
    /// # Errors
    /// [`TelegramError`]; a login that was over before is none.
    pub async fn log_out(&self) -> Result<(), TelegramError> {
        match self.ask("the end of the login", &tl::functions::auth::LogOut {}).await {
            // Also where the answer was lost, and it was asked for twice.
            Ok(_) | Err(TelegramError::LoginOver { .. } | TelegramError::AccountGone { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
