//! A second client, Telethon, against the server: in another language, by other people, and through the whole key
//! exchange, for which it can be told the server's key.

#[path = "../control/program.rs"]
mod program;
mod script;

use serde_json::json;
use telegram_server::world::{Account, AccountId, Channel, ChannelId, Draft, Forward, Visibility};
use telegram_server::{Delivery, TelegramServer};

use crate::program::{Program, port};
use crate::script::Script;

const PHONE: &str = "+9996621234";

async fn with_channel(n_posts: i32) -> (TelegramServer, AccountId, ChannelId) {
    let server = TelegramServer::start().await.expect("a port");
    let channel = server.add_channel(Channel::new(1001, "signals").with_posts(n_posts, |i| format!("post {i}")));
    let account = server.add_account(Account::new(7, PHONE).reading([channel]));
    (server, account, channel)
}

#[tokio::test]
async fn a_key_is_agreed_on_and_an_account_logged_in_over_four_transports() {
    for transport in ["full", "abridged", "intermediate", "obfuscated"] {
        let server = TelegramServer::start().await.expect("a port");
        server.add_account(Account::new(7, PHONE).with_password("correct horse"));
        let mut script = Script::start(&server, "login", &[transport, PHONE, "correct horse"]);
        for expected in [
            json!({"authorized": false}),
            json!({"refused": "code"}),
            json!({"refused": "no password"}),
            json!({"refused": "password"}),
            json!({"phone": "9996621234", "centre": 2, "address": "127.0.0.1"}),
            json!({"done": true}),
        ] {
            assert_eq!(script.line().await, expected, "{transport}");
        }
        assert_eq!(server.violations(), [], "{transport}");
    }
}

#[tokio::test]
async fn an_account_of_another_data_centre_is_sent_there_and_gets_a_key_of_it() {
    let server = TelegramServer::start().await.expect("a port");
    server.add_account(Account::new(7, PHONE).living_in(3));
    let mut script = Script::start(&server, "login", &["full", PHONE, "none"]);
    script.line().await;
    script.line().await;
    assert_eq!(script.line().await, json!({"phone": "9996621234", "centre": 3, "address": "127.0.0.1"}));
    assert_eq!(script.line().await, json!({"done": true}));
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn a_history_of_500_posts_is_read_from_the_oldest_to_the_newest() {
    let (server, _, channel) = with_channel(500).await;
    let source = server.add_channel(Channel::new(1002, "source").with_posts(9, |i| format!("source {i}")));
    let mut script = Script::start(&server, "read", &["full"]);
    let answer = Draft::text("answer").replying_to(3).in_album(77).forwarded(Forward::Channel(source, 9));
    server.post(channel, answer, Delivery::Lost);
    let mut posts: Vec<_> = (1..=500).map(|i| json!([i, format!("post {i}")])).collect();
    posts.push(json!([501, "answer"]));
    assert_eq!(script.line().await, json!({"posts": posts, "title": "Channel signals"}));
    let since: Vec<i32> = (491..=501).collect();
    let dialogs = ["Channel signals"];
    let expected = json!({"newest": [501, 500, 499], "since": since, "some": ["post 7", null], "dialogs": dialogs});
    assert_eq!(script.line().await, expected);
    assert_eq!(script.line().await, json!({"reply": 3, "album": 77, "source": 9}));
    assert_eq!(script.line().await, json!({"done": true}));
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn pushes_are_received_and_a_gap_is_filled_from_the_difference() {
    let (server, _, channel) = with_channel(2).await;
    let mut script = Script::start(&server, "updates", &["full"]);
    assert_eq!(script.line().await, json!({"pause": "ready"}));
    server.post(channel, Draft::text("pushed"), Delivery::Pushed);
    server.edit(channel, 1, "changed", Delivery::Pushed);
    server.delete(channel, &[2], Delivery::Pushed);
    script.go_on().await;
    for event in [json!(["new", "pushed"]), json!(["edit", "changed"]), json!(["delete", [2]])] {
        assert_eq!(script.line().await, json!({"event": event}));
    }
    assert_eq!(server.calls_of("updates.getChannelDifference").len(), 0);
    server.post(channel, Draft::text("lost"), Delivery::Lost);
    server.post(channel, Draft::text("last"), Delivery::Pushed);
    for event in [json!(["new", "lost"]), json!(["new", "last"])] {
        assert_eq!(script.line().await, json!({"event": event}));
    }
    assert!(!server.calls_of("updates.getChannelDifference").is_empty());
    assert_eq!(script.line().await, json!({"done": true}));
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn a_difference_comes_in_slices_with_edits_and_deletions() {
    let (server, _, channel) = with_channel(3).await;
    server.post(channel, Draft::text("fourth"), Delivery::Lost);
    server.edit(channel, 1, "first", Delivery::Lost);
    server.delete(channel, &[2], Delivery::Lost);
    let mut script = Script::start(&server, "difference", &["full"]);
    assert_eq!(script.line().await, json!({"new": ["post 3", "fourth"], "others": []}));
    let others = ["UpdateEditChannelMessage", "UpdateDeleteChannelMessages"];
    assert_eq!(script.line().await, json!({"new": [], "others": others}));
    assert_eq!(script.line().await, json!({"kinds": ["ChannelDifference", "ChannelDifference"], "pts": 7}));
    assert_eq!(script.line().await, json!({"done": true}));

    server.forget_events(channel);
    let mut script = Script::start(&server, "difference", &["full"]);
    assert_eq!(script.line().await, json!({"kinds": ["ChannelDifferenceTooLong"], "pts": 2}));
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let (server, account, channel) = with_channel(3).await;
    let mut script = Script::start(&server, "faults", &["full"]);
    assert_eq!(script.line().await, json!({"pause": "flood"}));
    server.flood("messages.getHistory", 100, 1);
    script.go_on().await;
    assert_eq!(script.line().await, json!({"flood": 100}));

    assert_eq!(script.line().await, json!({"pause": "private"}));
    server.with_world(|world| world.channels.get_mut(&channel).expect("the channel").visibility = Visibility::Nobody);
    script.go_on().await;
    assert_eq!(script.line().await, json!({"private": true}));

    assert_eq!(script.line().await, json!({"pause": "salts and disconnect"}));
    server.rotate_salts();
    server.disconnect_all();
    script.go_on().await;
    assert_eq!(script.line().await, json!({"again": "9996621234"}));

    assert_eq!(script.line().await, json!({"pause": "dead"}));
    server.take_over_keys(account);
    script.go_on().await;
    assert_eq!(script.line().await, json!({"duplicated": true}));
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn clocks_that_differ_are_brought_together_either_way() {
    for ahead in [4000, -4000] {
        let (server, _, _) = with_channel(1).await;
        server.set_clock_ahead(ahead);
        let mut script = Script::start(&server, "clock", &["full"]);
        assert_eq!(script.line().await, json!({"phone": "9996621234"}), "{ahead}");
        assert_eq!(script.line().await, json!({"done": true}), "{ahead}");
    }
}

#[tokio::test]
async fn the_program_serves_it_as_the_library_does() {
    let mut program = Program::start();
    for command in [
        json!({"do": "add_channel", "id": 1001, "username": "signals", "posts": ["first", "second"]}),
        json!({"do": "add_account", "id": 7, "phone": PHONE, "channels": [1001]}),
        json!({"do": "assume", "change": {"packed_from_bytes": null}}),
    ] {
        let answer = program.ask(&command);
        assert!(answer.get("ok").is_some(), "{answer}");
    }
    let key = program.said["public_key"].as_str().expect("a key");
    let mut script = Script::start_at(port(&program.said["data_centres"]["2"]), key, "read", &["full"]);
    assert_eq!(script.line().await, json!({"posts": [[1, "first"], [2, "second"]], "title": "Channel signals"}));
    assert_eq!(script.line().await["newest"], json!([2, 1]));
    assert_eq!(script.line().await, json!({"done": true}));
    program.ends_with_its_input();
}
