//! What the functions on Lambda are told by their environment.
//!
//! A variable that is missing or malformed stops the process, and the error names all of them at once; the README's
//! table says what each means, and a test compares the two. Region, credentials and endpoint are the SDK's business.

use std::fmt;

use signals::confidence::Confidence;
use tracing::Level;

use crate::auth::is_origin;
use crate::logs::redacted;

/// What the functions are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The table.
    pub table: String,
    /// Signals less sure than this are stored and flagged.
    pub threshold: Confidence,
    /// The sites whose pages may ask from a browser.
    pub origins: Vec<String>,
    /// How many requests a second a key may make of one instance.
    pub requests_per_second: u32,
    /// The least severe events that are logged.
    pub log_level: Level,
}

/// The variables that are missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidConfig(Vec<InvalidVariable>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct InvalidVariable {
    name: &'static str,
    /// What it holds; `None` when it is missing.
    value: Option<String>,
    wanted: &'static str,
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, InvalidVariable { name, value, wanted }) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { "; " };
            match value {
                None => write!(f, "{between}{name} is missing: set it to {wanted}")?,
                Some(value) => write!(f, "{between}{name} is `{value}`: set it to {wanted}")?,
            }
        }
        Ok(())
    }
}

impl Config {
    /// Reads the variables that `read` gives.
    ///
    /// # Errors
    /// [`InvalidConfig`] with every variable that is missing or malformed.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let mut variables = Variables { read, invalid: Vec::new() };
        let table = variables.required("SIGNALS_TABLE", "the name of a DynamoDB table", table_name);
        let threshold = variables.optional(
            "SIGNAL_CONFIDENCE_THRESHOLD",
            "a number from 0 to 1 with at most two decimals",
            confidence,
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
        let log_level =
            variables.optional("LOG_LEVEL", "error, warn, info, debug or trace", |text| text.parse().ok(), Level::INFO);
        match table {
            Some(table) if variables.invalid.is_empty() => {
                Ok(Self { table, threshold, origins, requests_per_second, log_level })
            }
            _ => Err(InvalidConfig(variables.invalid)),
        }
    }

    /// Reads the environment of this process.
    ///
    /// # Errors
    /// As [`Self::from_variables`].
    pub fn from_environment() -> Result<Self, InvalidConfig> {
        // What is no UTF-8 becomes text that no variable takes, and the error shows it.
        Self::from_variables(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }
}

struct Variables<R> {
    read: R,
    invalid: Vec<InvalidVariable>,
}

impl<R: Fn(&str) -> Option<String>> Variables<R> {
    fn required<T>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = (self.read)(name);
        let parsed = value.as_deref().and_then(parse);
        if parsed.is_none() {
            self.invalid.push(InvalidVariable { name, value: value.map(|it| shown(&it)), wanted });
        }
        parsed
    }

    fn optional<T>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        usual: T,
    ) -> T {
        match (self.read)(name) {
            None => usual,
            Some(_) => self.required(name, wanted, parse).unwrap_or(usual),
        }
    }
}

/// A value as an error may show it. A secret in the wrong variable is taken out before the value is cut, as the part of
/// one that a cut leaves has no longer its shape.
fn shown(value: &str) -> String {
    redacted(value).chars().filter(|c| !c.is_control()).take(40).collect()
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn table_name(text: &str) -> Option<String> {
    let is_name = (3..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    is_name.then(|| text.to_owned())
}

/// A number from 0 to 1 with at most two decimals.
#[must_use]
pub fn confidence(text: &str) -> Option<Confidence> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 1) || !digits(decimals, 2) {
        return None;
    }
    let percent: u16 = format!("{whole}{decimals:0<2}").parse().ok()?;
    u8::try_from(percent).ok().filter(|percent| *percent <= 100).map(Confidence::from_percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, InvalidConfig> {
        Config::from_variables(|name| pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_table_is_enough() {
        let expected = Config {
            table: "signals".to_owned(),
            threshold: Confidence::from_percent(70),
            origins: Vec::new(),
            requests_per_second: 50,
            log_level: Level::INFO,
        };
        assert_eq!(read(&[("SIGNALS_TABLE", "signals")]), Ok(expected));
    }

    #[test]
    fn every_variable_is_read() {
        let config = read(&[
            ("SIGNALS_TABLE", "prod.signals-1"),
            ("SIGNAL_CONFIDENCE_THRESHOLD", "0.85"),
            ("CORS_ORIGINS", "https://desk.example, http://localhost:5173"),
            ("REQUESTS_PER_SECOND", "7"),
            ("LOG_LEVEL", "warn"),
        ]);
        let expected = Config {
            table: "prod.signals-1".to_owned(),
            threshold: Confidence::from_percent(85),
            origins: vec!["https://desk.example".to_owned(), "http://localhost:5173".to_owned()],
            requests_per_second: 7,
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

    #[test]
    fn a_threshold_is_a_number_from_0_to_1() {
        for (text, percent) in [("0", 0), ("1", 100), ("0.7", 70), ("0.07", 7), ("1.00", 100), ("0.0", 0)] {
            assert_eq!(confidence(text), Some(Confidence::from_percent(percent)), "{text}");
        }
        for text in ["", ".", ".5", "1.", "1.01", "2", "0.705", "-0", "1e-1", "NaN", "0,7", " 0.7", "９"] {
            assert_eq!(confidence(text), None, "{text}");
        }
    }
}
