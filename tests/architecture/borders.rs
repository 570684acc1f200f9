//! Which parts name the clients of others: each is in one place, which says everything in words of its own.

use crate::{before_tests, code, files, none, read};

/// A client of others, and below which path alone a program may name it.
const PLACES: [(&str, &[&str]); 4] = [
    ("aws_sdk_dynamodb", &["signals/src/store"]),
    ("aws_sdk_secretsmanager", &["scraper/src/telegram/session_secret.rs"]),
    ("grammers_", &["scraper/src/telegram"]),
    ("axum::", &["functions/src", "launcher/src"]),
];

/// The sources of the programs, without their tests.
fn sources() -> Vec<(String, String)> {
    let crates = ["signals", "program", "functions", "scraper", "launcher"];
    let paths = crates.iter().flat_map(|name| files(&format!("{name}/src"), ".rs"));
    paths.map(|path| (path.display().to_string(), read(&path))).collect()
}

#[test]
fn each_client_of_others_is_named_in_its_place_alone() {
    let mut offences = Vec::new();
    let mut n_named = [0; PLACES.len()];
    for (path, source) in sources() {
        for (at, (client, places)) in PLACES.iter().enumerate() {
            let is_place = places.iter().any(|place| path.starts_with(place));
            for (i, line) in before_tests(&source).lines().enumerate().filter(|(_, it)| code(it).contains(client)) {
                n_named[at] += 1;
                offences.extend((!is_place).then(|| format!("{path}:{}: {}", i + 1, line.trim())));
            }
        }
    }
    none("clients that are named outside their place", &offences);
    assert!(n_named.iter().all(|n| *n > 0), "a client that nobody names any more: {n_named:?}");
}
