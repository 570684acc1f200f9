//! Which channels are read: `sigtower channels add` and `remove` change the file of settings that counts.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::{exits_with, sigtower, stderr, stdout};

/// A working folder, and a user with a place for settings.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("here")).expect("a folder");
        Self { folder }
    }

    fn here(&self, name: &str) -> PathBuf {
        self.folder.path().join("here").join(name)
    }

    fn users_own(&self) -> PathBuf {
        self.folder.path().join("config/sigtower/sigtower.toml")
    }

    fn ask(&self, args: &[&str]) -> Output {
        self.ask_with(&[], args)
    }

    fn ask_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Output {
        let mut command = sigtower(args);
        command.current_dir(self.here("")).env("XDG_CONFIG_HOME", self.folder.path().join("config"));
        command.envs(variables.iter().copied()).write_stdin("").output().expect("the command starts")
    }

    /// The channels that a command without flags reads, and where they stand.
    fn read(&self) -> (String, String) {
        let shown = self.ask(&["config", "show", "--json"]);
        let settings: Value = serde_json::from_str(stdout(&shown)).expect("JSON");
        let channels = settings["settings"].as_array().expect("a list").iter().find(|it| it["key"] == "channels");
        let text = |key: &str| channels.expect("the setting")[key].as_str().unwrap_or_default().to_owned();
        (text("value"), text("origin"))
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_first_one_that_is_added_joins_the_usual_ones_in_the_users_own_file() {
    let desk = Desk::new();
    let output = desk.ask(&["channels", "add", "https://t.me/s/SharkChart", "@sharkchart", "cryptowhales"]);
    exits_with(&output, 0);
    assert_eq!(stdout(&output), "sharkchart: added\nsharkchart: already there\ncryptowhales: already there\n");
    for words in ["the usual twelve", "lists 13 channels now", "from its next start on"] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let (channels, origin) = desk.read();
    assert!(channels.starts_with("binancekillers,io_altsignals,CryptoCapoTG,"), "{channels}");
    assert!(channels.ends_with(",bitcoinsignals,sharkchart") && channels.split(',').count() == 13, "{channels}");
    assert_eq!(origin, desk.users_own().display().to_string());

    // What is there already is no reason to write.
    let before = text(&desk.users_own());
    let again = desk.ask(&["channels", "add", "SHARKCHART", "--json"]);
    exits_with(&again, 0);
    let told: Value = serde_json::from_str(stdout(&again)).unwrap();
    assert_eq!((&told["schema"], &told["is_changed"]), (&json!("channels-chosen/1"), &json!(false)), "{told}");
    assert_eq!((&told["already"], &told["added"], &told["removed"]), (&json!(["sharkchart"]), &json!([]), &json!([])));
    assert_eq!(text(&desk.users_own()), before);
}

#[test]
fn the_file_of_the_working_folder_is_changed_before_the_users_own_and_keeps_its_comments() {
    let desk = Desk::new();
    let settings = "# mine\nevery = \"10m\" # slow\n\nchannels = [ # few\n    \"WhaleChart\", # best\n    \"77\",\n]\nport = 9000\n";
    std::fs::write(desk.here("sigtower.toml"), settings).unwrap();
    let output = desk.ask(&["channels", "add", "sharkchart"]);
    exits_with(&output, 0);
    assert!(!desk.users_own().exists());
    assert!(!stderr(&output).contains("began with"), "{}", stderr(&output));
    let added = settings.replace("\"77\",\n", "\"77\",\n    \"sharkchart\",\n");
    assert_eq!(text(&desk.here("sigtower.toml")), added);
    let output = desk.ask(&["channels", "remove", "@whalechart", "-10077", "--json"]);
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(told["removed"], json!(["whalechart", "77"]), "{told}");
    assert_eq!((&told["channels"], &told["overridden_by"]), (&json!(["sharkchart"]), &Value::Null), "{told}");
    let removed = added.replace("    \"WhaleChart\", # best\n    \"77\",\n", "");
    assert_eq!(text(&desk.here("sigtower.toml")), removed);
}

#[test]
fn a_file_without_a_list_begins_with_what_was_read_before() {
    let desk = Desk::new();
    std::fs::write(desk.here("sigtower.toml"), "# here\nport = 1\n").unwrap();
    let output = desk.ask(&["channels", "remove", "cryptocapotg"]);
    exits_with(&output, 0);
    assert!(stderr(&output).contains("the usual twelve"), "{}", stderr(&output));
    assert!(!desk.read().0.contains("CryptoCapoTG") && desk.read().0.split(',').count() == 11, "{:?}", desk.read());
    assert!(text(&desk.here("sigtower.toml")).starts_with("# here\nport = 1\nchannels = [\n    \"binancekillers\",\n"));

    std::fs::create_dir_all(desk.users_own().parent().unwrap()).unwrap();
    std::fs::write(desk.users_own(), "channels = \"whalechart,sharkchart\"\n").unwrap();
    std::fs::write(desk.here("sigtower.toml"), "port = 1\n").unwrap();
    let output = desk.ask(&["channels", "remove", "sharkchart"]);
    exits_with(&output, 0);
    assert!(stderr(&output).contains(&desk.users_own().display().to_string()), "{}", stderr(&output));
    assert_eq!(desk.read(), ("whalechart".to_owned(), "sigtower.toml".to_owned()));
    assert_eq!(text(&desk.users_own()), "channels = \"whalechart,sharkchart\"\n");
}

#[test]
fn what_is_not_read_is_not_removed_and_one_channel_stays() {
    let desk = Desk::new();
    let settings = "channels = [\"whalechart\", \"sharkchart\"]\n";
    std::fs::write(desk.here("sigtower.toml"), settings).unwrap();
    for (args, words) in [
        (&["sharkchart", "whalechrat"][..], &["`whalechrat` is not read", "did you mean `whalechart`?"][..]),
        (&["dolphins"], &["`dolphins` is not read", "config show --origin"]),
        (&["sharkchart", "WhaleChart"], &["no channel would be left", "channels add NAME"]),
        (&["two words"], &["no channel name"]),
        (&[], &["<NAME>"]),
    ] {
        let output = desk.ask(&[&["channels", "remove"], args].concat());
        exits_with(&output, 2);
        assert_eq!((stdout(&output), text(&desk.here("sigtower.toml")).as_str()), ("", settings));
        words.iter().for_each(|words| assert!(stderr(&output).contains(words), "{}", stderr(&output)));
    }
}

#[test]
fn who_changes_a_list_that_does_not_count_is_told_which_one_does() {
    let desk = Desk::new();
    std::fs::write(desk.here(".env"), "SIGTOWER_CHANNELS=whalechart\n").unwrap();
    let output = desk.ask(&["channels", "add", "sharkchart"]);
    exits_with(&output, 0);
    assert!(stderr(&output).contains("the list of the .env wins"), "{}", stderr(&output));
    let variables = [("SIGTOWER_CHANNELS", "dolphinchart")];
    let output = desk.ask_with(&variables, &["channels", "remove", "sharkchart", "--json"]);
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(told["overridden_by"], "variable SIGTOWER_CHANNELS", "{told}");
    assert!(!stderr(&output).contains("next start"), "{}", stderr(&output));
}

#[test]
fn settings_that_cannot_be_written_stay_as_they_are() {
    let desk = Desk::new();
    // A file where the folder of settings would have to be.
    std::fs::write(desk.folder.path().join("config"), "no folder").unwrap();
    let output = desk.ask(&["channels", "list", "--data-dir", "data"]);
    exits_with(&output, 2);
    std::fs::remove_file(desk.folder.path().join("config")).unwrap();
    std::fs::create_dir(desk.folder.path().join("config")).unwrap();
    std::os::unix::fs::symlink("nowhere/at/all", desk.folder.path().join("config/sigtower")).unwrap();
    let output = desk.ask(&["channels", "add", "sharkchart"]);
    exits_with(&output, 1);
    for words in ["cannot change", "why:", "next:", "nothing was changed"] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let nowhere = sigtower(&["channels", "add", "sharkchart"]).current_dir(desk.here("")).output().unwrap();
    exits_with(&nowhere, 1);
    assert!(stderr(&nowhere).contains("sigtower config init"), "{}", stderr(&nowhere));
}

#[test]
fn the_channels_that_were_not_read_yet_are_listed_as_such() {
    let desk = Desk::new();
    std::fs::write(desk.here("sigtower.toml"), "channels = [\"WhaleChart\", \"sharkchart\"]\n").unwrap();
    let list = |json: &[&str]| desk.ask(&[&["channels", "list", "--data-dir", "data"], json].concat());
    assert!(stderr(&list(&[])).contains("not read yet: whalechart, sharkchart."), "{}", stderr(&list(&[])));
    let message =
        json!({"id": 1, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": "Hi"});
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": [{message}]}}"#);
    std::fs::write(desk.here("result.json"), chat).unwrap();
    exits_with(&desk.ask(&["import", "result.json", "--channel", "whalechart", "--data-dir", "data"]), 0);
    let output = list(&["--json"]);
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&told["schema"], &told["unread"]), (&json!("channels/1"), &json!(["sharkchart"])), "{told}");
    assert_eq!(told["data"][0]["key"], "whalechart", "{told}");
}
