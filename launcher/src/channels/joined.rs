//! `sigtower channels joined`: the channels that an account has joined, as it names them to read them.

use scraper::holding::Grip;
use scraper::telegram::{JoinedChannel, JoinedError, LoginName, SessionFile, Telegram, TelegramConfig, TelegramSource};
use serde::Serialize;
use signals::message::ChannelName;
use signals::store::SignalStore;

use crate::cli::channels::JoinedArgs;
use crate::failure::Stop;
use crate::logins::{self, unanswered, unkept};
use crate::output::Answer;
use crate::screen::excerpt;
use crate::{columns, holding, log, open_store, output};

/// How much of a title is shown.
const TITLE_CHARS: usize = 64;

#[derive(Serialize)]
struct Joined {
    /// The login by which it was asked.
    login: String,
    /// Those with the newest posts first.
    channels: Vec<Channel>,
}

#[derive(Serialize)]
struct Channel {
    number: u64,
    /// Its public name.
    name: Option<ChannelName>,
    title: String,
    can_be_read: bool,
}

/// Asks, under the login's lease, and shows.
pub(super) async fn show(args: &JoinedArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    let (file, config) = (args.logins.file(&args.store, &args.login)?, logins::application()?);
    // Whoever has none is told before anything is waited for, or made.
    file.load().map_err(|error| unkept(&args.login, &error))?;
    let opened = open_store::open(&args.store).await?;
    let work = async |grip| asked(&args.login, &file, config, &opened.store, grip).await;
    let joined = holding::while_held(&opened.store, &args.login, &file, work).await?;
    let channels: Vec<Channel> = joined.into_iter().map(Channel::from).collect();
    if args.json {
        let body = Joined { login: args.login.to_string(), channels };
        return output::print_json(&Answer { schema: "channels-joined/1", body });
    }
    if channels.is_empty() {
        output::say!("The account has joined no channel. Join one with it in an app of Telegram: nothing here does.");
        return Ok(());
    }
    output::print(&table(&channels))
}

async fn asked(
    name: &LoginName,
    file: &SessionFile,
    config: TelegramConfig,
    store: &SignalStore,
    grip: Grip,
) -> Result<Vec<JoinedChannel>, Stop> {
    let refused = |error| unanswered(format!("cannot ask Telegram what `{name}` has joined"), name, &error);
    let blob = file.load().map_err(|error| unkept(name, &error))?;
    let (telegram, me) = Telegram::connect(blob, config, grip).await.map_err(refused)?;
    let source = TelegramSource::new(telegram.clone(), &me, store.clone()).map_err(refused)?;
    let joined = source.joined().await;
    telegram.close().await;
    joined.map_err(|error| match error {
        JoinedError::Telegram(error) => refused(error),
        JoinedError::Store(_) => Stop::failed("cannot keep what the account has joined", error, "try again soon"),
    })
}

impl From<JoinedChannel> for Channel {
    fn from(it: JoinedChannel) -> Self {
        Self { number: it.number, name: it.username, title: it.title, can_be_read: it.can_be_read }
    }
}

fn table(channels: &[Channel]) -> String {
    let rows = channels.iter().map(|it| {
        [
            it.number.to_string(),
            it.name.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            if it.can_be_read { "readable" } else { "closed" }.to_owned(),
            excerpt(&it.title, TITLE_CHARS),
        ]
    });
    columns::table(["number", "name", "posts", "title"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_steers_no_terminal() {
        let channel = |name: Option<&str>, can_be_read| Channel {
            number: 1001,
            name: name.and_then(|name| ChannelName::parse(name).ok()),
            title: "Wha\u{1b}[2Jles\n".to_owned(),
            can_be_read,
        };
        let table = table(&[channel(Some("whales"), true), channel(None, false)]);
        assert_eq!(
            anstream::adapter::strip_str(&table).to_string(),
            "\
number  name    posts     title
1001    whales  readable  Wha␛[2Jles
1001    -       closed    Wha␛[2Jles
"
        );
    }
}
