//! Keys, with nothing running and with `sigtower up` running: the same output, and secrets that stay secret.

use std::path::Path;
use std::process::Output;

use crate::running::Up;
use crate::{exits_with, run, stderr, stdout};

fn keys(data_dir: &Path, args: &[&str]) -> Output {
    run(&[&["keys"], args, &["--data-dir", data_dir.to_str().expect("UTF-8")]].concat(), "")
}

fn good(output: &Output) -> &str {
    exits_with(output, 0);
    stdout(output)
}

fn id_of(json: &str) -> String {
    let (_, rest) = json.split_once("\"id\":\"").expect("an id");
    rest[..16].to_owned()
}

/// The text without what is another each time.
fn masked(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() || ('a'..='f').contains(&c) { '_' } else { c }).collect()
}

#[test]
fn the_output_is_the_same_whether_it_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let asked = |args: &[&str]| {
        let output = keys(folder.path(), args);
        (output.status.code(), stdout(&output).to_owned(), stderr(&output).to_owned())
    };
    let empty = asked(&["list"]);
    assert_eq!((empty.0, empty.1.as_str()), (Some(0), ""));
    let create = ["create", "--name", "desk", "--scope", "write", "--scope", "read", "--expires", "90d", "--json"];
    let (code, first, note) = asked(&create);
    assert_eq!(code, Some(0), "{note}");
    let id = id_of(&first);
    asked(&["create", "--name", "other", "--scope", "admin"]);
    asked(&["revoke", &id]);
    let questions = [
        &["list"][..],
        &["list", "--json"],
        &["revoke", &id],
        &["revoke", &id, "--json"],
        &["revoke", "0000000000000000"],
        &["revoke", "no-id"],
    ];
    let alone: Vec<_> = questions.iter().map(|args| asked(args)).collect();
    let up = Up::start(folder.path(), &[]);
    let running: Vec<_> = questions.iter().map(|args| asked(args)).collect();
    assert_eq!(running, alone);
    let codes: Vec<_> = alone.iter().map(|it| it.0.unwrap()).collect();
    assert_eq!(codes, [0, 0, 0, 0, 1, 1]);
    assert!(alone[0].1.contains("desk") && alone[0].1.contains("read+write") && alone[0].1.contains("revoked"));
    assert!(alone[1].1.starts_with("{\"schema\":\"keys/1\",\"data\":[{\"id\""), "{}", alone[1].1);
    let (code, second, second_note) = asked(&create);
    assert_eq!((code, masked(&second_note)), (Some(0), masked(&note)));
    let names =
        |json: &str| json.split("\",\"").map(|part| part.split('"').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&second), names(&first));
    let listed = asked(&["list"]);
    drop(up);
    assert_eq!(asked(&["list"]), listed);
}

#[test]
fn the_secret_is_printed_once_and_opens_what_its_scopes_say() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys(folder.path(), &["create", "--name", "desk", "--scope", "read"]);
    let secret = good(&made).trim_end();
    assert!(secret.len() == 47 && secret.starts_with("sgt_"), "{secret}");
    assert_eq!(stdout(&made).lines().count(), 1);
    let id = id_of(good(&keys(folder.path(), &["list", "--json"])));
    assert!(stderr(&made).contains(&id) && !stderr(&made).contains(&secret[4..]), "{}", stderr(&made));
    let up = Up::start(folder.path(), &[]);
    let bearer = format!("Bearer {secret}");
    let by_key = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    assert_eq!(up.ask("GET", "/api/v1/signals", &by_key, "").0, 200);
    assert_eq!(up.ask("POST", "/api/v1/signals", &by_key, "{}").0, 403);
    good(&keys(folder.path(), &["revoke", &id]));
    assert_eq!(up.ask("GET", "/api/v1/signals", &by_key, "").0, 401);
}

#[test]
fn a_secret_stands_in_no_file_no_log_and_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &["-vv"]);
    let mut secrets = Vec::new();
    for args in
        [&["create", "--name", "a", "--scope", "read", "-vv"][..], &["create", "--name", "b", "--scope", "admin"]]
    {
        secrets.push(good(&keys(folder.path(), args)).trim_end().to_owned());
    }
    let mut said = String::new();
    for secret in &secrets {
        let bearer = format!("Bearer {secret}");
        let json = ("content-type", "application/json");
        for (method, path, headers, body) in [
            ("GET", "/api/v1/signals".to_owned(), vec![("authorization", bearer.as_str())], String::new()),
            ("GET", "/api/v1/keys".to_owned(), vec![("x-api-key", secret.as_str())], String::new()),
            ("GET", format!("/api/v1/signals/{secret}"), vec![], String::new()),
            ("DELETE", format!("/api/v1/keys/{secret}"), vec![], String::new()),
            ("GET", "/api/v1/signals".to_owned(), vec![("authorization", secret.as_str())], String::new()),
            ("GET", "/api/v1/backup".to_owned(), vec![], String::new()),
            ("POST", "/api/v1/keys".to_owned(), vec![json], format!("{{\"name\":\"x\",\"scopes\":[\"{secret}\"]}}")),
        ] {
            // What an answer repeats of the request in it is the client's own.
            let (_, answer) = up.ask(method, &path, &headers, &body);
            if body.is_empty() {
                said.push_str(&answer);
            }
        }
        let revoked = keys(folder.path(), &["revoke", secret, "-vv"]);
        exits_with(&revoked, 1);
        said.push_str(stdout(&revoked));
        said.push_str(stderr(&revoked));
    }
    let made_alone = {
        let (code, log) = up.stop("TERM");
        assert_eq!(code, Some(0));
        assert!(log.contains("key.created"), "the log is there: {log}");
        said.push_str(&log);
        keys(folder.path(), &["create", "--name", "c", "--scope", "read", "-vv"])
    };
    secrets.push(good(&made_alone).trim_end().to_owned());
    said.push_str(stderr(&made_alone));
    let mut bytes = said.into_bytes();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(bytes.windows(4).any(|it| it == b"KEY#"), "the database is there");
    for secret in &secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for shape in [&secret[4..], &hex[8..]] {
            assert!(!bytes.windows(shape.len()).any(|it| it == shape.as_bytes()), "a secret was found");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_secret_that_nobody_got_is_to_be_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sigtower"))
        .args(["keys", "create", "--name", "desk", "--scope", "read", "--data-dir"])
        .arg(folder.path())
        .env_clear()
        .stdout(full)
        .output()
        .unwrap();
    exits_with(&output, 1);
    let id = id_of(good(&keys(folder.path(), &["list", "--json"])));
    assert!(stderr(&output).contains(&format!("sigtower keys revoke {id}")), "{}", stderr(&output));
}

#[test]
fn what_no_key_can_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (args, code) in [
        (&["create", "--name", "desk"][..], 2),
        (&["create", "--scope", "read"], 2),
        (&["create", "--name", "desk", "--scope", "all"], 2),
        (&["create", "--name", "desk", "--scope", "read", "--expires", "soon"], 2),
        (&["create", "--name", "desk", "--scope", "read", "--expires=-1d"], 2),
        (&["create", "--name", "desk", "--scope", "read", "--expires", "0d"], 2),
        (&["create", "--name", "", "--scope", "read"], 1),
        (&["create", "--name", &"x".repeat(65), "--scope", "read"], 1),
        (&["create", "--name", "desk", "--scope", "read", "--expires", "9000y"], 1),
        (&["revoke"], 2),
    ] {
        let output = keys(folder.path(), args);
        exits_with(&output, code);
        assert_eq!(stdout(&output), "");
    }
    assert_eq!(good(&keys(folder.path(), &["list"])), "");
}
