//! The same promises on a second engine: this binary runs itself against moto.
//!
//! Left out are the tests that bring their own wire to the embedded engine, and those in `tests/moto/deviations.txt`.

use std::path::Path;
use std::process::Command;

use crate::moto::Moto;

/// Modules whose tests are not asked of an endpoint.
const OF_THE_EMBEDDED_ENGINE: [&str; 4] = ["cost::", "faults::", "overtaken::", "second_engine::"];

/// The names of the tests that moto does not pass.
fn deviations() -> Vec<&'static str> {
    let lines = include_str!("../moto/deviations.txt").lines().filter(|line| !line.starts_with('#'));
    let names = lines.map(|line| match line.split_once(": ") {
        Some((name, reason)) if reason.len() > 20 => name,
        _ => panic!("no reason: {line}"),
    });
    names.collect()
}

/// Runs this binary against it; gives whether all passed, and what was said.
fn passes(moto: &Moto, arguments: &[&str]) -> (bool, String) {
    let run = Command::new(std::env::current_exe().expect("this binary"))
        .args(arguments)
        .env("SIGTOWER_TEST_ENDPOINT", &moto.endpoint)
        .output()
        .expect("this binary runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    (run.status.success(), said)
}

#[test]
fn moto_keeps_what_the_embedded_engine_keeps() {
    let deviations = deviations();
    let moto = Moto::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    let skipped = OF_THE_EMBEDDED_ENGINE.iter().chain(&deviations).flat_map(|name| ["--skip", name]);
    let (all_passed, said) = passes(&moto, &skipped.collect::<Vec<_>>());
    assert!(all_passed, "against moto:\n{said}");
    assert!(!said.contains(" 0 passed"), "nothing was asked of moto:\n{said}");

    let (_, tests) = passes(&moto, &["--list"]);
    for name in deviations {
        let is_there = tests.lines().any(|line| line == format!("{name}: test"));
        assert!(is_there, "tests/moto/deviations.txt names `{name}`, which is no test of this suite");
    }
}
