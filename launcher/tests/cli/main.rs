//! The `sigtower` command as its users meet it: what goes in, what comes out, and with which exit code.

mod account;
mod account_states;
mod backing_up;
mod choosing;
mod color;
#[cfg(unix)]
mod deploying;
mod desk;
mod errors;
mod eval;
mod jsonl;
mod keys;
mod logging_in;
mod menu;
#[path = "../../../tests/moto/process.rs"]
mod moto;
mod one_post;
mod owning;
mod pages;
mod readme;
mod real_posts;
mod running;
mod sessions;
mod settings;
mod telegram;
mod terminal;

use std::process::Output;
use std::time::Duration;

/// The command in a clean environment; one that hangs is killed long after any answer is due.
fn sigtower(args: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_sigtower"));
    command.args(args).env_clear().timeout(Duration::from_secs(60));
    command
}

/// Runs the command on this stdin.
fn run(args: &[&str], stdin: impl Into<Vec<u8>>) -> Output {
    sigtower(args).write_stdin(stdin).output().expect("the command starts")
}

#[track_caller]
fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("stdout is UTF-8")
}

#[track_caller]
fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("stderr is UTF-8")
}

/// Checks the exit code, and shows stderr where it is another.
#[track_caller]
fn exits_with(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stderr: {}", stderr(output));
}

/// Checks that each of these is in a text, and shows it where one is not.
#[track_caller]
fn says(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "`{words}` is not in: {text}");
    }
}
