//! What `scraper-realtime` is told by its environment; the README's table says what each variable means, and a test
//! compares the two.

use std::time::Duration;

use program::metrics::{self, Namespace};
use program::variables::{A_LOG_LEVEL, A_TABLE_NAME, InvalidVariables, Variables, log_level, of_process, table_name};
use signals::message::ChannelName;
use signals::store::Shards;
use tracing::Level;

use crate::collect::CollectSettings;
use crate::environment;
use crate::holding::LEASE_TIME;
use crate::telegram::{LoginName, SecretId, TelegramConfig};

/// The name of the login of this program; whoever reads at the same time has another one.
const LOGIN: &str = "realtime";

/// How long it waits before it ends where somebody has to log in, so that it is not started again and again.
const LOGIN_PAUSE: Duration = Duration::from_secs(900);

/// What `scraper-realtime` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The table.
    pub table: String,
    /// Over how many partitions a new table is spread.
    pub shards: Shards,
    /// The channels to follow.
    pub channels: Vec<ChannelName>,
    /// How they are collected.
    pub collect: CollectSettings,
    /// What the login is called, which nobody else uses at the same time.
    pub login: LoginName,
    /// Where the login is kept.
    pub secret: SecretId,
    /// How Telegram is asked.
    pub telegram: TelegramConfig,
    /// How often names are looked up in a day.
    pub look_ups_per_day: u32,
    /// How long the lease of the login may stand still before its holder is taken for dead.
    pub lease_time: Duration,
    /// How long it waits before it ends where somebody has to log in.
    pub login_pause: Duration,
    /// Under which name CloudWatch has the figures.
    pub namespace: Namespace,
    /// The least severe events that are logged.
    pub log_level: Level,
}

impl Config {
    /// Reads the variables that `read` gives.
    ///
    /// # Errors
    /// [`InvalidVariables`] with every variable that is missing or malformed.
    ///
    /// # Panics
    /// Never: the name of the login is one.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariables> {
        let mut variables = Variables::new(read);
        let table = variables.required("SIGNALS_TABLE", A_TABLE_NAME, table_name);
        let shards = variables.optional("SIGNALS_SHARDS", Shards::WANTED, Shards::parse, Shards::AWS);
        let channels = environment::channels(&mut variables);
        let collect = environment::collect(&mut variables);
        let telegram = environment::telegram(&mut variables);
        let secret = environment::secret(&mut variables);
        let lease_time = variables.optional(
            "SIGTOWER_LEASE_SECONDS",
            "a whole number from 2 to 600",
            |text| text.parse().ok().filter(|n| (2..=600).contains(n)).map(Duration::from_secs),
            LEASE_TIME,
        );
        let login_pause = variables.optional(
            "TELEGRAM_LOGIN_PAUSE_SECONDS",
            "a whole number from 0 to 86400",
            |text| text.parse().ok().filter(|n| *n <= 86_400).map(Duration::from_secs),
            LOGIN_PAUSE,
        );
        let namespace = environment::namespace(&mut variables);
        let log_level = variables.optional("LOG_LEVEL", A_LOG_LEVEL, log_level, Level::INFO);
        let login = LoginName::parse(LOGIN).expect("a name");
        let config = table.zip(channels).zip(telegram).zip(secret).map(
            |(((table, channels), (telegram, look_ups_per_day)), secret)| Self {
                table,
                shards,
                channels,
                collect,
                login,
                secret,
                telegram,
                look_ups_per_day,
                lease_time,
                login_pause,
                namespace,
                log_level,
            },
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, InvalidVariables> {
        Config::from_variables(|name| pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }

    const NEEDED: [(&str, &str); 4] = [
        ("SIGNALS_TABLE", "signals"),
        ("SIGTOWER_CHANNELS", "whalechart"),
        ("TELEGRAM_API_ID", "1"),
        ("TELEGRAM_SESSION_SECRET", "sigtower/telegram/realtime"),
    ];

    #[test]
    fn a_table_channels_and_a_login_are_enough() {
        let config = read(&NEEDED).unwrap();
        assert_eq!((config.lease_time, config.look_ups_per_day), (LEASE_TIME, crate::telegram::LOOK_UPS_PER_DAY));
        assert_eq!(config.login.lease_name(), "telegram/realtime");
        assert_eq!((config.telegram, config.namespace), (TelegramConfig::new(1), Namespace::default()));
    }

    #[test]
    fn what_is_missing_or_malformed_is_named_at_once() {
        let wrong = [("SIGTOWER_LEASE_SECONDS", "1"), ("TELEGRAM_LOGIN_PAUSE_SECONDS", "-1")];
        let text = read(&wrong).unwrap_err().to_string();
        for name in NEEDED.map(|(name, _)| name) {
            assert!(text.contains(&format!("{name} is missing")), "{name}: {text}");
        }
        assert!(text.contains("SIGTOWER_LEASE_SECONDS is `1`"), "{text}");
        assert!(text.contains("TELEGRAM_LOGIN_PAUSE_SECONDS is `-1`"), "{text}");
    }
}
