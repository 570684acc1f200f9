//! The rules of ARCHITECTURE.md that a test can hold.

mod borders;
mod dependencies;
mod documents;
mod evidence;
mod purity;
mod sources;
mod vocabulary;

use std::fs;
use std::path::{Path, PathBuf};

/// The crates of the workspace that may exist, each with those that it may use.
const CRATES: &[(&str, &[&str])] = &[
    ("signals", &[]),
    ("program", &[]),
    ("functions", &["signals", "program"]),
    ("scraper", &["signals", "program", "telegram-server"]),
    ("launcher", &["signals", "program", "functions", "scraper", "telegram-server"]),
    ("tests", &["signals", "program", "functions", "scraper", "telegram-server"]),
    ("telegram-server", &[]),
];

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_owned()
}

#[track_caller]
fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files below a folder that end so, as paths from the root; sorted. None where there is no such folder.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if path.is_dir() && !is_hidden {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The Rust files that the project keeps, outside build output.
fn sources() -> Vec<PathBuf> {
    let folders = CRATES.iter().map(|(name, _)| *name).chain(["fuzz/fuzz_targets"]);
    folders.flat_map(|folder| files(folder, ".rs")).collect()
}

/// A source up to its unit tests.
fn before_tests(source: &str) -> &str {
    source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(source)
}

/// The code of a line: without what stands behind `//`, unless that is part of an address in a string.
fn code(line: &str) -> &str {
    line.split("//").next().filter(|code| !code.ends_with("http:") && !code.ends_with("https:")).unwrap_or(line)
}

/// Fails with one line for each offence.
#[track_caller]
fn none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}
