//! The folder with the database: where it is, and who owns it. One process at a time.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::failure::Stop;

/// How long a command waits for a folder that another one uses; most are done with it in a fraction of a second.
pub(crate) const WAITS: Duration = Duration::from_secs(5);
/// How long it waits between two looks.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Who owns a data folder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The process.
    pub(crate) pid: u32,
    /// Where its API answers: `127.0.0.1:8000`; `None` where it has none, as a command that is done soon.
    pub(crate) address: Option<SocketAddr>,
    /// What opens its database to other commands of the same user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

impl Owner {
    /// Who said last that it owns the folder, whether it still does or not.
    pub(crate) fn told(path: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(path.join("owner.lock")).ok()?).ok()
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("pid", &self.pid).field("address", &self.address).finish_non_exhaustive()
    }
}

/// The folder, owned by this process until it is dropped; the system gives it free however the process ends.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// What became of the wish to own a folder.
#[derive(Debug)]
pub(crate) enum Claim {
    Owned(DataFolder),
    /// Another process owns it; `None` where it has not yet said who it is.
    Taken(Option<Owner>),
}

/// Where the database is kept unless the command line says otherwise: the user's data folder
/// (<https://specifications.freedesktop.org/basedir-spec/latest/>).
pub(crate) fn usual() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
    Some(data.join("sigtower"))
}

/// The folder that is named, or the usual one.
pub(crate) fn chosen(named: Option<&Path>) -> Result<PathBuf, Stop> {
    named.map(Path::to_owned).or_else(usual).ok_or_else(|| {
        let next = "name one with --data-dir FOLDER";
        Stop::failed("there is no data folder", "neither XDG_DATA_HOME nor HOME is set", next)
    })
}

/// That somebody else owns the folder.
pub(crate) fn taken(path: &Path, owner: Option<&Owner>, next: &str) -> Stop {
    let why = match owner {
        Some(Owner { pid, address: Some(address), .. }) => {
            format!("process {pid} owns it, with its API on http://{address}")
        }
        Some(Owner { pid, address: None, .. }) => format!("process {pid} owns it and is not done with it"),
        None => "another process is just starting on it".to_owned(),
    };
    Stop::busy(format!("the data folder {} is in use", path.display()), why, next)
}

/// Whoever can work on a folder.
#[derive(Debug)]
pub(crate) enum Reached<T> {
    /// This process: the folder is its own now.
    Own(DataFolder),
    /// Another one, and this is how it is asked.
    Other(T),
}

/// Claims a folder, or asks whoever owns it, until one of the two succeeds or `waits` is over. `ask` answers nothing
/// where the owner may answer later.
pub(crate) async fn reach<T>(
    path: &Path,
    waits: Duration,
    ask: impl AsyncFn(&Owner) -> Option<Result<T, Stop>>,
) -> Result<Reached<T>, Stop> {
    let until = Instant::now() + waits;
    loop {
        let owner = match DataFolder::claim(path)? {
            Claim::Owned(folder) => return Ok(Reached::Own(folder)),
            Claim::Taken(owner) => owner,
        };
        if let Some(known) = &owner
            && let Ok(Some(asked)) = timeout(waits, ask(known)).await
        {
            return asked.map(Reached::Other);
        }
        if Instant::now() >= until {
            return Err(taken(path, owner.as_ref(), "wait until it is done, or stop it"));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

impl DataFolder {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same as [`Self::claim`], after a while of waiting for an owner that only needs it for a moment.
    pub(crate) fn claim_in_time(path: &Path) -> Result<Claim, Stop> {
        let until = Instant::now() + WAITS;
        loop {
            match Self::claim(path)? {
                Claim::Taken(None | Some(Owner { address: None, .. })) if Instant::now() < until => {
                    std::thread::sleep(BETWEEN_LOOKS);
                }
                claim => return Ok(claim),
            }
        }
    }

    /// Makes the folder where it is missing, readable by its user alone, and claims it.
    pub(crate) fn claim(path: &Path) -> Result<Claim, Stop> {
        let failed = |error: std::io::Error| {
            let next = "choose a folder that you may write to, with --data-dir FOLDER";
            Stop::failed(format!("cannot use the data folder {}", path.display()), error, next)
        };
        make_private(path).map_err(failed)?;
        let mut lock = open_private(&path.join("owner.lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {
                let mut folder = Self { path: path.to_owned(), lock };
                // Also takes away what the owner before said of itself.
                folder.tell(&Owner { pid: std::process::id(), address: None, token: None }).map_err(failed)?;
                // The engine would make it readable by all; an empty file is an empty database.
                open_private(&folder.database()).map_err(failed)?;
                Ok(Claim::Owned(folder))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                lock.read_to_string(&mut text).map_err(failed)?;
                Ok(Claim::Taken(serde_json::from_str(&text).ok()))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Says who owns the folder, for those that come later.
    pub(crate) fn tell(&mut self, owner: &Owner) -> std::io::Result<()> {
        self.lock.set_len(0)?;
        self.lock.seek(SeekFrom::Start(0))?;
        self.lock.write_all(serde_json::to_string(owner)?.as_bytes())?;
        self.lock.flush()
    }

    /// The file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("signals.db")
    }
}

/// Opens a file, made readable by its user alone where it is missing.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder where it is missing, for its user alone.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_and_says_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let Claim::Owned(mut first) = DataFolder::claim(&path).unwrap() else { panic!("it is free") };
        let Claim::Taken(Some(told)) = DataFolder::claim(&path).unwrap() else { panic!("it is taken") };
        assert_eq!(told, Owner { pid: std::process::id(), address: None, token: None });
        let owner = Owner { pid: 7, address: Some(([127, 0, 0, 1], 8000).into()), token: Some("secret".to_owned()) };
        assert!(!format!("{owner:?}").contains("secret"));
        first.tell(&owner).unwrap();
        let Claim::Taken(told) = DataFolder::claim(&path).unwrap() else { panic!("it is taken") };
        assert_eq!(told, Some(owner));
        drop(first);
        let Claim::Owned(_second) = DataFolder::claim(&path).unwrap() else { panic!("it is free") };
        let Claim::Taken(Some(told)) = DataFolder::claim(&path).unwrap() else { panic!("it is taken") };
        assert_eq!(told.address, None, "the address of an owner that is gone");
    }
}
