//! What `scraper-batch` needs to start, and what it says when it cannot.

use crate::dynamodb::DynamoDb;
use crate::runtime_api::{Function, Told};
use crate::world::Server;
use crate::{PROGRAM, answer, event, function, whalechart};

#[tokio::test]
async fn every_variable_that_is_wrong_is_named() {
    let variables = [("SIGTOWER_PREVIEW_URL", "t.me"), ("MAX_MESSAGES_PER_CHANNEL", "all")];
    let mut function = Function::start(&PROGRAM, &variables).await;
    let told = function.told().await;
    let Told::CannotStart(why) = told else { panic!("it started: {told:?}") };
    assert_eq!(why["errorType"], "Config.Invalid");
    let message = why["errorMessage"].as_str().unwrap();
    for name in ["SIGNALS_TABLE", "SIGTOWER_CHANNELS", "SIGTOWER_PREVIEW_URL", "MAX_MESSAGES_PER_CHANNEL"] {
        assert!(message.contains(name), "{message}");
    }
    let (is_success, lines) = function.ended().await;
    assert!(!is_success);
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[tokio::test]
async fn what_an_account_lacks_is_named_and_a_login_in_the_wrong_place_is_not_told() {
    let login = scraper::telegram::SessionBlob {
        home: 2,
        data_centres: vec![scraper::telegram::DataCentre {
            id: 2,
            address: "127.0.0.1:443".parse().unwrap(),
            key: Some([0xab; 256]),
        }],
        me: None,
    };
    let variables = [("SIGTOWER_SOURCE", "telegram"), ("TELEGRAM_SESSION_SECRET", &login.to_json())];
    let mut function = Function::start(&PROGRAM, &variables).await;
    let told = function.told().await;
    let Told::CannotStart(why) = told else { panic!("it started: {told:?}") };
    let message = why["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("TELEGRAM_API_ID is missing") && message.contains("TELEGRAM_SESSION_SECRET is"),
        "{message}"
    );
    // Bytes of 0xab in base64.
    let text = format!("{message} {:?}", function.ended().await);
    assert!(!text.contains("q6ur"), "{text}");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named() {
    let mut database = DynamoDb::without_table();
    database.run();
    let mut function = function(&database, "https://t.me", "whalechart").await;
    let told = function.told().await;
    let Told::CannotStart(why) = told else { panic!("it started: {told:?}") };
    assert_eq!(why["errorType"], "Store.Unusable");
    assert!(why["errorMessage"].as_str().unwrap().contains("`signals`"), "{why}");
}

#[tokio::test]
async fn a_table_that_a_template_made_is_furnished() {
    let (database, server) = (DynamoDb::with_bare_table().await, Server::start().await);
    whalechart(&server);
    let mut function = function(&database, &server.url, "whalechart").await;
    assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 2);
}

#[tokio::test]
async fn a_store_that_is_down_fails_the_event_and_is_used_when_it_is_up() {
    let (mut database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    database.stop();
    let mut function = function(&database, &server.url, "whalechart").await;
    let told = function.invoke(&event()).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert_eq!(why["errorType"], "Store.Unavailable");
    assert!(server.asked().is_empty());
    database.run();
    assert_eq!(answer(function.invoke(&event()).await)["outcome"], "done");
}
