//! Settings that stand in files: which there are, where they are looked for, and which one counts.
//!
//! A flag wins over a variable of the environment, that over `.env` in the working folder, that over `sigtower.toml`
//! there, that over the user's own `sigtower.toml`, and that over the default. What files say becomes the default of
//! the flag that has the same variable, so that the command line checks every value alike, wherever it stands.

mod files;
pub(crate) mod list;
pub(crate) mod secrets;

use std::path::PathBuf;

use clap::Command;

use crate::failure::Stop;
use files::Layer;
pub(crate) use files::{places, toml_that_counts};

/// A setting: its key in files, its variable, and what it means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) usual: &'static str,
    pub(crate) meaning: &'static str,
}

const fn setting(key: &'static str, variable: &'static str, usual: &'static str, meaning: &'static str) -> Setting {
    Setting { key, variable, usual, meaning }
}

/// Every setting, in the order in which they are shown.
pub(crate) const SETTINGS: [Setting; 14] = [
    setting(
        "source",
        "SIGTOWER_SOURCE",
        "",
        "from where posts are read: preview or telegram; without it, `sigtower up` only serves",
    ),
    setting("channels", "SIGTOWER_CHANNELS", "", "the channels to read; without them the predecessor's twelve"),
    setting("every", "PARSE_INTERVAL_MINUTES", "5m", "from the beginning of a pass to that of the next"),
    setting("most_posts", "MAX_MESSAGES_PER_CHANNEL", "100", "how many new posts of a channel a pass reads at most"),
    setting(
        "confidence_threshold",
        "SIGNAL_CONFIDENCE_THRESHOLD",
        "0.7",
        "signals less sure than this are stored and flagged",
    ),
    setting(
        "edit_window",
        "SIGTOWER_EDIT_WINDOW",
        "40",
        "how many numbers of posts before the last one are looked at again, because posts are edited",
    ),
    setting(
        "passed_over_days",
        "SIGTOWER_PASSED_OVER_DAYS",
        "30",
        "for how many days posts that are neither signals nor news are kept with the reason; 0 keeps none",
    ),
    setting("preview_url", "SIGTOWER_PREVIEW_URL", "https://t.me", "where the preview is"),
    setting("preview_delay", "SIGTOWER_PREVIEW_DELAY", "1s", "the pause between two requests to the preview"),
    setting("backend_url", "BACKEND_URL", "", "the API that signals are sent to in place of the own store"),
    setting("port", "SIGTOWER_PORT", "8000", "the port of the API on this machine"),
    setting("data_dir", "SIGTOWER_DATA_DIR", "", "the folder of the database; the user's data folder without it"),
    setting(
        "logins_dir",
        "SIGTOWER_LOGINS_DIR",
        "",
        "the folder of the logins to Telegram; `logins` in the data folder without it",
    ),
    setting("table", "SIGNALS_TABLE", "", "a table of DynamoDB in place of the folder, for all commands but `up`"),
];

/// The variable of the channels to read.
pub(crate) const CHANNELS: &str = "SIGTOWER_CHANNELS";

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In the environment.
    Environment,
    /// In a file.
    File(PathBuf),
    /// Nowhere: it is the default.
    Default,
}

/// What files say, the layer that counts most first.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    layers: Vec<Layer>,
}

impl Settings {
    /// Reads the files that there are.
    pub(crate) fn read() -> Result<Self, Stop> {
        let layers = places().iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { layers: layers.into_iter().flatten().collect() })
    }

    /// What the files say of a setting, and which one.
    fn in_files(&self, variable: &str) -> Option<(&str, &PathBuf)> {
        let stands = |layer: &'_ Layer| layer.values.get(variable).is_some_and(|value| !value.is_empty());
        let layer = self.layers.iter().find(|layer| stands(layer))?;
        Some((layer.values.get(variable)?.as_str(), &layer.path))
    }

    /// The value of a setting as a command without flags sees it, and where it stands.
    pub(crate) fn value(&self, setting: &Setting) -> (String, Standing) {
        match (std::env::var(setting.variable), self.in_files(setting.variable)) {
            (Ok(value), _) if !value.is_empty() => (value, Standing::Environment),
            (_, Some((value, path))) => (value.to_owned(), Standing::File(path.clone())),
            _ => (setting.usual.to_owned(), Standing::Default),
        }
    }

    /// The same of the setting that has this variable.
    pub(crate) fn value_of(&self, variable: &str) -> (String, Standing) {
        let setting = SETTINGS.iter().find(|setting| setting.variable == variable);
        setting.map_or_else(|| (String::new(), Standing::Default), |setting| self.value(setting))
    }

    /// What a `sigtower.toml` says of a setting, and which one.
    pub(crate) fn in_toml(&self, variable: &str) -> Option<(&str, &PathBuf)> {
        let mut layers = self.layers.iter().filter(|layer| !layer.path.ends_with(".env"));
        layers.find_map(|layer| Some((layer.values.get(variable)?.as_str(), &layer.path)))
    }

    /// The command line with what the files say as the defaults of its flags. A variable that is empty sets nothing.
    pub(crate) fn as_defaults_of(&self, command: Command) -> Command {
        let command = command.mut_args(|arg| {
            let variable = arg.get_env().and_then(|name| name.to_str()).map(str::to_owned);
            let is_empty = |name: &String| std::env::var_os(name).is_some_and(|value| value.is_empty());
            let arg = if variable.as_ref().is_some_and(is_empty) { arg.env(None::<&'static str>) } else { arg };
            match variable.and_then(|name| self.in_files(&name)) {
                Some((value, _)) => arg.default_value(value.to_owned()),
                None => arg,
            }
        });
        command.mut_subcommands(|command| self.as_defaults_of(command))
    }
}
