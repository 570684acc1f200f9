//! How a file begins, and how long it may grow.

use crate::{before_tests, none, read, sources};

/// The most lines of a file before its tests; beyond it a second question has crept in.
const MOST_LINES: usize = 500;

#[test]
fn every_file_begins_by_saying_which_question_it_answers() {
    let mute = sources().into_iter().filter(|path| !read(path).starts_with("//! "));
    none(
        "files without a first line of documentation",
        &mute.map(|path| path.display().to_string()).collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_is_short() {
    let mut offences = Vec::new();
    for path in sources() {
        let n_lines = before_tests(&read(&path)).lines().count();
        if n_lines > MOST_LINES {
            offences.push(format!("{}: {n_lines} lines", path.display()));
        }
    }
    none(&format!("files of more than {MOST_LINES} lines before their tests"), &offences);
}

#[test]
fn no_module_is_named_for_what_has_no_name() {
    const NAMELESS: &[&str] =
        &["utils", "util", "helpers", "common", "misc", "manager", "service", "processor", "core", "types", "mod"];
    let stem =
        |path: &std::path::Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let offences = sources().into_iter().filter(|path| NAMELESS.contains(&stem(path).as_str()));
    none("names that say nothing", &offences.map(|path| path.display().to_string()).collect::<Vec<_>>());
}
