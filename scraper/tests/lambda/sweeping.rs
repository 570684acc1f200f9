//! What becomes of the schedule's events.

use std::time::Duration;

use axum::Router;
use axum::http::Uri;
use axum::response::Html;
use scraper::holding::{Holding, WantedLease};
use serde_json::{Value, json};
use signals::store::SignalStore;

use crate::dynamodb::DynamoDb;
use crate::runtime_api::Told;
use crate::world::{Fault, Post, Server};
use crate::{answer, event, function, told_beside, whalechart};

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
    assert_eq!(measured[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "sigtower-e2e");
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
    let store = database.store().await;
    assert!(store.lease_holder("collect").await.unwrap().is_none());
    // It has had its turn: where a pass is too short for one channel, the others are read all the same.
    let runs = store.channel_runs(jiff::Timestamp::now()).await.unwrap();
    let trouble = runs.iter().map(|run| (run.channel.as_str(), run.trouble.as_ref().map(|it| it.is_retryable)));
    assert_eq!(trouble.collect::<Vec<_>>(), [("whalechart", Some(true))]);
    function.hand_over_for(event().to_string(), Duration::from_secs(3));
    answer(function.told().await);
    let runs = store.channel_runs(jiff::Timestamp::now()).await.unwrap();
    assert!(runs.iter().any(|run| run.channel.as_str() == "nobody"), "{runs:?}");
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
    let held = Holding::take(&store, WantedLease::of_collectors("a desk", true), |_| {}).await.unwrap();
    let mut function = function(&database, &server.url, "whalechart").await;
    let busy = answer(told_beside(&mut function, &store, held.lease()).await);
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

#[tokio::test]
async fn a_post_that_became_a_signal_is_no_longer_kept_as_passed_over() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    server.channel("whalechart", 20, vec![Post::text(1, "Good morning everyone")]);
    let mut function = function(&database, &server.url, "whalechart").await;
    assert_eq!(answer(function.invoke(&event()).await)["total"]["signals"], 0);
    whalechart(&server);
    let second = answer(function.invoke(&event()).await);
    assert_eq!((&second["total"]["stored"], second["channels"][0].get("error")), (&json!(2), None), "{second}");
    // Nothing else may be deleted by this function, which is all that could be lost.
    let left = database
        .store()
        .await
        .passed_over(&crate::world::name("whalechart"), None, 10, jiff::Timestamp::now())
        .await
        .unwrap();
    assert!(left.iter().all(|it| it.post.id.0 == 2), "{left:?}");
}

#[tokio::test]
async fn news_of_a_channel_find_their_signals() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    let mut posts = vec![
        Post::text(1, "BTC LONG ENTRY 45000 TARGET 46000 SL 44000"),
        Post::text(2, "ETH SHORT ENTRY 3100 TARGET 3000 SL 3180"),
        Post::text(3, "#BTC/USDT target 1 reached"),
        // Nobody spoke of this coin.
        Post::text(4, "#XRP/USDT target 1 reached"),
    ];
    server.channel("whalechart", 20, posts.clone());
    let mut function = function(&database, &server.url, "whalechart").await;
    let first = answer(function.invoke(&event()).await);
    assert_eq!((&first["total"]["updates"], first["channels"][0].get("error")), (&json!(2), None), "{first}");
    let signal = "whalechart_1_0".parse().unwrap();
    let record = database.store().await.get(&signal).await.unwrap().unwrap();
    assert_eq!(record.version, 2, "{record:?}");
    posts[1] = Post::text(2, "ETH SHORT ENTRY 3100 TARGET 2900 SL 3180");
    server.channel("whalechart", 20, posts);
    let second = answer(function.invoke(&event()).await);
    assert_eq!(second["channels"][0].get("error"), None, "{second}");
    assert_eq!(second["total"]["new_versions"], 1, "{second}");
}

#[tokio::test]
async fn a_channel_for_which_no_time_was_left_comes_first_in_the_next_pass() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    server.channel("io_altsignals", 20, vec![Post::text(1, "Good morning everyone")]);
    let mut one = function(&database, &server.url, "whalechart").await;
    answer(one.invoke(&event()).await);
    // As named, the one that was read just now would come first.
    let mut both = function(&database, &server.url, "whalechart,io_altsignals").await;
    let order = |answer: &Value| -> Vec<String> {
        let channels = answer["channels"].as_array().expect("channels");
        channels.iter().map(|it| it["channel"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(order(&answer(both.invoke(&event()).await)), ["io_altsignals", "whalechart"]);
    let mut other = function(&database, &server.url, "io_altsignals").await;
    answer(other.invoke(&event()).await);
    assert_eq!(order(&answer(both.invoke(&event()).await)), ["whalechart", "io_altsignals"]);
}

#[tokio::test]
async fn a_pass_whose_lease_somebody_took_stops_and_takes_nothing_back() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let store = database.store().await;
    // Whoever is asked for a page takes the lease first, as somebody would for whom the holder is dead.
    let page = async move |uri: Uri, store: SignalStore, url: String| {
        let taken = Holding::take(&store, WantedLease::of_collectors("a desk", true), |_| {}).await.expect("the lease");
        drop(taken);
        let response = reqwest::get(format!("{url}{uri}")).await.expect("an answer");
        Html(response.text().await.expect("a page"))
    };
    let (of_page, url) = (store.clone(), server.url.clone());
    let routes = Router::new().fallback(move |uri: Uri| page(uri, of_page.clone(), url.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, routes).await });

    let mut function = function(&database, &front, "whalechart,io_altsignals").await;
    let stopped = answer(function.invoke(&event()).await);
    assert_eq!((&stopped["outcome"], &stopped["left_out"]), (&json!("taken_over"), &json!(["io_altsignals"])));
    assert_eq!(store.lease_holder("collect").await.unwrap().unwrap().owner, "a desk");
}
