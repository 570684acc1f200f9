//! What all programs of the collector are told by their environment in the same way.

use std::time::Duration;

use program::metrics::Namespace;
use program::variables::Variables;
use signals::confidence::Confidence;
use signals::message::ChannelName;

use crate::collect::CollectSettings;
use crate::telegram::{LOOK_UPS_PER_DAY, SecretId, TelegramConfig};

/// The most channels of one program: what can be read politely within the time of an invocation.
const MOST_CHANNELS: usize = 256;
/// The most look-ups of names a day that can be asked for: Telegram refuses more than some hundred.
const MOST_LOOK_UPS: u32 = 1_000;
/// The longest flood, in seconds, that may be waited for on the spot.
const LONGEST_INLINE_WAIT: u64 = 300;
/// What the variable with the secret of a login wants.
pub(crate) const A_SECRET: &str = "the name or the ARN of the secret that holds the login";

/// The channels to read.
pub(crate) fn channels<R: Fn(&str) -> Option<String>>(variables: &mut Variables<R>) -> Option<Vec<ChannelName>> {
    variables.required("SIGTOWER_CHANNELS", "names of channels, with commas between them", |text| {
        let mut channels = Vec::new();
        for name in text.split(',').map(str::trim) {
            let channel = ChannelName::parse(name).ok()?;
            if !channels.contains(&channel) {
                channels.push(channel);
            }
        }
        (channels.len() <= MOST_CHANNELS).then_some(channels)
    })
}

/// How they are collected.
pub(crate) fn collect<R: Fn(&str) -> Option<String>>(variables: &mut Variables<R>) -> CollectSettings {
    let usual = CollectSettings::default();
    let most_posts = variables.optional(
        "MAX_MESSAGES_PER_CHANNEL",
        "a whole number from 1 to 10000",
        |text| text.parse().ok().filter(|n| (1..=10_000).contains(n)),
        usual.most_posts,
    );
    let threshold = variables.optional(
        "SIGNAL_CONFIDENCE_THRESHOLD",
        "a number from 0 to 1 with at most two decimals",
        Confidence::parse,
        usual.threshold,
    );
    CollectSettings { most_posts, threshold, ..usual }
}

/// How Telegram is asked, and how often names are looked up in a day.
pub(crate) fn telegram<R: Fn(&str) -> Option<String>>(variables: &mut Variables<R>) -> Option<(TelegramConfig, u32)> {
    let api_id =
        variables.required("TELEGRAM_API_ID", "the number of your application at https://my.telegram.org", |text| {
            text.parse().ok().filter(|id: &i32| *id > 0)
        });
    let look_ups_per_day = variables.optional(
        "TELEGRAM_LOOK_UPS_PER_DAY",
        "a whole number from 0 to 1000",
        |text| text.parse().ok().filter(|n| *n <= MOST_LOOK_UPS),
        LOOK_UPS_PER_DAY,
    );
    let longest_wait = variables.optional(
        "TELEGRAM_FLOOD_WAIT_SECONDS",
        "a whole number from 0 to 300",
        |text| text.parse().ok().filter(|n| *n <= LONGEST_INLINE_WAIT).map(|n| Some(Duration::from_secs(n))),
        None,
    );
    let usual = TelegramConfig::new(api_id?);
    let longest_inline_wait = longest_wait.unwrap_or(usual.longest_inline_wait);
    Some((TelegramConfig { longest_inline_wait, ..usual }, look_ups_per_day))
}

/// Under which name CloudWatch has the figures.
pub(crate) fn namespace<R: Fn(&str) -> Option<String>>(variables: &mut Variables<R>) -> Namespace {
    variables.optional("METRICS_NAMESPACE", Namespace::WANTED, Namespace::parse, Namespace::default())
}

/// The secret in which the login is kept.
pub(crate) fn secret<R: Fn(&str) -> Option<String>>(variables: &mut Variables<R>) -> Option<SecretId> {
    variables.required("TELEGRAM_SESSION_SECRET", A_SECRET, SecretId::parse)
}
