//! `sigtower` alone: a menu on a terminal, and nowhere else. `script` (util-linux) gives it a terminal of its own.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::{exits_with, sigtower, stderr, stdout};

/// Long after anything should have been shown.
const PATIENCE: Duration = Duration::from_secs(60);
const QUESTION: &str = "What shall sigtower do?";
const CTRL_C: &str = "\u{3}";
const ESCAPE: &str = "\u{1b}";

/// Somebody who sits at a terminal, reads what it shows, and types.
struct Desk {
    script: Child,
    keys: ChildStdin,
    shown: Receiver<Vec<u8>>,
    /// Everything that was shown, and up to where it was read.
    text: String,
    read: usize,
}

impl Desk {
    /// Starts `sigtower` alone in this folder, on a terminal of a usual size.
    fn sit_down(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let command = format!("stty rows 40 cols 120; exec '{}'", env!("CARGO_BIN_EXE_sigtower"));
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
    fn sees(&mut self, words: &str) {
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

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("it reads");
    }

    /// Chooses what these words lead to.
    #[track_caller]
    fn chooses(&mut self, words: &str) {
        self.sees(QUESTION);
        self.sees("Esc ends");
        self.types(&format!("{words}\r"));
    }

    /// The exit code, once it has ended.
    fn code(mut self) -> Option<i32> {
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

#[test]
fn who_chooses_sees_the_command_and_its_answer_and_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::sit_down(folder.path(), &[]);
    for command in ["test", "batch", "realtime --poll", "periodic", "doctor", "status", "up"] {
        desk.sees(&format!("sigtower {command}"));
    }
    desk.read = 0;
    desk.chooses("status");
    desk.sees("$ sigtower status");
    desk.sees("No channel was read yet");
    desk.sees("store: ok, 0 signals");
    // Another one in the same process, which fails, and says with which exit code.
    std::fs::write(folder.path().join("sigtower.toml"), "port = \"none\"\n").unwrap();
    desk.chooses("doctor");
    desk.sees("$ sigtower doctor");
    desk.sees("invalid value 'none'");
    desk.sees("(it ended with exit code 2)");
    std::fs::remove_file(folder.path().join("sigtower.toml")).unwrap();
    desk.chooses("status");
    desk.sees("store: ok, 0 signals");
    desk.chooses("quit");
    assert_eq!(desk.code(), Some(0));
}

#[test]
fn a_command_that_runs_on_ends_with_ctrl_c_and_the_menu_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::sit_down(folder.path(), &[("SIGTOWER_PORT", "0")]);
    desk.chooses("sigtower up");
    desk.sees("Sigtower is up: http://127.0.0.1:");
    desk.types(CTRL_C);
    desk.sees(QUESTION);
    desk.sees("Esc ends");
    desk.types(CTRL_C);
    assert_eq!(desk.code(), Some(130));
}

#[test]
fn escape_ends_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::sit_down(folder.path(), &[]);
    desk.sees("Esc ends");
    desk.types(ESCAPE);
    assert_eq!(desk.code(), Some(0));
}

#[test]
fn sigterm_ends_the_menu_also_after_a_command() {
    for is_after in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::sit_down(folder.path(), &[]);
        if is_after {
            desk.chooses("status");
            desk.sees("store: ok");
        }
        desk.sees("Esc ends");
        // `script` has one child, which is the menu once the shell has become it.
        let parent = desk.script.id().to_string();
        let sent = Command::new("pkill").args(["-TERM", "--parent", &parent]).status().expect("pkill(1) starts");
        assert!(sent.success());
        assert_eq!(desk.code(), Some(0));
    }
}

#[test]
fn on_a_terminal_that_nobody_sits_at_it_asks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value) in [("CI", "1"), ("CI", "true"), ("TERM", "dumb")] {
        let mut desk = Desk::sit_down(folder.path(), &[(variable, value)]);
        desk.sees("Usage: sigtower");
        desk.sees(variable);
        desk.sees("such as: sigtower status");
        assert!(!desk.text.contains(QUESTION), "{}", desk.text);
        assert_eq!(desk.code(), Some(2));
    }
}

#[test]
fn without_a_terminal_it_asks_nothing_does_nothing_and_says_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    for (typed, variables) in [
        ("", &[][..]),
        ("\r", &[]),
        ("status\rquit\r\n", &[]),
        ("{\"text\":\"hi\"}\n", &[("TERM", "xterm")]),
        ("\r", &[("CI", "1")]),
    ] {
        let mut command = sigtower(&[]);
        command.env("XDG_DATA_HOME", folder.path()).envs(variables.iter().copied()).timeout(PATIENCE);
        let output = command.write_stdin(typed).output().expect("the command starts");
        exits_with(&output, 2);
        assert_eq!(stdout(&output), "");
        for words in ["Usage: sigtower", "stdin is none", "name a command, such as: sigtower status"] {
            assert!(stderr(&output).contains(words), "{}", stderr(&output));
        }
    }
    let null = Command::new(env!("CARGO_BIN_EXE_sigtower")).env_clear().stdin(Stdio::null()).output().unwrap();
    exits_with(&null, 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something was done");
}
