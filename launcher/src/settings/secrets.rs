//! The predecessor's settings for Telegram: whether each is set, and where; never what it is.
//!
//! They are for the login, which comes later, and nothing uses them yet. Of their values nothing is kept in memory but
//! that they are there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Settings, Standing};
use crate::failure::{Failure, Stop};

/// A setting of which only is told whether it is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secret {
    pub(crate) key: &'static str,
    pub(crate) variable: &'static str,
    /// Its key and its variable where they name a file that holds it; `None` where it need not be hidden.
    file: Option<(&'static str, &'static str)>,
}

/// All of them, in the order in which they are shown.
pub(crate) const SECRETS: [Secret; 3] = [
    Secret { key: "telegram_api_id", variable: "TELEGRAM_API_ID", file: None },
    Secret {
        key: "telegram_api_hash",
        variable: "TELEGRAM_API_HASH",
        file: Some(("telegram_api_hash_file", "TELEGRAM_API_HASH_FILE")),
    },
    Secret {
        key: "telegram_bot_token",
        variable: "TELEGRAM_BOT_TOKEN",
        file: Some(("telegram_bot_token_file", "TELEGRAM_BOT_TOKEN_FILE")),
    },
];

/// What a file of settings says under such a name, as it may be kept: a path as it is, of all else only that it is there.
pub(super) fn kept(name: &str, value: &str) -> Option<(&'static str, String)> {
    SECRETS.iter().find_map(|secret| {
        if [secret.key, secret.variable].contains(&name) {
            return Some((secret.variable, if value.is_empty() { "" } else { "set" }.to_owned()));
        }
        let (_, variable) = secret.file.filter(|(key, variable)| [*key, *variable].contains(&name))?;
        Some((variable, value.to_owned()))
    })
}

/// Whether what stands under this variable must be hidden from others.
pub(super) fn is_hidden(variable: &str) -> bool {
    SECRETS.iter().any(|secret| secret.variable == variable && secret.file.is_some())
}

/// Refuses a file with a secret in it that others can read.
pub(super) fn hidden(path: &Path) -> Result<(), Stop> {
    let shown = path.display();
    let wrong = |why: String, next: String| {
        Stop::Usage(Failure { what: format!("cannot use the secret in `{shown}`"), why, next })
    };
    let there = std::fs::metadata(path)
        .map_err(|error| wrong(error.to_string(), "name a file that is there, or unset what names it".to_owned()))?;
    if !there.is_file() || there.len() == 0 {
        return Err(wrong("it is no file with something in it".to_owned(), "put the secret into it".to_owned()));
    }
    match there.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(wrong("others on this machine can read it".to_owned(), format!("chmod 600 {shown}"))),
    }
}

impl Secret {
    /// Where it stands, and the name under which it does; nothing where it is not set.
    pub(crate) fn standing(&self, settings: &Settings) -> Result<Option<(Standing, &'static str)>, Stop> {
        let names = [Some(self.variable), self.file.map(|(_, variable)| variable)];
        let in_environment = names.into_iter().flatten().find_map(|name| {
            let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
            Some((Standing::Environment, name, value))
        });
        let in_files = || {
            settings.layers.iter().find_map(|layer| {
                names.into_iter().flatten().find_map(|name| {
                    let value = layer.values.get(name).filter(|value| !value.is_empty())?;
                    Some((Standing::File(layer.path.clone()), name, value.clone()))
                })
            })
        };
        let Some((standing, name, value)) = in_environment.or_else(in_files) else { return Ok(None) };
        if name != self.variable {
            hidden(Path::new(&value))?;
        }
        Ok(Some((standing, name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_secret_only_is_kept_that_it_is_there() {
        assert_eq!(kept("TELEGRAM_API_HASH", "not-a-real-hash"), Some(("TELEGRAM_API_HASH", "set".to_owned())));
        assert_eq!(kept("telegram_bot_token", ""), Some(("TELEGRAM_BOT_TOKEN", String::new())));
        let file = Some(("TELEGRAM_API_HASH_FILE", "/run/secrets/hash".to_owned()));
        assert_eq!(kept("telegram_api_hash_file", "/run/secrets/hash"), file);
        assert_eq!(kept("telegram_api_id_file", "x"), None);
        assert!(is_hidden("TELEGRAM_API_HASH") && !is_hidden("TELEGRAM_API_ID"));
        assert!(!is_hidden("TELEGRAM_API_HASH_FILE"));
    }
}
