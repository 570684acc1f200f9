//! What is known of the logins that are kept: whether each can be used, who uses it, and what Telegram says of it.

use std::path::Path;

use jiff::Timestamp;
use scraper::telegram::{LoginName, SessionFile, Telegram, TelegramConfig};
use serde::Serialize;
use signals::lease::LeaseHolder;
use signals::store::SignalStore;

use crate::failure::Stop;
use crate::holding;
use crate::login_lock::{LockUser, LoginLock};
use crate::logins::{unanswered, unkept};
use crate::screen::printable;

/// What is kept of one login, and what is known of it.
#[derive(Debug, Serialize)]
pub(crate) struct KeptLogin {
    pub(crate) name: String,
    pub(crate) state: State,
    /// The account's number, once it logged in.
    pub(crate) account: Option<i64>,
    pub(crate) data_centre: Option<i32>,
    pub(crate) file: String,
    /// As `chmod` takes them.
    pub(crate) rights: Option<String>,
    /// Who uses it, or did not say that it ended.
    pub(crate) used_by: Option<User>,
    /// What Telegram says of it, if it was asked.
    pub(crate) online: Option<Online>,
    /// What is wrong with what is kept.
    pub(crate) error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// An account logged in.
    LoggedIn,
    /// A login that was broken off.
    Begun,
    /// It cannot be read, or must not be used.
    Unusable,
}

/// Who uses a login.
#[derive(Debug, Serialize)]
pub(crate) struct User {
    pub(crate) owner: String,
    /// Since when, where that is known.
    pub(crate) since: Option<Timestamp>,
    pub(crate) active_at: Timestamp,
}

/// What Telegram says of a login.
#[derive(Debug, Serialize)]
pub(crate) struct Online {
    pub(crate) ok: bool,
    /// The account's number.
    pub(crate) account: Option<i64>,
    /// Whether it was not asked, because somebody else uses the login.
    pub(crate) is_in_use: bool,
    pub(crate) error: Option<String>,
}

impl KeptLogin {
    /// Each login that is kept in a folder; Telegram is asked of those that nobody uses where it is said how.
    pub(crate) async fn all_in(
        folder: &Path,
        store: &SignalStore,
        config: Option<&TelegramConfig>,
    ) -> Result<Vec<Self>, Stop> {
        let mut kept = Vec::new();
        for name in names_in(folder)? {
            kept.push(Self::of(store, &name, &SessionFile::of(folder, &name), config).await?);
        }
        Ok(kept)
    }

    async fn of(
        store: &SignalStore,
        name: &LoginName,
        file: &SessionFile,
        config: Option<&TelegramConfig>,
    ) -> Result<Self, Stop> {
        let kept = file.load();
        let holder = store.lease_holder(&name.lease_name()).await;
        let unseen =
            |error: &dyn ToString| Stop::failed("cannot see who uses the logins", error.to_string(), "try again soon");
        let holder = holder.map_err(|error| unseen(&error))?;
        let user = LoginLock::user(file).map_err(|error| unseen(&error))?;
        let mut login = Self {
            name: name.to_string(),
            state: State::Unusable,
            account: None,
            data_centre: None,
            file: file.path().display().to_string(),
            rights: file.rights().ok().map(|rights| format!("{rights:04o}")),
            used_by: User::of_either(holder, user.clone()),
            online: None,
            error: None,
        };
        match kept {
            Ok(blob) => {
                login.state = if blob.me.is_some() { State::LoggedIn } else { State::Begun };
                (login.account, login.data_centre) = (blob.me, Some(blob.home));
                login.online = match (config, login.state, &user) {
                    (Some(_), State::LoggedIn, Some(user)) => Some(Online::of_stop(&holding::locked(name, user))),
                    (Some(config), State::LoggedIn, None) => Some(Online::of(store, name, file, config).await?),
                    _ => None,
                };
            }
            Err(error) => login.error = told(&unkept(name, &error)),
        }
        Ok(login)
    }

    /// Whether it can be used, as far as it is known.
    pub(crate) fn is_well(&self) -> bool {
        self.state != State::Unusable && self.online.as_ref().is_none_or(|online| online.ok || online.is_in_use)
    }
}

impl User {
    /// The holder of a login's lease.
    pub(crate) fn of(holder: LeaseHolder) -> Self {
        Self { owner: holder.owner, since: holder.since, active_at: holder.renewed_at }
    }

    /// Who holds the lock of a login, and is alive.
    pub(crate) fn of_lock(user: LockUser) -> Self {
        Self { owner: user.owner, since: user.since, active_at: Timestamp::now() }
    }

    /// The same where both are asked: whoever holds the lock may work on another store.
    fn of_either(holder: Option<LeaseHolder>, user: Option<LockUser>) -> Option<Self> {
        match (holder, user) {
            (Some(holder), Some(user)) if holder.owner != user.owner => Some(Self::of_lock(user)),
            (Some(holder), _) => Some(Self::of(holder)),
            (None, user) => user.map(Self::of_lock),
        }
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        let since = self.since.map_or_else(String::new, |since| format!(" since {since:.0}"));
        format!("used by {}{since}, last active at {:.0}", printable(&self.owner), self.active_at)
    }
}

impl Online {
    /// Connects under the login's lease, and asks who is logged in.
    async fn of(
        store: &SignalStore,
        name: &LoginName,
        file: &SessionFile,
        config: &TelegramConfig,
    ) -> Result<Self, Stop> {
        let asked = holding::while_held(store, name, file, async |grip| {
            // As it is now: whoever used it last may have changed it.
            let blob = file.load().map_err(|error| unkept(name, &error))?;
            let connected = Telegram::connect(blob, config.clone(), grip).await;
            let (telegram, me) = connected.map_err(|error| unanswered("Telegram was asked in vain", name, &error))?;
            telegram.close().await;
            Ok(me.id)
        });
        match asked.await {
            Ok(account) => Ok(Self { ok: true, account: Some(account), is_in_use: false, error: None }),
            Err(stop @ (Stop::Interrupted | Stop::Terminated)) => Err(stop),
            Err(stop) => Ok(Self::of_stop(&stop)),
        }
    }

    /// Why nobody was asked, or did not answer.
    fn of_stop(stop: &Stop) -> Self {
        Self { ok: false, account: None, is_in_use: matches!(stop, Stop::Busy(_)), error: told(stop) }
    }
}

/// The names of the logins in a folder.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<LoginName>, Stop> {
    SessionFile::names_in(folder).map_err(|error| {
        Stop::failed("cannot list the logins that are kept", error, "see that you may read that folder")
    })
}

/// What stopped something, in one line.
fn told(stop: &Stop) -> Option<String> {
    stop.failure().map(|it| format!("{}: {}; {}", it.what, it.why, it.next))
}
