//! The lock of a kept login: one process of this machine at a time uses it, whichever store that works on.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use jiff::Timestamp;
use rustix::fs::OFlags;
use scraper::telegram::SessionFile;

use crate::data_folder::make_private;

/// How the names of the files end, which stand beside those of the logins.
const ENDING: &str = "lock";
/// The most bytes that are read of what stands in one.
const LONGEST_OWNER: u64 = 256;

/// A login that nobody else on this machine may use until this is dropped; the system gives it free however the process
/// ends. Its file stays: whoever removed it would take the lock away from under others.
#[derive(Debug)]
pub(crate) struct LoginLock {
    _file: File,
}

/// What became of the wish to use a login.
#[derive(Debug)]
pub(crate) enum LockClaim {
    Held(LoginLock),
    Taken(LockUser),
}

/// Who holds the lock of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockUser {
    /// As it calls itself, for people.
    pub(crate) owner: String,
    /// Since when, where that is known.
    pub(crate) since: Option<Timestamp>,
}

impl LoginLock {
    /// Claims the lock of a login, in a folder that is made where it is missing.
    pub(crate) fn claim(login: &SessionFile, owner: &str) -> io::Result<LockClaim> {
        let path = path(login);
        path.parent().map_or(Ok(()), make_private)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        // Where others may write into the folder, a link of theirs would have another file overwritten.
        let mut file = options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                // Who it is, is for people alone: a full disk keeps nobody from ending a login.
                let _ = file.set_len(0).and_then(|()| file.write_all(owner.as_bytes()));
                Ok(LockClaim::Held(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => LockUser::told(file).map(LockClaim::Taken),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Who holds the lock of a login, if somebody does.
    pub(crate) fn user(login: &SessionFile) -> io::Result<Option<LockUser>> {
        let file = match File::open(path(login)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // Whoever claims it in this moment looks again in the next.
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => LockUser::told(file).map(Some),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl LockUser {
    fn told(file: File) -> io::Result<Self> {
        let since = file.metadata()?.modified().ok().and_then(|since| Timestamp::try_from(since).ok());
        let mut owner = Vec::new();
        file.take(LONGEST_OWNER).read_to_end(&mut owner)?;
        let owner = match String::from_utf8_lossy(&owner).trim() {
            "" => "another process".to_owned(),
            owner => owner.to_owned(),
        };
        Ok(Self { owner, since })
    }
}

fn path(login: &SessionFile) -> PathBuf {
    login.path().with_extension(ENDING)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use scraper::telegram::LoginName;

    use super::*;

    fn login(folder: &std::path::Path, name: &str) -> SessionFile {
        SessionFile::of(&folder.join("logins"), &LoginName::parse(name).unwrap())
    }

    #[test]
    fn a_login_is_held_by_one_and_free_when_that_one_ends() {
        let folder = tempfile::tempdir().unwrap();
        let batch = login(folder.path(), "batch");
        assert_eq!(LoginLock::user(&batch).unwrap(), None);
        let LockClaim::Held(lock) = LoginLock::claim(&batch, "the first").unwrap() else { panic!("it is free") };
        let LockClaim::Taken(user) = LoginLock::claim(&batch, "the second").unwrap() else { panic!("it is taken") };
        assert!(user.owner == "the first" && user.since.is_some(), "{user:?}");
        assert_eq!(LoginLock::user(&batch).unwrap(), Some(user));
        let other = LoginLock::claim(&login(folder.path(), "realtime"), "the second").unwrap();
        assert!(matches!(other, LockClaim::Held(_)), "another login is free");
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("logins"), mode("logins/batch.lock")), (0o700, 0o600));
        drop(lock);
        assert_eq!(LoginLock::user(&batch).unwrap(), None);
        let LockClaim::Held(_lock) = LoginLock::claim(&batch, "next").unwrap() else { panic!("it is free") };
        assert_eq!(LoginLock::user(&batch).unwrap().map(|user| user.owner), Some("next".to_owned()));
    }

    #[test]
    fn a_lock_that_others_made_has_nothing_overwritten_and_steals_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let (batch, other) = (login(folder.path(), "batch"), folder.path().join("other"));
        fs::create_dir(folder.path().join("logins")).unwrap();
        fs::write(&other, "theirs").unwrap();
        symlink(&other, path(&batch)).unwrap();
        assert!(LoginLock::claim(&batch, "the first").is_err());
        assert_eq!(fs::read(&other).unwrap(), b"theirs");
        fs::remove_file(path(&batch)).unwrap();
        let LockClaim::Held(_lock) = LoginLock::claim(&batch, &"x".repeat(100_000)).unwrap() else { panic!("free") };
        let LockClaim::Taken(user) = LoginLock::claim(&batch, "the second").unwrap() else { panic!("it is taken") };
        assert_eq!(user.owner.len(), 256);
    }
}
