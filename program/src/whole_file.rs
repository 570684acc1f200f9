//! A file that is there whole or not at all, and that its user alone may read.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file that is being written, under another name beside its own; dropped, it is gone.
#[derive(Debug)]
pub struct WholeFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl WholeFile {
    /// Begins a file. What stands at its place stays there until the new one is whole.
    ///
    /// # Errors
    /// Where something that is no file stands there, or its folder cannot be written to.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let path = match fs::metadata(path) {
            // The file that a link leads to is replaced, not the link.
            Ok(there) if there.is_file() => fs::canonicalize(path)?,
            Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "something that is no file stands there")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        let temporary = Builder::new().prefix(".sigtower-").suffix(".unfinished").tempfile_in(folder(&path))?;
        Ok(Self { temporary, path })
    }

    /// The same for a file that whoever could read the one before may read: settings rather than what is kept.
    ///
    /// # Errors
    /// As above, or where the new one cannot be given the rights of the old.
    pub fn replacing(path: &Path) -> io::Result<Self> {
        let file = Self::begin(path)?;
        if let Ok(there) = fs::metadata(&file.path) {
            file.temporary.as_file().set_permissions(there.permissions())?;
        }
        Ok(file)
    }

    /// Gives the file its name, once it is on the disk.
    ///
    /// # Errors
    /// Where the disk is full or fails; then what stood there is still there.
    pub fn finish(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        self.temporary.persist(&self.path).map_err(|error| error.error)?;
        // The name is on the disk when the folder is.
        File::open(folder(&self.path))?.sync_all()
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        fs::write(&path, "before").unwrap();
        let mut file = WholeFile::begin(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!((names(folder.path()), fs::read(&path).unwrap()), (vec!["backup".to_owned()], b"before".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn a_finished_file_takes_the_place_and_is_its_users_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("backup"), folder.path().join("link"));
        fs::write(&path, "before").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut file = WholeFile::begin(&link).unwrap();
        file.write_all(b"whole").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_replaces_another_may_be_read_by_the_same_people() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for expected in [0o600, 0o644] {
            WholeFile::replacing(&path).unwrap().finish().unwrap();
            assert_eq!(mode(&path), expected);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(WholeFile::begin(folder.path()).is_err());
        assert!(WholeFile::begin(Path::new("/dev/null")).is_err());
        assert!(WholeFile::begin(&folder.path().join("missing/backup")).is_err());
    }
}
