//! Reading through an account: passes, and channels that are followed as they happen.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use telegram_server::world::{Channel, ChannelId, Draft};
use telegram_server::{Delivery, Fault};

use crate::telegram::{ACCOUNT, Telegram};
use crate::{exits_with, says, stderr, stdout};

const CHANNEL: ChannelId = ChannelId(1001);

fn long(entry: i32) -> String {
    format!("#BTC/USDT LONG\nEntry: {entry}\nTarget: {}\nStop: {}", entry * 2, entry / 2)
}

/// An account that reads one channel with ten posts, and logins of this name.
fn reading(logins: &[&str]) -> Telegram {
    let telegram = Telegram::start(|account| account.reading([CHANNEL]));
    telegram.server.add_channel(Channel::new(CHANNEL.0, "signals").with_posts(10, |i| long(i * 10)));
    logins.iter().fold(telegram, |telegram, name| telegram.with_login(name))
}

fn report(output: &std::process::Output) -> Value {
    serde_json::from_str(stdout(output)).expect("an object")
}

const BATCH: [&str; 6] = ["batch", "--source", "telegram", "--channel", "signals", "--json"];

/// A command whose lines are read as it says them.
struct Told {
    child: Child,
    lines: Receiver<String>,
}

impl Told {
    fn start(telegram: &Telegram, args: &[&str]) -> Self {
        let mut child = telegram.started(args);
        let said = BufReader::new(child.stderr.take().expect("it is piped"));
        let (tell, lines) = channel();
        std::thread::spawn(move || said.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    #[track_caller]
    fn until(&self, words: &str) {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            if line.unwrap_or_else(|_| panic!("`{words}` was never said")).contains(words) {
                return;
            }
        }
    }

    /// Sends it a signal, and waits for its end: the exit code, and what it printed.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()));
        self.wait()
    }

    fn wait(&mut self) -> (Option<i32>, String) {
        let mut printed = String::new();
        let out = self.child.stdout.as_mut().expect("it is piped");
        std::io::Read::read_to_string(out, &mut printed).expect("text");
        (self.child.wait().expect("a status").code(), printed)
    }
}

#[test]
fn a_second_pass_stores_nothing_and_a_quiet_channel_costs_one_request() {
    let telegram = reading(&["batch"]);
    let first = telegram.run(&BATCH, "");
    exits_with(&first, 0);
    assert_eq!(report(&first)["total"]["stored"], 10);
    telegram.server.forget_calls();
    let second = telegram.run(&BATCH, "");
    exits_with(&second, 0);
    assert_eq!((&report(&second)["total"]["stored"], &report(&second)["total"]["fetched"]), (&json!(0), &json!(0)));
    assert_eq!(telegram.server.calls_of("messages.getHistory").len(), 1);
    telegram.server.edit(CHANNEL, 3, &long(777), Delivery::Lost);
    telegram.server.delete(CHANNEL, &[4], Delivery::Lost);
    let third = report(&telegram.run(&BATCH, ""));
    assert_eq!((&third["total"]["new_versions"], &third["total"]["deleted"]), (&json!(1), &json!(1)));
    assert_eq!(telegram.server.connections().0, 0);
    telegram.was_asked_properly();
}

#[test]
fn who_is_not_logged_in_is_told_the_command_before_anybody_connects() {
    let telegram = reading(&[]);
    let output = telegram.run(&BATCH, "");
    exits_with(&output, 4);
    says(stderr(&output), &["sigtower login batch"]);
    let output = telegram.run(&["realtime", "--channel", "signals"], "");
    exits_with(&output, 4);
    says(stderr(&output), &["sigtower login realtime"]);
    assert_eq!(telegram.server.connections(), (0, 0));
    let telegram = reading(&["batch"]);
    let mut command = crate::sigtower(&BATCH);
    command.env("XDG_DATA_HOME", telegram.folder.path()).current_dir(telegram.folder.path());
    let output = command.output().unwrap();
    exits_with(&output, 4);
    says(stderr(&output), &["TELEGRAM_API_ID is not set", "my.telegram.org"]);
}

#[test]
fn a_login_that_is_over_ends_a_pass_with_the_command() {
    let telegram = reading(&["batch", "realtime"]);
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    for (args, name) in [(&BATCH[..], "batch"), (&["realtime", "--channel", "signals"], "realtime")] {
        let output = telegram.run(args, "");
        exits_with(&output, 4);
        says(stderr(&output), &["SESSION_REVOKED", &format!("sigtower login {name}")]);
    }
}

#[test]
fn passes_end_with_the_login_and_say_so_as_others_do() {
    let args = ["periodic", "--source", "telegram", "--channel", "signals", "--every", "1s"];
    let telegram = reading(&["batch"]);
    let words = ["error: cannot read through the login `batch`", "SESSION_REVOKED", "sigtower login batch"];
    std::thread::scope(|scope| {
        let running = scope.spawn(|| telegram.run(&args, ""));
        telegram.until("a pass is made", |server| !server.calls_of("messages.getHistory").is_empty());
        telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
        let output = running.join().expect("it ends");
        exits_with(&output, 4);
        says(stderr(&output), &words);
    });

    // On the way through a pass, too, and after it nothing more is asked.
    let telegram = reading(&["batch"]);
    telegram.server.fault("messages.getHistory", Fault::Error(401, "SESSION_REVOKED".to_owned()), 1);
    let output = telegram.run(&args, "");
    exits_with(&output, 4);
    says(stderr(&output), &words);
    assert_eq!(telegram.server.calls_of("messages.getHistory").len(), 1);
}

#[test]
fn who_has_no_account_any_more_is_not_told_to_log_in_again() {
    for (args, name) in [
        (&BATCH[..], "batch"),
        (&["periodic", "--source", "telegram", "--channel", "signals"], "batch"),
        (&["realtime", "--channel", "signals"], "realtime"),
    ] {
        let telegram = reading(&[name]);
        telegram.server.fault("messages.getHistory", Fault::Error(401, "USER_DEACTIVATED_BAN".to_owned()), 1);
        let output = telegram.run(args, "");
        exits_with(&output, 4);
        let next = format!("log another account in: sigtower session revoke {name} --yes, sigtower login {name}");
        says(stderr(&output), &[&format!("error: cannot read through the login `{name}`"), &next]);
        assert!(!stderr(&output).contains("log in again"), "{}", stderr(&output));
    }
}

#[test]
fn what_happens_is_stored_as_it_happens_until_it_is_stopped() {
    let telegram = reading(&["realtime"]);
    let told = Told::start(&telegram, &["realtime", "--channel", "signals"]);
    told.until("signals: 10 new");
    telegram.server.post(CHANNEL, Draft::text(long(500)), Delivery::Pushed);
    told.until("signals: 1 new");
    telegram.server.edit(CHANNEL, 11, &long(600), Delivery::Pushed);
    told.until("signals: 0 new, 1 changed");
    telegram.server.delete(CHANNEL, &[11], Delivery::Pushed);
    told.until("signals: 0 new, 0 changed, 1 deleted");
    let (code, printed) = told.end("TERM");
    assert_eq!(code, Some(0), "{printed}");
    says(&printed, &["11 new, 1 changed, 1 deleted", "ms (p99)"]);
    assert_eq!(telegram.server.connections().0, 0);
    // The lease is free: the next one begins at once.
    let told = Told::start(&telegram, &["realtime", "--channel", "signals"]);
    told.until("Connected");
    assert_eq!(told.end("INT").0, Some(130));
    telegram.was_asked_properly();
}

#[test]
fn passes_are_made_again_and_again_over_connections_of_their_own() {
    let telegram = reading(&["batch"]);
    let args = ["periodic", "--source", "telegram", "--channel", "signals", "--every", "1s"];
    let told = Told::start(&telegram, &args);
    told.until("signals: 10 posts, 10 new");
    telegram.server.post(CHANNEL, Draft::text(long(500)), Delivery::Lost);
    told.until("signals: 1 posts, 1 new");
    assert_eq!(told.end("TERM").0, Some(0));
    telegram.until("nobody is connected", |server| server.connections().0 == 0);
    assert!(telegram.server.connections().1 > 1);
}

#[test]
fn beside_the_api_channels_are_followed_too_and_nobody_else_may_use_the_login() {
    let telegram = reading(&["realtime"]);
    let told = Told::start(&telegram, &["up", "--port", "0", "--source", "telegram", "--channel", "signals"]);
    told.until("through the account of the login `realtime`");
    telegram.until("it is connected", |server| !server.calls_of("messages.getHistory").is_empty());
    let connections = telegram.server.connections().1;
    let output = telegram.run(&["realtime", "--channel", "signals"], "");
    exits_with(&output, 5);
    says(stderr(&output), &["the login `realtime` is in use"]);
    assert_eq!(telegram.server.connections().1, connections);
    assert_eq!(told.end("TERM").0, Some(0));
    let listed = telegram.run(&["channels", "list", "--json"], "");
    assert_eq!(report(&listed)["data"][0]["checkpoint"]["last_message_id"], 10, "{listed:?}");
}
