//! Whether the preview can be reached: one request, for one channel, and none where it asked to be left alone.

use std::time::Duration;

use jiff::Timestamp;
use scraper::preview::{Preview, PreviewConfig};
use scraper::source::{MessageSource as _, SourceError};
use signals::channel_run::ChannelRun;
use signals::message::ChannelName;
use tokio::time::timeout;

use crate::doctor::finding::Finding;
use crate::sources::USUAL_CHANNELS;

/// How long it may take for its answer.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1_500);
const NAME: &str = "preview";

/// Asks for a channel that was read before, or for a usual one.
pub(super) async fn look(url: &str, runs: &[ChannelRun], now: Timestamp) -> Finding {
    if let Some(until) = runs.iter().filter_map(|run| run.quiet_until(now)).max() {
        let why = format!("it asked to be left alone until {until:.0}");
        return Finding::warn(NAME, "it was not asked", why, "wait until then");
    }
    let config = PreviewConfig {
        base_url: url.to_owned(),
        delay: Duration::ZERO,
        connect_timeout: ANSWERS_WITHIN,
        timeout: ANSWERS_WITHIN,
        tries: 1,
        longest_wait: Duration::ZERO,
        ..PreviewConfig::default()
    };
    let mut source = match Preview::new(config) {
        Ok(source) => source,
        Err(error) => {
            return Finding::fail(NAME, "its address is none", error, "set SIGTOWER_PREVIEW_URL, or --preview-url");
        }
    };
    let known = runs.iter().find(|run| run.succeeded_at.is_some()).map(|run| run.channel.clone());
    let Some(channel) = known.or_else(|| ChannelName::parse(USUAL_CHANNELS[0]).ok()) else {
        return Finding::ok(NAME, "there is no channel to ask for");
    };
    match timeout(ANSWERS_WITHIN, source.find(&channel)).await {
        Ok(Ok(_)) => Finding::ok(NAME, format!("{url} shows the channel {channel}")),
        Ok(Err(error)) => of_error(url, &error),
        Err(_) => silent(url),
    }
}

fn of_error(url: &str, error: &SourceError) -> Finding {
    match error {
        SourceError::RateLimited { .. } => Finding::warn(
            NAME,
            format!("{url} answers, and refuses for now"),
            error,
            "wait, and ask less often: --delay 5s",
        ),
        SourceError::Unreachable { .. } => {
            let next = "check the connection, a proxy, and SIGTOWER_PREVIEW_URL";
            Finding::fail(NAME, format!("{url} cannot be reached"), error, next)
        }
        SourceError::Server { .. } => {
            Finding::fail(NAME, format!("{url} answers that it cannot answer"), error, "wait, and try again")
        }
        SourceError::UnknownLayout { .. } | SourceError::TooLarge { .. } => Finding::fail(
            NAME,
            format!("{url} answers with something else"),
            error,
            "look for a newer version of sigtower",
        ),
        SourceError::NoSuchChannel { .. }
        | SourceError::NoPublicName { .. }
        | SourceError::PreviewOff { .. }
        | SourceError::Private { .. }
        | SourceError::Renamed { .. }
        // What only happens with an account.
        | SourceError::NoLookUpsLeft { .. }
        | SourceError::NotAMember { .. }
        | SourceError::LoginOver { .. }
        | SourceError::LeaseLost
        | SourceError::Refused { .. }
        | SourceError::Unkept(_) => {
            Finding::warn(NAME, format!("{url} answers, but not with posts"), error, "read other channels")
        }
    }
}

fn silent(url: &str) -> Finding {
    let why = format!("no answer within {} ms", ANSWERS_WITHIN.as_millis());
    Finding::fail(
        NAME,
        format!("{url} cannot be reached"),
        why,
        "check the connection, a proxy, and SIGTOWER_PREVIEW_URL",
    )
}
