//! The API does what its description says: schemathesis makes requests of the description, good ones and bad ones, and
//! checks every answer against it.
//!
//! `SIGTOWER_LONG=1` makes 5 000 requests of each operation instead of 100. `SIGTOWER_TEST_SEED` chooses other requests:
//! without it they are the same each time, so that what fails fails again.

use std::path::Path;
use std::process::Command;

use crate::process::Server;

#[test]
fn every_answer_is_as_it_is_described() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let installed = Command::new("bash").arg(tests.join("install")).arg("schemathesis").status().expect("bash runs");
    assert!(installed.success(), "tests/install schemathesis failed: see above");
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let n_examples = if std::env::var_os("SIGTOWER_LONG").is_some() { "5000" } else { "100" };
    let seed = std::env::var("SIGTOWER_TEST_SEED").unwrap_or_else(|_| "1".to_owned());
    let ran = Command::new(tests.join(".venv/schemathesis/bin/schemathesis"))
        .arg("--config-file")
        .arg(tests.join("requirements/schemathesis.toml"))
        .args(["run", &format!("http://{}/openapi.json", server.address())])
        .args(["--max-examples", n_examples, "--seed", &seed, "--no-color"])
        .current_dir(folder.path())
        .output()
        .expect("schemathesis runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}
