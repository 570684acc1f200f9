//! `sigtower config`: what the settings are and where each stands, where files are looked for, and an example.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::cli::config::{ConfigCommand, ConfigShowArgs};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::output;
use crate::settings::secrets::{SECRETS, Secret};
use crate::settings::{SETTINGS, Settings, Standing, places};

/// The file that `init` writes.
const EXAMPLE: &str = "sigtower.toml";

/// Why the predecessor's bot is of no use for reading.
pub(crate) const NO_BOT: &str = "TELEGRAM_BOT_TOKEN is not used: it is for alerts, which come later, and not for \
     reading, as Telegram lets no bot read the history of channels. An account does: sigtower login";

/// Does what it is asked.
pub(crate) fn run(command: &ConfigCommand) -> Result<Exit, Stop> {
    match command {
        ConfigCommand::Show(args) => show(args)?,
        ConfigCommand::Path => path()?,
        ConfigCommand::Init => init()?,
    }
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Shown {
    schema: &'static str,
    settings: Vec<ShownSetting>,
    secrets: Vec<ShownSecret>,
}

/// What may be told of a secret.
#[derive(Serialize)]
struct ShownSecret {
    key: &'static str,
    variable: &'static str,
    is_set: bool,
    /// Whether anything uses it.
    is_used: bool,
    origin: Option<String>,
}

#[derive(Serialize)]
struct ShownSetting {
    key: &'static str,
    variable: &'static str,
    value: Option<String>,
    origin: String,
}

fn show(args: &ConfigShowArgs) -> Result<(), Stop> {
    let settings = Settings::read()?;
    let shown = SETTINGS.iter().map(|setting| {
        let (value, standing) = settings.value(setting);
        let origin = shown_origin(&standing, setting.variable);
        let value = Some(value).filter(|value| !value.is_empty());
        ShownSetting { key: setting.key, variable: setting.variable, value, origin }
    });
    let shown: Vec<ShownSetting> = shown.collect();
    let secrets = SECRETS.iter().map(|secret| shown_secret(secret, &settings)).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        return output::print_json(&Shown { schema: "config/1", settings: shown, secrets });
    }
    let mut text = String::new();
    let line = |key: &str, value: &str, origin: &str| {
        if args.origin { format!("{key:<21} {value:<24} {origin}\n") } else { format!("{key:<21} {value}\n") }
    };
    for it in &shown {
        text.push_str(&line(it.key, it.value.as_deref().unwrap_or("-"), &it.origin));
    }
    for it in &secrets {
        let value = match (it.is_set, it.is_used) {
            (true, true) => "set",
            (true, false) => "set, not used",
            (false, _) => "not set",
        };
        text.push_str(&line(it.key, value, it.origin.as_deref().unwrap_or("-")));
    }
    output::print(&text)?;
    if secrets.iter().any(|it| it.is_set && !it.is_used) {
        crate::output::say!("{NO_BOT}");
    }
    Ok(())
}

fn shown_origin(standing: &Standing, variable: &str) -> String {
    match standing {
        Standing::Environment => format!("variable {variable}"),
        Standing::File(path) => path.display().to_string(),
        Standing::Default => "default".to_owned(),
    }
}

fn shown_secret(secret: &Secret, settings: &Settings) -> Result<ShownSecret, Stop> {
    let standing = secret.standing(settings)?;
    let origin = standing.map(|(standing, name)| match standing {
        Standing::File(path) if name != secret.variable => format!("{}, {name}", path.display()),
        standing => shown_origin(&standing, name),
    });
    let Secret { key, variable, is_used, .. } = *secret;
    Ok(ShownSecret { key, variable, is_set: origin.is_some(), is_used, origin })
}

fn path() -> Result<(), Stop> {
    let lines = places().into_iter().map(|path| {
        let is_there = if path.is_file() { "" } else { "  (not there)" };
        format!("{}{is_there}\n", path.display())
    });
    output::print(&lines.collect::<String>())
}

/// Writes an example into the working folder, unless there is a file.
fn init() -> Result<(), Stop> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let next = "edit it, or take it away first";
            Stop::failed(format!("`{EXAMPLE}` was not written"), "it is there already", next)
        }
        _ => Stop::failed(format!("cannot write `{EXAMPLE}`"), error, "go to a folder that you may write to"),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(EXAMPLE).map_err(failed)?;
    file.write_all(example().as_bytes()).map_err(failed)?;
    output::print(&format!("Wrote {EXAMPLE}: every setting with its default; take the # away from those you change.\n"))
}

fn example() -> String {
    let mut text =
        String::from("# Settings of sigtower. A flag, or a variable of the environment, wins over this file.\n");
    for setting in SETTINGS {
        let usual = match (setting.key, setting.usual) {
            ("channels", _) => "[\"whalechart\"]".to_owned(),
            (_, number) if number.parse::<rust_decimal::Decimal>().is_ok() => number.to_owned(),
            (_, text) => format!("\"{text}\""),
        };
        let (key, variable) = (setting.key, setting.variable);
        text.push_str(&format!("\n# {} (variable {variable})\n# {key} = {usual}\n", setting.meaning));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_file_of_settings_once_its_marks_are_taken_away() {
        let lines = example()
            .lines()
            .filter(|line| line.contains(" = "))
            .map(|it| format!("{}\n", &it[2..]))
            .collect::<String>();
        let table: toml::Table = toml::from_str(&lines).unwrap();
        assert_eq!(table.len(), SETTINGS.len());
    }
}
