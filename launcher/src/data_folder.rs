//! The folder with the database: where it is, and who owns it. One process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Stop;

/// Who owns a data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The process.
    pub(crate) pid: u32,
    /// Where its API answers: `127.0.0.1:8000`.
    pub(crate) address: String,
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

impl DataFolder {
    /// Makes the folder where it is missing, readable by its user alone, and claims it.
    pub(crate) fn claim(path: &Path) -> Result<Claim, Stop> {
        let failed = |error: std::io::Error| {
            let next = "choose a folder that you may write to: sigtower up --data-dir FOLDER";
            Stop::failed(format!("cannot use the data folder {}", path.display()), error, next)
        };
        make_private(path).map_err(failed)?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut lock = options.open(path.join("owner.lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Claim::Owned(Self { path: path.to_owned(), lock })),
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

fn make_private(path: &Path) -> std::io::Result<()> {
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
        assert!(matches!(DataFolder::claim(&path).unwrap(), Claim::Taken(None)));
        let owner = Owner { pid: 7, address: "127.0.0.1:8000".to_owned() };
        first.tell(&owner).unwrap();
        let Claim::Taken(told) = DataFolder::claim(&path).unwrap() else { panic!("it is taken") };
        assert_eq!(told, Some(owner));
        drop(first);
        assert!(matches!(DataFolder::claim(&path).unwrap(), Claim::Owned(_)));
    }
}
