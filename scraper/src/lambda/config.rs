//! What `scraper-batch` is told by its environment; the README's table says what each variable means, and a test
//! compares the two.

use std::time::Duration;

use jiff::SignedDuration;
use program::variables::{A_LOG_LEVEL, A_TABLE_NAME, InvalidVariables, Variables, log_level, of_process, table_name};
use signals::confidence::Confidence;
use signals::message::ChannelName;
use signals::store::Shards;
use tracing::Level;

use crate::collect::CollectSettings;
use crate::preview::{Preview, PreviewConfig};

/// The most channels of one pass: what can be read politely within the time of an invocation.
const MOST_CHANNELS: usize = 256;

/// What `scraper-batch` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The table.
    pub table: String,
    /// Over how many partitions a new table is spread.
    pub shards: Shards,
    /// The channels to read.
    pub channels: Vec<ChannelName>,
    /// How they are collected.
    pub collect: CollectSettings,
    /// How the preview is asked.
    pub preview: PreviewConfig,
    /// The least severe events that are logged.
    pub log_level: Level,
}

impl Config {
    /// Reads the variables that `read` gives.
    ///
    /// # Errors
    /// [`InvalidVariables`] with every variable that is missing or malformed.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariables> {
        let (mut variables, preview) = (Variables::new(read), PreviewConfig::default());
        let collect = CollectSettings::default();
        let table = variables.required("SIGNALS_TABLE", A_TABLE_NAME, table_name);
        let shards = variables.optional("SIGNALS_SHARDS", Shards::WANTED, Shards::parse, Shards::AWS);
        let channels = variables.required("SIGTOWER_CHANNELS", "names of channels, with commas between them", channels);
        let most_posts = variables.optional(
            "MAX_MESSAGES_PER_CHANNEL",
            "a whole number from 1 to 10000",
            |text| text.parse().ok().filter(|n| (1..=10_000).contains(n)),
            collect.most_posts,
        );
        let threshold = variables.optional(
            "SIGNAL_CONFIDENCE_THRESHOLD",
            "a number from 0 to 1 with at most two decimals",
            Confidence::parse,
            collect.threshold,
        );
        let base_url = variables.optional(
            "SIGTOWER_PREVIEW_URL",
            "an address such as https://t.me, without a path",
            preview_url,
            preview.base_url.clone(),
        );
        let delay = variables.optional(
            "SIGTOWER_PREVIEW_DELAY",
            "a length of time such as 1s, at most 1m",
            length_of_time,
            preview.delay,
        );
        let log_level = variables.optional("LOG_LEVEL", A_LOG_LEVEL, log_level, Level::INFO);
        let config = table.zip(channels).map(|(table, channels)| Self {
            table,
            shards,
            channels,
            collect: CollectSettings { most_posts, threshold, ..collect },
            preview: PreviewConfig { base_url, delay, ..preview },
            log_level,
        });
        variables.made(config)
    }

    /// Reads the environment of this process.
    ///
    /// # Errors
    /// As [`Self::from_variables`].
    pub fn from_environment() -> Result<Self, InvalidVariables> {
        Self::from_variables(of_process)
    }
}

fn channels(text: &str) -> Option<Vec<ChannelName>> {
    let mut channels = Vec::new();
    for name in text.split(',').map(str::trim) {
        let channel = ChannelName::parse(name).ok()?;
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    (channels.len() <= MOST_CHANNELS).then_some(channels)
}

fn preview_url(text: &str) -> Option<String> {
    let config = PreviewConfig { base_url: text.to_owned(), ..PreviewConfig::default() };
    Preview::new(config).is_ok().then(|| text.to_owned())
}

fn length_of_time(text: &str) -> Option<Duration> {
    let length = Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()?;
    (length <= Duration::from_secs(60)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, InvalidVariables> {
        Config::from_variables(|name| pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text).unwrap()
    }

    #[test]
    fn a_table_and_channels_are_enough() {
        let config = read(&[("SIGNALS_TABLE", "signals"), ("SIGTOWER_CHANNELS", "whalechart")]).unwrap();
        let expected = Config {
            table: "signals".to_owned(),
            shards: Shards::AWS,
            channels: vec![name("whalechart")],
            collect: CollectSettings::default(),
            preview: PreviewConfig::default(),
            log_level: Level::INFO,
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn every_variable_is_read() {
        let config = read(&[
            ("SIGNALS_TABLE", "signals"),
            ("SIGNALS_SHARDS", "2,3,4"),
            ("SIGTOWER_CHANNELS", "@WhaleChart, https://t.me/io_altsignals,whalechart"),
            ("MAX_MESSAGES_PER_CHANNEL", "7"),
            ("SIGNAL_CONFIDENCE_THRESHOLD", "0.85"),
            ("SIGTOWER_PREVIEW_URL", "http://127.0.0.1:8080"),
            ("SIGTOWER_PREVIEW_DELAY", "250ms"),
            ("LOG_LEVEL", "debug"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.channels, [name("whalechart"), name("io_altsignals")]);
        assert_eq!(config.shards, Shards { feed: 2, symbol: 3, stats: 4 });
        assert_eq!((config.collect.most_posts, config.collect.threshold), (7, Confidence::from_percent(85)));
        assert_eq!(config.preview.base_url, "http://127.0.0.1:8080");
        assert_eq!((config.preview.delay, config.log_level), (Duration::from_millis(250), Level::DEBUG));
    }

    #[test]
    fn what_is_missing_or_malformed_is_named_at_once() {
        let error = read(&[
            ("SIGNALS_SHARDS", "32"),
            ("SIGTOWER_CHANNELS", "whalechart,,"),
            ("MAX_MESSAGES_PER_CHANNEL", "0"),
            ("SIGNAL_CONFIDENCE_THRESHOLD", "70"),
            ("SIGTOWER_PREVIEW_URL", "t.me"),
            ("SIGTOWER_PREVIEW_DELAY", "1"),
            ("LOG_LEVEL", "loud"),
        ]);
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("SIGNALS_TABLE is missing"), "{text}");
        for name in [
            "SIGNALS_SHARDS",
            "SIGTOWER_CHANNELS",
            "MAX_MESSAGES_PER_CHANNEL",
            "SIGNAL_CONFIDENCE_THRESHOLD",
            "SIGTOWER_PREVIEW_URL",
            "SIGTOWER_PREVIEW_DELAY",
            "LOG_LEVEL",
        ] {
            assert!(text.contains(&format!("{name} is `")), "{name}: {text}");
        }
        for (name, value) in [
            ("SIGTOWER_PREVIEW_DELAY", "2m"),
            ("SIGTOWER_PREVIEW_URL", "https://t.me/s/whalechart"),
            ("SIGTOWER_CHANNELS", ""),
        ] {
            let mut pairs = vec![(name, value), ("SIGNALS_TABLE", "signals"), ("SIGTOWER_CHANNELS", "whalechart")];
            pairs.dedup_by_key(|pair| pair.0);
            let text = read(&pairs).unwrap_err().to_string();
            assert!(text.starts_with(name), "{name}: {text}");
        }
    }
}
