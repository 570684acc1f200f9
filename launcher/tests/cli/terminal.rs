//! On a terminal: `script` (util-linux) runs the command on one of its own.
#![cfg(target_os = "linux")]

use std::process::Output;
use std::time::Duration;

use crate::{exits_with, stdout};

/// Runs `sigtower` with these arguments on a terminal, types `typed`, and gives all that the terminal showed.
fn on_a_terminal(arguments: &str, typed: &str) -> Output {
    let command = format!("'{}' {arguments}", env!("CARGO_BIN_EXE_sigtower"));
    assert_cmd::Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("TERM", "xterm-256color")
        .write_stdin(typed)
        .timeout(Duration::from_secs(60))
        .output()
        .expect("script(1) of util-linux starts")
}

const CTRL_D: &str = "\u{4}";

#[test]
fn who_types_a_post_is_told_how_to_end_it() {
    for arguments in ["parse", "parse -", "parse --jsonl"] {
        let output = on_a_terminal(arguments, &format!("{{\"text\":\"good morning\"}}\n{CTRL_D}"));
        exits_with(&output, 0);
        assert!(stdout(&output).contains("Ctrl-D"), "{arguments}: {}", stdout(&output));
    }
}

#[test]
fn a_card_on_a_terminal_is_coloured() {
    let output = on_a_terminal("parse", &format!("good morning\n{CTRL_D}"));
    assert!(stdout(&output).contains("\u{1b}[1mNO SIGNAL"), "{}", stdout(&output));
    let output = on_a_terminal("--color never parse", &format!("good morning\n{CTRL_D}"));
    assert!(!stdout(&output).contains("\u{1b}["), "{}", stdout(&output));
}
