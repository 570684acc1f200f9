//! How an account logs in, step by step: a code or a QR code, and the password where the account has one.
//!
//! [`Login::begin`] says how far a kept login is, and each further step says how far it has come ([`Standing`]). A login
//! that was broken off goes on where it stood: [`Login::blob`] is worth keeping as soon as there is a connection.
//!
//! The library's own helpers end the process on some answers of the server, and take a code that expired for one that
//! is wrong, so the requests are made here; only the proof of the password is the library's.

mod answers;
mod failure;
mod password;
mod qr;

use std::sync::Arc;
use std::time::Duration;

use grammers_client::session::Session as _;
use grammers_client::session::types::{PeerAuth, PeerInfo};
use grammers_client::tl;

pub use self::answers::{AccountPassword, ApiHash, InvalidAnswer, LoginCode, PhoneNumber};
pub use self::failure::LoginError;
pub use self::qr::QrLink;
use crate::holding::Grip;
use crate::telegram::blob_session::{BlobSession, Keys};
use crate::telegram::connection::{Me, Telegram, TelegramConfig};
use crate::telegram::failure::TelegramError;
use crate::telegram::session_blob::SessionBlob;

/// How often an account may be said to live elsewhere before nobody is believed.
const MOST_MOVES: usize = 3;
/// The most characters of a hint that are kept; Telegram allows fewer.
const LONGEST_HINT: usize = 255;

/// How a login is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginConfig {
    /// How Telegram is asked. Nothing is waited for on the spot: somebody sits there.
    pub telegram: TelegramConfig,
    /// The secret of the application, from <https://my.telegram.org>.
    pub api_hash: ApiHash,
    /// How long it is between two looks whether the QR code was scanned.
    pub between_looks: Duration,
    /// For how long a QR code, and those that take its place, are shown.
    pub longest_scan: Duration,
}

impl LoginConfig {
    /// The usual limits.
    #[must_use]
    pub fn new(telegram: TelegramConfig, api_hash: ApiHash) -> Self {
        let (between_looks, longest_scan) = (Duration::from_millis(2_500), Duration::from_secs(300));
        Self { telegram, api_hash, between_looks, longest_scan }
    }
}

/// How far a login is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has logged in yet.
    Nobody,
    /// The code was right, or the QR code was scanned, and the account's password is due.
    PasswordDue {
        /// What the account's owner wrote down to remember it by: text of a stranger.
        hint: Option<String>,
    },
    /// This account is logged in.
    LoggedIn(Me),
}

/// Where Telegram sent the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSent {
    /// To the Telegram apps of the account.
    ToApps,
    /// To the phone, as a message.
    AsMessage,
    /// To the phone, as a call.
    AsCall,
    /// By mail.
    ByMail,
}

/// A login under way. What was begun breaks off when this is dropped; [`Login::close`] ends it in order.
#[derive(Debug)]
pub struct Login {
    telegram: Telegram,
    config: LoginConfig,
    asked: Option<CodeAsked>,
}

/// A code that was asked for.
struct CodeAsked {
    phone: PhoneNumber,
    hash: String,
}

impl std::fmt::Debug for CodeAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeAsked")
    }
}

impl Login {
    /// Connects under a login whose lease is held, agreeing on a key where there is none yet, and looks how far it is.
    ///
    /// # Errors
    /// [`LoginError`]; where [`LoginError::is_end_of_login`] says so, only a login without the kept keys can begin.
    pub async fn begin(blob: SessionBlob, config: LoginConfig, grip: Grip) -> Result<(Self, Standing), LoginError> {
        let has_key = blob.home_key().is_some();
        let session = Arc::new(BlobSession::new(blob, Keys::Made));
        let telegram = Telegram::over(session, config.telegram.clone(), grip);
        let login = Self { telegram, config, asked: None };
        match login.standing().await {
            Ok(standing) => Ok((login, standing)),
            Err(LoginError::Telegram(TelegramError::LoginOver { name })) if !has_key => {
                Err(LoginError::NoKey { why: name })
            }
            Err(error) => Err(error),
        }
    }

    /// The login as it is now.
    #[must_use]
    pub fn blob(&self) -> SessionBlob {
        self.telegram.blob()
    }

    /// Has Telegram send a code to the account with this number, or another one in place of the one before.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn ask_for_code(&mut self, phone: &PhoneNumber) -> Result<CodeSent, LoginError> {
        let settings = tl::types::CodeSettings {
            allow_flashcall: false,
            current_number: false,
            allow_app_hash: false,
            allow_missed_call: false,
            allow_firebase: false,
            unknown_number: false,
            logout_tokens: None,
            token: None,
            app_sandbox: None,
        };
        let request = tl::functions::auth::SendCode {
            phone_number: phone.revealed().to_owned(),
            api_id: self.config.telegram.api_id,
            api_hash: self.config.api_hash.revealed().to_owned(),
            settings: settings.into(),
        };
        let sent = match self.ask("a code", &request).await? {
            tl::enums::auth::SentCode::Code(sent) => sent,
            tl::enums::auth::SentCode::PaymentRequired(_) => return Err(LoginError::PaymentRequired),
            // Only a client that shows a token of an earlier logout is let in without a code.
            tl::enums::auth::SentCode::Success(_) => return Err(unreadable("a login without a code")),
        };
        use tl::enums::auth::SentCodeType as Type;
        let way = match sent.r#type {
            Type::App(_) => CodeSent::ToApps,
            Type::Call(_) | Type::FlashCall(_) | Type::MissedCall(_) => CodeSent::AsCall,
            Type::EmailCode(_) => CodeSent::ByMail,
            Type::SetUpEmailRequired(_) => return Err(LoginError::EmailRequired),
            Type::Sms(_) | Type::FragmentSms(_) | Type::FirebaseSms(_) | Type::SmsWord(_) | Type::SmsPhrase(_) => {
                CodeSent::AsMessage
            }
        };
        self.asked = Some(CodeAsked { phone: phone.clone(), hash: sent.phone_code_hash });
        Ok(way)
    }

    /// Shows Telegram the code.
    ///
    /// # Errors
    /// [`LoginError`]: `WrongCode` where another try may be right, `CodeExpired` where another code has to be asked for,
    /// also where none was.
    pub async fn enter_code(&mut self, code: &LoginCode) -> Result<Standing, LoginError> {
        let Some(asked) = &self.asked else { return Err(LoginError::CodeExpired) };
        let request = tl::functions::auth::SignIn {
            phone_number: asked.phone.revealed().to_owned(),
            phone_code_hash: asked.hash.clone(),
            phone_code: Some(code.revealed().to_owned()),
            email_verification: None,
        };
        let answer = self.once("the code", &request).await;
        self.settled(answer).await
    }

    /// Ends the connection; the login stays as far as it is.
    pub async fn close(self) {
        self.telegram.close().await;
    }

    /// Ends the login at Telegram: for one that cannot be kept.
    ///
    /// # Errors
    /// [`TelegramError`].
    pub async fn log_out(&self) -> Result<(), TelegramError> {
        self.once("the end of the login", &tl::functions::auth::LogOut {}).await.map(drop)
    }

    /// What follows from the answer to a step that logs in, or from its failing.
    async fn settled(
        &self,
        answer: Result<tl::enums::auth::Authorization, TelegramError>,
    ) -> Result<Standing, LoginError> {
        match answer {
            Ok(tl::enums::auth::Authorization::Authorization(authorization)) => {
                self.logged_in(authorization.user).await
            }
            Ok(tl::enums::auth::Authorization::SignUpRequired(_)) => Err(LoginError::SignUpRequired),
            Err(error) => self.settled_by(error).await,
        }
    }

    /// What follows from a failing step. Where the answer was lost, the step may have been made all the same.
    async fn settled_by(&self, error: TelegramError) -> Result<Standing, LoginError> {
        match error {
            TelegramError::PasswordDue => self.password_due().await,
            TelegramError::Unreachable { .. } | TelegramError::TimedOut { .. } => match self.standing().await? {
                Standing::Nobody => Err(error.into()),
                further => Ok(further),
            },
            error => Err(error.into()),
        }
    }

    /// Notes who logged in, which the library does only in its own helpers.
    async fn logged_in(&self, user: tl::enums::User) -> Result<Standing, LoginError> {
        let tl::enums::User::User(user) = user else { return Err(unreadable("a login of nobody")) };
        let me = PeerInfo::User {
            id: user.id,
            auth: user.access_hash.map(PeerAuth::from_hash),
            bot: Some(user.bot),
            is_self: Some(true),
        };
        let noted = self.telegram.session().cache_peer(me).await;
        noted.map_err(|refusal| unreadable(&refusal.to_string()))?;
        if user.bot {
            return Err(TelegramError::IsABot.into());
        }
        Ok(Standing::LoggedIn(Me { id: user.id, is_bot: false }))
    }

    /// How far the login is.
    async fn standing(&self) -> Result<Standing, LoginError> {
        let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
        match self.once("who is logged in", &request).await {
            Ok(users) => {
                let user = users.into_iter().next().ok_or_else(|| unreadable("a login of nobody"))?;
                self.logged_in(user).await
            }
            Err(TelegramError::PasswordDue) => {
                self.telegram.session().forget_account();
                self.password_due().await
            }
            // A key that is fine, and nobody who logged in under it.
            Err(TelegramError::LoginOver { name }) if name == "AUTH_KEY_UNREGISTERED" => {
                self.telegram.session().forget_account();
                Ok(Standing::Nobody)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Asks, and asks once more where the connection broke: for what may be asked twice.
    async fn ask<R: tl::RemoteCall>(&self, what: &'static str, request: &R) -> Result<R::Return, TelegramError> {
        match self.once(what, request).await {
            Err(TelegramError::Unreachable { .. }) => self.once(what, request).await,
            answer => answer,
        }
    }

    /// Asks the data centre that is the account's, as far as is known, and goes where it is said to live.
    async fn once<R: tl::RemoteCall>(&self, what: &'static str, request: &R) -> Result<R::Return, TelegramError> {
        for _ in 0..MOST_MOVES {
            match self.telegram.step(what, request).await {
                Err(TelegramError::Elsewhere(data_centre)) => self.move_to(data_centre).await?,
                answer => return answer,
            }
        }
        Err(TelegramError::Unreadable { why: "an account that lives nowhere".to_owned() })
    }

    /// Goes over to the data centre where the account is said to live, if there is one.
    async fn move_to(&self, data_centre: u32) -> Result<(), TelegramError> {
        let unreadable = |why: String| TelegramError::Unreadable { why };
        let session = self.telegram.session();
        let known = i32::try_from(data_centre).ok().filter(|id| matches!(session.dc_option(*id), Ok(Some(_))));
        let home = known.ok_or_else(|| unreadable(format!("an unknown data centre, {data_centre}")))?;
        session.set_home_dc_id(home).await.map_err(|refusal| unreadable(refusal.to_string()))?;
        // The connection to the one before is of no more use.
        self.telegram.begin_anew();
        Ok(())
    }
}

fn unreadable(why: &str) -> LoginError {
    LoginError::Telegram(TelegramError::Unreadable { why: why.to_owned() })
}
