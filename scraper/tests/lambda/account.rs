//! What becomes of the schedule's events where an account reads the channels.

use std::time::Duration;

use scraper::holding::{Holding, LEASE_TIME, WantedLease};
use serde_json::{Value, json};
use telegram_server::world::{Channel, Draft};
use telegram_server::{Delivery, Fault};

use crate::account_world::{World, figure, name, stored};
use crate::runtime_api::Told;
use crate::telegram_world::long;
use crate::world::Server;
use crate::{answer, event, told_beside, whalechart};

const HISTORY: &str = "messages.getHistory";
const LOOK_UP: &str = "contacts.resolveUsername";

#[tokio::test]
async fn an_event_reads_the_channels_of_the_account_and_a_quiet_one_costs_a_call() {
    let world = World::with_login("reads").await;
    let mut function = world.function("signals,others", &[]).await;
    let first = answer(function.invoke(&event()).await);
    assert_eq!((&first["outcome"], &first["total"]["stored"]), (&json!("done"), &json!(35)), "{first}");
    assert_eq!((world.connections(), world.server.calls_of(LOOK_UP).len()), (1, 2));
    world.all_is_given_back().await;

    world.server.forget_calls();
    let second = answer(function.invoke(&event()).await);
    assert_eq!((&second["outcome"], &second["total"]["fetched"]), (&json!("done"), &json!(0)), "{second}");
    // A new connection, which says who it is, and one call a channel.
    let asked: Vec<String> = world.server.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(asked.iter().filter(|method| *method == HISTORY).count(), 2, "{asked:?}");
    assert!(!asked.iter().any(|method| method == LOOK_UP), "{asked:?}");
    assert_eq!(world.connections(), 2);
    world.all_is_given_back().await;

    let lines = function.stop().await;
    assert_eq!(figure(&lines, "LoginOver"), [0, 0]);
    assert_eq!(figure(&lines, "SweepsSucceeded"), [1, 1]);
    assert!(!format!("{lines:?}").contains("LONG"), "{lines:?}");
}

#[tokio::test]
async fn what_changed_and_went_since_is_followed_with_the_rights_of_the_function() {
    let world = World::with_login("follows").await;
    let old = world.server.add_channel(Channel::new(1003, "old_signals").with_posts(100, |i| long("BTC", i * 10)));
    let mut function = world.function("old_signals", &[]).await;
    answer(function.invoke(&event()).await);
    world.server.edit(old, 3, &long("BTC", 777), Delivery::Lost);
    world.server.delete(old, &[5, 6], Delivery::Lost);
    world.server.post(old, Draft::text(long("ETH", 5000)), Delivery::Lost);
    let of = |read: &Value, figure: &str| read["total"][figure].as_u64();
    let second = answer(function.invoke(&event()).await);
    let figures = ["new_versions", "deleted", "stored"].map(|name| of(&second, name));
    assert_eq!((figures, second["channels"][0].get("error")), ([Some(1), Some(2), Some(1)], None), "{second}");
    assert_eq!(world.server.calls_of("updates.getChannelDifference").len(), 1);
    // Where Telegram cannot tell any more, the posts themselves are looked at again.
    world.server.delete(old, &[99], Delivery::Lost);
    world.server.forget_events(old);
    let third = answer(function.invoke(&event()).await);
    assert_eq!((of(&third, "deleted"), third["channels"][0].get("error")), (Some(1), None), "{third}");
    let expected: Vec<i64> = (1..=101).filter(|id| ![5, 6, 99].contains(id)).collect();
    assert_eq!(stored(&world.database, "old_signals").await, expected);
}

#[tokio::test]
async fn where_somebody_else_holds_the_login_nobody_connects() {
    let world = World::with_login("held").await;
    let store = world.database.store().await;
    let wanted = WantedLease { name: "telegram/batch", owner: "a desk", lease_time: LEASE_TIME, is_alone: true };
    let held = Holding::take(&store, wanted, |_| {}).await.expect("the lease");
    let mut function = world.function("signals", &[]).await;
    let busy = answer(told_beside(&mut function, &store, held.lease()).await);
    assert_eq!((&busy["outcome"]["busy"]["holder"], &busy["left_out"]), (&json!("a desk"), &json!(["signals"])));
    assert_eq!(world.connections(), 0);
    held.give_back().await;
    assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 30);
}

#[tokio::test]
async fn readers_of_previews_do_not_wait_for_the_account() {
    let (world, previews) = (World::with_login("beside").await, Server::start().await);
    whalechart(&previews);
    let store = world.database.store().await;
    let held = Holding::take(&store, WantedLease::of_collectors("a desk", true), |_| {}).await.expect("the lease");
    let mut function = world.function("signals", &[]).await;
    assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 30);
    held.give_back().await;
}

#[tokio::test]
async fn a_channel_of_the_preview_is_read_on_through_the_account() {
    let (world, previews) = (World::with_login("changes").await, Server::start().await);
    let posts = (1..=10).map(|i| crate::world::Post::text(i, &long("BTC", i32::try_from(i).expect("small") * 10)));
    previews.channel("signals", 20, posts.collect());
    let mut before = crate::function(&world.database, &previews.url, "signals").await;
    assert_eq!(answer(before.invoke(&event()).await)["total"]["stored"], 10);
    let mut function = world.function("signals", &[]).await;
    let read = answer(function.invoke(&event()).await);
    assert_eq!((&read["outcome"], read["channels"][0].get("error")), (&json!("done"), None), "{read}");
    assert_eq!(read["total"]["stored"], 20, "{read}");
    assert_eq!(stored(&world.database, "signals").await, (1..=30).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_pass_whose_time_is_up_hangs_up_and_gives_the_login_back() {
    let world = World::with_login("cut").await;
    let mut function = world.function("signals,others", &[]).await;
    world.server.fault(HISTORY, Fault::Silent, 1);
    function.hand_over_for(event().to_string(), Duration::from_secs(4));
    let cut = answer(function.told().await);
    assert_eq!((&cut["outcome"], &cut["left_out"]), (&json!("cut_short"), &json!(["signals", "others"])), "{cut}");
    world.all_is_given_back().await;
    let next = answer(function.invoke(&event()).await);
    assert_eq!((&next["outcome"], &next["total"]["stored"]), (&json!("done"), &json!(35)), "{next}");
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_costs_no_more_than_the_time() {
    let world = World::with_login("deaf").await;
    world.server.be_deaf(true);
    let mut function = world.function("signals", &[]).await;
    function.hand_over_for(event().to_string(), Duration::from_secs(4));
    let cut = answer(function.told().await);
    assert_eq!((&cut["outcome"], &cut["left_out"]), (&json!("cut_short"), &json!(["signals"])), "{cut}");
    world.all_is_given_back().await;
}

/// A pass that waited until its end would be cut short, and nobody would know of the pause.
#[tokio::test]
async fn a_flood_that_is_long_for_a_pass_is_kept_for_the_next_ones() {
    let world = World::with_login("long-flood").await;
    let mut function = world.function("signals", &[("TELEGRAM_FLOOD_WAIT_SECONDS", "300")]).await;
    world.server.flood(HISTORY, 40, 1);
    function.hand_over_for(event().to_string(), Duration::from_secs(60));
    let first = answer(function.told().await);
    assert_eq!(first["outcome"], "done", "{first}");
    let pause = first["channels"][0]["error"]["retry_after_s"].as_u64();
    assert!(pause.is_some_and(|pause| (30..=40).contains(&pause)), "{first}");
}

/// A day is not waited for, nor asked again before it is over: that is kept with the channel.
#[tokio::test]
async fn a_flood_of_a_day_ends_the_pass_and_is_obeyed_by_the_next_ones() {
    let world = World::with_login("flood").await;
    let mut function = world.function("signals,others", &[]).await;
    world.server.flood(HISTORY, 66_000, 1);
    let first = answer(function.invoke(&event()).await);
    assert_eq!(first["outcome"], "done");
    // The connection remembers it for the kind of request, whichever channel it is about.
    for channel in first["channels"].as_array().expect("channels") {
        let pause = channel["error"]["retry_after_s"].as_u64().expect("a pause");
        assert!((65_900..=66_000).contains(&pause), "{first}");
    }
    assert_eq!(world.server.calls_of(HISTORY).len(), 1);
    world.all_is_given_back().await;
    let before = world.connections();
    // Also another process obeys, and does not even connect.
    for function in [&mut function, &mut world.function("signals,others", &[]).await] {
        let next = answer(function.invoke(&event()).await);
        let pause = next["channels"][0]["error"]["retry_after_s"].as_u64().expect("a pause");
        assert!(pause > 65_000, "{next}");
    }
    assert_eq!(world.connections(), before);
    let run = world.database.store().await.channel_run(&name("signals")).await.expect("a store");
    assert!(run.and_then(|run| run.not_before).is_some());
}

#[tokio::test]
async fn a_flood_of_those_who_connect_is_obeyed_too() {
    let world = World::with_login("flood-at-once").await;
    let mut function = world.function("signals,others", &[]).await;
    world.server.flood("users.getUsers", 3_600, 1);
    let first = answer(function.invoke(&event()).await);
    let pauses: Vec<&Value> = first["channels"].as_array().expect("channels").iter().collect();
    assert!(pauses.iter().all(|it| it["error"]["retry_after_s"].as_u64().is_some_and(|s| s > 3_500)), "{first}");
    let before = world.connections();
    answer(function.invoke(&event()).await);
    assert_eq!(world.connections(), before);
}

#[tokio::test]
async fn a_telegram_that_is_away_fails_the_event_and_is_read_when_it_is_back() {
    let world = World::with_login("away").await;
    world.server.refuse_connections(true);
    let mut function = world.function("signals,others", &[]).await;
    let told = function.invoke(&event()).await;
    let Told::Failure(why) = told else { panic!("{told:?}") };
    assert_eq!(why["errorType"], "Sweep.NothingRead", "{why}");
    world.server.refuse_connections(false);
    assert_eq!(answer(function.invoke(&event()).await)["total"]["stored"], 35);
    let lines = function.stop().await;
    assert_eq!(figure(&lines, "LoginOver"), [0, 0]);
}

#[tokio::test]
async fn look_ups_and_waits_are_as_many_and_as_long_as_the_operator_said() {
    let world = World::with_login("limits").await;
    let mut one = world.function("signals,others", &[("TELEGRAM_LOOK_UPS_PER_DAY", "1")]).await;
    let first = answer(one.invoke(&event()).await);
    assert_eq!((&first["total"]["stored"], world.server.calls_of(LOOK_UP).len()), (&json!(30), 1), "{first}");
    let why = first["channels"][1]["error"]["text"].as_str();
    assert!(why.is_some_and(|why| why.contains("looked up 1 names today")), "{first}");
    // A pause that is short enough is waited for, any other ends the look at this channel.
    for (longest, seconds, n_asked) in [("2", 1, 2), ("0", 1, 1)] {
        world.server.forget_calls();
        world.server.flood(HISTORY, seconds, 1);
        let mut function = world.function("signals", &[("TELEGRAM_FLOOD_WAIT_SECONDS", longest)]).await;
        let read = answer(function.invoke(&event()).await);
        assert_eq!(read["channels"][0].get("error").is_some(), n_asked == 1, "{longest}: {read}");
        assert_eq!(world.server.calls_of(HISTORY).len(), n_asked, "{longest}");
    }
}
