//! What is said of an account: what it has joined, who uses it, and what is wrong with it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output};

use serde_json::{Value, json};
use telegram_server::world::{Channel, ChannelId, Visibility};

use crate::running::Up;
use crate::telegram::{ACCOUNT, PHONE, Telegram, set_rights};
use crate::{exits_with, says, stderr, stdout};

/// Lets the account join these.
fn join(telegram: &Telegram, channels: Vec<Channel>) {
    let ids: Vec<ChannelId> = channels.into_iter().map(|it| telegram.server.add_channel(it)).collect();
    telegram.server.with_world(|world| {
        world.accounts.get_mut(&ACCOUNT).expect("the account").joined.extend(ids);
    });
}

/// Somebody who uses the login `batch`, beside a store that is open to all, until it is dropped.
struct User(Child, #[expect(dead_code, reason = "it lives as long as its user")] Up);

impl User {
    fn of(telegram: &Telegram) -> Self {
        let up = Up::start(&telegram.data_dir(), &[]);
        let mut user = telegram.started(&["login", "--phone", PHONE]);
        let mut said = BufReader::new(user.stderr.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("Reading the code from stdin") {
            line.clear();
            assert!(said.read_line(&mut line).expect("text") > 0, "it ended before it asked");
        }
        Self(user, up)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn parsed(output: &Output) -> Value {
    serde_json::from_str(stdout(output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

/// What the doctor says of the account.
fn doctor(telegram: &Telegram) -> Vec<Value> {
    let output = telegram.run(&["doctor", "--json", "--port", "0", "--preview-url", "http://127.0.0.1:9"], "");
    let checks = parsed(&output)["checks"].as_array().expect("checks").clone();
    checks.into_iter().filter(|check| check["name"] == "account").collect()
}

/// Sees that the doctor says just one thing, of this grade and with these words.
#[track_caller]
fn finds(telegram: &Telegram, grade: &str, words: &[&str]) {
    let found = doctor(telegram);
    assert_eq!((found.len(), &found[0]["result"]), (1, &json!(grade)), "{found:?}");
    says(&found[0].to_string(), words);
}

#[test]
fn joined_channels_are_listed_with_the_numbers_under_which_they_are_read() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let mut closed = Channel::new(1003, "closed");
    closed.visibility = Visibility::Nobody;
    let mut members = Channel::new(1002, "members").with_posts(3, |i| format!("post {i}")).for_members("not-real");
    members.title = "Mem\u{1b}[2Jbers".to_owned();
    join(&telegram, vec![Channel::new(1001, "signals").with_posts(9, |i| format!("post {i}")), members, closed]);
    let output = telegram.run(&["channels", "joined"], "");
    exits_with(&output, 0);
    let rows: Vec<&str> = stdout(&output).lines().map(str::trim_end).collect();
    let expected = [
        "number  name     posts     title",
        "1001    signals  readable  Channel signals",
        "1002    -        readable  Mem␛[2Jbers",
        "1003    -        closed    Channel closed",
    ];
    assert_eq!(rows, expected);
    let output = telegram.run(&["channels", "joined", "--json", "--login", "batch"], "");
    exits_with(&output, 0);
    let told = parsed(&output);
    assert_eq!((&told["schema"], &told["login"]), (&json!("channels-joined/1"), &json!("batch")));
    let members = json!({"number": 1002, "name": null, "title": "Mem\u{1b}[2Jbers", "can_be_read": true});
    assert_eq!(told["channels"][1], members);
    assert_eq!(telegram.server.connections().0, 0, "each connection ends");
    telegram.was_asked_properly();
}

#[test]
fn nobody_lists_what_was_joined_without_a_login_or_beside_whoever_uses_it() {
    let telegram = Telegram::start(|it| it).with_begun("batch").with_login("other");
    let output = telegram.run(&["channels", "joined", "--login", "missing"], "");
    exits_with(&output, 4);
    says(stderr(&output), &["cannot use the kept login `missing`", "sigtower login missing"]);
    let user = User::of(&telegram);
    let connections = telegram.server.connections().1;
    let output = telegram.run(&["channels", "joined"], "");
    exits_with(&output, 5);
    says(stderr(&output), &["the login `batch` is in use", &format!("process {}", user.0.id())]);
    assert_eq!(telegram.server.connections().1, connections, "the second one connected");

    let output = telegram.run(&["channels", "joined", "--login", "other"], "");
    exits_with(&output, 0);
    says(stderr(&output), &["has joined no channel", "in an app of Telegram"]);
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    let output = telegram.run(&["channels", "joined", "--login", "other"], "");
    exits_with(&output, 4);
    says(stderr(&output), &["SESSION_REVOKED", "sigtower login other"]);
    telegram.was_asked_properly();
}

#[test]
fn whoever_works_on_another_store_is_refused_a_login_too_before_it_connects() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let user = User::of(&telegram);
    // By now it is kept as if that one had logged in.
    let telegram = telegram.with_login("batch");
    let (connections, logins) = (telegram.server.connections().1, telegram.logins());
    let folders = tempfile::tempdir().unwrap();
    let through = ["--source", "telegram", "--login", "batch", "--channel", "signals"];
    let commands = [
        vec!["login", "--phone", PHONE],
        vec!["session", "revoke", "batch", "--yes"],
        vec!["channels", "joined"],
        [&["batch"], &through[..]].concat(),
        [&["test"], &through[..]].concat(),
        vec!["realtime", "--login", "batch", "--channel", "signals"],
    ];
    std::thread::scope(|scope| {
        for (n, args) in commands.iter().enumerate() {
            let (telegram, user) = (&telegram, user.0.id());
            let places = [folders.path().join(n.to_string()), logins.clone()].map(|it| it.display().to_string());
            scope.spawn(move || {
                let args = [&args[..], &["--data-dir", &places[0], "--logins-dir", &places[1]]].concat();
                let output = telegram.run(&args, "");
                exits_with(&output, 5);
                says(stderr(&output), &["the login `batch` is in use", &format!("process {user}` uses it"), "next:"]);
            });
        }
    });
    let elsewhere = folders.path().join("0").display().to_string();
    let elsewhere = ["--data-dir", &elsewhere, "--logins-dir", logins.to_str().unwrap()];
    let output = telegram.run(&[&["session", "status", "--online"], &elsewhere[..]].concat(), "");
    exits_with(&output, 0);
    let used_by = format!("used by sigtower, process {} since", user.0.id());
    says(stdout(&output), &["not asked", &used_by]);
    let output = telegram.run(&[&["doctor", "--preview-url", "http://127.0.0.1:9"], &elsewhere[..]].concat(), "");
    says(stdout(&output), &["ok    account       the login `batch` of account 7000001 is used by", &used_by]);
    let output = telegram.run(&[&["status"], &elsewhere[..]].concat(), "");
    says(stdout(&output), &["login batch: account 7000001, ", &used_by]);
    assert_eq!(telegram.server.connections().1, connections, "somebody connected");
    assert!(telegram.kept("batch").load().is_ok(), "it was removed");
    assert_eq!(crate::telegram::rights(&logins.join("batch.lock")), 0o600);

    // One that was killed stands in nobody's way there, and its lock is no login.
    drop(user);
    let output = telegram.run(&[&["session", "status", "--online", "--json"], &elsewhere[..]].concat(), "");
    exits_with(&output, 0);
    let told = parsed(&output);
    assert_eq!((told["logins"].as_array().map(Vec::len), &told["logins"][0]["used_by"]), (Some(1), &Value::Null));
    assert_eq!(told["logins"][0]["online"]["ok"], true, "{told}");
}

#[test]
fn an_invite_link_is_refused_wherever_a_channel_is_named() {
    for link in ["https://t.me/+AbCdEfGh", "t.me/joinchat/AbCdEfGh"] {
        for args in [&["batch", "--channel", link][..], &["channels", "add", link], &["status", "--channel", link]] {
            let output = crate::run(args, "");
            exits_with(&output, 2);
            says(stderr(&output), &["invite link", "join it in an app of Telegram", "sigtower channels joined"]);
        }
    }
}

#[test]
fn the_status_names_each_login_and_who_uses_it() {
    let telegram = Telegram::start(|it| it).with_begun("batch").with_login("realtime");
    let user = User::of(&telegram);
    let connections = telegram.server.connections().1;
    let output = telegram.run(&["status", "--json"], "");
    exits_with(&output, 0);
    let told = parsed(&output);
    let (batch, realtime) = (&told["logins"][0], &told["logins"][1]);
    assert_eq!((&batch["name"], &batch["state"]), (&json!("batch"), &json!("begun")), "{told}");
    assert_eq!(batch["used_by"]["owner"], format!("sigtower, process {}", user.0.id()));
    let at = |key: &str| batch["used_by"][key].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    assert!(at("since").is_some() && at("since") <= at("active_at"), "{batch}");
    assert_eq!((&realtime["account"], &realtime["used_by"]), (&json!(ACCOUNT.0), &Value::Null), "{told}");
    let output = telegram.run(&["status"], "");
    let used = format!("login batch: half done, used by sigtower, process {} since ", user.0.id());
    let unused = "login realtime: account 7000001, used by nobody at the moment\n";
    says(stdout(&output), &[&used, unused, "collecting without a login: nobody at the moment\n"]);
    assert_eq!(telegram.server.connections().1, connections, "it asked Telegram");

    set_rights(telegram.kept("realtime").path(), 0o644);
    let output = telegram.run(&["status"], "");
    exits_with(&output, 3);
    says(stdout(&output), &["login realtime: cannot use the kept login `realtime`", "chmod 600 "]);
}

#[test]
fn the_doctor_tries_each_login_and_says_whose_it_is() {
    let telegram = Telegram::start(|it| it).with_login("batch").with_login("realtime");
    let found = doctor(&telegram);
    assert_eq!(found.len(), 2, "{found:?}");
    for (found, name) in found.iter().zip(["batch", "realtime"]) {
        let what = format!("Telegram answers to `{name}`, which is account 7000001");
        assert_eq!((&found["result"], &found["what"]), (&json!("ok"), &json!(what)));
    }
    assert_eq!(telegram.server.connections().0, 0, "each connection ends");
    telegram.was_asked_properly();
}

#[test]
fn the_doctor_says_what_is_wrong_with_what_is_kept_and_asks_nobody() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    set_rights(telegram.kept("batch").path(), 0o644);
    finds(&telegram, "fail", &["cannot use the kept login `batch`", "chmod 600 "]);
    telegram.kept("batch").remove().unwrap();
    finds(&telegram, "warn", &["no login is kept", "TELEGRAM_API_ID is set", "sigtower login"]);
    std::fs::write(telegram.folder.path().join("sigtower.toml"), "source = \"telegram\"\n").unwrap();
    finds(&telegram, "fail", &["no login is kept", "SIGTOWER_SOURCE says", "sigtower login", "--source preview"]);
    let telegram = telegram.with_begun("batch");
    finds(&telegram, "warn", &["the login `batch` is half done", "sigtower login batch"]);
    assert_eq!(telegram.server.connections().1, 0);
}

#[test]
fn the_doctor_asks_nothing_under_a_login_that_somebody_uses() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let user = User::of(&telegram);
    // By now it is kept as if that one had logged in.
    let telegram = telegram.with_login("batch");
    let connections = telegram.server.connections().1;
    let words = ["the login `batch` of account 7000001 is used by", &format!("process {} since", user.0.id())];
    finds(&telegram, "ok", &words);
    assert_eq!(telegram.server.connections().1, connections, "it connected");
}

#[test]
fn the_doctor_tells_a_login_that_is_over_from_an_account_that_is_banned() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    finds(&telegram, "fail", &["SESSION_REVOKED", "sigtower session revoke batch", "sigtower login batch"]);
    let telegram = Telegram::start(|it| it).with_login("batch");
    telegram.server.end_logins(ACCOUNT, 401, "USER_DEACTIVATED_BAN");
    finds(&telegram, "fail", &["banned or deleted", "recover@telegram.org", "another account"]);
    assert!(!doctor(&telegram)[0].to_string().contains("log in again"));
}

#[test]
fn the_doctor_tells_a_pause_from_a_telegram_that_cannot_be_reached() {
    let telegram = Telegram::start(|it| it).with_login("batch").with_login("realtime");
    telegram.server.flood("users.getUsers", 600, 1);
    let found = doctor(&telegram);
    assert_eq!((&found[0]["result"], &found[1]["result"]), (&json!("warn"), &json!("ok")), "{found:?}");
    says(&found[0].to_string(), &["a pause of 600 s", "try again in 600 s"]);

    telegram.server.refuse_connections(true);
    let found = doctor(&telegram);
    assert_eq!((&found[0]["result"], &found[1]["result"]), (&json!("fail"), &json!("warn")), "{found:?}");
    says(&found[0].to_string(), &["no connection to Telegram", "this machine reaches Telegram"]);
    says(&found[1].to_string(), &["the login `realtime` of account 7000001 is kept, and was not tried"]);
}

#[test]
fn the_doctor_gives_a_silent_telegram_up() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    telegram.server.be_deaf(true);
    finds(&telegram, "fail", &["no answer from Telegram", "within 3 s"]);
}

#[test]
fn the_doctor_names_what_is_not_set_and_says_what_a_bot_is_for() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let told = |variables: &[(&str, &str)]| {
        let args = ["doctor", "--json", "--port", "0", "--preview-url", "http://127.0.0.1:9"];
        let mut command = crate::sigtower(&args);
        let command = command.env("XDG_DATA_HOME", telegram.folder.path()).envs(variables.iter().copied());
        parsed(&command.current_dir(telegram.folder.path()).output().expect("the command starts"))["checks"].to_string()
    };
    says(&told(&[]), &["TELEGRAM_API_ID is not set", "https://my.telegram.org", "was not tried"]);
    says(&told(&[("TELEGRAM_API_ID", "x")]), &["TELEGRAM_API_ID cannot be right"]);
    for (token, words) in [
        ("1234567:not-a-real-token", "it is for alerts, which come later, and not for reading"),
        ("not-a-real-token", "TELEGRAM_BOT_TOKEN is no token"),
    ] {
        let told = told(&[("TELEGRAM_API_ID", "4711"), ("TELEGRAM_BOT_TOKEN", token)]);
        says(&told, &[words]);
        assert!(!told.contains(token), "{told}");
    }
}

#[test]
fn every_component_is_tried_through_the_account_and_no_post_stays() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let long = |i| format!("#BTC/USDT LONG\nEntry: {i}000\nTarget: {i}100\nStop: {i}");
    join(&telegram, vec![Channel::new(1001, "signals").with_posts(9, long)]);
    let args = ["test", "--source", "telegram", "--json", "--channel", "signals", "--channel"];
    let test = |channel| telegram.run(&[&args[..], &[channel]].concat(), "");
    let output = test("1001");
    exits_with(&output, 0);
    let report = parsed(&output);
    assert_eq!((&report["overall_success"], &report["schema"]), (&json!(true), &json!("test/1")), "{report}");
    let found = &report["tests"]["signal_collection"];
    assert_eq!((&found["messages_fetched"], &found["signals_found"]), (&json!(18), &json!(18)), "{found}");
    let listed = telegram.run(&["channels", "list", "--json"], "");
    assert_eq!(parsed(&listed)["data"], json!([]), "a post stayed");

    let output = test("nobodyhere");
    exits_with(&output, 3);
    says(stdout(&output), &["nobodyhere", "\"accessible_channels\":1"]);
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    let output = test("1001");
    exits_with(&output, 1);
    says(stdout(&output), &["SESSION_REVOKED", "sigtower login batch", "\"accessible_channels\":0"]);
    assert_eq!(telegram.server.connections().0, 0, "each connection ends");
}

#[test]
fn nobody_tries_an_account_beside_whoever_uses_its_login() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let _user = User::of(&telegram);
    let connections = telegram.server.connections().1;
    let output = telegram.run(&["test", "--source", "telegram", "--channel", "signals"], "");
    exits_with(&output, 5);
    says(stderr(&output), &["the login `batch` is in use"]);
    assert_eq!(telegram.server.connections().1, connections, "it connected");
}

#[test]
fn whoever_is_stopped_while_it_asks_gives_the_login_back() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let commands = [
        &["session", "status", "--online"][..],
        &["channels", "joined"],
        &["doctor", "--port", "0", "--preview-url", "http://127.0.0.1:9"],
        &["test", "--source", "telegram", "--channel", "signals"],
    ];
    telegram.server.be_deaf(true);
    for (args, (signal, code)) in commands.iter().flat_map(|args| [("INT", 130), ("TERM", 143)].map(|it| (*args, it))) {
        let before = telegram.server.connections().1;
        let mut asking = telegram.started(args);
        telegram.until("it connects", |server| server.connections().1 > before);
        let sent = std::process::Command::new("kill").args(["-s", signal, &asking.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()));
        assert_eq!(asking.wait().expect("it ends").code(), Some(code), "{args:?} {signal}");
        let told = parsed(&telegram.run(&["session", "status", "--json"], ""));
        assert_eq!(told["logins"][0]["used_by"], Value::Null, "{args:?} {signal}");
    }
}

#[test]
fn a_bot_is_refused_for_reading_with_the_reason() {
    let telegram = Telegram::start(|it| it);
    let token = "1234567:not-a-real-token";
    for args in [&["batch", "--source", "telegram", "--channel", "signals"][..], &["realtime"], &["channels", "joined"]]
    {
        let mut command = crate::sigtower(args);
        let command = command.envs(telegram.variables()).env("TELEGRAM_BOT_TOKEN", token);
        let output = command.current_dir(telegram.folder.path()).output().expect("the command starts");
        exits_with(&output, 4);
        says(stderr(&output), &["TELEGRAM_BOT_TOKEN is set, but Telegram lets no bot read", "log in: sigtower login"]);
        assert!(!stderr(&output).contains(token), "{}", stderr(&output));
    }
    assert_eq!(telegram.server.connections().1, 0);
}
