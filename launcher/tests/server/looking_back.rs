//! How far back edits are looked for, and how long what was passed over is kept: two settings.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::collecting::{long, pages, runtime, sigtower, stderr};
use crate::pages::{Post, Server as Pages, Thing};

fn object(command: &mut Command) -> Value {
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn batch(pages: &Pages, folder: &Path, flags: &[&str]) -> Value {
    let args = ["batch", "--json", "--delay", "0s", "--channel", "whalechart", "--preview-url", &pages.url];
    object(sigtower(&args, folder).args(flags))
}

fn passed_over(folder: &Path) -> usize {
    let list = object(&mut sigtower(&["channels", "passed-over", "whalechart", "--json"], folder));
    list["data"].as_array().expect("a list").len()
}

#[test]
fn edits_are_looked_for_as_far_back_as_it_is_set() {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), runtime());
    let pages = pages(&runtime);
    batch(&pages, folder.path(), &[]);
    let posts = vec![Post::text(1, &long(40_500)), Post::text(2, "Good morning"), Post::album(6, 3, &long(41_500))];
    pages.world.lock().unwrap().things.insert("whalechart".to_owned(), Thing::Channel { posts, page: 20 });
    let found = |flags: &[&str]| {
        let report = batch(&pages, folder.path(), flags);
        (report["total"]["fetched"].clone(), report["total"]["new_versions"].clone())
    };
    assert_eq!(found(&["--edit-window", "0"]), (json!(0), json!(0)));
    assert_eq!(found(&["--edit-window", "3"]), (json!(1), json!(1)), "the album, which is posts 6 to 8");
    assert_eq!(found(&[]), (json!(3), json!(1)), "post 1 too");
    for flags in [["--edit-window", "10001"], ["--edit-window", "-1"], ["--keep-passed-over", "3651"]] {
        let output = sigtower(&["batch"], folder.path()).args(flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    }
}

#[test]
fn what_is_passed_over_is_kept_only_where_it_is_wanted() {
    let runtime = runtime();
    let pages = pages(&runtime);
    for (flags, expected) in [(&["--keep-passed-over", "0"][..], 0), (&[], 1)] {
        let folder = tempfile::tempdir().unwrap();
        batch(&pages, folder.path(), flags);
        assert_eq!(passed_over(folder.path()), expected);
    }
    let post = json!({"id": 1, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": "Hi all"});
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": [{post}]}}"#);
    for (settings, expected) in [("passed_over_days = 0\n", 0), ("passed_over_days = 7\n", 1)] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("result.json"), &chat).unwrap();
        std::fs::write(folder.path().join("sigtower.toml"), settings).unwrap();
        let mut command = sigtower(&["import", "result.json", "--channel", "whalechart", "--json"], folder.path());
        let report = object(command.current_dir(folder.path()));
        assert_eq!(report["channels"][0]["not_signals"], json!({"chat": 1}), "{report}");
        assert_eq!(passed_over(folder.path()), expected, "{settings}");
    }
}

#[test]
fn an_import_flags_what_is_less_sure_than_it_is_set() {
    let post = json!({"id": 1, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": long(40_000)});
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": [{post}]}}"#);
    for (threshold, expected) in [("1", true), ("0.5", false)] {
        let folder = tempfile::tempdir().unwrap();
        let export = folder.path().join("result.json");
        std::fs::write(&export, &chat).unwrap();
        let import = ["import", export.to_str().unwrap(), "--channel", "whalechart", "--json"];
        object(sigtower(&import, folder.path()).env("SIGNAL_CONFIDENCE_THRESHOLD", threshold));
        let backup = sigtower(&["export", "-"], folder.path()).output().unwrap();
        let backup = String::from_utf8(backup.stdout).unwrap();
        assert_eq!(backup.contains(r#""low":{"BOOL":true}"#), expected, "{backup}");
    }
}
