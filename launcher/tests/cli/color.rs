//! Colours appear where they are shown or asked for, and nowhere else.

use crate::{sigtower, stdout};

#[track_caller]
fn check(args: &[&str], environment: &[(&str, &str)], is_coloured: bool) {
    for verb in [&["parse"][..], &["parse", "--explain"]] {
        let args = [args, verb].concat();
        let mut command = sigtower(&args);
        let output =
            command.envs(environment.iter().copied()).write_stdin("good morning").output().expect("the command starts");
        assert_eq!(stdout(&output).contains('\u{1b}'), is_coloured, "{args:?} {environment:?}: {}", stdout(&output));
    }
}

#[test]
fn a_pipe_gets_no_colours() {
    check(&[], &[], false);
    check(&["--color", "auto"], &[("TERM", "xterm-256color")], false);
}

#[test]
fn colours_can_be_forced() {
    check(&["--color", "always"], &[], true);
    check(&[], &[("CLICOLOR_FORCE", "1")], true);
    check(&["--color=always"], &[("NO_COLOR", "1")], true);
}

#[test]
fn colours_can_be_refused() {
    check(&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false);
    check(&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false);
}

#[test]
fn the_flag_may_stand_behind_the_verb() {
    let output = sigtower(&["parse", "--color", "always"]).write_stdin("good morning").output().unwrap();
    assert!(stdout(&output).contains('\u{1b}'));
}
