//! Somebody at a terminal of their own, which `script` (util-linux) gives.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Long after anything should have been shown.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who sits at a terminal, reads what it shows, and types.
pub(crate) struct Desk {
    script: Child,
    keys: ChildStdin,
    shown: Receiver<Vec<u8>>,
    /// Everything that was shown, and up to where it was read.
    text: String,
    read: usize,
}

impl Desk {
    /// Starts `sigtower` with these arguments in this folder, on a terminal of a usual size.
    pub(crate) fn sit_down(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let command = format!("stty rows 40 cols 120; exec '{}' {}", env!("CARGO_BIN_EXE_sigtower"), args.join(" "));
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("NO_COLOR", "1")
            .env("XDG_DATA_HOME", folder)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script(1) of util-linux starts");
        let (keys, mut screen) = (script.stdin.take().expect("piped"), script.stdout.take().expect("piped"));
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(n @ 1..) = screen.read(&mut bytes) {
                if sender.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { script, keys, shown, text: String::new(), read: 0 }
    }

    /// Waits until this is shown, behind what was waited for before.
    #[track_caller]
    pub(crate) fn sees(&mut self, words: &str) {
        loop {
            if let Some(at) = self.text[self.read..].find(words) {
                self.read += at + words.len();
                return;
            }
            match self.shown.recv_timeout(PATIENCE) {
                Ok(bytes) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("`{words}` is not shown: {}", self.text),
            }
        }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("it reads");
    }

    /// Waits from now on for what may have been shown before.
    pub(crate) fn reads_again(&mut self) {
        self.read = 0;
    }

    /// Everything that was shown until now.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The process that keeps the terminal; what runs on it is its child.
    pub(crate) fn id(&self) -> u32 {
        self.script.id()
    }

    /// The exit code, once it has ended.
    pub(crate) fn code(mut self) -> Option<i32> {
        loop {
            match self.shown.recv_timeout(PATIENCE) {
                Ok(bytes) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.text),
            }
        }
        drop(self.keys);
        self.script.wait().expect("it ends").code()
    }
}
