//! The server as a program of its own, held by its control port.

mod program;
mod readme;

use serde_json::{Value, json};

use crate::program::Program;

#[test]
fn a_world_is_made_and_changed_by_commands() {
    let mut program = Program::start();
    let mut done = |command: Value| {
        let answer = program.ask(&command);
        assert!(answer.get("error").is_none(), "{command}: {answer}");
        answer["ok"].clone()
    };
    let channel = json!({"do": "add_channel", "id": 1001, "username": "signals", "posts": ["first", "second"]});
    assert_eq!(done(channel), json!({"channel": 1001}));
    let account = json!({"do": "add_account", "id": 7, "phone": "+9996621234", "channels": [1001]});
    assert_eq!(done(account), json!({"account": 7}));
    let login = done(json!({"do": "seed_login", "account": 7}));
    assert_eq!((login["key"].as_str().map(str::len), &login["data_centre"]), (Some(512), &json!(2)));

    let post = json!({"do": "post", "channel": 1001, "text": "third", "delivery": "lost", "album": 5});
    assert_eq!(done(post), json!({"post": 3}));
    assert_eq!(done(json!({"do": "edit", "channel": 1001, "post": 3, "text": "3"})), json!({"edited": true}));
    assert_eq!(done(json!({"do": "delete", "channel": 1001, "posts": [1, 9]})), json!({"deleted": true}));
    assert_eq!(done(json!({"do": "delete", "channel": 1001, "posts": [1]})), json!({"deleted": false}));
    for fault in [json!("silent"), json!({"slow_ms": 5}), json!({"error": [420, "FLOOD_WAIT_3"]})] {
        done(json!({"do": "fault", "method": "messages.getHistory", "fault": fault, "calls": 2}));
    }
    let assumed = done(json!({"do": "assume", "change": {"announced": "with_pts", "most_posts_per_page": 7}}));
    assert_eq!((&assumed["announced"], &assumed["most_posts_per_page"]), (&json!("with_pts"), &json!(7)));
    assert_eq!(done(json!({"do": "assume"})), assumed);
    assert_eq!(done(json!({"do": "calls"})), json!([]));
    assert_eq!(done(json!({"do": "violations"})), json!([]));
    assert_eq!(done(json!({"do": "connections"})), json!({"open": 0, "ever": 0}));
    let address = done(json!({"do": "address"}));
    assert_eq!(address["data_centres"], program.said["data_centres"]);
}

#[test]
fn what_is_no_command_is_refused_and_the_next_one_done() {
    let mut program = Program::start();
    for (line, word) in [
        ("{", "EOF"),
        (r#"{"do": "dance"}"#, "dance"),
        (r#"{"do": "post", "channel": 5, "text": "x"}"#, "no channel 5"),
        (r#"{"do": "edit", "channel": 5, "post": 1, "text": "x"}"#, "no channel 5"),
        (r#"{"do": "push_too_long", "channel": 5, "with_pts": true}"#, "no channel 5"),
        (r#"{"do": "seed_login", "account": 5}"#, "no account 5"),
        (r#"{"do": "forget_keys", "account": 5}"#, "no account 5"),
        (r#"{"do": "seed_key", "data_centre": 9}"#, "no data centre 9"),
        (r#"{"do": "assume", "change": {"weather": 1}}"#, "weather"),
        (r#"{"do": "accept_qr_token", "account": 7, "token": "x"}"#, "no account 7"),
        (r#"{"do": "release", "backwards": true}"#, "backwards"),
    ] {
        let answer = program.line(line);
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(word)), "{line}: {answer}");
    }
    assert_eq!(program.line(r#"{"do": "release"}"#), json!({"ok": null}));
}

#[test]
fn the_program_ends_with_its_input() {
    let mut program = Program::start();
    program.ends_with_its_input();
}
