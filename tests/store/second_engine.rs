//! The same promises on a second engine: this binary runs itself against moto.
//!
//! Left out are the tests that bring their own wire to the embedded engine, and those in `tests/moto/deviations.txt`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

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

/// moto, on a port of its own.
struct Moto {
    process: Child,
    endpoint: String,
}

impl Moto {
    fn start() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let installed = Command::new(folder.join("install")).arg("moto").status().expect("bash");
        assert!(installed.success(), "moto could not be installed: tests/install moto");
        let mut process = Command::new(folder.join(".venv/moto/bin/python"))
            .arg(folder.join("moto/serve.py"))
            // It ends when this end of the pipe closes, which it does however this process ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the Python of tests/.venv/moto");
        let mut port = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut port).expect("a line");
        assert!(!port.is_empty(), "moto did not start: tests/.venv/moto/bin/python tests/moto/serve.py");
        Self { process, endpoint: format!("http://127.0.0.1:{}", port.trim()) }
    }

    /// Runs this binary against it; gives whether all passed, and what was said.
    fn passes(&self, arguments: &[&str]) -> (bool, String) {
        let run = Command::new(std::env::current_exe().expect("this binary"))
            .args(arguments)
            .env("SIGTOWER_TEST_ENDPOINT", &self.endpoint)
            .output()
            .expect("this binary runs");
        let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        (run.status.success(), said)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn moto_keeps_what_the_embedded_engine_keeps() {
    let deviations = deviations();
    let moto = Moto::start();
    let skipped = OF_THE_EMBEDDED_ENGINE.iter().chain(&deviations).flat_map(|name| ["--skip", name]);
    let (all_passed, said) = moto.passes(&skipped.collect::<Vec<_>>());
    assert!(all_passed, "against moto:\n{said}");
    assert!(!said.contains(" 0 passed"), "nothing was asked of moto:\n{said}");

    let (_, tests) = moto.passes(&["--list"]);
    for name in deviations {
        let is_there = tests.lines().any(|line| line == format!("{name}: test"));
        assert!(is_there, "tests/moto/deviations.txt names `{name}`, which is no test of this suite");
    }
}
