//! The logins that are kept on this machine, and what every command says that has to do with them.

use std::path::PathBuf;

use scraper::telegram::{
    ApiHash, KeptSessionError, LoginConfig, LoginError, LoginName, SessionFile, TelegramConfig, TelegramError,
};

use crate::cli::StoreArgs;
use crate::cli::login::LoginsArgs;
use crate::data_folder;
use crate::failure::{Failure, Stop};
use crate::settings::Settings;
use crate::settings::secrets::{Secret, TELEGRAM_API_HASH, TELEGRAM_API_ID, TELEGRAM_BOT_TOKEN};

/// The folder of the logins in the data folder.
const FOLDER: &str = "logins";
/// The same for whoever could read without an account.
const REGISTER_OR_DO_WITHOUT: &str = "get it for an application of yours at https://my.telegram.org, and set it; public \
     channels are read without: sigtower batch --source preview, sigtower realtime --poll";
/// What is said to whoever has a bot alone.
const NOT_BY_BOT: &str = "; TELEGRAM_BOT_TOKEN is set, but Telegram lets no bot read the history of channels";
/// Where applications are registered with Telegram.
const REGISTER: &str = "get both for an application of yours at https://my.telegram.org, and set them";

impl LoginsArgs {
    /// The folder in which logins are kept.
    pub(crate) fn folder(&self, store: &StoreArgs) -> Result<PathBuf, Stop> {
        match &self.logins_dir {
            Some(folder) => Ok(folder.clone()),
            None => Ok(data_folder::chosen(store.data_dir.as_deref())?.join(FOLDER)),
        }
    }

    /// The file of a login.
    pub(crate) fn file(&self, store: &StoreArgs, name: &LoginName) -> Result<SessionFile, Stop> {
        Ok(SessionFile::of(&self.folder(store)?, name))
    }
}

/// How Telegram is asked by whoever logs in, as the settings say.
pub(crate) fn config() -> Result<LoginConfig, Stop> {
    let settings = Settings::read()?;
    let (id, hash) = (set(&TELEGRAM_API_ID, &settings)?, set(&TELEGRAM_API_HASH, &settings)?);
    let missing = [(id.is_none(), TELEGRAM_API_ID.variable), (hash.is_none(), TELEGRAM_API_HASH.variable)];
    let (Some(id), Some(hash)) = (id, hash) else { return Err(not_set(&missing, REGISTER)) };
    let hash = ApiHash::parse(&hash).map_err(|why| wrong(TELEGRAM_API_HASH.variable, &why))?;
    Ok(LoginConfig::new(TelegramConfig::new(number(&id)?), hash))
}

/// How Telegram is asked by whoever reads, as the settings say; for that the number of the application is enough.
pub(crate) fn application() -> Result<TelegramConfig, Stop> {
    let id = set(&TELEGRAM_API_ID, &Settings::read()?)?;
    let id = id.ok_or_else(|| not_set(&[(true, TELEGRAM_API_ID.variable)], REGISTER_OR_DO_WITHOUT))?;
    Ok(TelegramConfig::new(number(&id)?))
}

fn set(secret: &Secret, settings: &Settings) -> Result<Option<String>, Stop> {
    Ok(secret.value(settings)?.filter(|value| !value.is_empty()))
}

fn not_set(missing: &[(bool, &str)], next: &str) -> Stop {
    let names: Vec<&str> = missing.iter().filter(|(is_missing, _)| *is_missing).map(|(_, name)| *name).collect();
    let what = format!("{} {} not set", names.join(" and "), if names.len() == 1 { "is" } else { "are" });
    Stop::key_needed(what, "Telegram lets in applications that it knows, and no others", next)
}

fn wrong(variable: &str, why: &dyn ToString) -> Stop {
    let what = format!("{variable} cannot be right");
    Stop::Usage(Failure { what, why: why.to_string(), next: REGISTER.to_owned() })
}

fn number(id: &str) -> Result<i32, Stop> {
    let number = id.parse::<i32>().ok().filter(|id| *id > 0);
    number.ok_or_else(|| wrong(TELEGRAM_API_ID.variable, &"the number of an application is a whole number"))
}

/// That a login is over, and what to do.
pub(crate) fn over(name: &LoginName, why: &str) -> Stop {
    let next = format!("remove what is kept (sigtower session revoke {name}), then: sigtower login {name}");
    Stop::key_needed(format!("the login `{name}` is over"), why, next)
}

/// Whether the predecessor's bot is set, with which somebody may mean to read.
fn has_bot() -> bool {
    Settings::read().is_ok_and(|settings| TELEGRAM_BOT_TOKEN.standing(&settings).is_ok_and(|it| it.is_some()))
}

/// Why a kept login cannot be used.
pub(crate) fn unkept(name: &LoginName, error: &KeptSessionError) -> Stop {
    let what = format!("cannot use the kept login `{name}`");
    match error {
        KeptSessionError::Missing(_) => {
            let why = format!("{error}{}", if has_bot() { NOT_BY_BOT } else { "" });
            Stop::key_needed(what, why, format!("log in: sigtower login {name}"))
        }
        KeptSessionError::ReadableByOthers(_) | KeptSessionError::FolderOfOthers(_) => {
            let next = format!("do that; if somebody did: sigtower session revoke {name}, and log in again");
            Stop::failed(what, error, next)
        }
        KeptSessionError::NoLogin { path, .. } => {
            let next = format!(
                "take {} away, end the login in a Telegram app under Settings, Devices, and log in again",
                path.display()
            );
            Stop::failed(what, error, next)
        }
        KeptSessionError::Io { .. } => {
            Stop::failed(what, error, "see that you may read and write there: sigtower doctor looks at the disk")
        }
    }
}

/// Why nobody was logged in.
pub(crate) fn not_logged_in(name: &LoginName, error: &LoginError) -> Stop {
    let what = format!("cannot log in to Telegram as `{name}`");
    let next = match error {
        LoginError::Telegram(error) => return unanswered(what, name, error),
        LoginError::WrongCode | LoginError::CodeExpired => {
            format!("ask for another code, soon but not often: sigtower login {name}")
        }
        LoginError::WrongPassword => format!("look the password up, then go on: sigtower login {name}"),
        LoginError::PhoneUnknown => "check the number, with its country code".to_owned(),
        LoginError::PhoneBanned => "take another number, or write to recover@telegram.org".to_owned(),
        LoginError::SignUpRequired => {
            "make the account with Telegram's own app on a phone, as no other program may, then log in".to_owned()
        }
        LoginError::EmailRequired => "log in with Telegram's own app once, which asks for the address".to_owned(),
        LoginError::PaymentRequired => {
            format!("scan a QR code with an app that is logged in: sigtower login {name} --qr")
        }
        LoginError::ApplicationRefused { .. } => {
            "set TELEGRAM_API_ID and TELEGRAM_API_HASH to what https://my.telegram.org shows".to_owned()
        }
        LoginError::TooOften { .. } => "wait a day before the next try".to_owned(),
        LoginError::NotScanned { .. } => {
            "in a Telegram app of the account: Settings, Devices, Link Desktop Device; then try again".to_owned()
        }
        LoginError::NoKey { .. } => {
            "look for a proxy or a filter on the way to Telegram; if there is none, for a newer sigtower".to_owned()
        }
    };
    match error {
        LoginError::TooOften { .. } => Stop::refused_for_now(what, error, next),
        _ => Stop::failed(what, error, next),
    }
}

/// Why Telegram did not do what it was asked under a login.
pub(crate) fn unanswered(what: impl Into<String>, name: &LoginName, error: &TelegramError) -> Stop {
    match error {
        TelegramError::Flood { retry_after } => {
            Stop::refused_for_now(what, error, format!("try again in {} s, and not before", retry_after.as_secs()))
        }
        TelegramError::AccountGone { .. } => {
            let next = format!(
                "write to recover@telegram.org, or log another account in: sigtower session revoke {name} --yes, \
                 sigtower login {name}"
            );
            Stop::key_needed(what, error, next)
        }
        error if error.is_end_of_login() => Stop::key_needed(
            what,
            error,
            format!("remove what is kept (sigtower session revoke {name}), then: sigtower login {name}"),
        ),
        TelegramError::LeaseLost => Stop::busy(what, error, "try again soon"),
        TelegramError::Unreachable { .. } | TelegramError::TimedOut { .. } | TelegramError::Stopped => {
            Stop::failed(what, error, "see that this machine reaches Telegram, and try again")
        }
        _ => Stop::failed(what, error, "try again; if it stays so, report it with the command"),
    }
}
