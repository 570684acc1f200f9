//! A login by a QR code that a Telegram app of the account scans (<https://core.telegram.org/api/qr-login>).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grammers_client::tl;
use tokio::time::{Instant, sleep_until};

use super::{Login, LoginError, Standing};
use crate::telegram::failure::TelegramError;

/// The most bytes of a token; more would not fit into a QR code that a terminal can show.
const LONGEST_TOKEN: usize = 512;
/// How many looks in a row may fail before nobody waits any longer.
const MOST_FAILURES: usize = 3;

/// What is shown as a QR code. Whoever accepts it with an app lets this login into the account of that app.
#[derive(Clone, PartialEq, Eq)]
pub struct QrLink(Vec<u8>);

impl QrLink {
    /// The link that the QR code stands for; it is good for half a minute or so, and for one login.
    #[must_use]
    pub fn url(&self) -> String {
        format!("tg://login?token={}", URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl fmt::Debug for QrLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrLink(…)")
    }
}

/// What one look at the QR code showed.
enum Look {
    Waiting(QrLink),
    /// The account lives elsewhere, and the token that took us there is used up: the next look begins there anew.
    Moved,
    Answered(Box<tl::enums::auth::Authorization>),
}

impl Login {
    /// Shows QR codes until one is scanned: `show` is called with the first one, and again with each that takes the
    /// place of one that expired.
    ///
    /// # Errors
    /// [`LoginError`]: `NotScanned` where nobody did in time.
    pub async fn by_qr(&mut self, mut show: impl FnMut(&QrLink)) -> Result<Standing, LoginError> {
        let until = Instant::now() + self.config.longest_scan;
        let (mut shown, mut n_failures) = (None, 0);
        loop {
            let next = Instant::now() + self.config.between_looks;
            match self.look().await {
                Ok(Look::Answered(authorization)) => return self.settled(Ok(*authorization)).await,
                // Telegram gives the same token again until it expires, and then another one.
                Ok(Look::Waiting(link)) => {
                    n_failures = 0;
                    if shown.as_ref() != Some(&link) {
                        show(&link);
                        shown = Some(link);
                    }
                }
                Ok(Look::Moved) => {}
                // Also where the answer was lost that let us in: that is found out then.
                Err(error) => match self.settled_by(error).await {
                    Err(error) if error.is_retryable() && error.retry_after().is_none() => {
                        n_failures += 1;
                        if n_failures >= MOST_FAILURES {
                            return Err(error);
                        }
                    }
                    settled => return settled,
                },
            }
            if next >= until {
                return Err(LoginError::NotScanned { after: self.config.longest_scan });
            }
            sleep_until(next).await;
        }
    }

    async fn look(&self) -> Result<Look, TelegramError> {
        let request = tl::functions::auth::ExportLoginToken {
            api_id: self.config.telegram.api_id,
            api_hash: self.config.api_hash.revealed().to_owned(),
            except_ids: Vec::new(),
        };
        match self.once("a QR code", &request).await? {
            tl::enums::auth::LoginToken::MigrateTo(elsewhere) => {
                let data_centre = u32::try_from(elsewhere.dc_id).unwrap_or_default();
                self.move_to(data_centre).await?;
                let import = tl::functions::auth::ImportLoginToken { token: elsewhere.token };
                match self.once("the QR code", &import).await {
                    Ok(answer) => of_token(answer),
                    Err(TelegramError::Refused { name, .. }) if name.starts_with("AUTH_TOKEN_") => Ok(Look::Moved),
                    Err(error) => Err(error),
                }
            }
            answer => of_token(answer),
        }
    }
}

fn of_token(answer: tl::enums::auth::LoginToken) -> Result<Look, TelegramError> {
    match answer {
        tl::enums::auth::LoginToken::Token(shown) if shown.token.len() <= LONGEST_TOKEN => {
            Ok(Look::Waiting(QrLink(shown.token)))
        }
        tl::enums::auth::LoginToken::Success(success) => Ok(Look::Answered(Box::new(success.authorization))),
        _ => Err(TelegramError::Unreadable { why: "a QR code that is none".to_owned() }),
    }
}
