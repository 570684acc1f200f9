//! `sigtower session revoke`: ends a login at Telegram, and removes what is kept of it.

use inquire::Confirm;
use scraper::holding::Grip;
use scraper::telegram::{KeptSessionError, LoginName, SessionFile, Telegram, TelegramConfig};
use serde::Serialize;

use crate::cli::login::SessionRevokeArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::logins::{self, unanswered, unkept};
use crate::screen::printable;
use crate::{asking, holding, log, open_store, output};

#[derive(Serialize)]
struct Revoked {
    name: String,
    file: String,
    /// Whether Telegram ended it just now.
    logged_out: bool,
    /// Why not.
    error: Option<String>,
}

/// Ends it.
pub(super) fn run(args: &SessionRevokeArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let file = args.logins.file(&args.store, &args.name)?;
    // Whatever else was said: nothing is ended, and nothing is removed.
    if let Err(error @ KeptSessionError::Missing(_)) = file.rights() {
        return Err(unkept(&args.name, &error));
    }
    let config = logins::application()?;
    let body = asking::run(async {
        let opened = open_store::open(&args.store).await?;
        let work = async |grip| revoked(args, &file, config, grip).await;
        holding::while_held(&opened.store, &args.name, &file, work).await
    })?;
    if args.json {
        output::print_json(&output::Answer { schema: "session-revoked/1", body })?;
    } else {
        let said = if body.logged_out { "is over, for every copy of it" } else { "was not ended at Telegram" };
        output::print(&format!("`{}` {said}; {} is removed.\n", body.name, printable(&body.file)))?;
    }
    Ok(Exit::Ok)
}

async fn revoked(
    args: &SessionRevokeArgs,
    file: &SessionFile,
    config: TelegramConfig,
    grip: Grip,
) -> Result<Revoked, Stop> {
    let name = &args.name;
    let ended = match ended(name, file, config, grip).await {
        Ok(()) => None,
        Err(stop) => {
            let why = stop.failure().map(|it| format!("{}: {}", it.what, it.why)).unwrap_or_default();
            if !(args.yes || is_confirmed(file, &why).await?) {
                return Err(kept(stop, name));
            }
            Some(why)
        }
    };
    let is_removed = file.remove().map_err(|error| unkept(name, &error))?;
    if !is_removed && ended.is_some() {
        return Err(unkept(name, &KeptSessionError::Missing(file.path().to_owned())));
    }
    Ok(Revoked {
        name: name.to_string(),
        file: file.path().display().to_string(),
        logged_out: ended.is_none(),
        error: ended,
    })
}

/// Has Telegram end the login that is kept.
async fn ended(name: &LoginName, file: &SessionFile, config: TelegramConfig, grip: Grip) -> Result<(), Stop> {
    let blob = file.load_to_revoke().map_err(|error| unkept(name, &error))?;
    let what = format!("cannot end the login `{name}` at Telegram");
    let connected = Telegram::connect(blob, config, grip).await;
    let (telegram, _) = connected.map_err(|error| unanswered(&what, name, &error))?;
    let ended = telegram.log_out().await;
    telegram.close().await;
    ended.map_err(|error| unanswered(&what, name, &error))
}

/// Asks whether what is kept is to be removed all the same; nobody where nobody sits there, or nothing is kept.
async fn is_confirmed(file: &SessionFile, why: &str) -> Result<bool, Stop> {
    if asking::why_not().is_some() || matches!(file.rights(), Err(KeptSessionError::Missing(_))) {
        return Ok(false);
    }
    output::say!("{}.", printable(why));
    let question = format!("Remove {} all the same?", file.path().display());
    let asked = tokio::task::spawn_blocking(move || {
        Confirm::new(&question).with_default(false).with_render_config(asking::looks()).prompt()
    });
    match asked.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Stop::Interrupted),
        Err(error) => Err(Stop::failed("cannot ask", error, "report it with the command")),
    }
}

/// That nothing was removed, and how it would be.
fn kept(stop: Stop, name: &LoginName) -> Stop {
    stop.with_next(format!("to remove what is kept all the same: sigtower session revoke {name} --yes"))
}
