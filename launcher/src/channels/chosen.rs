//! `sigtower channels add` and `remove`: which channels are read, as it stands in the file of settings that counts.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use program::whole_file::WholeFile;
use serde::Serialize;
use signals::channel_run::ChannelRun;
use signals::message::ChannelName;

use crate::cli::channels::ChosenArgs;
use crate::failure::{Failure, Stop};
use crate::nearest::nearest;
use crate::output;
use crate::settings::list::ChannelList;
use crate::settings::{self, CHANNELS, Settings, Standing};
use crate::sources::{USUAL_CHANNELS, usual_channels};

const SHAPE: &str = "channels-chosen/1";

/// What became of the list, for programs.
#[derive(Debug, Serialize)]
struct Chosen {
    schema: &'static str,
    /// Where the list stands.
    file: PathBuf,
    /// Whether anything was written.
    is_changed: bool,
    /// What the list began with where the file had none: `usual`, or another file.
    began_with: Option<String>,
    added: Vec<ChannelName>,
    removed: Vec<ChannelName>,
    /// What was to be added and was there.
    already: Vec<ChannelName>,
    /// The list as it is now.
    channels: Vec<String>,
    /// What counts in place of the file.
    overridden_by: Option<String>,
}

/// A file of settings while its list is changed.
struct Edit {
    path: PathBuf,
    list: ChannelList,
    began_with: Option<String>,
    overridden_by: Option<String>,
}

/// The channels that are read where the command line names none, or why the settings name none.
pub(super) fn configured() -> Result<Vec<ChannelName>, Stop> {
    let named = named()?;
    Ok(if named.is_empty() { usual_channels() } else { named })
}

/// The channels that the settings name; none where they name none, and the usual ones are read.
pub(crate) fn named() -> Result<Vec<ChannelName>, Stop> {
    let (value, _) = Settings::read()?.value_of(CHANNELS);
    let names = value.split(',').filter(|name| !name.is_empty()).map(ChannelName::parse).collect::<Result<_, _>>();
    names.map_err(|error| {
        usage(format!("{CHANNELS} is no list of channels"), error, "see where it stands: sigtower config show --origin")
    })
}

/// Whether a channel is read: the settings name it, or it was asked for within a day. One that was asked for once,
/// misspelt or not, is nobody's concern after that.
pub(crate) fn is_in_use(run: &ChannelRun, named: &[ChannelName], now: Timestamp) -> bool {
    named.contains(&run.channel) || now.duration_since(run.ran_at) < SignedDuration::from_hours(24)
}

/// Puts channels into the list.
pub(super) fn add(args: &ChosenArgs) -> Result<(), Stop> {
    let mut edit = Edit::begin()?;
    let (mut added, mut already) = (Vec::new(), Vec::new());
    for channel in &args.channels {
        if edit.place_of(channel).is_some() {
            already.push(channel.clone());
        } else {
            edit.list.push(channel.as_str());
            added.push(channel.clone());
        }
    }
    edit.end(args, added, Vec::new(), already)
}

/// Takes channels out of the list, all of them or none.
pub(super) fn remove(args: &ChosenArgs) -> Result<(), Stop> {
    let mut edit = Edit::begin()?;
    let mut removed: Vec<ChannelName> = Vec::new();
    for channel in &args.channels {
        match edit.place_of(channel) {
            Some(place) => {
                edit.list.remove(place);
                removed.push(channel.clone());
            }
            None if removed.contains(channel) => {}
            None => return Err(edit.unknown(channel)),
        }
    }
    if edit.names().is_empty() {
        let why = "without a list the predecessor's twelve would be read";
        let next = "add another one first: sigtower channels add NAME; to read none: sigtower up --no-collect";
        return Err(usage("no channel would be left, and nothing was changed".to_owned(), why, next));
    }
    edit.end(args, Vec::new(), removed, Vec::new())
}

impl Edit {
    fn begin() -> Result<Self, Stop> {
        let place = settings::toml_that_counts().ok_or_else(|| {
            let next = "make a file of settings here: sigtower config init";
            Stop::failed("there is no place for settings", "neither XDG_CONFIG_HOME nor HOME is set", next)
        });
        let (path, settings) = (place?, Settings::read()?);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unwritten(&path, &error)),
        };
        let mut list = ChannelList::of(&text).map_err(|why| {
            usage(format!("cannot read the settings in `{}`", path.display()), why, "mend the file first")
        })?;
        let overridden_by = match settings.value_of(CHANNELS).1 {
            Standing::Environment => Some(format!("variable {CHANNELS}")),
            Standing::File(other) if other.ends_with(".env") => Some(other.display().to_string()),
            Standing::File(_) | Standing::Default => None,
        };
        let mut began_with = None;
        if list.names().is_none() {
            // What is read now is what the list begins with: a file that counts less, or the usual ones.
            match settings.in_toml(CHANNELS) {
                Some((value, other)) => {
                    list.begin(value.split(',').map(str::trim).filter(|name| !name.is_empty()));
                    began_with = Some(other.display().to_string());
                }
                None => {
                    list.begin(USUAL_CHANNELS);
                    began_with = Some("usual".to_owned());
                }
            }
        }
        Ok(Self { path, list, began_with, overridden_by })
    }

    fn names(&self) -> Vec<String> {
        self.list.names().unwrap_or_default()
    }

    /// Where a channel stands in the list, however it is spelt there.
    fn place_of(&self, channel: &ChannelName) -> Option<usize> {
        self.names().iter().position(|name| ChannelName::parse(name).is_ok_and(|name| name == *channel))
    }

    fn unknown(&self, channel: &ChannelName) -> Stop {
        let names: Vec<String> = self.names().iter().map(|name| name.to_lowercase()).collect();
        let next = match nearest(channel.as_str(), names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? sigtower channels remove {near}"),
            None => "see which are read: sigtower config show --origin".to_owned(),
        };
        let why = format!("it is not in the list of `{}`", self.path.display());
        usage(format!("`{channel}` is not read, and nothing was changed"), why, &next)
    }

    /// Writes the file where anything changed, and tells.
    fn end(
        self,
        args: &ChosenArgs,
        added: Vec<ChannelName>,
        removed: Vec<ChannelName>,
        already: Vec<ChannelName>,
    ) -> Result<(), Stop> {
        let is_changed = !added.is_empty() || !removed.is_empty();
        let channels = self.names();
        let Self { path, list, began_with, overridden_by } = self;
        if is_changed {
            write(&path, &list.text())?;
        }
        let began_with = began_with.filter(|_| is_changed);
        let chosen = Chosen {
            schema: SHAPE,
            file: path,
            is_changed,
            began_with,
            added,
            removed,
            already,
            channels,
            overridden_by,
        };
        if args.json { output::print_json(&chosen) } else { chosen.tell() }
    }
}

impl Chosen {
    fn tell(&self) -> Result<(), Stop> {
        let file = self.file.display();
        let mut text = String::new();
        for (names, word) in [(&self.added, "added"), (&self.removed, "removed"), (&self.already, "already there")] {
            names.iter().for_each(|name| text.push_str(&format!("{name}: {word}\n")));
        }
        output::print(&text)?;
        match self.began_with.as_deref() {
            None => {}
            Some("usual") => {
                crate::output::say!(
                    "`{file}` had no list of channels; it began with the usual twelve, which were read without one."
                );
            }
            Some(other) => crate::output::say!("`{file}` had no list of channels; it began with that of `{other}`."),
        }
        if self.is_changed {
            crate::output::say!("`{file}` lists {} channels now.", self.channels.len());
        }
        if let Some(other) = &self.overridden_by {
            crate::output::say!(
                "warning: the list of the {other} wins over that of `{file}`; take it away for this one to count."
            );
        } else if self.is_changed {
            crate::output::say!("A running `sigtower up` or `sigtower periodic` reads them from its next start on.");
        }
        Ok(())
    }
}

/// Writes the file, and its folder where that is missing.
fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let written = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = WholeFile::replacing(path)?;
        file.write_all(text.as_bytes())?;
        file.finish()
    };
    written().map_err(|error: std::io::Error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Stop {
    let next = "see that you may write there and that there is room; nothing was changed";
    Stop::failed(format!("cannot change `{}`", path.display()), error, next)
}

fn usage(what: String, why: impl ToString, next: &str) -> Stop {
    Stop::Usage(Failure { what, why: why.to_string(), next: next.to_owned() })
}
