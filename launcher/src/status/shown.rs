//! The status for people.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::channel::{ChannelStatus, State};
use super::{Status, about};
use crate::backend::SinkStatus;
use crate::columns;
use crate::screen::{excerpt, printable};
use crate::session::kept::{KeptLogin, User};

/// How wide a name may be, in characters.
const LONGEST_NAME: usize = 32;
const HEAD: [&str; 8] = ["channel", "state", "read to", "newest", "backlog", "last success", "parsed", "next try"];

/// The channels as a table, then what is wrong with them, then the store.
pub(super) fn table(status: &Status) -> String {
    let mut text = String::new();
    if status.channels.is_empty() {
        text.push_str("No channel was read yet: sigtower batch --channel NAME\n");
    } else {
        text.push_str(&columns::table(HEAD, status.channels.iter().map(|it| row(it, status.at))));
    }
    for (channel, error) in status.channels.iter().filter_map(|it| Some((&it.channel, it.error.as_ref()?))) {
        let _ = writeln!(text, "{channel}: {}", printable(&error.text));
    }
    let store = &status.store;
    let more = if store.unlinked_and_more == Some(true) { " or more" } else { "" };
    let (total, unlinked) = (store.signals_total.unwrap_or(0), store.unlinked.unwrap_or(0));
    let _ = writeln!(text, "store: ok, {total} signals, {unlinked}{more} news without their signal");
    let _ = match &status.collector {
        Some(it) => writeln!(text, "collecting: {}, last active at {:.0}", printable(&it.owner), it.active_at),
        None if status.logins.is_empty() => writeln!(text, "collecting: nobody at the moment"),
        None => writeln!(text, "collecting without a login: nobody at the moment"),
    };
    for login in &status.logins {
        let _ = writeln!(text, "login {}: {}", login.name, of_login(login));
    }
    for sink in &status.sinks {
        text.push_str(&told(sink));
    }
    text
}

/// Whose it is and who uses it, or what is wrong with it.
fn of_login(login: &KeptLogin) -> String {
    let used = login.used_by.as_ref().map_or_else(|| "used by nobody at the moment".to_owned(), User::shown);
    match (login.account, &login.error) {
        (_, Some(error)) => printable(error).into_owned(),
        (Some(account), None) => format!("account {account}, {used}"),
        (None, None) => format!("half done, {used}; go on with it: sigtower login {}", login.name),
    }
}

fn told(sink: &SinkStatus) -> String {
    let address = sink.address.as_deref().map_or_else(String::new, |it| format!(" {}", printable(it)));
    let waiting = match sink.waiting {
        Some(n) if n > 0 => format!(", {n} signals and news wait to be sent"),
        _ => String::new(),
    };
    let state = sink.error.as_deref().map_or_else(
        || if sink.ok { "ok".to_owned() } else { "failing".to_owned() },
        |error| printable(error).into_owned(),
    );
    format!("sink: {}{address}, {state}{waiting}\n", sink.name)
}

fn row(it: &ChannelStatus, now: Timestamp) -> [String; 8] {
    let none = || "-".to_owned();
    let number = |id: Option<signals::message::MessageId>| id.map_or_else(none, |id| id.to_string());
    [
        excerpt(it.channel.as_str(), LONGEST_NAME),
        it.state.word().to_owned(),
        number(it.checkpoint),
        number(it.newest),
        it.backlog.to_string(),
        it.lag_s.map_or_else(|| "never".to_owned(), |lag| format!("{} ago", about(Duration::from_secs(lag)))),
        it.parse_rate.map_or_else(none, |rate| format!("{:.0} %", rate * 100.0)),
        it.next_try_at.map_or_else(none, |at| next_try(at, now, it.state)),
    ]
}

fn next_try(at: Timestamp, now: Timestamp, state: State) -> String {
    match Duration::try_from(at.duration_since(now)) {
        Ok(left) if !left.is_zero() && state == State::Waiting => format!("not before {at:.0}"),
        Ok(left) if !left.is_zero() => format!("in {}", about(left)),
        _ => "due".to_owned(),
    }
}
