//! `sigtower` alone: a menu on a terminal, and nowhere else. [`Desk`] is that terminal.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use crate::desk::{Desk, PATIENCE};
use crate::{exits_with, sigtower, stderr, stdout};

const QUESTION: &str = "What shall sigtower do?";
const CTRL_C: &str = "\u{3}";
const ESCAPE: &str = "\u{1b}";

/// Chooses what these words lead to.
#[track_caller]
fn choose(desk: &mut Desk, words: &str) {
    desk.sees(QUESTION);
    desk.sees("Esc ends");
    desk.types(&format!("{words}\r"));
}

#[test]
fn who_chooses_sees_the_command_and_its_answer_and_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::sit_down(folder.path(), &[], &[]);
    for command in ["test", "batch", "realtime --poll", "periodic", "doctor", "status", "up"] {
        desk.sees(&format!("sigtower {command}"));
    }
    desk.reads_again();
    choose(&mut desk, "status");
    desk.sees("$ sigtower status");
    desk.sees("No channel was read yet");
    desk.sees("store: ok, 0 signals");
    // Another one in the same process, which fails, and says with which exit code.
    std::fs::write(folder.path().join("sigtower.toml"), "port = \"none\"\n").unwrap();
    choose(&mut desk, "doctor");
    desk.sees("$ sigtower doctor");
    desk.sees("invalid value 'none'");
    desk.sees("(it ended with exit code 2)");
    std::fs::remove_file(folder.path().join("sigtower.toml")).unwrap();
    choose(&mut desk, "status");
    desk.sees("store: ok, 0 signals");
    choose(&mut desk, "quit");
    assert_eq!(desk.code(), Some(0));
}

#[test]
fn a_command_that_runs_on_ends_with_ctrl_c_and_the_menu_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::sit_down(folder.path(), &[], &[("SIGTOWER_PORT", "0")]);
    choose(&mut desk, "sigtower up");
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
    let mut desk = Desk::sit_down(folder.path(), &[], &[]);
    desk.sees("Esc ends");
    desk.types(ESCAPE);
    assert_eq!(desk.code(), Some(0));
}

#[test]
fn sigterm_ends_the_menu_also_after_a_command() {
    for is_after in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::sit_down(folder.path(), &[], &[]);
        if is_after {
            choose(&mut desk, "status");
            desk.sees("store: ok");
        }
        desk.sees("Esc ends");
        // `script` has one child, which is the menu once the shell has become it.
        let parent = desk.id().to_string();
        let sent = Command::new("pkill").args(["-TERM", "--parent", &parent]).status().expect("pkill(1) starts");
        assert!(sent.success());
        assert_eq!(desk.code(), Some(0));
    }
}

#[test]
fn on_a_terminal_that_nobody_sits_at_it_asks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value) in [("CI", "1"), ("CI", "true"), ("TERM", "dumb")] {
        let mut desk = Desk::sit_down(folder.path(), &[], &[(variable, value)]);
        desk.sees("Usage: sigtower");
        desk.sees(variable);
        desk.sees("such as: sigtower status");
        assert!(!desk.text().contains(QUESTION), "{}", desk.text());
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
