//! Signals that go to a backend elsewhere: what arrives, what waits while it is down, and what the desk says of it.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::collecting::{long, pages, runtime, sigtower, stderr};
use crate::pages::{Post, Server as Pages, Thing};
use crate::process::{Connection, Server};

/// One pass over two channels, for the backend at this address.
fn batch(pages: &Pages, data_dir: &Path, backend: &str) -> (Option<i32>, Value) {
    let args = ["batch", "--json", "--delay", "0s", "--channel", "whalechart", "--channel", "sharkchart"];
    let output = sigtower(&args, data_dir)
        .args(["--preview-url", &pages.url])
        .env("BACKEND_URL", backend)
        .output()
        .expect("the command starts");
    (output.status.code(), report(&output))
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

fn asked(data_dir: &Path, args: &[&str], backend: &str) -> (Option<i32>, Value) {
    let output = sigtower(args, data_dir).env("BACKEND_URL", backend).output().expect("the command starts");
    (output.status.code(), report(&output))
}

/// The signals of a server, without the times at which they were stored.
fn signals(server: &Server) -> Vec<Value> {
    let (status, page) = Connection::open(server.address()).ask("GET", "/api/v1/signals", None).expect("it answers");
    assert_eq!(status, 200);
    let mut signals = page["data"].as_array().expect("a list").clone();
    for signal in &mut signals {
        let signal = signal.as_object_mut().expect("an object");
        assert!(signal.remove("created_at").is_some() && signal.remove("updated_at").is_some());
        signal.remove("valid_from");
    }
    signals
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address())
}

/// The waiting entries of the one sink.
fn waiting(status: &Value) -> (&Value, &Value) {
    (&status["sinks"][0]["ok"], &status["sinks"][0]["waiting"])
}

#[test]
fn what_a_backend_is_sent_stands_there_as_if_it_had_been_read_there() {
    let (folders, runtime) = ([(); 3].map(|()| tempfile::tempdir().unwrap()), runtime());
    let pages = pages(&runtime);
    let spellings = [
        "#SOL/USDT 🔴 SHORT\nLeverage: Cross 10x-20x\nEntry: 150 - 155\nTargets: 140 - 130 - 120\nStop: 160",
        "1000PEPEUSDT.P LONG\nEntry zone: 0.0101 0.0103 0.0105\nTP1 0.0110\nTP2 0.0120\nSL 0.0095",
        "ETH long market, targets 3000 3100, stop 3%",
        "Buy BNB above 600\nTargets 620, 640\nStop 580",
    ];
    let posts = (1..).zip(spellings).map(|(id, text)| Post::text(id, text)).collect();
    let thing = Thing::Channel { posts, page: 20 };
    pages.world.lock().unwrap().things.insert("sharkchart".to_owned(), thing);
    let [here, there, direct] = &folders;
    let remote = Server::start(there.path());
    let (code, first) = batch(&pages, here.path(), &url(&remote));
    assert_eq!((code, &first["backend"]["waiting"]), (Some(0), &json!(0)), "{first}");
    let (code, again) = batch(&pages, here.path(), &url(&remote));
    assert_eq!((code, &again["total"]["stored"], &again["total"]["new_versions"]), (Some(0), &json!(0), &json!(0)));
    let output = sigtower(&["batch", "--json", "--delay", "0s", "--preview-url", &pages.url], direct.path())
        .args(["--channel", "whalechart", "--channel", "sharkchart"])
        .output()
        .unwrap();
    let stored = report(&output);
    assert_eq!(stored["total"]["stored"], first["total"]["stored"], "{stored}");
    let (arrived, expected) = (signals(&remote), signals(&Server::start(direct.path())));
    assert!(arrived.len() >= 5, "{arrived:#?}");
    assert_eq!(arrived, expected);
    // The collector's own store has how far it read, and no signal.
    let own = Server::start(here.path());
    assert!(signals(&own).is_empty());
    let (_, channels) = Connection::open(own.address()).ask("GET", "/api/v1/channels", None).unwrap();
    assert_eq!(channels["data"].as_array().unwrap().len(), 2, "{channels}");
}

#[test]
fn what_a_backend_cannot_take_waits_and_arrives_once_when_it_is_back() {
    let (folders, runtime) = ([(); 2].map(|()| tempfile::tempdir().unwrap()), runtime());
    let pages = pages(&runtime);
    let [here, there] = &folders;
    let mut remote = Server::start(there.path());
    let address = url(&remote);
    remote.kill();
    let (code, report) = batch(&pages, here.path(), &address);
    assert_eq!((code, &report["total"]["waiting"], &report["backend"]["waiting"]), (Some(3), &json!(4), &json!(4)));
    assert!(report["backend"]["trouble"].as_str().unwrap().contains("cannot be reached"), "{report}");
    let (code, status) = asked(here.path(), &["status", "--json"], &address);
    assert_eq!((code, waiting(&status)), (Some(3), (&json!(false), &json!(4))), "{status}");
    let (code, doctor) = asked(here.path(), &["doctor", "--json", "--preview-url", &pages.url], &address);
    let failing: Vec<&Value> =
        doctor["checks"].as_array().unwrap().iter().filter(|it| it["result"] == "fail").map(|it| &it["name"]).collect();
    assert_eq!((code, failing), (Some(1), vec![&json!("backend")]), "{doctor}");
    // Whoever forgot where they were to go is told.
    let (code, status) = asked(here.path(), &["status", "--json"], "");
    assert_eq!((code, waiting(&status)), (Some(3), (&json!(false), &json!(4))), "{status}");

    // An edit and a new post come while it is away; then it is back, at the same port.
    let posts = vec![Post::text(9, &long(51_000)), Post::text(10, &long(52_000))];
    pages.world.lock().unwrap().things.insert("sharkchart".to_owned(), Thing::Channel { posts, page: 20 });
    let (_, report) = batch(&pages, here.path(), &address);
    assert_eq!(report["backend"]["waiting"], 5, "one place waits once: {report}");
    let port = address.rsplit(':').next().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sigtower"));
    let remote = Server::started(command.args(["up", "--no-collect", "--port", port, "--data-dir"]).arg(there.path()));
    let (code, report) = batch(&pages, here.path(), &address);
    let backend = &report["backend"];
    assert_eq!((code, &backend["waiting"], &backend["caught_up"]), (Some(0), &json!(0), &json!(5)), "{report}");
    let arrived = signals(&remote);
    let ids: Vec<&str> = arrived.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    let edited = arrived.iter().find(|it| it["id"] == "sharkchart_9_0").unwrap();
    assert_eq!(edited["entry_price"], json!(51_000), "{edited}");
    let told = arrived.iter().find(|it| it["id"] == "whalechart_1_0").unwrap();
    assert_eq!(told["events"][0]["event"], "target_hit", "{told}");
    let (code, status) = asked(here.path(), &["status", "--json"], &address);
    assert_eq!((code, waiting(&status)), (Some(0), (&json!(true), &json!(0))), "{status}");
}

#[test]
fn an_import_goes_to_the_backend_too_and_a_test_tries_it() {
    let (folders, runtime) = ([(); 2].map(|()| tempfile::tempdir().unwrap()), runtime());
    let pages = pages(&runtime);
    let [here, there] = &folders;
    let remote = Server::start(there.path());
    let export = here.path().join("result.json");
    let message = json!({"id": 1, "type": "message", "date": "2026-11-20T10:00:00", "date_unixtime": "1795168800", "text": long(40_000)});
    let chat = format!(r#"{{"name": "Whales", "type": "public_channel", "id": 77, "messages": [{message}]}}"#);
    std::fs::write(&export, chat).unwrap();
    let args = ["import", "--json", export.to_str().unwrap(), "--channel", "whalechart"];
    let (code, report) = asked(&here.path().join("data"), &args, &url(&remote));
    assert_eq!((code, &report["total"]["stored"]), (Some(0), &json!(1)), "{report}");
    assert_eq!(signals(&remote).len(), 1);

    let args = ["test", "--json", "--channel", "whalechart", "--delay", "0s", "--preview-url", &pages.url];
    let (code, report) = asked(&here.path().join("data"), &args, &url(&remote));
    let backend = &report["tests"]["backend_integration"];
    assert_eq!((code, &backend["target"], &backend["removed"]), (Some(0), &json!("backend"), &json!(true)), "{report}");
    let args = ["test", "--json", "--channel", "whalechart", "--delay", "0s", "--preview-url", &pages.url];
    let (code, report) = asked(&here.path().join("data"), &args, "http://127.0.0.1:9");
    let backend = &report["tests"]["backend_integration"];
    assert_eq!((code, &backend["success"]), (Some(1), &json!(false)), "{report}");
    assert!(backend["error"].as_str().unwrap().contains("cannot be reached"), "{report}");
}

#[test]
fn an_address_or_a_key_that_is_none_is_told_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "sgt_not-real").unwrap();
    let file = key.to_str().unwrap();
    for (name, value, said) in [
        ("BACKEND_URL", "localhost:8000", "no address of a backend"),
        ("BACKEND_API_KEY_FILE", file, "others on this machine can read it"),
        ("BACKEND_API_KEY_FILE", "/nowhere/at/all", "No such file"),
    ] {
        for args in [&["batch"][..], &["periodic"], &["import", file]] {
            let mut command = sigtower(args, folder.path());
            let output = command.env("BACKEND_URL", "http://127.0.0.1:9").env(name, value).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{args:?} {name}: {}", stderr(&output));
            assert!(stderr(&output).contains(said) && !stderr(&output).contains("not-real"), "{}", stderr(&output));
        }
    }
}
