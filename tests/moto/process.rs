//! moto as a process of its own, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// moto, until this is dropped.
pub(crate) struct Moto {
    process: Child,
    /// Where it answers, whatever service is asked.
    pub(crate) endpoint: String,
}

impl Moto {
    /// Installs it where it is missing, and starts it. `tests` is the folder `tests` of the repository.
    pub(crate) fn start(tests: &Path) -> Self {
        let installed = Command::new(tests.join("install")).arg("moto").status().expect("bash");
        assert!(installed.success(), "moto could not be installed: tests/install moto");
        let mut process = Command::new(tests.join(".venv/moto/bin/python"))
            .arg(tests.join("moto/serve.py"))
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
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
