//! What a program is told by its environment.
//!
//! A variable that is missing or malformed stops the program, and the error names all of them at once. Region,
//! credentials and endpoint are the SDK's business.

use std::fmt;

use tracing::Level;

use crate::logs::redacted;

/// The variables that are missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidVariables(Vec<InvalidVariable>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct InvalidVariable {
    name: &'static str,
    /// What it holds; `None` when it is missing.
    value: Option<String>,
    wanted: &'static str,
}

impl fmt::Display for InvalidVariables {
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

/// Reads variables one after the other, and keeps which of them are wrong.
#[derive(Debug)]
pub struct Variables<R> {
    read: R,
    invalid: Vec<InvalidVariable>,
}

impl<R: Fn(&str) -> Option<String>> Variables<R> {
    /// The variables that `read` gives.
    pub fn new(read: R) -> Self {
        Self { read, invalid: Vec::new() }
    }

    /// A variable that must be there. `None`, and kept as wrong, where it is not or `parse` does not take it; `wanted`
    /// says to people what it is to be.
    pub fn required<T>(
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

    /// A variable that may be missing: then it is `usual`. One that is there and malformed is kept as wrong.
    pub fn optional<T>(
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

    /// What was made of the variables.
    ///
    /// # Errors
    /// [`InvalidVariables`] with every one that is wrong.
    pub fn made<T>(self, made: Option<T>) -> Result<T, InvalidVariables> {
        match made {
            Some(made) if self.invalid.is_empty() => Ok(made),
            _ => Err(InvalidVariables(self.invalid)),
        }
    }
}

/// A variable of this process. What is no UTF-8 becomes text that no variable takes, and the error shows it.
#[must_use]
pub fn of_process(name: &str) -> Option<String> {
    Some(std::env::var_os(name)?.to_string_lossy().into_owned())
}

/// A value as an error may show it. A secret in the wrong variable is taken out before the value is cut, as the part of
/// one that a cut leaves has no longer its shape.
fn shown(value: &str) -> String {
    redacted(value).chars().filter(|c| !c.is_control()).take(40).collect()
}

/// What [`table_name`] takes, for people.
pub const A_TABLE_NAME: &str = "the name of a DynamoDB table";

/// The name of a table
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>).
#[must_use]
pub fn table_name(text: &str) -> Option<String> {
    let is_name = (3..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    is_name.then(|| text.to_owned())
}

/// What [`log_level`] takes, for people.
pub const A_LOG_LEVEL: &str = "error, warn, info, debug or trace";

/// The least severe events that are logged.
#[must_use]
pub fn log_level(text: &str) -> Option<Level> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_all_at_once() {
        let mut variables = Variables::new(|name| (name == "LOG_LEVEL").then(|| "loud".to_owned()));
        let table = variables.required("SIGNALS_TABLE", A_TABLE_NAME, table_name);
        assert_eq!(variables.optional("LOG_LEVEL", A_LOG_LEVEL, log_level, Level::INFO), Level::INFO);
        assert_eq!(
            variables.made(table).unwrap_err().to_string(),
            "SIGNALS_TABLE is missing: set it to the name of a DynamoDB table; \
             LOG_LEVEL is `loud`: set it to error, warn, info, debug or trace"
        );
    }

    #[test]
    fn a_missing_optional_variable_is_its_usual_value() {
        let mut variables = Variables::new(|_| None);
        let level = variables.optional("LOG_LEVEL", A_LOG_LEVEL, log_level, Level::WARN);
        assert_eq!(variables.made(Some(level)), Ok(Level::WARN));
    }
}
