//! The files in which settings stand.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{SETTINGS, secrets};
use crate::failure::{Failure, Stop};
use crate::nearest::nearest;

/// A larger file, in bytes, holds no settings.
const LONGEST: u64 = 1 << 20;
const FILE: &str = "sigtower.toml";

/// What one file says, by the variables of the settings.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<&'static str, String>,
}

/// Where settings are looked for, the place that counts most first
/// (<https://specifications.freedesktop.org/basedir-spec/latest/>).
pub(crate) fn places() -> Vec<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let user = user.or_else(|| set("HOME").map(|home| home.join(".config")));
    let here = [".env", FILE].map(PathBuf::from);
    here.into_iter().chain(user.map(|folder| folder.join("sigtower").join(FILE))).collect()
}

/// The `sigtower.toml` that counts most: that of the working folder where there is one, else the user's own, whether it
/// is there or not. None where the user has no place for one.
pub(crate) fn toml_that_counts() -> Option<PathBuf> {
    let tomls: Vec<PathBuf> = places().into_iter().filter(|path| path.ends_with(FILE)).collect();
    tomls.iter().find(|path| path.exists()).or(tomls.last().filter(|path| *path != Path::new(FILE))).cloned()
}

/// Reads a file; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Layer>, Stop> {
    let failed = |why: &dyn std::fmt::Display| {
        let what = format!("cannot read the settings in `{}`", path.display());
        let next = "mend the file, or take it away; `sigtower config path` shows which files count".to_owned();
        Stop::Usage(Failure { what, why: why.to_string(), next })
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
        Ok(metadata) if metadata.len() > LONGEST => return Err(failed(&"it is longer than a megabyte")),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    let is_env = path.file_name().is_some_and(|name| name == ".env");
    let values = if is_env { of_env(&text) } else { of_toml(&text).map_err(|why| failed(&why))? };
    if values.iter().any(|(variable, value)| secrets::is_hidden(variable) && !value.is_empty()) {
        secrets::hidden(path)?;
    }
    Ok(Some(Layer { path: path.to_owned(), values }))
}

/// `NAME=value` lines; what is no setting of ours belongs to somebody else, as programs share the file.
fn of_env(text: &str) -> BTreeMap<&'static str, String> {
    let known = pairs(text).filter_map(|(name, value)| {
        let setting = SETTINGS.iter().find(|setting| setting.variable == name);
        setting.map(|setting| (setting.variable, value.to_owned())).or_else(|| secrets::kept(name, value))
    });
    known.collect()
}

/// The lines of a `.env`. What follows on ` #` is a comment, unless it stands in quotes.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='));
    pairs.map(|(name, value)| {
        let value = value.trim();
        let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.split_once(*quote));
        let plain = || value.split_once(" #").map_or(value, |(value, _)| value.trim_end());
        (name.trim(), quoted.map_or_else(plain, |(value, _)| value))
    })
}

/// What one file says under a name, as it stands there: for secrets, which are read when they are needed.
pub(super) fn raw(path: &Path, variable: &str, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    if path.file_name().is_some_and(|name| name == ".env") {
        return pairs(&text).filter(|(name, _)| *name == variable).last().map(|(_, value)| value.to_owned());
    }
    toml::from_str::<toml::Table>(&text).ok()?.get(key).and_then(shown)
}

fn of_toml(text: &str) -> Result<BTreeMap<&'static str, String>, String> {
    // Not the whole error: it shows the line, and there may be a secret in it.
    let table: toml::Table = toml::from_str(text).map_err(|error| at_line(text, error.span(), error.message()))?;
    let mut values = BTreeMap::new();
    for (key, value) in &table {
        let value = shown(value).ok_or_else(|| format!("`{key}` is no text, number or list of them"));
        match SETTINGS.iter().find(|setting| setting.key == key) {
            Some(setting) => values.insert(setting.variable, value?),
            None => {
                let known = secrets::kept(key, value.as_deref().unwrap_or_default());
                let (variable, kept) = known.ok_or_else(|| unknown(key))?;
                value?;
                values.insert(variable, kept)
            }
        };
    }
    Ok(values)
}

/// What is wrong with a file, and in which line, counted from 1.
pub(super) fn at_line(text: &str, span: Option<std::ops::Range<usize>>, what: &str) -> String {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {what}", before.matches('\n').count() + 1)
}

/// A value as a flag would have it; the parts of a list with commas between them.
fn shown(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Array(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(shown).collect();
            parts.map(|parts| parts.join(","))
        }
        _ => None,
    }
}

fn unknown(key: &str) -> String {
    let key: String = key.chars().take(64).collect();
    match nearest(&key, SETTINGS.iter().map(|it| it.key)) {
        Some(known) => format!("there is no setting `{key}`; did you mean `{known}`?"),
        None => format!("there is no setting `{key}`; `sigtower config show` lists those that are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_settings_is_read_by_their_keys() {
        let text = "every = \"10m\"\nchannels = [\"whalechart\", \"@sharkchart\"]\nmost_posts = 50\n";
        let values = of_toml(text).unwrap();
        let pairs: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected = [
            ("MAX_MESSAGES_PER_CHANNEL", "50"),
            ("PARSE_INTERVAL_MINUTES", "10m"),
            ("SIGTOWER_CHANNELS", "whalechart,@sharkchart"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_the_nearest_one() {
        assert!(of_toml("chanels = []").unwrap_err().contains("did you mean `channels`?"));
        assert!(of_toml("nothing_like_it = 1").unwrap_err().contains("config show"));
        assert!(of_toml("telegram_api_hash = { a = 1 }").unwrap_err().contains("no text"));
        assert!(of_toml("every = { a = 1 }").is_err() && of_toml("every = ").is_err());
    }

    #[test]
    fn of_an_env_file_only_what_is_ours_is_taken() {
        let text = "# x\nexport PARSE_INTERVAL_MINUTES=7 # minutes\nOTHER=1\nSIGTOWER_PORT = \"9000\" # x\nbroken\n";
        let values = of_env(text);
        assert_eq!(values.len(), 2);
        assert_eq!((&*values["PARSE_INTERVAL_MINUTES"], &*values["SIGTOWER_PORT"]), ("7", "9000"));
    }
}
