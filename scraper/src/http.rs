//! What is asked of servers is asked with one kind of client; and what its errors and addresses say.

use std::error::Error as _;
use std::time::Duration;

use reqwest::{Client, Url};

use crate::foreign::shown;

/// A client for the server at this address. It follows no redirect: that would carry what is sent to whom nobody named,
/// and says something of its own about a page.
pub(crate) fn client(
    base: &Url,
    user_agent: &str,
    connect_timeout: Duration,
    timeout: Duration,
) -> Result<Client, String> {
    let mut client = Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none());
    if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        client = client.no_proxy();
    }
    client.build().map_err(|error| why(&error))
}

/// Why there is no answer, from the cause that is nearest to the network.
pub(crate) fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    // The outermost error repeats the address, which may hold a password.
    let mut cause = error.source();
    let mut why = "it failed".to_owned();
    while let Some(error) = cause {
        why = error.to_string();
        cause = error.source();
    }
    shown(&why)
}

/// An address for messages, without what may be secret in it: a name with a password, and a query.
pub(crate) fn address(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let (place, has_query) = rest.split_once(['?', '#']).map_or((rest, false), |(place, _)| (place, true));
    let host_ends = place.find('/').unwrap_or(place.len());
    let begins = place[..host_ends].rfind('@');
    let place = begins.map_or_else(|| place.to_owned(), |at| format!("…{}", &place[at..]));
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    shown(&format!("{scheme}{place}{}", if has_query { "?…" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_and_no_query_of_an_address_is_shown() {
        assert_eq!(address("http://me:not-real@host:99999/a@b?key=not-real"), "http://…@host:99999/a@b?…");
        assert_eq!(address("me:not-real@host"), "…@host");
        assert_eq!(address("https://t.me"), "https://t.me");
        assert_eq!(address(""), "");
    }
}
