//! What goes wrong is said as what happened, why, and what to do next, with the exit code for it.

use crate::{exits_with, run, sigtower, stderr, stdout};

#[track_caller]
fn fails(args: &[&str], stdin: &[u8], code: i32, says: &[&str]) {
    let output = run(args, stdin);
    exits_with(&output, code);
    assert_eq!(stdout(&output), "");
    for words in says {
        assert!(stderr(&output).contains(words), "`{words}` is not in: {}", stderr(&output));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let missing = format!("{folder}/missing.txt");
    for verb in [&["parse"][..], &["parse", "--jsonl"], &["eval"]] {
        fails(&[verb, &[&missing]].concat(), b"", 1, &["cannot read `", "missing.txt", "why:", "next:"]);
        fails(&[verb, &[folder]].concat(), b"", 1, &["cannot read `", "directory", "next:"]);
    }
}

#[test]
fn a_post_that_is_not_utf_8_is_refused_with_a_way_to_convert_it() {
    fails(&["parse"], b"\xFF\xFEB\0T\0C\0", 1, &["stdin is not UTF-8", "iconv -f UTF-16"]);
    fails(&["parse"], b"caf\xE9 at noon", 1, &["stdin is not UTF-8", "iconv"]);
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    for flags in [["--json", "--jsonl"], ["--json", "--explain"], ["--jsonl", "--explain"], ["--jsonl", "--reply-to=1"]]
    {
        fails(&[&["parse"][..], &flags].concat(), b"{\"text\":\"hi\"}", 2, &["cannot be used with"]);
    }
}

/// A table that no command reaches: where one tries, it fails at once.
const NO_TABLE: [(&str, &str); 4] = [
    ("SIGNALS_TABLE", "elsewhere"),
    ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

#[test]
fn a_folder_that_is_named_wins_over_a_table_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let ask = |args: &[&str]| sigtower(args).envs(NO_TABLE).output().unwrap();
    exits_with(&ask(&["keys", "create", "--name", "desk", "--scope", "read", "--data-dir", folder]), 0);
    let listed = ask(&["keys", "list", "--data-dir", folder]);
    exits_with(&listed, 0);
    assert!(stdout(&listed).contains("desk"), "{}", stdout(&listed));
    // Without the flag the variable counts, also where another one names a folder.
    let output = sigtower(&["keys", "list"]).envs(NO_TABLE).env("SIGTOWER_DATA_DIR", folder).output().unwrap();
    exits_with(&output, 1);
    assert!(stderr(&output).contains("the table elsewhere"), "{}", stderr(&output));
}

#[test]
fn a_folder_and_a_table_are_not_named_both() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for verb in [&["keys", "list"][..], &["export"], &["import", "--backup", "-"]] {
        let args = [verb, &["--data-dir", folder, "--table", "signals"]].concat();
        fails(&args, b"", 2, &["--data-dir", "--table", "cannot be used with"]);
    }
}

#[test]
fn unknown_words_are_refused() {
    fails(&["prase"], b"", 2, &["prase", "parse"]);
    fails(&["parse", "--jsn"], b"", 2, &["--jsn", "--json"]);
    fails(&["--color", "blue", "parse"], b"", 2, &["blue", "never"]);
    fails(&["completions", "tcsh"], b"", 2, &["tcsh", "bash"]);
    fails(&["man", "nothing"], b"", 1, &["no command `nothing`", "parse"]);
    fails(&["eval"], b"", 2, &["CORPUS.jsonl"]);
}

#[test]
fn alone_it_shows_the_short_help_and_does_nothing() {
    let output = sigtower(&[]).write_stdin("{\"text\":\"hi\"}\n").output().unwrap();
    exits_with(&output, 2);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("Usage: sigtower") && stderr(&output).contains("parse"));
    let output = sigtower(&["--color", "never"]).output().unwrap();
    exits_with(&output, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_not_silence() {
    for args in [&["parse"][..], &["parse", "--json"], &["parse", "--jsonl"], &["man"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sigtower"))
            .args(args)
            .stdin(std::process::Stdio::piped())
            .stdout(full)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The pages read no stdin, and may have ended before it is written.
        let written = std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"{\"text\":\"hi\"}\n");
        assert!(written.is_ok() || args == ["man"], "{args:?}: {written:?}");
        let output = child.wait_with_output().unwrap();
        exits_with(&output, 1);
        assert!(stderr(&output).contains("cannot write the answer to stdout"), "{args:?}: {}", stderr(&output));
    }
}
