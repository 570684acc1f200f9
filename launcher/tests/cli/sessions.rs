//! `sigtower session`: what is kept, what is known of it, and how it ends.

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::desk::Desk;
use crate::telegram::{ACCOUNT, HASH, Telegram, rights, set_rights};
use crate::{exits_with, says, sigtower, stderr, stdout};

#[test]
fn status_shows_each_login_and_asks_telegram_only_where_it_is_told_to() {
    let telegram = Telegram::start(|it| it).with_login("batch").with_begun("realtime");
    let output = telegram.run(&["session", "status", "--json"], "");
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&told["schema"], &told["folder"]), (&json!("sessions/1"), &json!(telegram.logins().to_str())));
    let file = telegram.kept("batch").path().display().to_string();
    let expected = json!({
        "name": "batch", "state": "logged_in", "account": ACCOUNT.0, "data_centre": 2, "file": file, "rights": "0600",
        "used_by": null, "online": null, "error": null
    });
    assert_eq!(told["logins"][0], expected);
    let begun = &told["logins"][1];
    assert_eq!(
        (&begun["name"], &begun["state"], &begun["account"]),
        (&json!("realtime"), &json!("begun"), &json!(null))
    );
    assert_eq!(telegram.server.connections(), (0, 0));

    let output = telegram.run(&["session", "status", "--online"], "");
    exits_with(&output, 0);
    let row = stdout(&output).lines().find(|line| line.starts_with("batch")).expect("a row");
    says(row, &["logged in  7000001  2       logged in", "0600", &file]);
    assert_eq!(telegram.server.connections().0, 0, "each connection ends");
    assert_eq!(telegram.server.calls_of("users.getUsers").len(), 1, "of the other one nobody is logged in");
    telegram.was_asked_properly();
}

#[test]
fn status_says_which_login_is_over_and_which_cannot_be_used() {
    let telegram = Telegram::start(|it| it).with_login("batch").with_login("realtime");
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    set_rights(telegram.kept("realtime").path(), 0o640);
    std::fs::write(telegram.logins().join("torn.session"), "{").unwrap();
    set_rights(&telegram.logins().join("torn.session"), 0o600);
    let output = telegram.run(&["session", "status", "--online"], "");
    exits_with(&output, 3);
    let chmod = format!("chmod 600 {}", telegram.kept("realtime").path().display());
    says(
        stdout(&output),
        &["batch: ", "SESSION_REVOKED", "sigtower session revoke batch", "realtime: ", &chmod, "torn: ", "damaged"],
    );
}

#[test]
fn where_no_login_is_kept_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let variables = [("XDG_DATA_HOME", data), ("TELEGRAM_API_ID", "4711"), ("TELEGRAM_API_HASH", HASH)];
    let run = |args: &[&str]| sigtower(args).envs(variables).write_stdin("").output().expect("the command starts");
    let output = run(&["session", "status"]);
    exits_with(&output, 0);
    says(stdout(&output), &["No login is kept in ", "sigtower login"]);
    let output = run(&["session", "revoke", "batch", "--logins-dir", "elsewhere"]);
    exits_with(&output, 4);
    says(stderr(&output), &["no login is kept in elsewhere/batch.session"]);
    // Nor does anything say that it was removed.
    for flags in [&["--yes"][..], &["--yes", "--json"], &[]] {
        let output = run(&[&["session", "revoke", "batch"], flags].concat());
        exits_with(&output, 4);
        assert_eq!(stdout(&output), "");
        says(stderr(&output), &["cannot use the kept login `batch`", "no login is kept in ", "sigtower login batch"]);
    }
    let output = run(&["session", "revoke", "../batch"]);
    exits_with(&output, 2);
    says(stderr(&output), &["a-z, 0-9 and -"]);
}

#[test]
fn a_folder_of_logins_that_the_settings_name_is_used() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let elsewhere = telegram.folder.path().join("elsewhere");
    std::fs::rename(telegram.logins(), &elsewhere).unwrap();
    std::fs::write(telegram.folder.path().join("sigtower.toml"), "logins_dir = \"elsewhere\"\n").unwrap();
    let output = telegram.run(&["session", "status"], "");
    exits_with(&output, 0);
    says(stdout(&output), &["elsewhere/batch.session"]);
    assert_eq!(rights(&elsewhere), 0o700);
}

#[test]
fn a_login_that_is_revoked_is_over_for_every_copy_of_it() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let file = telegram.kept("batch");
    let copy = file.load().unwrap();
    // Also where others could read it, which is when it matters most.
    set_rights(file.path(), 0o644);
    let output = telegram.run(&["session", "revoke", "batch"], "");
    exits_with(&output, 0);
    says(stdout(&output), &["`batch` is over, for every copy of it", "is removed"]);
    assert!(!file.path().exists());
    assert_eq!(telegram.server.calls_of("auth.logOut").len(), 1);

    file.save(&copy).unwrap();
    let output = telegram.run(&["session", "status", "--online"], "");
    exits_with(&output, 3);
    says(stdout(&output), &["the login is no longer valid (AUTH_KEY_UNREGISTERED)", "sigtower login batch"]);
    telegram.was_asked_properly();
}

#[test]
fn what_is_kept_of_a_login_that_cannot_be_ended_is_removed_only_where_that_is_said() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let file = telegram.kept("batch");
    telegram.server.refuse_connections(true);
    let output = telegram.run(&["session", "revoke", "batch"], "");
    exits_with(&output, 1);
    says(stderr(&output), &["cannot end the login `batch` at Telegram", "sigtower session revoke batch --yes"]);
    assert!(file.load().is_ok());

    telegram.server.refuse_connections(false);
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    let output = telegram.run(&["session", "revoke", "batch"], "");
    exits_with(&output, 4);
    says(stderr(&output), &["SESSION_REVOKED", "sigtower session revoke batch --yes"]);
    assert!(file.load().is_ok());
    let output = telegram.run(&["session", "revoke", "batch", "--yes", "--json"], "");
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&told["schema"], &told["logged_out"]), (&json!("session-revoked/1"), &json!(false)), "{told}");
    assert!(told["error"].as_str().is_some_and(|error| error.contains("SESSION_REVOKED")), "{told}");
    assert!(!file.path().exists());
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_it_is_asked_whether_to_remove_it_all_the_same() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    for (answer, is_removed) in [("n", false), ("", false), ("y", true)] {
        let args = ["session", "revoke", "batch"];
        let mut desk = Desk::sit_down(telegram.folder.path(), &args, &telegram.variables());
        desk.sees("SESSION_REVOKED");
        desk.sees("all the same?");
        desk.types(&format!("{answer}\r"));
        desk.sees(if is_removed { "is removed" } else { "--yes" });
        assert_eq!(desk.code(), Some(if is_removed { 0 } else { 4 }));
        assert_eq!(telegram.kept("batch").path().exists(), !is_removed);
    }
}
