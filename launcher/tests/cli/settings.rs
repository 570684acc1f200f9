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
fn a_pass_reads_one_post_at_least_and_ten_thousand_at_most_wherever_that_stands() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["batch", "periodic", "realtime", "test", "up"] {
        for limit in ["0", "10001", "-1", "many"] {
            let flag = format!("--limit={limit}");
            let by_flag = in_folder(folder.path(), &[], &[command, &flag]);
            let by_variable = in_folder(folder.path(), &[("MAX_MESSAGES_PER_CHANNEL", limit)], &[command]);
            std::fs::write(folder.path().join("sigtower.toml"), format!("most_posts = \"{limit}\"\n")).unwrap();
            let by_file = in_folder(folder.path(), &[], &[command]);
            std::fs::remove_file(folder.path().join("sigtower.toml")).unwrap();
            for output in [by_flag, by_variable, by_file] {
                exits_with(&output, 2);
                assert!(stderr(&output).contains("--limit") && stderr(&output).contains(limit), "{}", stderr(&output));
            }
        }
    }
    // What is wrong with these is something else: there is no login.
    for limit in ["1", "10000"] {
        let args = ["batch", "--source", "telegram", "--limit", limit, "--logins-dir", "none"];
        exits_with(&in_folder(folder.path(), &[("TELEGRAM_API_ID", "4711")], &args), 4);
    }
}

#[test]
fn a_file_with_an_unknown_key_stops_the_command_and_names_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sigtower.toml"), "chanels = [\"whalechart\"]\n").unwrap();
    let output = in_folder(folder.path(), &[], &["channels", "list"]);
    exits_with(&output, 2);
    assert!(stderr(&output).contains("did you mean `channels`?"), "{}", stderr(&output));
    assert!(stderr(&output).contains("sigtower.toml"), "{}", stderr(&output));
}

#[test]
fn what_needs_no_settings_works_beside_a_broken_file_of_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sigtower.toml"), "every = \n").unwrap();
    for args in [&["--version"][..], &["config", "path"], &["completions", "bash"], &["batch", "--help"]] {
        exits_with(&in_folder(folder.path(), &[], args), 0);
    }
}

#[test]
fn a_variable_that_is_empty_sets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sigtower.toml"), "channels = []\nevery = \"7m\"\n").unwrap();
    std::fs::write(folder.path().join(".env"), "MAX_MESSAGES_PER_CHANNEL=\nSIGTOWER_PREVIEW_DELAY=0s # none\n")
        .unwrap();
    let variables = [
        "PARSE_INTERVAL_MINUTES",
        "MAX_MESSAGES_PER_CHANNEL",
        "SIGNAL_CONFIDENCE_THRESHOLD",
        "SIGTOWER_PREVIEW_URL",
        "SIGTOWER_PREVIEW_DELAY",
        "SIGTOWER_CHANNELS",
        "SIGNALS_TABLE",
        "BACKEND_URL",
    ];
    let empty = variables.map(|name| (name, ""));
    let output = in_folder(folder.path(), &empty, &["status", "--data-dir", "data"]);
    exits_with(&output, 0);
    assert!(stdout(&output).contains("sink: store, ok"), "{}", stdout(&output));
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

/// Credentials that are none.
const HASH: &str = "not-a-real-hash";

fn private(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("it is ours");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn of_what_is_set_for_telegram_only_is_told_that_it_is_set_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let show = |variables: &[(&str, &str)]| {
        let shown = in_folder(here, variables, &["config", "show", "--origin"]);
        exits_with(&shown, 0);
        let json = in_folder(here, variables, &["config", "show", "--json"]);
        for text in [stdout(&shown), stderr(&shown), stdout(&json), stderr(&json)] {
            assert!(!text.contains("not-a-real") && !text.contains("4711"), "{text}");
        }
        (shown, serde_json::from_str::<serde_json::Value>(stdout(&json)).unwrap())
    };
    let (nothing, json) = show(&[]);
    assert_eq!(value(&nothing, "telegram_api_hash"), ("not".to_owned(), "set -".to_owned()));
    assert!(!stderr(&nothing).contains("Telegram") && json["secrets"][0]["is_set"] == false, "{json}");

    let secret = here.join("token");
    private(&secret, "not-a-real-token\n", 0o600);
    private(
        &here.join(".env"),
        &format!("TELEGRAM_API_HASH='{HASH}'\nTELEGRAM_BOT_TOKEN_FILE={}\n", secret.display()),
        0o600,
    );
    private(&here.join("sigtower.toml"), "telegram_api_id = 4711\n", 0o644);
    let (shown, json) = show(&[]);
    for (key, origin) in [
        ("telegram_api_id", "sigtower.toml"),
        ("telegram_api_hash", ".env"),
        ("telegram_bot_token", ".env, TELEGRAM_BOT_TOKEN_FILE"),
    ] {
        let origin = if key == "telegram_bot_token" { format!("not used {origin}") } else { origin.to_owned() };
        assert_eq!(value(&shown, key), (if key == "telegram_bot_token" { "set," } else { "set" }.to_owned(), origin));
    }
    assert!(stderr(&shown).contains("lets no bot read"), "{}", stderr(&shown));
    let hash = &json["secrets"][2];
    assert_eq!((&hash["variable"], &hash["is_used"]), (&"TELEGRAM_API_HASH".into(), &true.into()), "{json}");
    let (shown, _) = show(&[("TELEGRAM_API_HASH", HASH), ("TELEGRAM_API_ID", "4711")]);
    assert!(value(&shown, "telegram_api_hash").1.ends_with("variable TELEGRAM_API_HASH"), "{}", stdout(&shown));
}

#[test]
fn a_secret_that_others_can_read_is_refused_and_shown_by_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let refused = |variables: &[(&str, &str)], words: &[&str]| {
        let output = in_folder(here, variables, &["config", "show"]);
        exits_with(&output, 2);
        assert!(!stderr(&output).contains("not-a-real"), "{}", stderr(&output));
        words.iter().for_each(|words| assert!(stderr(&output).contains(words), "{}", stderr(&output)));
    };
    for (file, text, mode) in [
        (".env", format!("TELEGRAM_BOT_TOKEN={HASH}\n"), 0o640),
        ("sigtower.toml", format!("telegram_api_hash = \"{HASH}\"\n"), 0o604),
    ] {
        private(&here.join(file), &text, mode);
        refused(&[], &[file, "others on this machine can read it", &format!("chmod 600 {file}")]);
        std::fs::remove_file(here.join(file)).unwrap();
    }
    let secret = here.join("hash");
    let variables = [("TELEGRAM_API_HASH_FILE", secret.to_str().unwrap())];
    refused(&variables, &["hash`", "name a file that is there"]);
    private(&secret, "", 0o600);
    refused(&variables, &["put the secret into it"]);
    private(&secret, HASH, 0o644);
    refused(&variables, &["chmod 600 /"]);
    private(&here.join("sigtower.toml"), &format!("port = 1\ntelegram_api_hash = {HASH}\n"), 0o600);
    refused(&[], &["sigtower.toml", "line 2: "]);
    private(&here.join("sigtower.toml"), "telegram_api_hush = 1\n", 0o600);
    refused(&[], &["there is no setting `telegram_api_hush`"]);
}
