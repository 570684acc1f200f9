//! `sigtower keys`: makes, lists and revokes keys of the API.

use std::collections::BTreeSet;

use axum::http::Method;
use functions::wire::key::{KeyBody, KeyMadeBody, KeysBody, NewKeyBody};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Serialize;
use signals::api_key::{KeyId, Scope};

use crate::cli::{CreateKeyArgs, KeysArgs, KeysCommand, ListKeysArgs, RevokeKeyArgs};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::output::Answer;
use crate::screen::excerpt;
use crate::store_api::{Question, Sends, StoreApi};
use crate::{columns, log, output, runtime};

/// The longest name in the table; a key may have no longer one.
const NAME_CHARS: usize = 64;

/// Does what one of the verbs says.
pub(crate) fn run(args: &KeysArgs) -> Result<Exit, Stop> {
    runtime::run(async {
        match &args.command {
            KeysCommand::Create(args) => create(args).await,
            KeysCommand::List(args) => list(args).await,
            KeysCommand::Revoke(args) => revoke(args).await,
        }
    })?;
    Ok(Exit::Ok)
}

async fn create(args: &CreateKeyArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    let expires_at = args.expires.map(|span| after(span, Timestamp::now())).transpose()?;
    let body = NewKeyBody { name: args.name.clone(), scopes: args.scope.iter().copied().collect(), expires_at };
    let question = Question {
        method: Method::POST,
        path: "/api/v1/keys",
        sends: Sends::Json(json(&body)?),
        failure: "cannot make the key",
        next: "sigtower keys create --help",
    };
    let made: KeyMadeBody = StoreApi::reach(&args.store).await?.ask(question).await?;
    let id = made.key.id.clone();
    let note = format!(
        "Made the key {id} ({}), {}. Its secret is on stdout; it is shown this once, and kept nowhere.",
        scopes(&made.key.scopes),
        made.key.expires_at.map_or("good until it is revoked".to_owned(), |end| format!("good until {}", day(end))),
    );
    let printed = if args.json {
        output::print_json(&Answer { schema: "key_made/1", body: made })
    } else {
        output::print(&format!("{}\n", made.secret.expose()))
    };
    // Also where the reader has gone: a key that opens something, and that nobody has, is to be taken back.
    printed.map_err(|_| {
        let next = format!("revoke it and make another: sigtower keys revoke {id}");
        Stop::failed(format!("the key {id} was made, but its secret was not written"), "stdout takes nothing", next)
    })?;
    crate::output::say!("{note}");
    Ok(())
}

async fn list(args: &ListKeysArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    let question = Question {
        method: Method::GET,
        path: "/api/v1/keys",
        sends: Sends::Nothing,
        failure: "cannot list the keys",
        next: "try again with -v",
    };
    let keys: KeysBody = StoreApi::reach(&args.store).await?.ask(question).await?;
    if args.json {
        return output::print_json(&Answer { schema: "keys/1", body: keys });
    }
    if keys.data.is_empty() {
        crate::output::say!("There are no keys. Make one: sigtower keys create --name NAME --scope read");
        return Ok(());
    }
    output::print(&table(&keys.data))
}

async fn revoke(args: &RevokeKeyArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    // Not quoted: it may be a secret, put here by mistake.
    let id = KeyId::parse(&args.id).map_err(|_| {
        let why = "an id has 16 digits and letters a to f; it is not the secret, which begins with `sgt_`";
        Stop::failed("this is no id of a key", why, "find it: sigtower keys list")
    })?;
    let question = Question {
        method: Method::DELETE,
        path: &format!("/api/v1/keys/{id}"),
        sends: Sends::Nothing,
        failure: "cannot revoke the key",
        next: "find its id: sigtower keys list",
    };
    let key: KeyBody = StoreApi::reach(&args.store).await?.ask(question).await?;
    if args.json {
        return output::print_json(&Answer { schema: "key/1", body: key });
    }
    let since = key.revoked_at.map(day).unwrap_or_default();
    output::print(&format!("Revoked {} ({}) at {since}.\n", key.id, excerpt(&key.name, NAME_CHARS)))
}

/// The time that lies this span behind another; days and longer by the calendar of UTC.
fn after(span: Span, now: Timestamp) -> Result<Timestamp, Stop> {
    let end = now.to_zoned(TimeZone::UTC).checked_add(span).map(|end| end.timestamp());
    end.map_err(|error| Stop::failed("cannot make the key", error, "name a nearer end: --expires 90d"))
}

fn json(body: &impl Serialize) -> Result<String, Stop> {
    serde_json::to_string(body)
        .map_err(|error| Stop::failed("cannot ask for a key", error, "report it with the command"))
}

fn table(keys: &[KeyBody]) -> String {
    let rows = keys.iter().map(|key| {
        [
            key.id.to_string(),
            excerpt(&key.name, NAME_CHARS),
            scopes(&key.scopes),
            key.state.as_str().to_owned(),
            day(key.created_at),
            key.expires_at.map_or_else(|| "no end".to_owned(), day),
            format!("…{}", key.last_four),
        ]
    });
    columns::table(["id", "name", "scopes", "state", "made", "good until", "ends with"], rows)
}

fn scopes(scopes: &BTreeSet<Scope>) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join("+")
}

fn day(time: Timestamp) -> String {
    format!("{time:.0}")
}

#[cfg(test)]
mod tests {
    use functions::wire::key::KeyState;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_end_is_counted_by_the_calendar() {
        let now = at("2026-01-31T10:00:00Z");
        for (span, end) in [
            ("90d", "2026-05-01T10:00:00Z"),
            ("12h", "2026-01-31T22:00:00Z"),
            ("1mo", "2026-02-28T10:00:00Z"),
            ("1y", "2027-01-31T10:00:00Z"),
        ] {
            assert_eq!(after(span.parse().unwrap(), now).unwrap(), at(end), "{span}");
        }
        assert!(after("19000y".parse().unwrap(), now).is_err());
    }

    #[test]
    fn keys_stand_in_columns_and_their_names_steer_no_terminal() {
        let key = KeyBody {
            id: KeyId::parse("0123456789abcdef").unwrap(),
            name: "de\u{202e}sk".to_owned(),
            scopes: BTreeSet::from([Scope::Read, Scope::Write]),
            state: KeyState::Valid,
            created_at: at("2026-01-31T10:00:00.123Z"),
            expires_at: None,
            revoked_at: None,
            last_four: "wxYZ".to_owned(),
        };
        let other = KeyBody { name: "x".to_owned(), expires_at: Some(at("2026-02-01T00:00:00Z")), ..key.clone() };
        assert_eq!(
            anstream::adapter::strip_str(&table(&[key, other])).to_string(),
            "\
id                name          scopes      state  made                  good until            ends with
0123456789abcdef  de<U+202E>sk  read+write  valid  2026-01-31T10:00:00Z  no end                …wxYZ
0123456789abcdef  x             read+write  valid  2026-01-31T10:00:00Z  2026-02-01T00:00:00Z  …wxYZ
"
        );
    }
}
