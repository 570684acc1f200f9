//! Where a login is kept on a laptop or in a container: in a file that its user alone can read.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use program::whole_file::WholeFile;

use crate::telegram::login_name::LoginName;
use crate::telegram::session_blob::{SessionBlob, SessionBlobError};

/// How the names of the files end.
const ENDING: &str = ".session";
/// The most bytes that are read; one byte more than a login may have is enough to refuse it.
const MOST_BYTES: u64 = 64 * 1024 + 1;
/// The most logins that are looked for in a folder.
const MOST_LOGINS: usize = 1_000;

/// The file of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFile {
    folder: PathBuf,
    path: PathBuf,
}

/// Why a kept login cannot be had, kept or taken away.
#[derive(Debug, thiserror::Error)]
pub enum KeptSessionError {
    /// There is none.
    #[error("no login is kept in {}", .0.display())]
    Missing(PathBuf),
    /// Others can read the file, so the login may be theirs, too.
    #[error("others on this machine can read {path}; if nobody did: chmod 600 {path}", path = .0.display())]
    ReadableByOthers(PathBuf),
    /// Others can put another file into its place.
    #[error("others on this machine can change what is in {path}; if nobody did: chmod 700 {path}", path = .0.display())]
    FolderOfOthers(PathBuf),
    /// What stands there is no login, or a damaged one.
    #[error("{}: {why}", .path.display())]
    NoLogin {
        /// The file.
        path: PathBuf,
        /// What about it.
        why: SessionBlobError,
    },
    /// The file system refuses.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SessionFile {
    /// The file of the login with this name in a folder.
    #[must_use]
    pub fn of(folder: &Path, name: &LoginName) -> Self {
        Self { folder: folder.to_owned(), path: folder.join(format!("{name}{ENDING}")) }
    }

    /// The names of the logins that are kept in a folder, in their order; none where there is no folder.
    ///
    /// # Errors
    /// [`KeptSessionError::Io`] where the folder cannot be read.
    pub fn names_in(folder: &Path) -> Result<Vec<LoginName>, KeptSessionError> {
        let failed = |source| KeptSessionError::Io { path: folder.to_owned(), source };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| LoginName::parse(name.strip_suffix(ENDING)?).ok());
            names.extend(name);
            if names.len() >= MOST_LOGINS {
                break;
            }
        }
        names.sort();
        Ok(names)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rights of the file, such as `0o600`.
    ///
    /// # Errors
    /// [`KeptSessionError`] where it is missing or cannot be looked at.
    pub fn rights(&self) -> Result<u32, KeptSessionError> {
        let metadata = fs::metadata(&self.path).map_err(|error| self.failed(error))?;
        Ok(metadata.permissions().mode() & 0o7777)
    }

    /// The login as it is kept.
    ///
    /// # Errors
    /// [`KeptSessionError`], also where others can read or change it.
    pub fn load(&self) -> Result<SessionBlob, KeptSessionError> {
        let file = self.opened()?;
        // Of the file that was opened, and not of another one that takes its place meanwhile.
        let mode = file.metadata().map_err(|error| self.failed(error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeptSessionError::ReadableByOthers(self.path.clone()));
        }
        self.folder_is_ours()?;
        self.read(file)
    }

    /// The same whoever can read it: for nothing but ending it, which matters most where others could.
    ///
    /// # Errors
    /// [`KeptSessionError`].
    pub fn load_to_revoke(&self) -> Result<SessionBlob, KeptSessionError> {
        self.read(self.opened()?)
    }

    /// Keeps a login: whole or not at all, in place of the one before, in a folder that is made where it is missing.
    ///
    /// # Errors
    /// [`KeptSessionError`]; then the one before is still there.
    pub fn save(&self, blob: &SessionBlob) -> Result<(), KeptSessionError> {
        let of_folder = |source| KeptSessionError::Io { path: self.folder.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(of_folder)?;
        self.folder_is_ours()?;
        let written = || {
            let mut file = WholeFile::begin(&self.path)?;
            file.write_all(blob.to_json().as_bytes())?;
            file.finish()
        };
        written().map_err(|error| self.failed(error))
    }

    /// Takes it away; says whether it was there.
    ///
    /// # Errors
    /// [`KeptSessionError::Io`].
    pub fn remove(&self) -> Result<bool, KeptSessionError> {
        match fs::remove_file(&self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(self.failed(error)),
        }
        // The name is gone from the disk when the folder is written.
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| KeptSessionError::Io { path: self.folder.clone(), source })?;
        Ok(true)
    }

    fn opened(&self) -> Result<File, KeptSessionError> {
        let file = File::open(&self.path).map_err(|error| self.failed(error))?;
        if !file.metadata().map_err(|error| self.failed(error))?.is_file() {
            return Err(KeptSessionError::NoLogin { path: self.path.clone(), why: SessionBlobError::Malformed });
        }
        Ok(file)
    }

    fn read(&self, file: File) -> Result<SessionBlob, KeptSessionError> {
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| self.failed(error))?;
        SessionBlob::from_json(&bytes).map_err(|why| KeptSessionError::NoLogin { path: self.path.clone(), why })
    }

    fn folder_is_ours(&self) -> Result<(), KeptSessionError> {
        let of_folder = |source| KeptSessionError::Io { path: self.folder.clone(), source };
        let mode = fs::metadata(&self.folder).map_err(of_folder)?.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(KeptSessionError::FolderOfOthers(self.folder.clone()));
        }
        Ok(())
    }

    fn failed(&self, source: io::Error) -> KeptSessionError {
        match source.kind() {
            io::ErrorKind::NotFound => KeptSessionError::Missing(self.path.clone()),
            _ => KeptSessionError::Io { path: self.path.clone(), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(key: u8) -> SessionBlob {
        let mut blob = SessionBlob::empty(2, "127.0.0.1:443".parse().unwrap());
        blob.data_centres[0].key = Some([key; 256]);
        blob
    }

    fn file(folder: &Path) -> SessionFile {
        SessionFile::of(&folder.join("logins"), &LoginName::parse("batch").unwrap())
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_login_is_kept_for_its_user_alone_and_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        assert!(matches!(file.load(), Err(KeptSessionError::Missing(_))));
        assert!(matches!(file.rights(), Err(KeptSessionError::Missing(_))));
        assert_eq!(SessionFile::names_in(&folder.path().join("logins")).unwrap(), []);
        for key in [1, 2] {
            file.save(&blob(key)).unwrap();
            assert_eq!(file.load().unwrap(), blob(key));
            assert_eq!(file.rights().unwrap(), 0o600);
        }
        let mode = fs::metadata(folder.path().join("logins")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::write(folder.path().join("logins/README"), "x").unwrap();
        fs::write(folder.path().join("logins/other.lock"), "x").unwrap();
        assert_eq!(SessionFile::names_in(&folder.path().join("logins")).unwrap(), [LoginName::parse("batch").unwrap()]);
        assert!(file.remove().unwrap() && !file.remove().unwrap());
        assert!(matches!(file.load(), Err(KeptSessionError::Missing(_))));
    }

    #[test]
    fn what_others_can_read_or_change_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        file.save(&blob(1)).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            set_mode(file.path(), mode);
            let said = file.load().unwrap_err().to_string();
            assert!(said.ends_with(&format!("chmod 600 {}", file.path().display())), "{said}");
            assert_eq!(file.load_to_revoke().unwrap(), blob(1));
        }
        set_mode(file.path(), 0o600);
        let logins = folder.path().join("logins");
        for mode in [0o770, 0o702] {
            set_mode(&logins, mode);
            for said in [file.load().unwrap_err().to_string(), file.save(&blob(2)).unwrap_err().to_string()] {
                assert!(said.ends_with(&format!("chmod 700 {}", logins.display())), "{said}");
            }
        }
        set_mode(&logins, 0o700);
        assert_eq!(file.load().unwrap(), blob(1));
    }

    #[test]
    fn what_is_no_login_is_told_without_a_word_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        file.save(&blob(1)).unwrap();
        let whole = fs::read(file.path()).unwrap();
        for bytes in [&whole[..whole.len() / 2], b"not-a-real-session", &vec![b' '; 200_000]] {
            fs::write(file.path(), bytes).unwrap();
            let error = file.load().unwrap_err();
            let is_it = matches!(&error, KeptSessionError::NoLogin { why: SessionBlobError::Malformed, .. });
            assert!(is_it && !error.to_string().contains("real"), "{error}");
        }
        fs::remove_file(file.path()).unwrap();
        fs::create_dir(file.path()).unwrap();
        assert!(file.load().is_err() && file.save(&blob(1)).is_err());
    }
}
