//! `sigtower channels test`: whether channels can be read.

use scraper::preview::Preview;
use scraper::report::Trouble;
use scraper::source::{Found, MessageSource as _, SourceError};
use serde::Serialize;
use signals::message::{ChannelName, MessageId};

use crate::cli::channels::TestChannelsArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::screen::{excerpt, printable};
use crate::{log, output};

/// How much of a title is shown.
const TITLE_CHARS: usize = 64;

/// What became of all of them, for programs.
#[derive(Serialize)]
struct Tested {
    schema: &'static str,
    /// Each channel, in the order in which it was named.
    channels: Vec<Reading>,
    /// How many of them can be read.
    n_readable: usize,
}

/// Whether a channel can be read.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Reading {
    channel: ChannelName,
    is_readable: bool,
    /// Its title; null where it cannot be read.
    title: Option<String>,
    /// Its newest post; null where it has none, or cannot be read.
    newest: Option<MessageId>,
    /// Why it cannot be read.
    error: Option<Trouble>,
}

/// Asks for each, one after the other, and stores nothing.
pub(super) async fn test(args: &TestChannelsArgs) -> Result<Exit, Stop> {
    log::install(args.verbose)?;
    let mut source: Preview = args.preview.open()?;
    let mut channels = Vec::with_capacity(args.channels.len());
    for channel in &args.channels {
        let reading = Reading::of(channel, source.find(channel).await);
        if !args.json {
            output::print(&reading.line())?;
        }
        channels.push(reading);
    }
    let ended = exit(&channels);
    if args.json {
        let n_readable = channels.iter().filter(|it| it.is_readable).count();
        output::print_json(&Tested { schema: "channels-test/1", channels, n_readable })?;
    }
    Ok(ended)
}

impl Reading {
    fn of(channel: &ChannelName, answer: Result<Found, SourceError>) -> Self {
        let channel = channel.clone();
        match answer {
            Ok(Found { title, newest, .. }) => {
                Self { channel, is_readable: true, title: Some(title), newest, error: None }
            }
            Err(error) => {
                let retry_after_s = error.retry_after().map(|it| it.as_secs());
                let (text, is_retryable) = (error.to_string(), error.is_retryable());
                let trouble = Trouble { text, is_retryable, retry_after_s, needs_login: error.needs_login() };
                Self { channel, is_readable: false, title: None, newest: None, error: Some(trouble) }
            }
        }
    }

    fn line(&self) -> String {
        let channel = &self.channel;
        if let Some(trouble) = &self.error {
            return format!("{channel}: {}\n", printable(&trouble.text));
        }
        let title = excerpt(self.title.as_deref().unwrap_or_default(), TITLE_CHARS);
        let newest = self.newest.map_or_else(|| "no post yet".to_owned(), |id| format!("newest post {id}"));
        format!("{channel}: ok, {newest}, {title}\n")
    }
}

/// As a pass over them would end: some cannot be read, or none, or the other side wants to be left alone by now.
fn exit(channels: &[Reading]) -> Exit {
    let mut troubles = channels.iter().filter_map(|it| it.error.as_ref());
    let n_failed = troubles.clone().count();
    match n_failed {
        0 => Exit::Ok,
        n if n < channels.len() => Exit::Partial,
        _ if troubles.all(|it| it.retry_after_s.is_some()) => Exit::RefusedForNow,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use signals::channel::Sighting;

    use super::*;

    fn name() -> ChannelName {
        ChannelName::parse("whales").unwrap()
    }

    fn found(title: &str, newest: Option<i64>) -> Reading {
        let (sighting, newest) = (Sighting::of(name()), newest.map(MessageId));
        Reading::of(&name(), Ok(Found { channel: name(), sighting, title: title.to_owned(), newest, position: None }))
    }

    fn failed(error: SourceError) -> Reading {
        Reading::of(&name(), Err(error))
    }

    fn pause() -> SourceError {
        SourceError::RateLimited { retry_after: Duration::from_secs(300) }
    }

    #[test]
    fn a_title_steers_no_terminal() {
        assert_eq!(found("Wha\u{1b}[2Jles\n", Some(7)).line(), "whales: ok, newest post 7, Wha␛[2Jles\n");
        assert_eq!(found("Whales", None).line(), "whales: ok, no post yet, Whales\n");
    }

    #[test]
    fn the_exit_code_tells_all_some_none_and_not_now() {
        let closed = || failed(SourceError::Private { channel: name() });
        let ended = |readings: Vec<Reading>| exit(&readings);
        assert_eq!(ended(vec![found("", None), found("", None)]), Exit::Ok);
        assert_eq!(ended(vec![found("", None), failed(pause())]), Exit::Partial);
        assert_eq!(ended(vec![closed(), failed(pause())]), Exit::Failed);
        assert_eq!(ended(vec![failed(pause()), failed(pause())]), Exit::RefusedForNow);
    }
}
