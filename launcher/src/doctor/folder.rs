//! The data folder: whether it can be written, who owns it, and who can read it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::data_folder::Owner;
use crate::doctor::finding::Finding;

const NAME: &str = "data folder";
const RIGHTS: &str = "permissions";
const ELSEWHERE: &str = "choose a folder that you may write to, with --data-dir FOLDER";

/// Whether something can be written into it, or it can be made. It is not made.
pub(super) fn usable(path: &Path) -> Finding {
    let shown = path.display();
    if path.exists() {
        return match tempfile::tempfile_in(path) {
            Ok(_) => Finding::ok(NAME, format!("{shown} can be written")),
            Err(error) => Finding::fail(NAME, format!("{shown} cannot be written"), error, ELSEWHERE),
        };
    }
    let above = path.ancestors().skip(1).find(|it| it.exists()).unwrap_or(Path::new("/"));
    match tempfile::tempdir_in(above) {
        Ok(_) => {
            Finding::ok(NAME, format!("{shown} is not there yet; the first command that keeps something makes it"))
        }
        Err(error) => Finding::fail(NAME, format!("{shown} is not there and cannot be made"), error, ELSEWHERE),
    }
}

/// Who owns it.
pub(super) fn owner(path: &Path, is_alone: bool) -> Finding {
    // Where the database was not to be opened, the one that said so last may be this command.
    let told = Owner::told(path).filter(|owner| !is_alone && owner.pid != std::process::id());
    let what = match told {
        Some(Owner { pid, address: Some(address), .. }) => {
            format!("process {pid} owns the data folder, with its API on http://{address}")
        }
        Some(Owner { pid, address: None, .. }) => format!("process {pid} uses the data folder at the moment"),
        None => "no other process uses the data folder".to_owned(),
    };
    Finding::ok("owner", what)
}

/// Whether others can read or change what is kept in it.
pub(super) fn private(path: &Path) -> Vec<Finding> {
    let files = ["owner.lock", "signals.db", "signals.db-wal", "signals.db-shm"].map(|name| path.join(name));
    let mut findings = Vec::new();
    for place in [path.to_owned()].iter().chain(&files) {
        match fs::metadata(place) {
            Ok(it) => findings.extend(opened(place, it.permissions().mode(), it.is_dir())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => findings.push(Finding::fail(RIGHTS, "they cannot be read", error, ELSEWHERE)),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(RIGHTS, "only you can read what is kept"));
    }
    findings
}

/// What others may do with a place of this mode that is theirs to leave alone.
fn opened(place: &Path, mode: u32, is_folder: bool) -> Option<Finding> {
    let shown = place.display();
    let next = format!("chmod {} {shown}", if is_folder { "700" } else { "600" });
    match mode & 0o077 {
        0 => None,
        // Its files have rights of their own.
        others if is_folder && others & 0o022 == 0 => Some(Finding::warn(
            RIGHTS,
            format!("others can look into {shown}"),
            "they see which files there are",
            &next,
        )),
        _ if is_folder => {
            Some(Finding::fail(RIGHTS, format!("others can write into {shown}"), "they can replace your files", &next))
        }
        _ => {
            let why = "it holds what is kept, or the key to it";
            Some(Finding::fail(RIGHTS, format!("others can use {shown}"), why, &next))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Grade;

    #[test]
    fn only_what_its_user_alone_may_use_is_private() {
        let grade = |mode, is_folder| opened(Path::new("/x"), mode, is_folder).map(|it| it.grade);
        assert_eq!((grade(0o100_600, false), grade(0o040_700, true)), (None, None));
        assert_eq!((grade(0o100_640, false), grade(0o100_604, false)), (Some(Grade::Fail), Some(Grade::Fail)));
        assert_eq!((grade(0o040_755, true), grade(0o040_770, true)), (Some(Grade::Warn), Some(Grade::Fail)));
    }
}
