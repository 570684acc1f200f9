//! `sigtower session status`: each login that is kept, who uses it, and, if asked, whether it still is one.

use serde::Serialize;

use crate::cli::login::SessionStatusArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::screen::printable;
use crate::session::kept::{KeptLogin, Online, State};
use crate::{columns, log, logins, open_store, output, runtime};

#[derive(Serialize)]
struct Sessions {
    folder: String,
    logins: Vec<KeptLogin>,
}

/// Tells.
pub(super) fn run(args: &SessionStatusArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let config = if args.online { Some(logins::application()?) } else { None };
    let folder = args.logins.folder(&args.store)?;
    let kept = runtime::run(async {
        let opened = open_store::open(&args.store).await?;
        KeptLogin::all_in(&folder, &opened.store, config.as_ref()).await
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
            if let Some(user) = &it.used_by {
                text.push_str(&format!("{}: {}\n", it.name, user.shown()));
            }
        }
        text
    }
}
