//! A data folder has one owner, which ends cleanly and keeps what it was given.

use std::net::TcpListener;
use std::path::Path;

use crate::running::{FakeOwner, Up, own};
use crate::{exits_with, run, stderr, stdout};

const SIGNAL: &str = r#"{"symbol":"BTCUSDT","signal_type":"long","entry_price":45000,"source":"desk"}"#;

fn keys_list(data_dir: &Path) -> std::process::Output {
    run(&["keys", "list", "--data-dir", data_dir.to_str().expect("UTF-8")], "")
}

#[test]
fn a_second_one_is_told_who_owns_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[]);
    let output = run(&["up", "--port", "0", "--data-dir", folder.path().to_str().unwrap()], "");
    exits_with(&output, 5);
    assert_eq!(stdout(&output), "");
    for words in ["is in use", &format!("process {}", up.pid()), &format!("http://{}", up.address), "next:"] {
        assert!(stderr(&output).contains(words), "`{words}` is not in: {}", stderr(&output));
    }
}

#[test]
fn it_ends_cleanly_and_keeps_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let json = [("content-type", "application/json")];
    for (n, signal) in ["TERM", "INT", "KILL"].into_iter().enumerate() {
        let up = Up::start(folder.path(), &[]);
        let (status, stats) = up.ask("GET", "/api/v1/signals/stats", &[], "");
        assert!(status == 200 && stats.contains(&format!("\"total_signals\":{n},")), "{stats}");
        assert_eq!(up.ask("POST", "/api/v1/signals", &json, SIGNAL).0, 201);
        let (code, said) = up.stop(signal);
        assert_eq!(code, if signal == "KILL" { None } else { Some(0) }, "{signal}: {said}");
    }
    // Nor does the address of one that was killed mislead whoever comes next.
    exits_with(&keys_list(folder.path()), 0);
}

#[cfg(unix)]
#[test]
fn its_files_are_its_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let up = Up::start(&data_dir, &[]);
    assert_eq!(up.ask("POST", "/api/v1/signals", &[("content-type", "application/json")], SIGNAL).0, 201);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data_dir), 0o700);
    for entry in std::fs::read_dir(&data_dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn an_owner_that_does_not_answer_makes_the_folder_busy() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let silent = FakeOwner::start(folders[0].path(), None);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lock = own(folders[1].path(), closed);
    std::thread::scope(|scope| {
        for (folder, says) in folders.iter().zip(["does not answer", "is in use"]) {
            scope.spawn(move || {
                let output = keys_list(folder.path());
                exits_with(&output, 5);
                for words in [says, "process 4711", "next:"] {
                    assert!(stderr(&output).contains(words), "`{words}` is not in: {}", stderr(&output));
                }
            });
        }
    });
    drop((silent, lock));
}

#[test]
fn what_steers_a_terminal_is_shown_and_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("steering\u{1b}[2J.jsonl");
    std::fs::write(&backup, "{}\n").unwrap();
    let body = r#"{"detail":"line 1 of the backup is damaged: \u001b]0;title\u0007"}"#;
    let answer = format!("HTTP/1.1 422 No\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _owner = FakeOwner::start(folder.path(), Some(answer));
    let data_dir = folder.path().to_str().unwrap();
    let refused = run(&["import", "--backup", backup.to_str().unwrap(), "--data-dir", data_dir], "");
    exits_with(&refused, 1);
    assert!(stderr(&refused).contains("damaged: ␛]0;title␇"), "{}", stderr(&refused));
    let missing = run(&["import", "--backup", "no\u{1b}[2Jfile", "--data-dir", data_dir], "");
    exits_with(&missing, 1);
    assert!(stderr(&missing).contains("`no␛[2Jfile`"), "{}", stderr(&missing));
    for output in [&refused, &missing] {
        assert!(!stderr(output).contains('\u{1b}'), "{:?}", stderr(output));
    }
}

#[test]
fn an_owner_that_wants_a_key_is_told_from_one_that_fails() {
    for (status, code, says) in [("401 Unauthorized", 4, "scope `admin`"), ("500 Internal Server Error", 1, "why:")] {
        let folder = tempfile::tempdir().unwrap();
        let body = r#"{"detail":"for this reason"}"#;
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let _owner = FakeOwner::start(folder.path(), Some(answer));
        let output = keys_list(folder.path());
        exits_with(&output, code);
        assert!(stderr(&output).contains("for this reason") && stderr(&output).contains(says), "{}", stderr(&output));
    }
}
