//! The commands that say whether all is well, against pages on loopback, and stores that are taken or damaged.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::collecting::{long, pages, runtime, sigtower, stderr};
use crate::pages::{Fault, Server as Pages, Thing};
use crate::process::Server;

const NOBODY: &str = "http://127.0.0.1:9";

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the command starts")
}

fn ran(command: &mut Command) -> (Option<i32>, Value) {
    let output = output(command);
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (output.status.code(), value)
}

fn batch(pages: &Pages, folder: &Path, channels: &[&str]) -> (Option<i32>, Value) {
    let mut command = sigtower(&["batch", "--json", "--delay", "0s", "--preview-url", &pages.url], folder);
    ran(command.args(channels.iter().flat_map(|channel| ["--channel", channel])))
}

fn status(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    ran(sigtower(&["status", "--json"], folder).args(args))
}

fn doctor(folder: &Path, url: &str) -> (Option<i32>, Value) {
    ran(&mut sigtower(&["doctor", "--json", "--port", &free_port(), "--preview-url", url], folder))
}

fn test(pages: &Pages, folder: &Path, channels: &[&str]) -> (Option<i32>, Value) {
    let mut command = sigtower(&["test", "--json", "--delay", "0s", "--preview-url", &pages.url], folder);
    ran(command.args(channels.iter().flat_map(|channel| ["--channel", channel])))
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port().to_string()
}

/// What the doctor said of this.
#[track_caller]
fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("checks");
    checks.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no check {name}: {report}"))
}

fn damage(folder: &Path) {
    std::fs::write(folder.join("signals.db"), [b'x'; 8_192]).expect("the folder is there");
    private(&folder.join("signals.db"), 0o600);
}

fn private(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("it is ours");
}

#[test]
fn the_status_tells_how_far_each_channel_is_read_and_which_fails() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let (code, empty) = status(folder.path(), &[]);
    assert_eq!((code, &empty["schema"], &empty["channels"]), (Some(0), &json!("status/1"), &json!([])));
    batch(&pages, folder.path(), &["whalechart", "sharkchart"]);
    let (code, well) = status(folder.path(), &[]);
    assert_eq!(code, Some(0), "{well}");
    let whale = &well["channels"][1];
    assert_eq!(
        (&whale["channel"], &whale["state"], &whale["backlog"]),
        (&json!("whalechart"), &json!("ok"), &json!(0))
    );
    assert_eq!((&whale["checkpoint"], &whale["newest"]), (&json!(8), &json!(8)), "{whale}");
    assert_eq!((&whale["fetched"], &whale["parse_rate"]), (&json!(4), &json!(0.75)), "{whale}");
    assert_eq!((&well["store"]["ok"], &well["store"]["signals_total"]), (&json!(true), &json!(3)), "{well}");
    assert_eq!((&well["collector"], &well["sinks"]), (&Value::Null, &json!([{"name": "store", "ok": true}])));

    // A channel that is not there fails, and what it said is told; the others are as they were.
    batch(&pages, folder.path(), &["nobodyhere"]);
    let (code, partly) = status(folder.path(), &[]);
    let missing = &partly["channels"][0];
    assert_eq!((code, &missing["state"], &missing["last_success_at"]), (Some(3), &json!("failing"), &Value::Null));
    assert!(missing["error"]["text"].as_str().unwrap().contains("nobodyhere"), "{missing}");
    assert_eq!(status(folder.path(), &["--channel", "sharkchart"]).0, Some(0));
    assert_eq!(status(folder.path(), &["--channel", "neverread"]).0, Some(3));
    let table = output(&mut sigtower(&["status"], folder.path()));
    let table = String::from_utf8(table.stdout).unwrap();
    let words = |n: usize| table.lines().nth(n).unwrap().split_whitespace().take(5).collect::<Vec<_>>();
    assert_eq!(words(1), ["nobodyhere", "failing", "-", "-", "0"], "{table}");
    assert_eq!(words(3), ["whalechart", "ok", "8", "8", "0"], "{table}");
    for line in ["store: ok, 3 signals, 0 news without their signal\n", "collecting: nobody at the moment\n"] {
        assert!(table.contains(line), "{table}");
    }

    // Beside a running server it is the same.
    let server = Server::start(folder.path());
    let (code, beside) = status(folder.path(), &[]);
    assert_eq!((code, &beside["channels"].as_array().unwrap().len()), (Some(3), &3), "{beside}");
    drop(server);
}

#[test]
fn a_pause_is_kept_and_obeyed_by_the_next_process() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    pages.world.lock().unwrap().faults.push_back(Fault::retry_after(429, "300"));
    assert_eq!(batch(&pages, folder.path(), &["sharkchart"]).0, Some(6));
    let asked = || pages.world.lock().unwrap().asked.len();
    let n_asked = asked();
    let (code, report) = batch(&pages, folder.path(), &["sharkchart"]);
    let error = &report["channels"][0]["error"];
    assert_eq!((code, asked()), (Some(6), n_asked), "{report}");
    assert!((1..=300).contains(&error["retry_after_s"].as_u64().unwrap()), "{error}");
    assert!(error["text"].as_str().unwrap().contains("left alone until"), "{error}");

    // Nor does anybody else ask.
    let (code, report) = status(folder.path(), &[]);
    assert_eq!((code, &report["channels"][0]["state"]), (Some(3), &json!("waiting")), "{report}");
    let (code, report) = doctor(folder.path(), &pages.url);
    assert_eq!((code, &check(&report, "preview")["result"]), (Some(0), &json!("warn")), "{report}");
    assert_eq!(check(&report, "channels")["result"], "warn", "{report}");
    let (code, report) = test(&pages, folder.path(), &["sharkchart"]);
    assert_eq!((code, &report["tests"]["channels"]["accessible_channels"]), (Some(1), &json!(0)), "{report}");
    assert_eq!(asked(), n_asked);
}

#[test]
fn a_channel_without_success_is_stale_after_two_periods() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    batch(&pages, folder.path(), &["sharkchart"]);
    let is_stale = || {
        let (code, report) = status(folder.path(), &["--every", "1s"]);
        assert_eq!(code == Some(3), report["channels"][0]["state"] == "stale", "{report}");
        code == Some(3)
    };
    while !is_stale() {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(status(folder.path(), &["--every", "1h"]).0, Some(0));

    // The doctor warns of it, and nothing fails.
    for (every, result) in [("1s", "warn"), ("1h", "ok")] {
        let args = ["doctor", "--json", "--port", "0", "--every", every, "--preview-url", &pages.url];
        let (code, report) = ran(&mut sigtower(&args, folder.path()));
        assert_eq!((code, &check(&report, "channels")["result"]), (Some(0), &json!(result)), "{report}");
    }
}

#[test]
fn the_doctor_finds_nothing_wrong_and_makes_nothing() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let posts = vec![];
    pages.world.lock().unwrap().things.insert("binancekillers".to_owned(), Thing::Channel { posts, page: 20 });
    let data = folder.path().join("data");
    let (code, report) = doctor(&data, &pages.url);
    assert_eq!((code, &report["schema"], &report["ok"]), (Some(0), &json!("doctor/1"), &json!(true)), "{report}");
    assert!(!data.exists(), "the doctor made the folder");
    assert_eq!(pages.world.lock().unwrap().asked.len(), 1, "one request");
    batch(&pages, &data, &["whalechart"]);
    let (code, report) = doctor(&data, &pages.url);
    assert_eq!(code, Some(0), "{report}");
    for name in [
        "data folder",
        "free space",
        "owner",
        "permissions",
        "database",
        "integrity",
        "clock",
        "channels",
        "preview",
        "port",
    ] {
        assert_eq!(check(&report, name)["result"], "ok", "{report}");
    }
    let shown = output(&mut sigtower(&["doctor", "--port", &free_port(), "--preview-url", &pages.url], &data));
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.lines().all(|line| line.starts_with("ok  ")), "{shown}");

    // The port of the running server is its own; of another program it is a warning.
    let server = Server::start(&data);
    let port = server.address().port().to_string();
    let (code, report) = ran(&mut sigtower(&["doctor", "--json", "--port", &port, "--preview-url", &pages.url], &data));
    assert_eq!((code, &check(&report, "port")["result"]), (Some(0), &json!("ok")), "{report}");
    assert!(check(&report, "owner")["what"].as_str().unwrap().contains(&port), "{report}");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let (code, report) = ran(&mut sigtower(&["doctor", "--json", "--port", &port, "--preview-url", &pages.url], &data));
    assert_eq!((code, &check(&report, "port")["result"]), (Some(0), &json!("warn")), "{report}");
}

#[test]
fn the_doctor_ends_by_itself_where_nothing_answers() {
    let folder = tempfile::tempdir().unwrap();
    // Connections are taken by the system, and nobody answers on them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for url in [NOBODY, &silent] {
        let (code, report) = doctor(folder.path(), url);
        let preview = check(&report, "preview");
        assert_eq!((code, &preview["result"], &report["ok"]), (Some(1), &json!("fail"), &json!(false)), "{report}");
        assert!(preview["why"].is_string() && preview["next"].is_string(), "{preview}");
    }
    let (code, report) = doctor(folder.path(), "no address");
    assert_eq!((code, &check(&report, "preview")["result"]), (Some(1), &json!("fail")), "{report}");
}

#[test]
fn what_others_can_read_and_a_clock_that_stands_before_what_is_kept_are_found() {
    let (temporary, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let (pages, folder) = (pages(&runtime), temporary.path().join("data"));
    batch(&pages, &folder, &["whalechart"]);
    private(&folder.join("owner.lock"), 0o644);
    let (code, report) = doctor(&folder, &pages.url);
    let found = check(&report, "permissions");
    assert_eq!((code, &found["result"]), (Some(1), &json!("fail")), "{report}");
    assert!(found["next"].as_str().unwrap().starts_with("chmod 600 "), "{found}");
    private(&folder.join("owner.lock"), 0o600);
    private(&folder, 0o755);
    let (code, report) = doctor(&folder, &pages.url);
    assert_eq!((code, &check(&report, "permissions")["result"]), (Some(0), &json!("warn")), "{report}");

    let posts = vec![crate::pages::Post::text(20_000_000, &long(40_000))];
    pages.world.lock().unwrap().things.insert("futurechart".to_owned(), Thing::Channel { posts, page: 20 });
    batch(&pages, &folder, &["futurechart"]);
    let (code, report) = doctor(&folder, &pages.url);
    assert_eq!((code, &check(&report, "clock")["result"]), (Some(1), &json!("fail")), "{report}");
}

#[test]
fn a_damaged_database_is_told_by_all_three() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    batch(&pages, folder.path(), &["whalechart"]);
    damage(folder.path());
    let (code, report) = status(folder.path(), &[]);
    assert_eq!((code, &report["store"]["ok"]), (Some(1), &json!(false)), "{report}");
    assert!(report["store"]["error"].as_str().unwrap().contains("signals.db"), "{report}");
    let (code, report) = doctor(folder.path(), &pages.url);
    assert_eq!((code, &check(&report, "database")["result"]), (Some(1), &json!("fail")), "{report}");
    let (code, report) = test(&pages, folder.path(), &["whalechart"]);
    assert_eq!((code, &report["overall_success"]), (Some(1), &json!(false)), "{report}");
    let tests = &report["tests"];
    assert_eq!((&tests["initialization"]["success"], &tests["channels"]["success"]), (&json!(false), &json!(true)));
    assert!(tests["backend_integration"]["error"].as_str().unwrap().contains("signals.db"), "{report}");
}

#[test]
fn a_store_that_somebody_else_holds_is_busy_and_no_fault() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    // It waits an hour before its second request, and holds the folder.
    let mut command = sigtower(&["batch", "--delay", "1h", "--preview-url", &pages.url], folder.path());
    let mut holder = command.args(["--channel", "whalechart", "--channel", "sharkchart"]).spawn().unwrap();
    while pages.world.lock().unwrap().asked.is_empty() {
        assert!(holder.try_wait().unwrap().is_none(), "it ended before it asked");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let busy = output(&mut sigtower(&["status"], folder.path()));
    assert_eq!(busy.status.code(), Some(5), "{}", stderr(&busy));
    assert!(stderr(&busy).contains(&format!("process {}", holder.id())), "{}", stderr(&busy));
    let (_, report) = doctor(folder.path(), &pages.url);
    assert_eq!(check(&report, "database")["result"], "warn", "{report}");
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn the_test_tries_everything_and_leaves_nothing() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let (code, report) = test(&pages, folder.path(), &["whalechart", "sharkchart"]);
    assert_eq!((code, &report["overall_success"]), (Some(0), &json!(true)), "{report}");
    let tests = &report["tests"];
    assert_eq!(tests["initialization"], json!({"success": true}));
    let channels = &tests["channels"];
    assert_eq!((&channels["accessible_channels"], &channels["total_channels"]), (&json!(2), &json!(2)), "{channels}");
    assert_eq!(channels["channels"]["whalechart"], json!({"accessible": true, "messages_fetched": 4}));
    assert_eq!(
        tests["signal_collection"],
        json!({"success": true, "messages_fetched": 5, "signals_found": 3, "updates_found": 1, "bad_posts": 0})
    );
    assert_eq!(
        tests["backend_integration"],
        json!({"success": true, "target": "store", "stored": true, "read_back": true, "removed": true})
    );
    assert!(report["timestamp"].as_str().is_some_and(|it| it.parse::<jiff::Timestamp>().is_ok()), "{report}");
    let (_, status) = status(folder.path(), &[]);
    assert_eq!((&status["store"]["signals_total"], &status["channels"]), (&json!(0), &json!([])), "{status}");

    // Some channels fail, and all of them.
    let (code, report) = test(&pages, folder.path(), &["whalechart", "nobodyhere"]);
    assert_eq!((code, &report["overall_success"]), (Some(3), &json!(false)), "{report}");
    let missing = &report["tests"]["channels"]["channels"]["nobodyhere"];
    assert!(missing["accessible"] == false && missing["error"].as_str().unwrap().contains("nobodyhere"), "{report}");
    let (code, report) = test(&pages, folder.path(), &["nobodyhere"]);
    assert_eq!((code, &report["tests"]["backend_integration"]["success"]), (Some(1), &json!(true)), "{report}");
    pages.world.lock().unwrap().faults.extend((0..3).map(|_| Fault::status(500)));
    let shown = output(
        sigtower(&["test", "--delay", "0s", "--preview-url", &pages.url], folder.path())
            .args(["--channel", "sharkchart"]),
    );
    let table = String::from_utf8(shown.stdout.clone()).unwrap();
    assert_eq!(shown.status.code(), Some(1), "{table}{}", stderr(&shown));
    assert!(table.starts_with("ok    initialization"), "{table}");
    for line in
        ["FAIL  channels             0 of 1 accessible\n", "FAIL  signal collection", "ok    backend integration"]
    {
        assert!(table.contains(line), "{table}");
    }
}

#[test]
fn without_a_terminal_each_command_ends_by_itself_and_none_prompts() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    for verb in ["status", "doctor", "test"] {
        let mut command = sigtower(&[verb], folder.path());
        if verb != "status" {
            command.args(["--preview-url", &pages.url]);
        }
        if verb == "test" {
            command.args(["--delay", "0s", "--channel", "sharkchart"]);
        }
        // Not even `CI` changes what it does; what is piped in is not read.
        for stdin in [Stdio::null(), Stdio::piped()] {
            let output = command.env("CI", "1").stdin(stdin).output().expect("the command starts");
            assert!(matches!(output.status.code(), Some(0 | 1)), "{verb}: {}", stderr(&output));
            assert!(!output.stdout.is_empty() && !output.stdout.contains(&0x1b), "{verb}: {}", stderr(&output));
        }
    }
    let alone = Command::new(env!("CARGO_BIN_EXE_sigtower")).env_clear().stdin(Stdio::null()).output().unwrap();
    assert_eq!((alone.status.code(), alone.stdout.is_empty()), (Some(2), true), "{}", stderr(&alone));
    assert!(stderr(&alone).contains("Usage:"), "{}", stderr(&alone));
}
