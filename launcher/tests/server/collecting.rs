//! The commands that bring posts in, against pages on loopback and files of an export.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::pages::{Fault, Post, Server as Pages, Thing};
use crate::process::{Connection, Server};

pub(crate) fn sigtower(args: &[&str], data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtower"));
    command.args(args).arg("--data-dir").arg(data_dir).env_clear();
    command
}

pub(crate) fn batch(pages: &Pages, data_dir: &Path, channels: &[&str]) -> (Option<i32>, Value) {
    let mut command = sigtower(&["batch", "--json", "--delay", "0s", "--preview-url", &pages.url], data_dir);
    command.args(channels.iter().flat_map(|channel| ["--channel", channel]));
    let output = command.output().expect("the command starts");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (output.status.code(), report)
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn long(entry: i64) -> String {
    format!("BTC LONG ENTRY {entry} TARGET {} SL {}", entry + 1_000, entry - 1_000)
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// Pages of two channels: signals, news, chat, an album and a hole.
pub(crate) fn pages(runtime: &tokio::runtime::Runtime) -> Pages {
    let pages = runtime.block_on(Pages::start());
    let posts = vec![
        Post::text(1, &long(40_000)),
        Post::text(2, "Good morning everyone"),
        Post::text(5, "BTC target 1 hit ✅"),
        Post::album(6, 3, &long(41_000)),
    ];
    let mut world = pages.world.lock().expect("no panic");
    world.things.insert("whalechart".to_owned(), Thing::Channel { posts, page: 20 });
    let posts = vec![Post::text(9, &long(50_000))];
    world.things.insert("sharkchart".to_owned(), Thing::Channel { posts, page: 20 });
    drop(world);
    pages
}

#[test]
fn a_batch_stores_what_the_pages_show_and_a_second_one_nothing_new() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let (code, report) = batch(&pages, folder.path(), &["WhaleChart", "@sharkchart"]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!((&report["schema"], &report["total"]["stored"]), (&json!("sweep/1"), &json!(4)), "{report}");
    assert_eq!(report["channels"][0]["not_signals"], json!({"chat": 1}));
    let (code, again) = batch(&pages, folder.path(), &["whalechart", "sharkchart"]);
    assert_eq!((code, &again["total"]["stored"], &again["total"]["new_versions"]), (Some(0), &json!(0), &json!(0)));

    // Beside a running server the same command works through it, and its work is in the API at once.
    let server = Server::start(folder.path());
    pages.world.lock().unwrap().things.insert(
        "sharkchart".to_owned(),
        Thing::Channel { posts: vec![Post::text(9, &long(50_000)), Post::text(10, &long(51_000))], page: 20 },
    );
    let (code, beside) = batch(&pages, folder.path(), &["sharkchart"]);
    assert_eq!((code, &beside["total"]["stored"]), (Some(0), &json!(1)), "{beside}");
    let (_, stats) = Connection::open(server.address()).ask("GET", "/api/v1/signals/stats", None).unwrap();
    assert_eq!(stats["total_signals"], 4, "{stats}");
}

#[test]
fn a_channel_that_cannot_be_read_is_told_and_stops_no_other() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let (code, report) = batch(&pages, folder.path(), &["nobodyhere", "sharkchart"]);
    assert_eq!((code, &report["total"]["stored"]), (Some(3), &json!(1)), "{report}");
    assert!(report["channels"][0]["error"]["text"].as_str().unwrap().contains("nobodyhere"), "{report}");
    let (code, _) = batch(&pages, folder.path(), &["nobodyhere"]);
    assert_eq!(code, Some(1));
    pages.world.lock().unwrap().faults.push_back(Fault::retry_after(429, "300"));
    let (code, report) = batch(&pages, folder.path(), &["sharkchart"]);
    assert_eq!((code, &report["channels"][0]["error"]["retry_after_s"]), (Some(6), &json!(300)), "{report}");
}

#[test]
fn offline_the_command_says_so_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = sigtower(&["batch", "--delay", "0s", "--preview-url", "http://127.0.0.1:9"], folder.path());
    let output = command.args(["--channel", "whalechart"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("whalechart"), "{}", stderr(&output));
}

#[test]
fn an_export_is_imported_once_and_its_table_says_what_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let (export, data) = (folder.path().join("export"), folder.path().join("data"));
    std::fs::create_dir(&export).unwrap();
    let message = |id: i64, text: &str| json!({"id": id, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": text});
    let messages = [message(1, &long(40_000)), message(2, "Good morning"), message(4, "BTC target 1 hit ✅")];
    // In the order in which Telegram Desktop writes them: who it is stands before the messages.
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": {}}}"#, json!(messages));
    std::fs::write(export.join("result.json"), chat).unwrap();
    let import = || sigtower(&["import", export.to_str().unwrap(), "--channel", "whalechart"], &data).output().unwrap();
    let first = import();
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let table = String::from_utf8(first.stdout).unwrap();
    let figures: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(figures, ["whalechart", "3", "1", "1", "1", "2", "0", "0", "0", "0", "0"], "{table}");
    let again = import();
    let table = String::from_utf8(again.stdout).unwrap();
    assert_eq!(table.lines().nth(1).unwrap().split_whitespace().nth(5), Some("0"), "{table}");

    // The preview goes on behind the export, and knows the same channel by its name.
    let runtime = runtime();
    let (code, report) = batch(&pages(&runtime), &data, &["whalechart"]);
    assert_eq!((code, &report["channels"][0]["key"]), (Some(0), &json!("whalechart")), "{report}");
    assert_eq!(report["total"]["stored"], 2, "the edited news and the album: {report}");
    let missing = sigtower(&["import", "/nowhere"], &data).output().unwrap();
    assert_eq!(missing.status.code(), Some(1), "{}", stderr(&missing));
}

#[test]
fn one_that_is_killed_or_stopped_leaves_the_next_one_nothing_to_wait_for() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    for signal in ["TERM", "INT", "KILL"] {
        // The delay before the second request is long enough to be met by the signal.
        let mut command = sigtower(&["batch", "--delay", "1h", "--preview-url", &pages.url], folder.path());
        let mut child = command.args(["--channel", "whalechart", "--channel", "sharkchart"]).spawn().unwrap();
        let asked = pages.world.lock().unwrap().asked.len();
        while pages.world.lock().unwrap().asked.len() == asked {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it asked");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let code = child.wait().unwrap().code();
        assert_eq!(
            code,
            [("TERM", Some(143)), ("INT", Some(130)), ("KILL", None)].into_iter().find(|it| it.0 == signal).unwrap().1
        );
    }
    let (code, report) = batch(&pages, folder.path(), &["whalechart", "sharkchart"]);
    assert_eq!((code, &report["total"]["backlog"]), (Some(0), &Value::Null), "{report}");
    assert_eq!(report["channels"][0]["backlog"], 0, "{report}");
}

/// Asks until the answer is as it should be; a minute is long after it should.
fn until(mut is_there: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if is_there() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it never came");
}

#[test]
fn a_server_with_a_source_reads_what_is_posted_and_ends_cleanly() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let args =
        ["up", "--port", "0", "--source", "preview", "--preview-url", &pages.url, "--delay", "0s", "--every", "1s"];
    let mut command = sigtower(&args, folder.path());
    let mut server = Server::started(command.args(["--channel", "whalechart", "--channel", "nobodyhere"]));
    let mut connection = Connection::open(server.address());
    let mut n_signals =
        || connection.ask("GET", "/api/v1/signals/stats", None).expect("it answers").1["total_signals"].clone();
    until(|| n_signals() == json!(2));
    let posts = vec![Post::text(1, &long(40_000)), Post::text(12, &long(45_000))];
    pages.world.lock().unwrap().things.insert("whalechart".to_owned(), Thing::Channel { posts, page: 20 });
    until(|| n_signals() == json!(3));
    assert_eq!(server.stop("TERM"), Some(0));
    // Its lease is free: the next one begins at once, also beside another process.
    let (code, _) = batch(&pages, folder.path(), &["whalechart"]);
    assert_eq!(code, Some(0));
}

#[test]
fn realtime_says_what_is_missing_and_looks_often_instead() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let without = sigtower(&["realtime"], folder.path()).output().unwrap();
    assert_eq!(without.status.code(), Some(4));
    for words in ["TELEGRAM_API_ID is not set", "sigtower realtime --poll"] {
        assert!(stderr(&without).contains(words), "{}", stderr(&without));
    }
    let args =
        ["--mode", "realtime", "--poll", "--preview-url", &pages.url, "--delay", "0s", "--channel", "sharkchart"];
    let mut child = sigtower(&args, folder.path()).spawn().unwrap();
    until(|| !pages.world.lock().unwrap().asked.is_empty());
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_channel_for_which_no_time_was_left_comes_first_in_the_next_run() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    let names: Vec<String> = (0..6).map(|n| format!("channel_{n}")).collect();
    for (id, name) in (1..).zip(&names) {
        let posts = vec![Post::text(id, &long(50_000 + id))];
        pages.world.lock().unwrap().things.insert(name.clone(), Thing::Channel { posts, page: 20 });
    }
    let mut command = sigtower(&["periodic", "--every", "1s", "--delay", "400ms"], folder.path());
    command.args(["--preview-url", &pages.url]).args(names.iter().flat_map(|name| ["--channel", name]));
    let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let asked = |name: &String| pages.world.lock().unwrap().asked.iter().any(|path| path.contains(name));
    until(|| names.iter().all(asked));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_periodic_run_goes_on_over_failures_and_ends_when_it_is_told() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    pages.world.lock().unwrap().faults.extend((0..4).map(|_| Fault::status(500)));
    let args = ["periodic", "--preview-url", &pages.url, "--delay", "0s", "--every", "1s", "--channel", "sharkchart"];
    let mut child = sigtower(&args, folder.path()).spawn().unwrap();
    until(|| pages.world.lock().unwrap().asked.len() >= 7);
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let (_, report) = batch(&pages, folder.path(), &["sharkchart"]);
    assert_eq!((&report["total"]["stored"], &report["total"]["unchanged"]), (&json!(0), &json!(1)), "{report}");
}
