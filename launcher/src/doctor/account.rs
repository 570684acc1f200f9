//! Whether channels can be read through an account: what is set, which logins are kept, and what Telegram says of them.

use std::time::Duration;

use scraper::holding::LEASE_TIME;
use scraper::telegram::{LoginName, SessionFile, Telegram, TelegramConfig, TelegramError};
use signals::store::SignalStore;

use crate::cli::desk::DoctorArgs;
use crate::config::NO_BOT;
use crate::doctor::finding::Finding;
use crate::failure::Stop;
use crate::login_lock::LoginLock;
use crate::logins::{self, unanswered, unkept};
use crate::session::kept::{User, names_in};
use crate::settings::Settings;
use crate::settings::secrets::{TELEGRAM_API_ID, TELEGRAM_BOT_TOKEN};
use crate::{holding, open_store};

const NAME: &str = "account";
/// How long Telegram may take for its answer, connecting included.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// How long a folder is waited for that a short command uses.
const WAITS: Duration = Duration::from_millis(300);
/// How many logins are looked into.
const MOST_LOGINS: usize = 8;

/// Looks at every login that is kept; `is_there` says whether there is a store, which alone knows who uses one.
pub(super) async fn look(args: &DoctorArgs, is_there: bool) -> Vec<Finding> {
    looked(args, is_there).await.unwrap_or_else(|stop| vec![Finding::of_stop(NAME, &stop)])
}

async fn looked(args: &DoctorArgs, is_there: bool) -> Result<Vec<Finding>, Stop> {
    let settings = Settings::read()?;
    let mut findings: Vec<Finding> = bot(&settings).into_iter().collect();
    let folder = args.logins.folder(&args.store)?;
    let names = names_in(&folder)?;
    if names.is_empty() {
        let is_wanted = settings.value_of("SIGTOWER_SOURCE").0 == "telegram";
        findings.push(of_none(is_wanted, TELEGRAM_API_ID.standing(&settings)?.is_some()));
        return Ok(findings);
    }
    let mut config = match logins::application() {
        Ok(config) => Some(in_short(config)),
        Err(stop) => {
            findings.push(Finding::of_stop(NAME, &stop));
            None
        }
    };
    let opened = if is_there { open_store::open_within(&args.store, WAITS).await.ok() } else { None };
    let store = opened.as_ref().map(|opened| &opened.store);
    for name in names.iter().take(MOST_LOGINS) {
        let looked = of_login(name, &SessionFile::of(&folder, name), store, config.as_ref()).await;
        // Where Telegram did not answer, nobody waits for it again.
        config = config.filter(|_| !looked.is_silent);
        findings.push(looked.finding);
    }
    Ok(findings)
}

/// What was found of a login, and whether Telegram was asked and did not answer.
struct Looked {
    finding: Finding,
    is_silent: bool,
}

impl From<Finding> for Looked {
    fn from(finding: Finding) -> Self {
        Self { finding, is_silent: false }
    }
}

/// What is wrong with one login, as far as it can be seen.
async fn of_login(
    name: &LoginName,
    file: &SessionFile,
    store: Option<&SignalStore>,
    config: Option<&TelegramConfig>,
) -> Looked {
    let account = match file.load().map(|blob| blob.me) {
        Ok(Some(account)) => account,
        Ok(None) => {
            let (what, why) = (format!("the login `{name}` is half done"), "it was broken off before its end");
            return Finding::warn(NAME, what, why, &format!("go on with it: sigtower login {name}")).into();
        }
        Err(error) => return Finding::of_stop(NAME, &unkept(name, &error)).into(),
    };
    let what = format!("the login `{name}` of account {account} is kept, and was not tried");
    match LoginLock::user(file) {
        Ok(None) => {}
        Ok(Some(user)) => return used(name, account, User::of_lock(user)).into(),
        Err(error) => return Finding::warn(NAME, what, error, "see that you may read its lock").into(),
    }
    let Some(store) = store else {
        let why = "there is no store that says whether somebody uses it";
        return Finding::warn(NAME, what, why, "read something once, then look again: sigtower batch").into();
    };
    match store.lease_holder(&name.lease_name()).await {
        Ok(None) => {}
        Ok(Some(holder)) => {
            let age = jiff::Timestamp::now().duration_since(holder.renewed_at);
            let user = User::of(holder);
            if Duration::try_from(age).is_ok_and(|age| age > LEASE_TIME) {
                let why = format!("it is {}, and that process did not say that it ended", user.shown());
                let next = "see whether it runs; if it does not, the next one waits a minute and goes on";
                return Finding::warn(NAME, what, why, next).into();
            }
            return used(name, account, user).into();
        }
        Err(error) => return Finding::warn(NAME, what, error, "see what the database finding says").into(),
    }
    match config {
        Some(config) => tried(name, file, store, config).await,
        None => Finding::warn(NAME, what, "see the finding before this one", "mend that first").into(),
    }
}

/// That somebody uses it, which is left alone.
fn used(name: &LoginName, account: i64, user: User) -> Finding {
    Finding::ok(NAME, format!("the login `{name}` of account {account} is {}", user.shown()))
}

/// Connects under the lease of the login, and asks who is logged in.
async fn tried(name: &LoginName, file: &SessionFile, store: &SignalStore, config: &TelegramConfig) -> Looked {
    let what = format!("the login `{name}` cannot be used");
    let tried = holding::while_held(store, name, file, async |grip| {
        // As it is now: whoever used it last may have changed it.
        let blob = file.load().map_err(|error| unkept(name, &error))?;
        let connected = Telegram::connect(blob, config.clone(), grip).await;
        let told = match connected {
            Ok((telegram, me)) => {
                telegram.close().await;
                if me.is_bot { Err(TelegramError::IsABot) } else { Ok(me.id) }
            }
            Err(error) => Err(error),
        };
        Ok(match told {
            Ok(account) => {
                Finding::ok(NAME, format!("Telegram answers to `{name}`, which is account {account}")).into()
            }
            Err(error) => Looked {
                finding: Finding::of_stop(NAME, &unanswered(&what[..], name, &error)),
                is_silent: error.wants_a_new_connection() || matches!(error, TelegramError::Unreachable { .. }),
            },
        })
    });
    tried.await.unwrap_or_else(|stop| Finding::of_stop(NAME, &stop).into())
}

/// What it means that no login is kept.
fn of_none(is_wanted: bool, is_begun: bool) -> Finding {
    let next = "log an account in: sigtower login; or read without one: --source preview";
    match (is_wanted, is_begun) {
        (true, _) => Finding::fail(NAME, "no login is kept", "SIGTOWER_SOURCE says to read through an account", next),
        (false, true) => Finding::warn(NAME, "no login is kept", "TELEGRAM_API_ID is set, and used by nobody", next),
        (false, false) => Finding::ok(NAME, "none is set up; channels are read through their web preview"),
    }
}

/// What is said of the predecessor's bot.
fn bot(settings: &Settings) -> Option<Finding> {
    const NAME: &str = "bot";
    let token = match TELEGRAM_BOT_TOKEN.value(settings) {
        Ok(token) => token.filter(|token| !token.is_empty())?,
        Err(stop) => return Some(Finding::of_stop(NAME, &stop)),
    };
    if is_token(&token) {
        return Some(Finding::ok(NAME, NO_BOT));
    }
    let next = "copy it again from @BotFather, or unset it: nothing uses it yet";
    Some(Finding::warn(NAME, "TELEGRAM_BOT_TOKEN is no token", "one is a number, a colon and letters and digits", next))
}

/// Whether a text has the shape of a bot's token (<https://core.telegram.org/bots/api#authorizing-your-bot>).
fn is_token(text: &str) -> bool {
    let is_secret = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    text.split_once(':').is_some_and(|(number, secret)| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && !secret.is_empty() && is_secret(secret)
    })
}

/// The same in short: somebody looks at the screen.
fn in_short(config: TelegramConfig) -> TelegramConfig {
    TelegramConfig {
        connect_timeout: ANSWERS_WITHIN,
        request_timeout: ANSWERS_WITHIN,
        longest_inline_wait: Duration::ZERO,
        ..config
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Grade;

    #[test]
    fn that_no_login_is_kept_is_wrong_only_where_one_is_wanted() {
        let grades = [(true, true), (true, false), (false, true), (false, false)].map(|(a, b)| of_none(a, b).grade);
        assert_eq!(grades, [Grade::Fail, Grade::Fail, Grade::Warn, Grade::Ok]);
    }

    #[test]
    fn a_token_has_its_shape() {
        assert!(is_token("1234567:not-a-real_token"));
        for text in ["", ":", "1234567", "1234567:", ":not-a-real-token", "bot1:x", "1234567:not a token"] {
            assert!(!is_token(text), "{text}");
        }
    }
}
