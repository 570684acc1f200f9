//! What `scraper-batch` is told by its environment; the README's table says what each variable means, and a test
//! compares the two.

use std::time::Duration;

use jiff::SignedDuration;
use program::metrics::{self, Namespace};
use program::variables::{A_LOG_LEVEL, A_TABLE_NAME, InvalidVariables, Variables, log_level, of_process, table_name};
use signals::message::ChannelName;
use signals::store::Shards;
use tracing::Level;

use crate::collect::CollectSettings;
use crate::environment;
use crate::holding;
use crate::preview::{Preview, PreviewConfig};
use crate::telegram::{LoginName, SecretId, TelegramConfig};

/// The name of the login of this function; whoever reads at the same time has another one.
const LOGIN: &str = "batch";
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
    /// From where they are read.
    pub source: BatchSource,
    /// Under which name CloudWatch has the figures.
    pub namespace: Namespace,
    /// The least severe events that are logged.
    pub log_level: Level,
}

/// From where channels are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchSource {
    /// Their web preview, asked so.
    Preview(PreviewConfig),
    /// An account of Telegram.
    Telegram(AccountSettings),
}

/// How channels are read through an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// What its login is called, which nobody else uses at the same time.
    pub login: LoginName,
    /// Where the login is kept.
    pub secret: SecretId,
    /// How Telegram is asked.
    pub telegram: TelegramConfig,
    /// How often names are looked up in a day.
    pub look_ups_per_day: u32,
}

impl AccountSettings {
    /// The same, where no flood is waited for longer than this.
    #[must_use]
    pub(super) fn waiting_at_most(&self, longest: Duration) -> Self {
        let longest_inline_wait = self.telegram.longest_inline_wait.min(longest);
        Self { telegram: TelegramConfig { longest_inline_wait, ..self.telegram.clone() }, ..self.clone() }
    }
}

impl BatchSource {
    /// The lease that whoever reads from there must hold.
    #[must_use]
    pub fn lease_name(&self) -> String {
        match self {
            Self::Preview(_) => holding::NAME.to_owned(),
            Self::Telegram(account) => account.login.lease_name(),
        }
    }
}

/// The names of the sources.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SourceName {
    Preview,
    Telegram,
}

impl Config {
    /// Reads the variables that `read` gives.
    ///
    /// # Errors
    /// [`InvalidVariables`] with every variable that is missing or malformed.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariables> {
        let mut variables = Variables::new(read);
        let table = variables.required("SIGNALS_TABLE", A_TABLE_NAME, table_name);
        let shards = variables.optional("SIGNALS_SHARDS", Shards::WANTED, Shards::parse, Shards::AWS);
        let channels = environment::channels(&mut variables);
        let collect = environment::collect(&mut variables);
        let source = variables.optional("SIGTOWER_SOURCE", "preview or telegram", source_name, SourceName::Preview);
        let preview = preview(&mut variables);
        let source = match source {
            SourceName::Preview => Some(BatchSource::Preview(preview)),
            SourceName::Telegram => account(&mut variables).map(BatchSource::Telegram),
        };
        let namespace = environment::namespace(&mut variables);
        let log_level = variables.optional("LOG_LEVEL", A_LOG_LEVEL, log_level, Level::INFO);
        let config = table.zip(channels).zip(source).map(|((table, channels), source)| Self {
            table,
            shards,
            channels,
            collect,
            source,
            namespace,
            log_level,
        });
        variables.made(config)
    }

    /// Reads the environment of this process, whose figures are of the namespace that it says from then on.
    ///
    /// # Errors
    /// As [`Self::from_variables`].
    pub fn from_environment() -> Result<Self, InvalidVariables> {
        let config = Self::from_variables(of_process)?;
        metrics::install(config.namespace.clone());
        Ok(config)
    }
}

fn source_name(text: &str) -> Option<SourceName> {
    match text {
        "preview" => Some(SourceName::Preview),
        "telegram" => Some(SourceName::Telegram),
        _ => None,
    }
}

fn preview(variables: &mut Variables<impl Fn(&str) -> Option<String>>) -> PreviewConfig {
    let usual = PreviewConfig::default();
    let base_url = variables.optional(
        "SIGTOWER_PREVIEW_URL",
        "an address such as https://t.me, without a path",
        preview_url,
        usual.base_url.clone(),
    );
    let delay = variables.optional(
        "SIGTOWER_PREVIEW_DELAY",
        "a length of time such as 1s, at most 1m",
        length_of_time,
        usual.delay,
    );
    PreviewConfig { base_url, delay, ..usual }
}

fn account<R: Fn(&str) -> Option<String>>(variables: &mut Variables<R>) -> Option<AccountSettings> {
    let telegram = environment::telegram(variables);
    let secret = environment::secret(variables);
    let login = LoginName::parse(LOGIN).expect("a name");
    let (telegram, look_ups_per_day) = telegram?;
    Some(AccountSettings { login, secret: secret?, telegram, look_ups_per_day })
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
    use signals::confidence::Confidence;

    use super::*;
    use crate::telegram::LOOK_UPS_PER_DAY;

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
            source: BatchSource::Preview(PreviewConfig::default()),
            namespace: Namespace::default(),
            log_level: Level::INFO,
        };
        assert_eq!(config, expected);
        assert_eq!(config.source.lease_name(), "collect");
    }

    #[test]
    fn every_variable_is_read() {
        let config = read(&[
            ("SIGNALS_TABLE", "signals"),
            ("SIGNALS_SHARDS", "2,3,4"),
            ("SIGTOWER_CHANNELS", "@WhaleChart, https://t.me/io_altsignals,whalechart"),
            ("MAX_MESSAGES_PER_CHANNEL", "7"),
            ("SIGNAL_CONFIDENCE_THRESHOLD", "0.85"),
            ("SIGTOWER_SOURCE", "preview"),
            ("SIGTOWER_PREVIEW_URL", "http://127.0.0.1:8080"),
            ("SIGTOWER_PREVIEW_DELAY", "250ms"),
            ("METRICS_NAMESPACE", "sigtower-2"),
            ("LOG_LEVEL", "debug"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.channels, [name("whalechart"), name("io_altsignals")]);
        assert_eq!(config.shards, Shards { feed: 2, symbol: 3, stats: 4 });
        assert_eq!((config.collect.most_posts, config.collect.threshold), (7, Confidence::from_percent(85)));
        let BatchSource::Preview(preview) = config.source else { panic!("{:?}", config.source) };
        assert_eq!((&preview.base_url[..], preview.delay), ("http://127.0.0.1:8080", Duration::from_millis(250)));
        assert_eq!((Some(config.namespace), config.log_level), (Namespace::parse("sigtower-2"), Level::DEBUG));
    }

    /// What reading through an account needs besides.
    const ACCOUNT: [(&str, &str); 5] = [
        ("SIGNALS_TABLE", "signals"),
        ("SIGTOWER_CHANNELS", "whalechart,-1001234567890"),
        ("SIGTOWER_SOURCE", "telegram"),
        ("TELEGRAM_API_ID", "12345"),
        ("TELEGRAM_SESSION_SECRET", "sigtower/telegram/batch"),
    ];

    #[test]
    fn an_account_has_a_lease_of_its_own_and_limits() {
        let account = |others: &[(&str, &str)]| match read(&[&ACCOUNT[..], others].concat()).unwrap().source {
            BatchSource::Telegram(account) => account,
            source @ BatchSource::Preview(_) => panic!("{source:?}"),
        };
        let usual = account(&[]);
        assert_eq!(usual.telegram, TelegramConfig::new(12345));
        assert_eq!(usual.look_ups_per_day, LOOK_UPS_PER_DAY);
        assert_eq!(BatchSource::Telegram(usual).lease_name(), "telegram/batch");
        let other = account(&[("TELEGRAM_LOOK_UPS_PER_DAY", "0"), ("TELEGRAM_FLOOD_WAIT_SECONDS", "7")]);
        assert_eq!((other.look_ups_per_day, other.telegram.longest_inline_wait), (0, Duration::from_secs(7)));
    }

    #[test]
    fn what_an_account_needs_is_missed_only_where_one_reads() {
        let of_source = |source| read(&[ACCOUNT[0], ACCOUNT[1], ("SIGTOWER_SOURCE", source), ("TELEGRAM_API_ID", "x")]);
        assert!(of_source("preview").is_ok());
        let text = of_source("telegram").unwrap_err().to_string();
        assert!(
            text.contains("TELEGRAM_API_ID is `x`") && text.contains("TELEGRAM_SESSION_SECRET is missing"),
            "{text}"
        );
        for (name, value) in [
            ("SIGTOWER_SOURCE", "bot"),
            ("TELEGRAM_API_ID", "0"),
            ("TELEGRAM_API_ID", "4294967296"),
            ("TELEGRAM_SESSION_SECRET", "a secret"),
            ("TELEGRAM_LOOK_UPS_PER_DAY", "1001"),
            ("TELEGRAM_FLOOD_WAIT_SECONDS", "301"),
        ] {
            let others = ACCOUNT.iter().filter(|(it, _)| *it != name).copied();
            let text = read(&others.chain([(name, value)]).collect::<Vec<_>>()).unwrap_err().to_string();
            assert!(text.starts_with(&format!("{name} is `{value}`")), "{name}: {text}");
        }
    }

    #[test]
    fn what_is_missing_or_malformed_is_named_at_once() {
        let error = read(&[
            ("SIGNALS_SHARDS", "32"),
            ("SIGTOWER_CHANNELS", "whalechart,,"),
            ("MAX_MESSAGES_PER_CHANNEL", "0"),
            ("SIGNAL_CONFIDENCE_THRESHOLD", "70"),
            ("SIGTOWER_SOURCE", "Telegram"),
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
            "SIGTOWER_SOURCE",
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
