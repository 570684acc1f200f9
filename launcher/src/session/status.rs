//! `sigtower session status`: each login that is kept, who uses it, and, if asked, whether it still is one.

use jiff::Timestamp;
use scraper::telegram::{LoginName, SessionFile, Telegram, TelegramConfig};
use serde::Serialize;
use signals::store::SignalStore;

use crate::cli::login::SessionStatusArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::logins::{self, unanswered, unkept};
use crate::screen::printable;
use crate::{columns, holding, log, open_store, output, runtime};

#[derive(Serialize)]
struct Sessions {
    folder: String,
    logins: Vec<KeptLogin>,
}

/// What is kept of one login, and what is known of it.
#[derive(Serialize)]
struct KeptLogin {
    name: String,
    state: State,
    /// The account's number, once it logged in.
    account: Option<i64>,
    data_centre: Option<i32>,
    file: String,
    /// As `chmod` takes them.
    rights: Option<String>,
    /// Who uses it, or did not say that it ended.
    used_by: Option<User>,
    /// What Telegram says of it, if it was asked.
    online: Option<Online>,
    /// What is wrong with what is kept.
    error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// An account logged in.
    LoggedIn,
    /// A login that was broken off.
    Begun,
    /// It cannot be read, or must not be used.
    Unusable,
}

#[derive(Serialize)]
struct User {
    owner: String,
    active_at: Timestamp,
}

/// What Telegram says of a login.
#[derive(Serialize)]
struct Online {
    ok: bool,
    /// The account's number.
    account: Option<i64>,
    /// Whether it was not asked, because somebody else uses the login.
    is_in_use: bool,
    error: Option<String>,
}

/// Tells.
pub(super) fn run(args: &SessionStatusArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let config = if args.online { Some(logins::config()?.telegram) } else { None };
    let folder = args.logins.folder(&args.store)?;
    let names = SessionFile::names_in(&folder).map_err(|error| {
        Stop::failed("cannot list the logins that are kept", error, "see that you may read that folder")
    })?;
    let kept = runtime::run(async {
        let opened = open_store::open(&args.store).await?;
        let mut kept = Vec::new();
        for name in &names {
            kept.push(KeptLogin::of(&opened.store, name, &SessionFile::of(&folder, name), config.as_ref()).await?);
        }
        Ok(kept)
    })?;
    let is_well = kept.iter().all(KeptLogin::is_well);
    let body = Sessions { folder: folder.display().to_string(), logins: kept };
    if args.json {
        output::print_json(&output::Answer { schema: "sessions/1", body })?;
    } else {
        output::print(&body.shown())?;
    }
    Ok(if is_well { Exit::Ok } else { Exit::Partial })
}

impl KeptLogin {
    async fn of(
        store: &SignalStore,
        name: &LoginName,
        file: &SessionFile,
        config: Option<&TelegramConfig>,
    ) -> Result<Self, Stop> {
        let kept = file.load();
        let holder = store.lease_holder(&name.lease_name()).await;
        let holder = holder.map_err(|error| Stop::failed("cannot see who uses the logins", error, "try again soon"))?;
        let mut login = Self {
            name: name.to_string(),
            state: State::Unusable,
            account: None,
            data_centre: None,
            file: file.path().display().to_string(),
            rights: file.rights().ok().map(|rights| format!("{rights:04o}")),
            used_by: holder.map(|it| User { owner: it.owner, active_at: it.renewed_at }),
            online: None,
            error: None,
        };
        match kept {
            Ok(blob) => {
                login.state = if blob.me.is_some() { State::LoggedIn } else { State::Begun };
                (login.account, login.data_centre) = (blob.me, Some(blob.home));
                if let (Some(config), State::LoggedIn) = (config, login.state) {
                    login.online = Some(Online::of(store, name, file, config).await?);
                }
            }
            Err(error) => login.error = told(&unkept(name, &error)),
        }
        Ok(login)
    }

    fn is_well(&self) -> bool {
        self.state != State::Unusable && self.online.as_ref().is_none_or(|online| online.ok || online.is_in_use)
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
        let asked = holding::while_held(store, name, async |grip| {
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
            Err(stop) => {
                let is_in_use = matches!(stop, Stop::Busy(_));
                Ok(Self { ok: false, account: None, is_in_use, error: told(&stop) })
            }
        }
    }
}

impl Sessions {
    fn shown(&self) -> String {
        if self.logins.is_empty() {
            return format!("No login is kept in {}: sigtower login\n", printable(&self.folder));
        }
        let none = || "-".to_owned();
        let rows = self.logins.iter().map(|it| {
            let state = match it.state {
                State::LoggedIn => "logged in",
                State::Begun => "begun",
                State::Unusable => "unusable",
            };
            let telegram = match &it.online {
                None => none(),
                Some(Online { ok: true, .. }) => "logged in".to_owned(),
                Some(Online { is_in_use: true, .. }) => "not asked".to_owned(),
                Some(_) => "failed".to_owned(),
            };
            [
                it.name.clone(),
                state.to_owned(),
                it.account.map_or_else(none, |account| account.to_string()),
                it.data_centre.map_or_else(none, |centre| centre.to_string()),
                telegram,
                it.rights.clone().unwrap_or_else(none),
                it.file.clone(),
            ]
        });
        let mut text = columns::table(["login", "state", "account", "centre", "at Telegram", "rights", "file"], rows);
        for it in &self.logins {
            let online = it.online.as_ref().and_then(|online| online.error.as_ref());
            for error in [it.error.as_ref(), online].into_iter().flatten() {
                text.push_str(&format!("{}: {}\n", it.name, printable(error)));
            }
            if let Some(User { owner, active_at }) = &it.used_by {
                text.push_str(&format!("{}: used by {}, last active at {active_at:.0}\n", it.name, printable(owner)));
            }
        }
        text
    }
}

/// What stopped something, in one line.
fn told(stop: &Stop) -> Option<String> {
    stop.failure().map(|it| format!("{}: {}; {}", it.what, it.why, it.next))
}
