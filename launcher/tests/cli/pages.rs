//! Help, version, completions and man pages.

use crate::{exits_with, run, stderr, stdout};

#[test]
fn help_names_the_verbs_and_the_exit_codes() {
    for flag in ["-h", "--help"] {
        let output = run(&[flag], "");
        exits_with(&output, 0);
        for words in ["parse", "eval", "completions", "man", "Exit codes:", "  0  ", "  1  ", "  2  ", "  3  ", "130  "]
        {
            assert!(stdout(&output).contains(words), "`{words}` is not in: {}", stdout(&output));
        }
    }
}

#[test]
fn the_help_of_parse_documents_both_json_shapes() {
    let output = run(&["parse", "--help"], "");
    exits_with(&output, 0);
    for words in ["parse/1", "stop_loss_percent", "target_index", "bad_json", "too_long"] {
        assert!(stdout(&output).contains(words), "`{words}` is not in: {}", stdout(&output));
    }
}

#[test]
fn the_version_is_the_packages() {
    let output = run(&["--version"], "");
    exits_with(&output, 0);
    assert_eq!(stdout(&output), concat!("sigtower ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell], "");
        exits_with(&output, 0);
        assert!(stdout(&output).contains("sigtower") && stdout(&output).contains("jsonl"), "{shell}");
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn every_command_has_a_man_page_with_exit_codes() {
    for (args, name) in [
        (&["man"][..], "sigtower"),
        (&["man", "parse"], "sigtower\\-parse"),
        (&["man", "eval"], "sigtower\\-eval"),
        (&["man", "completions"], "sigtower\\-completions"),
        (&["man", "man"], "sigtower\\-man"),
        (&["man", "keys"], "sigtower\\-keys"),
        (&["man", "keys", "create"], "sigtower\\-keys\\-create"),
        (&["man", "channels"], "sigtower\\-channels"),
        (&["man", "export"], "sigtower\\-export"),
        (&["man", "import"], "sigtower\\-import"),
        (&["man", "status"], "sigtower\\-status"),
        (&["man", "doctor"], "sigtower\\-doctor"),
        (&["man", "test"], "sigtower\\-test"),
    ] {
        let output = run(args, "");
        exits_with(&output, 0);
        let page = stdout(&output);
        assert!(page.contains(".TH ") && page.contains(name), "{page}");
        assert!(page.contains(".SH \"EXIT STATUS\"") && page.contains("\n130\n"), "{page}");
        assert_eq!(page.lines().find(|line| line.ends_with(' ')), None);
    }
}
