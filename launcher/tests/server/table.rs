//! `sigtower up --table`: the same API over a table of another server, here the embedded engine behind a socket.

use std::process::{Command, Output};

use serde_json::json;

use crate::dynamodb::DynamoDb;
use crate::process::{Connection, Server};

fn on_table(database: &DynamoDb, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtower"));
    command.args(args).env_clear().env("AWS_ENDPOINT_URL_DYNAMODB", database.endpoint());
    command.env("AWS_REGION", "local").env("AWS_ACCESS_KEY_ID", "nobody").env("AWS_SECRET_ACCESS_KEY", "nothing");
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_table_of_another_server_is_made_served_and_found_again() {
    let mut database = DynamoDb::without_table();
    database.run();
    let none = on_table(&database, &["keys", "list", "--table", "signals"]).output().unwrap();
    assert_eq!(none.status.code(), Some(1), "{}", stderr(&none));
    assert!(stderr(&none).contains("sigtower up --table NAME"), "{}", stderr(&none));

    let up = ["up", "--port", "0", "--no-collect", "--table", "signals"];
    let mut server = Server::started(&mut on_table(&database, &up));
    let signal = json!({"symbol": "BTCUSDT", "signal_type": "long", "entry_price": 45000, "source": "desk"});
    let mut connection = Connection::open(server.address());
    let (status, stored) = connection.ask("POST", "/api/v1/signals", Some(&signal)).unwrap();
    assert_eq!(status, 201, "{stored}");
    let (_, stats) = connection.ask("GET", "/api/v1/signals/stats", None).unwrap();
    assert_eq!(stats["total_signals"], 1, "{stats}");
    server.kill();

    // Commands work on the table itself, and count there as the server did.
    let import = on_table(&database, &["export", "--table", "signals"]).output().unwrap();
    assert_eq!(import.status.code(), Some(0), "{}", stderr(&import));
    assert!(String::from_utf8_lossy(&import.stdout).contains("BTCUSDT"));
    let again = Server::started(&mut on_table(&database, &up));
    let mut connection = Connection::open(again.address());
    let (status, page) = connection.ask("GET", "/api/v1/signals?symbol=BTCUSDT", None).unwrap();
    assert_eq!((status, &page["data"][0]["id"]), (200, &stored["id"]), "{page}");
}

#[test]
fn a_server_that_cannot_be_reached_is_named() {
    let nobody = DynamoDb::without_table();
    let output = on_table(&nobody, &["up", "--port", "0", "--table", "signals"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("AWS_ENDPOINT_URL"), "{}", stderr(&output));
}
