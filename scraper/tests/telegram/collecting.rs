//! A channel that is collected through an account, pass after pass: what is new, edited and deleted, whatever happens.

use std::time::{Duration, Instant};

use scraper::source::{MessageSource as _, SourceError};
use scraper::telegram::TelegramError;
use signals::message::MessageId;
use signals::status::Status;
use telegram_server::assumptions::Assumptions;
use telegram_server::world::{Account, Channel, Draft, Kind, Visibility};
use telegram_server::{Delivery, Fault};

use crate::world::{World, login, long, name, stored};

const HISTORY: &str = "messages.getHistory";
const CHANGES: &str = "updates.getChannelDifference";

fn lost(world: &World, text: &str) -> i32 {
    world.server.post(world.channel, Draft::text(text), Delivery::Lost)
}

#[tokio::test]
async fn everything_new_is_read_once_and_a_quiet_channel_costs_one_request() {
    let world = World::with_posts(250).await;
    let report = world.pass().await;
    assert_eq!((report.tally.stored, report.tally.fetched, report.checkpoint), (250, 250, Some(MessageId(250))));
    for n in 0..3 {
        lost(&world, &long("ETH", 5000 + n));
    }
    let report = world.pass().await;
    assert_eq!((report.tally.stored, report.tally.unchanged, report.backlog), (3, 0, 0));
    world.server.forget_calls();
    let report = world.pass().await;
    assert_eq!((report.tally.stored, report.tally.fetched), (0, 0));
    assert_eq!(world.server.calls().iter().filter(|call| call.method == HISTORY).count(), 1);
    assert_eq!(world.server.calls_of(CHANGES).len() + world.server.calls_of("contacts.resolveUsername").len(), 0);
    assert_eq!(world.stored().await.len(), 253);
    assert_eq!(world.server.violations(), []);
}

#[tokio::test]
async fn a_pass_that_is_cut_anywhere_is_gone_on_with() {
    let mut world = World::with_posts(730).await;
    world.settings.most_posts = 90;
    let mut all = 0;
    // The first pass takes the newest; the others go on from there.
    for _ in 0..3 {
        all += world.pass().await.tally.stored;
    }
    for n in 0..400 {
        lost(&world, &long("ETH", 5000 + n));
    }
    for calls_before in [0, 1, 2, 0, 3, 1] {
        world.server.fault_after(calls_before, HISTORY, Fault::Error(500, "RPC_CALL_FAIL".to_owned()), 1);
        all += world.pass_over("signals").await.tally.stored;
        world.server.clear_faults();
    }
    for _ in 0..5 {
        all += world.pass().await.tally.stored;
    }
    assert_eq!(all, 490);
    let seen = world.stored().await;
    assert_eq!(seen.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), (641..=1130).collect::<Vec<_>>());
}

#[tokio::test]
async fn edits_and_deletions_of_any_age_come_with_the_changes() {
    let world = World::with_posts(300).await;
    world.pass().await;
    world.server.edit(world.channel, 3, &long("BTC", 777), Delivery::Lost);
    world.server.delete(world.channel, &[5, 6, 299], Delivery::Lost);
    lost(&world, &long("ETH", 5000));
    world.server.edit(world.channel, 301, &long("ETH", 6000), Delivery::Lost);
    let report = world.pass().await;
    assert_eq!((report.tally.new_versions, report.tally.deleted, report.tally.stored), (1, 3, 1));
    let seen = world.stored().await;
    assert_eq!(seen[2], (3, "777".to_owned(), false));
    assert_eq!(seen[300], (301, "6000".to_owned(), false));
    let deleted: Vec<i64> = seen.iter().filter(|(.., is_deleted)| *is_deleted).map(|(id, ..)| *id).collect();
    assert_eq!(deleted, [5, 6, 299]);
    assert_eq!(world.server.calls_of(CHANGES).len(), 1);
}

/// Whether a channel edits its news to something else or deletes them: it does not say them any more.
#[tokio::test]
async fn news_that_a_channel_takes_back_are_undone() {
    let world = World::with_posts(1).await;
    let status = async || {
        let id = signals::origin::SignalId::parse("signals_1_0").expect("an id");
        world.store.get(&id).await.expect("it works").expect("it is there").status
    };
    for delete in [false, true] {
        let news = lost(&world, "BTC stop loss hit ❌");
        assert_eq!((world.pass().await.error, status().await), (None, Status::Stopped));
        if delete {
            world.server.delete(world.channel, &[news], Delivery::Lost);
        } else {
            world.server.edit(world.channel, news, "Good morning everyone", Delivery::Lost);
        }
        let report = world.pass().await;
        assert_eq!((report.error, report.tally.new_versions, status().await), (None, 1, Status::Open));
    }
}

#[tokio::test]
async fn where_the_changes_are_too_long_the_posts_are_looked_at_again() {
    for posts_when_too_long in [0, 20] {
        let world = World::with_posts(150).await;
        world.pass().await;
        world.server.assume(|it| it.posts_when_too_long = posts_when_too_long);
        world.server.edit(world.channel, 3, &long("BTC", 777), Delivery::Lost);
        world.server.delete(world.channel, &[5, 150], Delivery::Lost);
        for n in 0..30 {
            lost(&world, &long("ETH", 5000 + n));
        }
        world.server.forget_events(world.channel);
        let report = world.pass().await;
        assert_eq!((report.tally.new_versions, report.tally.deleted, report.tally.stored), (1, 2, 30));
        world.server.forget_calls();
        let report = world.pass().await;
        assert_eq!((report.tally.fetched, world.server.calls_of(CHANGES).len()), (0, 0));
    }
}

#[tokio::test]
async fn the_newest_posts_may_be_those_that_are_gone() {
    let world = World::with_posts(100).await;
    world.pass().await;
    world.server.delete(world.channel, &[96, 97, 98, 99, 100], Delivery::Lost);
    world.server.forget_events(world.channel);
    assert_eq!(world.pass().await.tally.deleted, 5);
    world.server.delete(world.channel, &(1..=95).collect::<Vec<_>>(), Delivery::Lost);
    world.server.forget_events(world.channel);
    assert_eq!(world.pass().await.tally.deleted, 95);
}

#[tokio::test]
async fn names_that_are_refused_before_they_are_asked_for_are_not_counted() {
    let world = World::with_posts(3).await;
    for n in 0..6 {
        world.server.add_channel(Channel::new(2000 + n, &format!("channel{n}")).with_posts(1, |_| long("BTC", 10)));
    }
    let mut source = world.source().await.looking_up_at_most(3);
    world.server.flood("contacts.resolveUsername", 66_000, 1);
    for n in 0..5 {
        let error = source.find(&name(&format!("channel{n}"))).await.expect_err("a pause");
        assert!(matches!(error, SourceError::RateLimited { .. }), "{error}");
    }
    // Another run, after the pause: one of the three was spent.
    let mut source = world.source().await.looking_up_at_most(3);
    for n in 0..2 {
        source.find(&name(&format!("channel{n}"))).await.expect("it is within the day's");
    }
}

/// The first pass begins in the middle of an album, and what is edited later of it counts.
#[tokio::test]
async fn an_album_with_which_the_first_pass_begins_is_followed_too() {
    let world = World::of(Channel::new(1001, "signals")).await;
    for text in [long("BTC", 100), String::new(), String::new(), String::new()] {
        world.server.post(world.channel, Draft::text(text).in_album(9), Delivery::Lost);
    }
    lost(&world, &long("ETH", 500));
    let mut settings = world.settings;
    settings.most_posts = 3;
    let world = World { settings, ..world };
    world.pass().await;
    world.server.edit(world.channel, 1, &long("BTC", 777), Delivery::Lost);
    assert_eq!(world.pass().await.tally.new_versions, 1);
    assert_eq!(world.stored().await[0], (1, "777".to_owned(), false));
}

#[tokio::test]
async fn a_position_that_the_server_does_not_know_is_given_up() {
    let world = World::with_posts(20).await;
    world.pass().await;
    let lease = world.holding.lease();
    let now = jiff::Timestamp::now();
    assert!(world.store.keep_position(&name("signals"), 99_999, lease, now).await.unwrap());
    world.server.edit(world.channel, 3, &long("BTC", 777), Delivery::Lost);
    assert_eq!(world.pass().await.tally.new_versions, 1);
    let position = world.store.position(&name("signals"), lease).await.unwrap();
    assert_eq!(position, Some(22));
}

/// What is only assumed of windows of the history must not matter.
#[tokio::test]
async fn nothing_is_lost_whatever_a_window_of_the_history_means() {
    let switches: [fn(&mut Assumptions); 6] = [
        |_| {},
        |it| it.history_bounds_first = true,
        |it| it.history_window_slides = true,
        |it| it.history_offset_excludes_itself = true,
        |it| (it.history_bounds_first, it.history_offset_excludes_itself) = (true, true),
        |it| it.most_posts_per_page = 3,
    ];
    for switch in switches {
        let world = World::with_posts(230).await;
        world.server.assume(switch);
        // Holes of every size.
        let gone: Vec<i32> = (1..=230).filter(|id| id % 7 == 0 || (100..150).contains(id)).collect();
        world.server.delete(world.channel, &gone, Delivery::Lost);
        world.pass().await;
        for n in 0..205 {
            lost(&world, &long("ETH", 5000 + n));
        }
        world.server.delete(world.channel, &[231, 300], Delivery::Lost);
        world.pass().await;
        let there = |id: &i64| !gone.contains(&(*id as i32)) && ![231, 300].contains(id);
        let expected: Vec<i64> = (1..=435).filter(there).collect();
        assert_eq!(world.stored().await.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), expected);
        let coverage = world.store.coverage(&name("signals")).await.unwrap().to_string();
        assert_eq!(coverage, "1-435");
    }
}

#[tokio::test]
async fn an_album_is_one_post_wherever_a_look_begins() {
    let world = World::of(Channel::new(1001, "signals")).await;
    for n in 0..30 {
        let album = 9_000 + i64::from(n);
        for part in 0..4 {
            let text = if part == 2 { long("BTC", 100 + n) } else { String::new() };
            world.server.post(world.channel, Draft::text(text).in_album(album), Delivery::Lost);
        }
    }
    // The page ends in the middle of an album, the pass does, and the look behind begins in one.
    let mut settings = world.settings;
    settings.most_posts = 7;
    let world = World { settings, ..world };
    world.pass().await;
    for n in 0..60 {
        let album = 7_000 + i64::from(n);
        for part in 0..3 {
            let text = if part == 1 { long("ETH", 500 + n) } else { String::new() };
            world.server.post(world.channel, Draft::text(text).in_album(album), Delivery::Lost);
        }
    }
    for _ in 0..40 {
        world.pass().await;
    }
    world.server.edit(world.channel, 122, &long("ETH", 999), Delivery::Lost);
    world.server.edit(world.channel, 124, "", Delivery::Lost);
    world.pass().await;
    let eth: Vec<(i64, String, bool)> = world.stored().await.into_iter().filter(|(id, ..)| *id > 120).collect();
    assert_eq!(eth.len(), 60);
    assert!(eth.iter().all(|(id, ..)| (id - 121) % 3 == 0), "{eth:?}");
    assert_eq!((&eth[0].1[..], &eth[1].1[..]), ("999", "501"));
}

#[tokio::test]
async fn one_post_that_cannot_be_read_keeps_no_other_back() {
    let world = World::with_posts(20).await;
    // The page, and then each half in which it is.
    world.server.fault_after(1, HISTORY, Fault::UnknownConstructor, 1);
    world.server.fault("channels.getMessages", Fault::UnknownConstructor, 1);
    let mut source = world.source().await;
    let found = source.find(&name("signals")).await.unwrap();
    let chunk = source.after(&found, MessageId(0)).await.unwrap();
    assert_eq!((chunk.posts.len(), chunk.bad.len(), chunk.is_last), (20, 0, true));
    world.server.fault_after(0, HISTORY, Fault::UnknownConstructor, 1);
    world.server.fault("channels.getMessages", Fault::UnknownConstructor, 100);
    let chunk = source.after(&found, MessageId(18)).await.unwrap();
    assert_eq!((chunk.posts.len(), chunk.bad.len()), (0, 2));
    assert_eq!(chunk.covers, MessageId(19)..=MessageId(20));
}

#[tokio::test]
async fn a_long_flood_ends_a_run_at_once_and_the_other_channels_go_on() {
    let world = World::with_posts(30).await;
    let other = world.server.add_channel(Channel::new(1002, "other").with_posts(5, |i| long("ETH", i * 10)));
    world.server.with_world(|it| it.accounts.get_mut(&world.account).map(|account| account.joined.insert(other)));
    let channels = [name("signals"), name("other")];
    let (mut source, collector) = (world.source().await, world.collector());
    // Names are refused for long after the first.
    world.server.flood("contacts.resolveUsername", 66_000, 1);
    let began = Instant::now();
    let sweep = collector.sweep(&mut source, &channels, world.holding.lease(), None, |_| {}).await;
    // The bar is 5 s; this only guards against a run that waits.
    assert!(began.elapsed() < Duration::from_secs(50));
    let pauses: Vec<_> = sweep.channels.iter().map(|it| it.error.as_ref().and_then(|it| it.retry_after_s)).collect();
    assert!(pauses.iter().all(|pause| pause.is_some_and(|seconds| seconds > 65_000)), "{pauses:?}");
    assert_eq!(world.server.calls_of("contacts.resolveUsername").len(), 1);
    // A later run does not ask before the time is over.
    world.server.forget_calls();
    let mut source = world.source().await;
    let sweep = collector.sweep(&mut source, &channels, world.holding.lease(), None, |_| {}).await;
    assert_eq!((sweep.n_failed(), world.server.calls_of("contacts.resolveUsername").len()), (2, 0));
}

#[tokio::test]
async fn a_flood_of_one_channel_leaves_the_others_alone() {
    let world = World::with_posts(30).await;
    world.server.add_channel(Channel::new(1002, "other").with_posts(5, |i| long("ETH", i * 10)));
    let mut source = world.source().await;
    source.find(&name("other")).await.expect("it is looked up");
    world.server.flood("contacts.resolveUsername", 66_000, 1);
    let channels = [name("signals"), name("other")];
    let sweep = world.collector().sweep(&mut source, &channels, world.holding.lease(), None, |_| {}).await;
    assert!(sweep.channels[0].error.is_some() && sweep.channels[1].error.is_none());
    assert_eq!(stored(&world.store, "other").await.len(), 5);
}

#[tokio::test]
async fn names_are_looked_up_once_and_so_many_in_a_day() {
    let world = World::with_posts(3).await;
    for n in 0..4 {
        world.server.add_channel(Channel::new(2000 + n, &format!("channel{n}")).with_posts(1, |_| long("BTC", 10)));
    }
    let mut source = world.source().await.looking_up_at_most(3);
    for _ in 0..2 {
        for n in 0..3 {
            source.find(&name(&format!("channel{n}"))).await.expect("it is within the day's");
        }
    }
    let error = source.find(&name("channel3")).await.expect_err("it is one too many");
    assert!(matches!(error, SourceError::NoLookUpsLeft { per_day: 3, .. }) && error.retry_after().is_some(), "{error}");
    assert_eq!(world.server.calls_of("contacts.resolveUsername").len(), 3);
    let mut source = world.source().await.looking_up_at_most(0);
    source.find(&name("channel1")).await.expect("it is known");
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_asked_for_once() {
    let world = World::with_posts(3).await;
    let mut source = world.source().await;
    for _ in 0..3 {
        let error = source.find(&name("nobody_here")).await.expect_err("nobody has it");
        assert!(matches!(error, SourceError::NoSuchChannel { .. }), "{error}");
    }
    assert_eq!(world.server.calls_of("contacts.resolveUsername").len(), 1);
}

#[tokio::test]
async fn a_private_channel_is_read_by_its_number_by_a_member_alone() {
    let mut channel =
        Channel::new(1001, "signals").with_posts(5, |i| long("BTC", i * 10)).for_members("not-a-real-invite");
    (channel.is_protected, channel.kind) = (true, Kind::Forum);
    let world = World::of(channel).await;
    let report = world.pass_over("1001").await;
    assert_eq!((report.error, report.tally.stored), (None, 5));
    world.server.add_channel(Channel::new(1002, "stranger").with_posts(5, |i| long("BTC", i)).for_members("another"));
    let error = world.source().await.find(&name("1002")).await.expect_err("it is not joined");
    assert!(matches!(error, SourceError::NotAMember { .. }), "{error}");
    assert!(world.server.calls().iter().all(|call| !call.method.contains("oin")), "something was joined");
}

#[tokio::test]
async fn a_channel_that_turns_private_is_told_and_the_others_go_on() {
    let world = World::with_posts(30).await;
    world.server.add_channel(Channel::new(1002, "other").with_posts(5, |i| long("ETH", i * 10)));
    world.pass().await;
    world.server.with_world(|it| {
        it.channels.get_mut(&world.channel).expect("the channel").visibility = Visibility::Nobody;
    });
    let (mut source, channels) = (world.source().await, [name("signals"), name("other")]);
    let sweep = world.collector().sweep(&mut source, &channels, world.holding.lease(), None, |_| {}).await;
    let error = sweep.channels[0].error.as_ref().expect("it is private");
    assert!(error.text.contains("private") && !error.is_retryable, "{}", error.text);
    assert_eq!((sweep.channels[1].error.clone(), sweep.channels[1].tally.stored), (None, 5));
    assert_eq!(world.stored().await.len(), 30);
}

#[tokio::test]
async fn a_channel_that_changes_its_name_stays_the_same_and_one_that_takes_its_name_is_told() {
    let world = World::with_posts(3).await;
    world.pass().await;
    world.server.with_world(|it| {
        it.channels.get_mut(&world.channel).expect("the channel").username = Some("renamed".to_owned());
    });
    assert_eq!(world.pass().await.key, Some(name("signals")));
    assert_eq!(world.pass_over("renamed").await.key, Some(name("signals")));
    let taker = world.server.add_channel(Channel::new(1002, "signals").with_posts(5, |i| long("ETH", i * 10)));
    // What is kept still leads to the first; another account looks the name up.
    assert_eq!(world.pass().await.key, Some(name("signals")));
    let account = world.server.add_account(Account::new(8, "+9996621235").reading([taker]));
    let report = World { account, ..world }.pass_over("signals").await;
    assert!(report.error.is_some_and(|it| it.text.contains("another channel took the name")));
}

#[tokio::test]
async fn the_end_of_a_login_ends_a_run_after_one_request() {
    let world = World::with_posts(3).await;
    world.server.add_channel(Channel::new(1002, "other").with_posts(5, |i| long("ETH", i * 10)));
    let (mut source, channels) = (world.source().await, [name("signals"), name("other")]);
    world.server.end_logins(world.account, 401, "SESSION_REVOKED");
    world.server.forget_calls();
    let sweep = world.collector().sweep(&mut source, &channels, world.holding.lease(), None, |_| {}).await;
    assert_eq!((sweep.n_failed(), world.server.calls().len()), (2, 1));
    let error = sweep.channels[1].error.as_ref().expect("it failed");
    assert!(error.needs_login && !error.is_retryable && error.text.contains("log in again"), "{}", error.text);
}

#[tokio::test]
async fn a_bot_is_told_that_it_may_not_read() {
    let world = World::with_posts(3).await;
    let bot = world.server.add_account(Account::new(9, "+9996621236").as_bot("1:not-a-real-token"));
    let connected =
        scraper::telegram::Telegram::connect(login(&world.server, bot), crate::world::config(), world.holding.grip());
    let (telegram, me) = connected.await.expect("a connection");
    let refused = scraper::telegram::TelegramSource::new(telegram, &me, world.store.clone());
    assert!(matches!(refused, Err(TelegramError::IsABot)));
}
