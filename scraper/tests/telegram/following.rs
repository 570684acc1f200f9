//! A channel that is followed: what is told is kept, and what is lost on the way is found, each way of losing by itself.

use std::time::Duration;

use scraper::telegram::{Ended, RealtimeSettings};
use telegram_server::assumptions::Announced;
use telegram_server::world::{Channel, Draft, Visibility};
use telegram_server::{Delivery, Fault, Push};

use crate::live::{Live, until, without_looks};
use crate::world::{World, long, name};

impl World {
    async fn live(&self, settings: RealtimeSettings) -> Live {
        Live::start(&self.server, self.account, &self.store, self.holding, vec![name("signals")], settings).await
    }

    /// A world with 20 posts, all of them read, and somebody who follows it.
    async fn followed(settings: RealtimeSettings) -> (Self, Live) {
        let world = Self::with_posts(20).await;
        let mut live = world.live(settings).await;
        live.until_told("looked at").await;
        (world, live)
    }

    fn post(&self, entry: i32, delivery: Delivery) -> i32 {
        self.server.post(self.channel, Draft::text(long("ETH", entry)), delivery)
    }

    /// Waits until what is stored of these posts is this.
    async fn until_stored(&self, expected: &[(i64, &str, bool)]) {
        let is_there = async || {
            let stored = self.stored().await;
            expected.iter().all(|(id, entry, is_deleted)| stored.contains(&(*id, (*entry).to_owned(), *is_deleted)))
        };
        until(&format!("{expected:?} is stored"), is_there).await;
    }
}

#[tokio::test]
async fn what_is_told_is_kept() {
    let (world, live) = World::followed(without_looks()).await;
    let (first, second) = (world.post(500, Delivery::Pushed), world.post(600, Delivery::Doubled));
    world.server.edit(world.channel, first, &long("ETH", 555), Delivery::Pushed);
    world.server.delete(world.channel, &[second, 3], Delivery::Pushed);
    world.until_stored(&[(21, "555", false), (22, "600", true), (3, "30", true)]).await;
    let report = live.stop().await;
    assert!(report.n_told >= 4 && report.n_passes == 1 && report.n_lost == 0, "{report:?}");
    assert!(report.latencies.percentile(99).is_some());
    assert_eq!(world.store.coverage(&name("signals")).await.unwrap().to_string(), "1-22");
    assert_eq!(world.server.violations(), []);
}

#[tokio::test]
async fn a_post_that_was_not_told_is_found_by_the_next_that_is() {
    let (world, live) = World::followed(without_looks()).await;
    world.post(500, Delivery::Lost);
    world.post(600, Delivery::Pushed);
    world.until_stored(&[(21, "500", false), (22, "600", false)]).await;
    live.stop().await;
}

#[tokio::test]
async fn an_edit_and_a_deletion_that_were_not_told_are_found_by_the_next_post() {
    let (world, live) = World::followed(without_looks()).await;
    world.server.edit(world.channel, 4, &long("BTC", 444), Delivery::Lost);
    world.server.delete(world.channel, &[5], Delivery::Lost);
    world.post(600, Delivery::Pushed);
    world.until_stored(&[(4, "444", false), (5, "50", true), (21, "600", false)]).await;
    live.stop().await;
}

#[tokio::test]
async fn what_comes_in_another_order_costs_no_look() {
    let settings = RealtimeSettings { gap_patience: Duration::from_secs(1_000), ..without_looks() };
    let (world, live) = World::followed(settings).await;
    for entry in [500, 600, 700] {
        world.post(entry, Delivery::Held);
    }
    world.server.release(|held| held.reverse());
    world.until_stored(&[(21, "500", false), (22, "600", false), (23, "700", false)]).await;
    assert_eq!(live.stop().await.n_passes, 1);
}

/// Each way in which a server may say, or not, what happened while there was no connection.
#[tokio::test]
async fn what_happens_without_a_connection_is_found_whatever_the_server_announces() {
    for announced in [Announced::Nothing, Announced::WithoutPts, Announced::WithPts] {
        let (world, live) = World::followed(without_looks()).await;
        world.server.assume(|it| it.announced = announced);
        world.server.disconnect_all();
        world.post(500, Delivery::Lost);
        world.server.edit(world.channel, 4, &long("BTC", 444), Delivery::Lost);
        world.server.delete(world.channel, &[5], Delivery::Lost);
        world.until_stored(&[(4, "444", false), (5, "50", true), (21, "500", false)]).await;
        // And what is told afterwards arrives.
        world.post(600, Delivery::Pushed);
        world.until_stored(&[(22, "600", false)]).await;
        live.stop().await;
    }
}

#[tokio::test]
async fn too_much_is_found_whether_the_server_says_up_to_where_or_not() {
    for with_pts in [false, true] {
        let (world, live) = World::followed(without_looks()).await;
        world.post(500, Delivery::Lost);
        world.server.edit(world.channel, 4, &long("BTC", 444), Delivery::Lost);
        world.server.delete(world.channel, &[5], Delivery::Lost);
        world.server.push_too_long(world.channel, with_pts);
        world.until_stored(&[(4, "444", false), (5, "50", true), (21, "500", false)]).await;
        live.stop().await;
    }
}

#[tokio::test]
async fn where_even_the_difference_is_too_long_the_posts_are_looked_at() {
    let (world, live) = World::followed(without_looks()).await;
    world.server.edit(world.channel, 4, &long("BTC", 444), Delivery::Lost);
    world.server.delete(world.channel, &[5], Delivery::Lost);
    for entry in 0..40 {
        world.post(500 + entry, Delivery::Lost);
    }
    world.server.forget_events(world.channel);
    world.post(600, Delivery::Pushed);
    world.until_stored(&[(4, "444", false), (5, "50", true), (21, "500", false), (61, "600", false)]).await;
    live.stop().await;
}

/// What was told lies behind the checkpoint of the last pass, and is looked at all the same.
#[tokio::test]
async fn a_post_that_was_told_and_is_gone_where_the_difference_is_too_long_is_found() {
    let (world, live) = World::followed(without_looks()).await;
    for entry in [400, 500, 600] {
        world.post(entry, Delivery::Pushed);
    }
    world.until_stored(&[(21, "400", false), (22, "500", false), (23, "600", false)]).await;
    world.server.delete(world.channel, &[22], Delivery::Lost);
    world.server.edit(world.channel, 23, &long("ETH", 666), Delivery::Lost);
    world.server.forget_events(world.channel);
    world.server.disconnect_all();
    world.until_stored(&[(21, "400", false), (22, "500", true), (23, "666", false)]).await;
    live.stop().await;
}

#[tokio::test]
async fn who_begins_again_finds_what_happened_meanwhile_however_the_last_one_ended() {
    for is_killed in [false, true] {
        let (world, live) = World::followed(without_looks()).await;
        world.post(400, Delivery::Pushed);
        if is_killed {
            live.kill().await
        } else {
            drop(live.stop().await)
        }
        world.post(500, Delivery::Lost);
        world.server.edit(world.channel, 4, &long("BTC", 444), Delivery::Lost);
        world.server.delete(world.channel, &[5], Delivery::Lost);
        let live = world.live(without_looks()).await;
        let all = [(4, "444", false), (5, "50", true), (21, "400", false), (22, "500", false)];
        world.until_stored(&all).await;
        live.stop().await;
    }
}

#[tokio::test]
async fn a_burst_is_kept_whole_and_more_than_fits_is_looked_up() {
    for most_waiting in [5_000, 40] {
        let settings = RealtimeSettings { most_waiting, ..without_looks() };
        let (world, live) = World::followed(settings).await;
        for entry in 0..500 {
            world.post(1_000 + entry, Delivery::Pushed);
        }
        until("all are stored", async || world.stored().await.len() == 520).await;
        live.stop().await;
        assert_eq!(world.store.coverage(&name("signals")).await.unwrap().to_string(), "1-520");
    }
}

#[tokio::test]
async fn a_channel_of_which_nothing_is_told_is_looked_at() {
    let mut channel = Channel::new(1001, "signals").with_posts(20, |i| long("BTC", i * 10));
    channel.is_pushed = false;
    let world = World::of(channel).await;
    let settings = RealtimeSettings { poll_every: Duration::from_millis(200), ..without_looks() };
    let live = world.live(settings).await;
    until("the first are stored", async || world.stored().await.len() == 20).await;
    for n in 0..3 {
        world.post(500 + n, Delivery::Pushed);
        until("the next is stored", async || world.stored().await.len() == 21 + n as usize).await;
    }
    live.stop().await;
}

#[tokio::test]
async fn a_push_that_does_not_say_where_it_is_is_no_loss() {
    let (world, live) = World::followed(without_looks()).await;
    for entry in [500, 600] {
        world.post(entry, Delivery::Held);
    }
    world.server.release(|held| held.iter_mut().for_each(Push::leave_out_the_channel));
    world.until_stored(&[(21, "500", false), (22, "600", false)]).await;
    live.stop().await;
}

#[tokio::test]
async fn a_line_that_is_dead_without_anybody_knowing_is_noticed() {
    let settings = RealtimeSettings { ping_every: Duration::from_millis(300), ..without_looks() };
    let world = World::with_posts(20).await;
    let mut config = crate::world::config();
    (config.request_timeout, config.connect_timeout) = (Duration::from_millis(500), Duration::from_millis(500));
    let channels = vec![name("signals")];
    let mut live =
        Live::with_config(&world.server, world.account, &world.store, world.holding, channels, settings, config).await;
    live.until_told("looked at").await;
    world.server.be_deaf(true);
    live.until_told("not connected").await;
    world.post(500, Delivery::Lost);
    world.server.be_deaf(false);
    live.until_told("connected").await;
    world.until_stored(&[(21, "500", false)]).await;
    live.stop().await;
}

#[tokio::test]
async fn a_channel_that_turns_private_is_told_once_and_the_others_go_on() {
    let world = World::with_posts(20).await;
    let other = world.server.add_channel(Channel::new(1002, "other").with_posts(5, |i| long("ETH", i * 10)));
    world.server.with_world(|it| it.accounts.get_mut(&world.account).map(|account| account.joined.insert(other)));
    let channels = vec![name("signals"), name("other")];
    let mut live =
        Live::start(&world.server, world.account, &world.store, world.holding, channels, without_looks()).await;
    live.until_told("looked at").await;
    live.until_told("looked at").await;
    world.server.with_world(|it| {
        it.channels.get_mut(&world.channel).expect("the channel").visibility = Visibility::Nobody;
    });
    world.server.disconnect_all();
    live.until_told("signals: the channel `signals` is private").await;
    world.server.post(other, Draft::text(long("ETH", 500)), Delivery::Pushed);
    until("the other goes on", async || crate::world::stored(&world.store, "other").await.len() == 6).await;
    live.stop().await;
}

#[tokio::test]
async fn the_end_of_the_login_ends_it_at_once() {
    for (code, error) in [(401, "SESSION_REVOKED"), (406, "AUTH_KEY_DUPLICATED")] {
        let often = Duration::from_millis(200);
        let settings = RealtimeSettings { ping_every: often, ask_account_every: often, ..without_looks() };
        let (world, live) = World::followed(settings).await;
        world.server.end_logins(world.account, code, error);
        let ended = live.ended().await;
        assert!(matches!(&ended, Ended::LoginOver { why } if why.contains("log in again")), "{ended:?}");
    }
}

#[tokio::test]
async fn who_loses_the_lease_asks_nothing_more() {
    let (world, live) = World::followed(without_looks()).await;
    world.holding.give_back().await;
    world.server.forget_calls();
    assert_eq!(live.ended().await, Ended::LeaseLost);
    assert_eq!(world.server.calls_of("messages.getHistory").len(), 0);
    world.server.until("the connection is closed", |server| server.connections().0 == 0).await;
}

#[tokio::test]
async fn a_flood_leaves_one_channel_alone_for_its_time() {
    let (world, mut live) = World::followed(without_looks()).await;
    world.server.flood("messages.getHistory", 66_000, 1);
    world.post(500, Delivery::Lost);
    world.post(600, Delivery::Pushed);
    live.until_told("a pause of 66000 s").await;
    // What follows on what is known is told and kept all the same; nothing is asked.
    world.server.forget_calls();
    assert_eq!(world.server.calls_of("messages.getHistory").len(), 0);
    live.stop().await;
}

#[tokio::test]
async fn a_server_that_cannot_answer_for_a_while_is_asked_again() {
    let (world, live) = World::followed(without_looks()).await;
    world.server.fault("messages.getHistory", Fault::Error(500, "RPC_CALL_FAIL".to_owned()), 2);
    world.post(500, Delivery::Lost);
    world.post(600, Delivery::Pushed);
    world.until_stored(&[(21, "500", false), (22, "600", false)]).await;
    live.stop().await;
}
