//! The settings that are secrets: whether each is set, and where; and what it is for whoever needs it, when they need it.
//!
//! Of the values nothing is kept in memory but that they are there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Settings, Standing, files};
use crate::failure::{Failure, Stop};

/// A setting of which only is told whether it is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secret {
    pub(crate) key: &'static str,
    pub(crate) variable: &'static str,
    /// Its key and its variable where they name a file that holds it; `None` where it need not be hidden.
    file: Option<(&'static str, &'static str)>,
    /// Whether anything uses it.
    pub(crate) is_used: bool,
}

/// The key of the backend to which signals are sent.
pub(crate) const BACKEND_API_KEY: Secret = Secret {
    key: "backend_api_key",
    variable: "BACKEND_API_KEY",
    file: Some(("backend_api_key_file", "BACKEND_API_KEY_FILE")),
    is_used: true,
};

/// The number of the application that is registered with Telegram.
pub(crate) const TELEGRAM_API_ID: Secret =
    Secret { key: "telegram_api_id", variable: "TELEGRAM_API_ID", file: None, is_used: true };

/// The secret of that application.
pub(crate) const TELEGRAM_API_HASH: Secret = Secret {
    key: "telegram_api_hash",
    variable: "TELEGRAM_API_HASH",
    file: Some(("telegram_api_hash_file", "TELEGRAM_API_HASH_FILE")),
    is_used: true,
};

/// The predecessor's bot. Telegram lets no bot read the history of channels, so nothing uses it.
pub(crate) const TELEGRAM_BOT_TOKEN: Secret = Secret {
    key: "telegram_bot_token",
    variable: "TELEGRAM_BOT_TOKEN",
    file: Some(("telegram_bot_token_file", "TELEGRAM_BOT_TOKEN_FILE")),
    is_used: false,
};

/// A longer file, in bytes, holds no secret.
const LONGEST: u64 = 4_096;

/// All of them, in the order in which they are shown.
pub(crate) const SECRETS: [Secret; 4] = [BACKEND_API_KEY, TELEGRAM_API_ID, TELEGRAM_API_HASH, TELEGRAM_BOT_TOKEN];

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

    /// What it is; nothing where it is not set.
    pub(crate) fn value(&self, settings: &Settings) -> Result<Option<String>, Stop> {
        let Some((standing, name)) = self.standing(settings)? else { return Ok(None) };
        let key = self.file.filter(|(_, variable)| *variable == name).map_or(self.key, |(key, _)| key);
        let raw = match &standing {
            Standing::File(path) => files::raw(path, name, key),
            Standing::Environment | Standing::Default => std::env::var(name).ok(),
        };
        let Some(raw) = raw else { return Ok(None) };
        if name == self.variable {
            return Ok(Some(raw.trim().to_owned()));
        }
        let unread = |why: String| {
            let what = format!("cannot use the secret in `{raw}`");
            Stop::Usage(Failure { what, why, next: "put it alone into a file that only you can read".to_owned() })
        };
        if std::fs::metadata(&raw).is_ok_and(|there| there.len() > LONGEST) {
            return Err(unread(format!("it has more than {LONGEST} bytes")));
        }
        let text = std::fs::read_to_string(&raw).map_err(|error| unread(error.to_string()))?;
        Ok(Some(text.trim().to_owned()))
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
