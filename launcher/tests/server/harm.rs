//! What a disk can do to the desk: pages that are damaged, no room, a folder that cannot be written. Each is told with
//! its cause and what to do, nothing panics, and nothing that was stored is lost.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::collecting::{long, sigtower, stderr};

/// Ended by a signal or by a panic, it has another code.
const CODES: [i32; 3] = [0, 1, 3];

/// An export of these posts, each of them a signal.
fn export(folder: &Path, ids: std::ops::Range<i64>) -> PathBuf {
    let post = |id: i64| json!({"id": id, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": long(40_000 + id)});
    let posts: Vec<Value> = ids.map(post).collect();
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": {}}}"#, json!(posts));
    let file = folder.join("result.json");
    std::fs::write(&file, chat).expect("it is written");
    file
}

fn import(file: &Path, data: &Path) -> Command {
    sigtower(&["import", file.to_str().expect("UTF-8"), "--channel", "whalechart", "--json"], data)
}

#[track_caller]
fn imported(file: &Path, data: &Path) {
    let output = import(file, data).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

/// How many signals a store has, and whether its file is sound.
fn n_signals(data: &Path) -> Value {
    let output = sigtower(&["status", "--json"], data).output().expect("the command starts");
    let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!(finding(data, "integrity")["result"], "ok");
    status["store"]["signals_total"].clone()
}

/// What the doctor says of this.
fn finding(data: &Path, name: &str) -> Value {
    let args = ["doctor", "--json", "--port", "0", "--preview-url", "http://127.0.0.1:9"];
    let output = sigtower(&args, data).output().expect("the command starts");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let found = report["checks"].as_array().expect("checks").iter().find(|it| it["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {report}")).clone()
}

/// That it says what happened, why, and what to do next, and did not panic.
#[track_caller]
fn told(output: &Output, code: i32) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    for words in ["error: ", "  why:  ", "  next: "] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

/// Flips 100 bytes of a file; the same ones for the same seed (xorshift64).
fn damage(file: &Path, seed: u64) {
    let mut bytes = std::fs::read(file).expect("it is there");
    let mut state = seed;
    for _ in 0..100 {
        for shift in [13_i32, -7, 17] {
            state ^= if shift > 0 { state << shift } else { state >> -shift };
        }
        let at = usize::try_from(state % bytes.len() as u64).expect("an index");
        // Never by nothing.
        bytes[at] ^= (state >> 56) as u8 | 1;
    }
    std::fs::write(file, bytes).expect("it is ours");
}

#[test]
fn a_damaged_page_is_found_by_the_doctor_and_panics_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let (base, backup) = (folder.path().join("base"), folder.path().join("backup.jsonl"));
    let file = export(folder.path(), 1..200);
    imported(&file, &base);
    let saved = sigtower(&["export", backup.to_str().unwrap()], &base).output().unwrap();
    assert_eq!(saved.status.code(), Some(0), "{}", stderr(&saved));
    let file = file.to_str().unwrap();
    let commands: [&[&str]; 9] = [
        &["status"],
        &["channels", "list"],
        &["channels", "coverage", "whalechart"],
        &["channels", "passed-over", "whalechart"],
        &["keys", "list"],
        &["keys", "create", "--name", "desk", "--scope", "read"],
        &["export", "-"],
        &["import", file, "--channel", "whalechart"],
        &["batch", "--channel", "whalechart", "--preview-url", "http://127.0.0.1:9", "--delay", "0s"],
    ];
    for seed in [1, 2, 3] {
        let copy = |name: &str| {
            let copy = folder.path().join(format!("{seed}-{name}"));
            std::fs::create_dir(&copy).unwrap();
            std::fs::copy(base.join("signals.db"), copy.join("signals.db")).unwrap();
            damage(&copy.join("signals.db"), seed);
            copy
        };
        let data = copy("doctor");
        let found = finding(&data, "integrity");
        assert_eq!(found["result"], "fail", "{found}");
        assert!(found["what"].as_str().unwrap().contains("signals.db is damaged"), "{found}");
        assert!(found["next"].as_str().unwrap().contains("sigtower import --backup FILE"), "{found}");
        std::thread::scope(|scope| {
            for (n, args) in commands.iter().enumerate() {
                let data = copy(&n.to_string());
                scope.spawn(move || {
                    let output = sigtower(args, &data).stdin(Stdio::null()).output().unwrap();
                    let code = output.status.code();
                    assert!(code.is_some_and(|code| CODES.contains(&code)), "{args:?} {code:?}: {}", stderr(&output));
                    // What does not touch the damage is answered; a pass that fails tells so in its table.
                    if code != Some(0) && args[0] != "batch" {
                        told(&output, code.unwrap());
                    }
                    assert!(!stderr(&output).contains("panicked"), "{args:?}: {}", stderr(&output));
                });
            }
        });
    }
    // What the doctor advises brings everything back.
    let restored = folder.path().join("restored");
    let output = sigtower(&["import", "--backup", backup.to_str().unwrap()], &restored).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(n_signals(&restored), 199);
}

/// The command where no file may become longer than this many blocks of 512 bytes: a write beyond it fails.
fn cramped(command: &Command, n_blocks: u32) -> Command {
    let script = format!("trap '' XFSZ; ulimit -f {n_blocks}; exec \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args()).env_clear();
    shell
}

#[test]
fn without_room_nothing_is_lost_and_the_next_try_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    imported(&export(folder.path(), 1..100), &data);
    let file = export(folder.path(), 1..500);
    let n_blocks = u32::try_from(std::fs::metadata(data.join("signals.db")).unwrap().len() / 512).unwrap();
    let output = cramped(&import(&file, &data), n_blocks + 100).output().unwrap();
    told(&output, 1);
    assert!(stderr(&output).contains("mend the cause and import it again"), "{}", stderr(&output));
    let kept = n_signals(&data).as_u64().unwrap();
    assert!((99..499).contains(&kept), "{kept}");
    // Where not even opening it fits, the disk is suspected, not the file.
    let output = cramped(&sigtower(&["status"], &data), 20).output().unwrap();
    told(&output, 1);
    assert!(stderr(&output).contains("make room on its disk"), "{}", stderr(&output));
    imported(&file, &data);
    assert_eq!(n_signals(&data), 499);

    // A backup is there whole or not at all.
    let backup = folder.path().join("backup.jsonl");
    std::fs::write(&backup, "the one before").unwrap();
    let output = cramped(&sigtower(&["export", backup.to_str().unwrap()], &data), 200).output().unwrap();
    told(&output, 1);
    assert!(stderr(&output).contains("cannot write `"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&backup).unwrap(), "the one before");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sigtower(&["export", "-"], &data).stdout(full).stderr(Stdio::piped()).output().unwrap();
    told(&output, 1);
}

/// A folder that only its owner, who is not us, may write to; and the command as somebody who is no superuser.
struct Stranger {
    folder: tempfile::TempDir,
    program: PathBuf,
    is_root: bool,
}

impl Stranger {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let is_root = std::fs::metadata(folder.path()).expect("it is there").uid() == 0;
        let program = folder.path().join("sigtower");
        // The one that was built may lie where only the superuser looks.
        std::fs::copy(env!("CARGO_BIN_EXE_sigtower"), &program).expect("a copy");
        let stranger = Self { folder, program, is_root };
        stranger.mode("", 0o755);
        stranger
    }

    fn mode(&self, path: &str, mode: u32) {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.folder.path().join(path), permissions).expect("it is ours");
    }

    /// A superuser may write everywhere, so it becomes nobody (setpriv of util-linux).
    fn ask(&self, args: &[&str]) -> Output {
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&self.program);
            command
        } else {
            Command::new(&self.program)
        };
        let data = self.folder.path().join("data");
        command.args(args).args([OsStr::new("--data-dir"), data.as_os_str()]).env_clear();
        command.stdin(Stdio::null()).current_dir("/").output().expect("the command starts")
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_stays_as_it_is() {
    let stranger = Stranger::new();
    let data = stranger.folder.path().join("data");
    let file = export(stranger.folder.path(), 1..20);
    imported(&file, &data);
    for path in ["data/signals.db", "data/owner.lock"] {
        stranger.mode(path, 0o444);
    }
    stranger.mode("data", 0o555);
    let before = std::fs::read(data.join("signals.db")).unwrap();
    let file = file.to_str().unwrap();
    let commands: [&[&str]; 7] = [
        &["status"],
        &["channels", "list"],
        &["keys", "list"],
        &["export", "-"],
        &["import", file, "--channel", "whalechart"],
        &["batch", "--channel", "whalechart", "--preview-url", "http://127.0.0.1:9"],
        &["up", "--port", "0"],
    ];
    for args in commands {
        let output = stranger.ask(args);
        told(&output, 1);
        assert!(stderr(&output).contains("cannot use the data folder"), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("Permission denied"), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--data-dir FOLDER"), "{args:?}: {}", stderr(&output));
    }
    let output = stranger.ask(&["doctor", "--port", "0", "--preview-url", "http://127.0.0.1:9"]);
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{shown}{}", stderr(&output));
    assert!(shown.contains("FAIL  data folder") && shown.contains("cannot be written"), "{shown}");
    assert_eq!(std::fs::read(data.join("signals.db")).unwrap(), before);

    stranger.mode("data", 0o700);
    for path in ["data/signals.db", "data/owner.lock"] {
        stranger.mode(path, 0o600);
    }
    assert_eq!(n_signals(&data), 19);
}
