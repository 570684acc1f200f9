//! Settings in files and variables: which one counts, and what is said of those that are wrong.

use std::path::Path;
use std::process::Output;

use crate::{exits_with, sigtower, stderr, stdout};

fn in_folder(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = sigtower(args);
    command.current_dir(folder).envs(variables.iter().copied()).write_stdin("").output().expect("the command starts")
}

fn value(output: &Output, key: &str) -> (String, String) {
    let lines = stdout(output).lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.into_iter().find(|line| line[0] == key).unwrap_or_else(|| panic!("{key}: {}", stdout(output)));
    (line[1].to_owned(), line[2..].join(" "))
}

#[test]
fn the_nearest_place_of_a_setting_counts() {
    let folder = tempfile::tempdir().unwrap();
    let user = folder.path().join("config");
    std::fs::create_dir_all(user.join("sigtower")).unwrap();
    let here = folder.path();
    std::fs::write(user.join("sigtower/sigtower.toml"), "every = \"20m\"\nmost_posts = 7\nport = 1\n").unwrap();
    std::fs::write(here.join("sigtower.toml"), "most_posts = 8\nport = 2\n").unwrap();
    std::fs::write(here.join(".env"), "SIGTOWER_PORT=3\nSIGTOWER_PREVIEW_DELAY=9s\n").unwrap();
    let variables = [("XDG_CONFIG_HOME", user.to_str().unwrap()), ("SIGTOWER_PREVIEW_DELAY", "4s")];
    let shown = in_folder(here, &variables, &["config", "show", "--origin"]);
    exits_with(&shown, 0);
    let user_file = user.join("sigtower/sigtower.toml").display().to_string();
    for (key, expected, origin) in [
        ("every", "20m", user_file.as_str()),
        ("most_posts", "8", "sigtower.toml"),
        ("port", "3", ".env"),
        ("preview_delay", "4s", "variable SIGTOWER_PREVIEW_DELAY"),
        ("confidence_threshold", "0.7", "default"),
    ] {
        assert_eq!(value(&shown, key), (expected.to_owned(), origin.to_owned()), "{key}");
    }
    // What a file says is checked as a flag is, and a flag wins over it.
    std::fs::write(here.join("sigtower.toml"), "every = \"never\"\n").unwrap();
    let wrong = in_folder(here, &variables, &["periodic", "--data-dir", "data"]);
    exits_with(&wrong, 2);
    assert!(stderr(&wrong).contains("never") && stderr(&wrong).contains("--every"), "{}", stderr(&wrong));
}

#[test]
fn a_file_with_an_unknown_key_stops_the_command_and_names_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sigtower.toml"), "chanels = [\"whalechart\"]\n").unwrap();
    let output = in_folder(folder.path(), &[], &["parse"]);
    exits_with(&output, 2);
    assert!(stderr(&output).contains("did you mean `channels`?"), "{}", stderr(&output));
    assert!(stderr(&output).contains("sigtower.toml"), "{}", stderr(&output));
}

#[test]
fn the_example_is_written_once_and_is_good_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    exits_with(&in_folder(folder.path(), &[], &["config", "init"]), 0);
    exits_with(&in_folder(folder.path(), &[], &["config", "init"]), 1);
    let shown = in_folder(folder.path(), &[], &["config", "show", "--json"]);
    exits_with(&shown, 0);
    assert!(stdout(&shown).starts_with("{\"schema\":\"config/1\""), "{}", stdout(&shown));
    let path = in_folder(folder.path(), &[], &["config", "path"]);
    assert_eq!(stdout(&path).lines().nth(1), Some("sigtower.toml"));
}
