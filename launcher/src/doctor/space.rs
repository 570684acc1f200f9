//! How much room the file system of the data folder has left.

use std::path::Path;

use crate::doctor::finding::Finding;

const NAME: &str = "free space";
/// Below it, in bytes, the database soon cannot grow.
const LITTLE: u64 = 1 << 30;
/// Below it, in bytes, one pass over many channels may not fit.
const TOO_LITTLE: u64 = 100_000_000;

/// Looks at the folder, or where it would be made.
pub(super) fn look(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|it| it.exists()).unwrap_or(Path::new("/"));
    match rustix::fs::statvfs(there) {
        Ok(it) => found(it.f_bavail.saturating_mul(it.f_frsize)),
        Err(error) => Finding::warn(NAME, "it is not known", error, "look yourself: df -h"),
    }
}

/// What so many bytes that this user may still write mean.
fn found(n_bytes: u64) -> Finding {
    let what = format!("{} MB are left where the data folder is", n_bytes / 1_000_000);
    let next = "make room, or choose a folder on another disk with --data-dir FOLDER";
    match n_bytes {
        0..TOO_LITTLE => Finding::fail(NAME, what, "what is read next may not fit, and is then not stored", next),
        TOO_LITTLE..LITTLE => Finding::warn(NAME, what, "the database grows with what is read", next),
        _ => Finding::ok(NAME, what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Grade;

    #[test]
    fn little_room_warns_and_next_to_none_fails() {
        let grades = [LITTLE, LITTLE - 1, TOO_LITTLE, TOO_LITTLE - 1, 0].map(|n| found(n).grade);
        assert_eq!(grades, [Grade::Ok, Grade::Warn, Grade::Warn, Grade::Fail, Grade::Fail]);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_has_the_room_of_the_one_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let beside = look(&folder.path().join("not/yet"));
        assert_eq!(beside.name, NAME);
        assert!(beside.what.ends_with(" MB are left where the data folder is"), "{}", beside.what);
    }
}
