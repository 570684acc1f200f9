//! What becomes of the schedule's events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::dynamodb::DynamoDb;
use crate::runtime_api::Told;
use crate::world::{Fault, Server};
use crate::{answer, event, function, whalechart};

#[tokio::test]
async fn an_event_reads_all_channels_and_the_next_one_stores_nothing_twice() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let mut function = function(&database, &server.url, "whalechart,nobody").await;
    let first = answer(function.invoke(&event()).await);
    assert_eq!(
        (&first["outcome"], &first["total"]["signals"], &first["total"]["stored"]),
        (&json!("done"), &json!(2), &json!(2))
    );
    let channels = first["channels"].as_array().unwrap();
    assert_eq!((&channels[0]["channel"], &channels[0]["checkpoint"]), (&json!("whalechart"), &json!(3)));
    assert!(channels[0].get("error").is_none() && channels[1]["error"]["is_retryable"] == false, "{channels:?}");
    let second = answer(function.invoke(&event()).await);
    assert_eq!((&second["total"]["stored"], &second["total"]["unchanged"]), (&json!(0), &json!(2)));
    let checkpoint = database.store().await.checkpoint(&crate::world::name("whalechart")).await.unwrap();
    assert_eq!(checkpoint.unwrap().last.0, 3);
    assert!(database.store().await.lease_holder("collect").await.unwrap().is_none());
}

#[tokio::test]
async fn a_pass_is_logged_and_measured_and_no_text_of_a_post_is() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let mut function = function(&database, &server.url, "whalechart,nobody").await;
    answer(function.invoke(&event()).await);
    let lines = function.stop().await;
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    for name in ["signal.stored", "channel.read", "channel.failed", "sweep.ended"] {
        assert!(events.contains(&name), "{events:?}");
    }
    assert!(lines.iter().filter(|line| line.get("event").is_some()).all(|line| line["invocation_id"].is_string()));
    let measured: Vec<&Value> = lines.iter().filter(|line| line.get("_aws").is_some()).collect();
    assert_eq!(measured.len(), 1);
    for (name, n) in [
        ("SweepsSucceeded", 1),
        ("ChannelsRead", 1),
        ("ChannelsFailed", 1),
        ("PostsRead", 3),
        ("PostsFailed", 0),
        ("SignalsCollected", 2),
        ("SignalsStored", 2),
    ] {
        assert_eq!(measured[0][name], n, "{name}");
    }
    let text = format!("{lines:?}");
    assert!(!text.contains("ENTRY") && !text.contains("Good morning"), "{text}");
}

#[tokio::test]
async fn an_event_that_is_none_fails_by_name_and_nothing_is_read() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let mut function = function(&database, &server.url, "whalechart").await;
    for event in [
        json!({}),
        json!([]),
        json!(7),
        json!({"command": "delete"}),
        json!({"command": "sweep", "channels": ["whalechart"]}),
        json!({"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET"}}}),
        json!({"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}),
    ] {
        let told = function.invoke(&event).await;
        assert!(matches!(told, Told::Failure(_)), "{event}: {told:?}");
    }
    assert!(server.asked().is_empty());
    assert_eq!(answer(function.invoke(&event()).await)["outcome"], "done");
}

#[tokio::test]
async fn a_pass_whose_time_is_up_says_what_it_left_and_gives_the_lease_back() {
    let database = DynamoDb::start().await;
    // It takes connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut function = function(&database, &url, "whalechart,nobody").await;
    function.hand_over_for(event().to_string(), Duration::from_secs(3));
    let cut = answer(function.told().await);
    assert_eq!((&cut["outcome"], &cut["left_out"]), (&json!("cut_short"), &json!(["whalechart", "nobody"])), "{cut}");
    assert!(database.store().await.lease_holder("collect").await.unwrap().is_none());
    // No time at all is none to begin in.
    function.hand_over_for(event().to_string(), Duration::ZERO);
    let told = function.told().await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert_eq!(why["errorType"], "Sweep.NoTime");
}

#[tokio::test]
async fn a_collector_that_is_alive_is_not_disturbed() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let store = database.store().await;
    let held = scraper::holding::Holding::take(&store, "a desk", true, |_| {}).await.unwrap();
    let mut function = function(&database, &server.url, "whalechart").await;
    function.hand_over(event().to_string());
    let renew = async {
        let mut looks = tokio::time::interval(Duration::from_millis(200));
        loop {
            looks.tick().await;
            store.renew_lease(held.lease(), jiff::Timestamp::now()).await.unwrap();
        }
    };
    let told = tokio::select! {
        told = function.told() => told,
        () = renew => unreachable!("it renews as long as it is asked"),
    };
    let busy = answer(told);
    assert_eq!((&busy["outcome"]["busy"]["holder"], &busy["left_out"]), (&json!("a desk"), &json!(["whalechart"])));
    assert!(server.asked().is_empty());
    held.give_back().await;
    assert_eq!(answer(function.invoke(&event()).await)["outcome"], "done");
}

#[tokio::test]
async fn an_event_fails_only_where_the_next_one_may_fare_better() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let mut function = function(&database, &server.url, "whalechart").await;
    // As often as a page is tried.
    server.with(|world| world.faults.extend((0..3).map(|_| Fault::status(502))));
    let told = function.invoke(&event()).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert_eq!(why["errorType"], "Sweep.NothingRead");
    // Who asks for a pause is asked again only after it, whatever the schedule says.
    server.with(|world| world.faults.push_back(Fault::retry_after(429, "120")));
    let paused = answer(function.invoke(&event()).await);
    assert_eq!(paused["channels"][0]["error"]["retry_after_s"], 120, "{paused}");
    server.asked();
    assert!(answer(function.invoke(&event()).await)["channels"][0]["error"]["retry_after_s"].is_number());
    assert!(server.asked().is_empty());
}
