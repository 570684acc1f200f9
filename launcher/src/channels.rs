//! `sigtower channels`: who is read, what was read of them, what was passed over, and who can be read.

pub(crate) mod chosen;
mod coverage;
mod joined;
mod passed_over;
mod reading;

use axum::http::Method;
use functions::wire::channel::{ChannelBody, ChannelPageBody};
use jiff::Timestamp;
use serde::Serialize;
use signals::message::ChannelName;

use crate::cli::channels::{ChannelsArgs, ChannelsCommand, ListChannelsArgs};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::output::Answer;
use crate::screen::excerpt;
use crate::store_api::{Question, Sends, StoreApi};
use crate::{columns, log, output, runtime};

/// How much of the names of a channel the table shows.
const NAMES_CHARS: usize = 64;
/// The most that the API puts on a page.
const PAGE: usize = 200;

/// Does what one of the verbs says.
pub(crate) fn run(args: &ChannelsArgs) -> Result<Exit, Stop> {
    runtime::run(async {
        match &args.command {
            ChannelsCommand::Add(args) => chosen::add(args).map(|()| Exit::Ok),
            ChannelsCommand::Remove(args) => chosen::remove(args).map(|()| Exit::Ok),
            ChannelsCommand::List(args) => list(args).await.map(|()| Exit::Ok),
            ChannelsCommand::Coverage(args) => coverage::show(args).await.map(|()| Exit::Ok),
            ChannelsCommand::PassedOver(args) => passed_over::show(args).await.map(|()| Exit::Ok),
            ChannelsCommand::Joined(args) => joined::show(args).await.map(|()| Exit::Ok),
            ChannelsCommand::Test(args) => reading::test(args).await,
        }
    })
}

/// All pages as one.
#[derive(Serialize)]
struct Channels {
    data: Vec<ChannelBody>,
    /// The channels to read of which nothing was read yet, as the settings name them.
    unread: Vec<ChannelName>,
}

async fn list(args: &ListChannelsArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    let configured = chosen::configured()?;
    let api = StoreApi::reach(&args.store).await?;
    let (mut data, mut path) = (Vec::new(), Some(format!("/api/v1/channels?limit={PAGE}")));
    while let Some(at) = path {
        let question = Question {
            method: Method::GET,
            path: &at,
            sends: Sends::Nothing,
            failure: "cannot list the channels",
            next: "try again with -v",
        };
        let page: ChannelPageBody = api.ask(question).await?;
        data.extend(page.data);
        path = page.next_cursor.map(|cursor| format!("/api/v1/channels?limit={PAGE}&cursor={cursor}"));
    }
    let unread = unread(configured, &data);
    if args.json {
        return output::print_json(&Answer { schema: "channels/1", body: Channels { data, unread } });
    }
    if data.is_empty() {
        crate::output::say!("No channel was read yet. Read one: sigtower batch --channel NAME");
    } else {
        output::print(&table(&data))?;
    }
    if !unread.is_empty() {
        let names: Vec<&str> = unread.iter().map(ChannelName::as_str).collect();
        crate::output::say!("To be read and not read yet: {}. Read them: sigtower batch", names.join(", "));
    }
    Ok(())
}

/// Those of which nothing was read yet under any of their names.
fn unread(configured: Vec<ChannelName>, known: &[ChannelBody]) -> Vec<ChannelName> {
    let is_of = |it: &ChannelBody, name: &ChannelName| {
        it.key == *name || it.names.contains(name) || (it.number.is_some() && it.number == name.number())
    };
    let is_read = |name: &ChannelName| known.iter().any(|it| it.checkpoint.is_some() && is_of(it, name));
    configured.into_iter().filter(|name| !is_read(name)).collect()
}

fn table(channels: &[ChannelBody]) -> String {
    let rows = channels.iter().map(|it| {
        let checkpoint = it.checkpoint.as_ref();
        let names: Vec<&str> = it.names.iter().map(|name| name.as_str()).collect();
        [
            it.key.to_string(),
            it.number.map_or_else(|| "-".to_owned(), |number| number.to_string()),
            excerpt(&names.join(", "), NAMES_CHARS),
            checkpoint.and_then(|it| it.last_message_id).map_or_else(|| "-".to_owned(), |last| last.to_string()),
            checkpoint.map_or_else(|| "never".to_owned(), |it| second(it.moved_at)),
            it.n_ranges.to_string(),
            second(it.first_seen),
        ]
    });
    columns::table(["channel", "number", "names", "read up to", "last read", "ranges", "first seen"], rows)
}

/// A question about one channel; what fails is said of it.
fn about<'a>(path: &'a str, failure: &'a str) -> Question<'a> {
    let next = "find the channels that were read: sigtower channels list";
    Question { method: Method::GET, path, sends: Sends::Nothing, failure, next }
}

fn second(time: Timestamp) -> String {
    format!("{time:.0}")
}

#[cfg(test)]
mod tests {
    use functions::wire::channel::CheckpointBody;
    use signals::message::MessageId;

    use super::*;

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text).unwrap()
    }

    /// One that was read and has another name and a number, and one that was only seen.
    fn bodies() -> [ChannelBody; 2] {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let whales = ChannelBody {
            key: name("whales"),
            number: Some(77),
            names: vec![name("whales"), name("big_whales")],
            first_seen: at("2026-01-31T10:00:00.123Z"),
            checkpoint: Some(CheckpointBody {
                last_message_id: Some(MessageId(99)),
                moved_at: at("2026-02-01T00:00:00Z"),
            }),
            n_ranges: 2,
        };
        let sharks = ChannelBody {
            key: name("sharks"),
            number: None,
            names: Vec::new(),
            checkpoint: None,
            n_ranges: 0,
            ..whales.clone()
        };
        [whales, sharks]
    }

    #[test]
    fn a_channel_is_read_once_any_of_its_names_was() {
        let configured = ["Big_Whales", "-10077", "sharks", "dolphins", "whales"].map(name);
        assert_eq!(unread(configured.to_vec(), &bodies()), ["sharks", "dolphins"].map(name));
    }

    #[test]
    fn channels_stand_in_columns_whatever_is_known_of_them() {
        assert_eq!(
            anstream::adapter::strip_str(&table(&bodies())).to_string(),
            "\
channel  number  names               read up to  last read             ranges  first seen
whales   77      whales, big_whales  99          2026-02-01T00:00:00Z  2       2026-01-31T10:00:00Z
sharks   -                           -           never                 0       2026-01-31T10:00:00Z
"
        );
    }
}
