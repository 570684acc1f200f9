//! The domain is pure: the same text and the same arguments give the same answer, everywhere and always.

use crate::{before_tests, code, files, none, read};

/// What would tie the domain to a machine or a moment, and where time, I/O and runtimes would come in.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "std::env",
    "env::var",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "println!",
    "eprintln!",
    "tokio",
    "async fn",
    "async move",
    ".await",
    "rand::",
    "getrandom",
    "aws_",
];

/// The sources of the domain without those of the store, which is all edge.
fn domain() -> Vec<(String, String)> {
    let paths = files("signals/src", ".rs").into_iter();
    let paths =
        paths.filter(|path| !path.starts_with("signals/src/store") && path.to_str() != Some("signals/src/store.rs"));
    paths.map(|path| (path.display().to_string(), read(&path))).collect()
}

#[test]
fn the_domain_has_no_clock_no_environment_no_network_and_no_randomness() {
    let mut offences = Vec::new();
    for (path, source) in domain() {
        for (i, line) in before_tests(&source).lines().enumerate() {
            let found = IMPURE.iter().filter(|word| names(code(line), word));
            offences.extend(found.map(|word| format!("{path}:{}: {word}", i + 1)));
        }
    }
    none("impurities", &offences);
}

#[test]
fn prices_are_never_floats() {
    let mut offences = Vec::new();
    for (path, source) in domain() {
        if path == "signals/src/confidence.rs" {
            continue;
        }
        for (i, line) in source.lines().enumerate() {
            let found = ["f64", "f32"].iter().any(|float| names(code(line), float));
            offences.extend(found.then(|| format!("{path}:{}: {}", i + 1, line.trim())));
        }
    }
    none("floats", &offences);
}

/// Whether code names this, and not something longer that begins or ends with it.
fn names(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(part) && word.starts_with(part);
        let behind = code[at + word.len()..].chars().next().is_some_and(part) && word.ends_with(char::is_alphanumeric);
        !before && !behind
    })
}

#[test]
fn a_name_is_found_by_itself_alone() {
    assert!(names("let x: f64 = 1.0;", "f64") && !names("let buf64x = 1;", "f64"));
    assert!(names("rand::random()", "rand::") && !names("brand::x()", "rand::"));
    assert!(names("Instant::now()", "Instant") && !names("Instantly", "Instant"));
}
