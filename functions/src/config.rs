//! What the functions on Lambda are told by their environment.
//!
//! A variable that is missing or malformed stops the process, and the error names all of them at once; the README's
//! table says what each means, and a test compares the two. Region, credentials and endpoint are the SDK's business.

use program::metrics::{self, Namespace};
use program::variables::{A_LOG_LEVEL, A_TABLE_NAME, InvalidVariables, Variables, log_level, of_process, table_name};
use signals::confidence::Confidence;
use signals::store::Shards;
use tracing::Level;

use crate::auth::is_origin;

/// What the functions are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The table.
    pub table: String,
    /// Over how many partitions a new table is spread.
    pub shards: Shards,
    /// Signals less sure than this are stored and flagged.
    pub threshold: Confidence,
    /// The sites whose pages may ask from a browser.
    pub origins: Vec<String>,
    /// How many requests a second a key may make of one instance.
    pub requests_per_second: u32,
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
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariables> {
        let mut variables = Variables::new(read);
        let table = variables.required("SIGNALS_TABLE", A_TABLE_NAME, table_name);
        let shards = variables.optional("SIGNALS_SHARDS", Shards::WANTED, Shards::parse, Shards::AWS);
        let threshold = variables.optional(
            "SIGNAL_CONFIDENCE_THRESHOLD",
            "a number from 0 to 1 with at most two decimals",
            Confidence::parse,
            Confidence::from_percent(70),
        );
        let origins = variables.optional(
            "CORS_ORIGINS",
            "origins such as https://desk.example, with commas between them",
            |text| {
                let origins: Vec<String> = text.split(',').map(|it| it.trim().to_owned()).collect();
                origins.iter().all(|origin| is_origin(origin)).then_some(origins)
            },
            Vec::new(),
        );
        let requests_per_second = variables.optional(
            "REQUESTS_PER_SECOND",
            "a whole number from 1 to 100000",
            |text| text.parse().ok().filter(|n| (1..=100_000).contains(n)),
            50,
        );
        let namespace =
            variables.optional("METRICS_NAMESPACE", Namespace::WANTED, Namespace::parse, Namespace::default());
        let log_level = variables.optional("LOG_LEVEL", A_LOG_LEVEL, log_level, Level::INFO);
        variables.made(table.map(|table| Self {
            table,
            shards,
            threshold,
            origins,
            requests_per_second,
            namespace,
            log_level,
        }))
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

    #[test]
    fn a_table_is_enough() {
        let expected = Config {
            table: "signals".to_owned(),
            shards: Shards::AWS,
            threshold: Confidence::from_percent(70),
            origins: Vec::new(),
            requests_per_second: 50,
            namespace: Namespace::default(),
            log_level: Level::INFO,
        };
        assert_eq!(read(&[("SIGNALS_TABLE", "signals")]), Ok(expected));
    }

    #[test]
    fn every_variable_is_read() {
        let config = read(&[
            ("SIGNALS_TABLE", "prod.signals-1"),
            ("SIGNALS_SHARDS", "4,2,1"),
            ("SIGNAL_CONFIDENCE_THRESHOLD", "0.85"),
            ("CORS_ORIGINS", "https://desk.example, http://localhost:5173"),
            ("REQUESTS_PER_SECOND", "7"),
            ("METRICS_NAMESPACE", "sigtower-2"),
            ("LOG_LEVEL", "warn"),
        ]);
        let expected = Config {
            table: "prod.signals-1".to_owned(),
            shards: Shards { feed: 4, symbol: 2, stats: 1 },
            threshold: Confidence::from_percent(85),
            origins: vec!["https://desk.example".to_owned(), "http://localhost:5173".to_owned()],
            requests_per_second: 7,
            namespace: Namespace::parse("sigtower-2").unwrap(),
            log_level: Level::WARN,
        };
        assert_eq!(config, Ok(expected));
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let wrong = [("SIGNAL_CONFIDENCE_THRESHOLD", "70"), ("REQUESTS_PER_SECOND", "0"), ("LOG_LEVEL", "")];
        assert_eq!(
            read(&wrong).unwrap_err().to_string(),
            "SIGNALS_TABLE is missing: set it to the name of a DynamoDB table; \
             SIGNAL_CONFIDENCE_THRESHOLD is `70`: set it to a number from 0 to 1 with at most two decimals; \
             REQUESTS_PER_SECOND is `0`: set it to a whole number from 1 to 100000; \
             LOG_LEVEL is ``: set it to error, warn, info, debug or trace"
        );
        for origins in ["*", "desk.example", "https://desk.example/", "https://", "null"] {
            let error = read(&[("SIGNALS_TABLE", "signals"), ("CORS_ORIGINS", origins)]).unwrap_err().to_string();
            assert!(error.starts_with("CORS_ORIGINS is `"), "{error}");
        }
        for table in ["", "ab", "sig nals", "signals\u{fffd}", &"x".repeat(256)] {
            let error = read(&[("SIGNALS_TABLE", table)]).unwrap_err().to_string();
            assert!(error.starts_with("SIGNALS_TABLE is `"), "{error}");
            assert!(error.len() < 200, "{error}");
        }
    }

    #[test]
    fn a_secret_in_the_wrong_variable_is_not_shown() {
        let token = format!("123456789:{}", "AbC-_9x".repeat(5));
        let key = format!("sgt_{}", "s".repeat(43));
        for secret in [&token, &key, &format!("x {token}")] {
            let error = read(&[("SIGNALS_TABLE", "signals"), ("LOG_LEVEL", secret)]).unwrap_err().to_string();
            assert!(error.contains("[redacted]") && !error.contains("AbC") && !error.contains("sss"), "{error}");
        }
    }
}
