//! What an account has joined: told as it is, and kept, so that nothing of it is looked up later.

use scraper::source::MessageSource as _;
use scraper::telegram::{JoinedChannel, JoinedError, TelegramError};
use telegram_server::world::{Channel, Draft, Visibility};

use crate::world::{World, long, name};

fn joined(number: u64, username: Option<&str>, title: &str, can_be_read: bool) -> JoinedChannel {
    JoinedChannel { number, username: username.map(name), title: title.to_owned(), can_be_read }
}

/// An account that has joined a channel of everyone's, one of members and one that is closed, and not another one.
async fn member() -> World {
    let world = World::with_posts(3).await;
    let with_posts = |id: i64, username: &str| Channel::new(id, username).with_posts(2, |i| long("BTC", i * 10));
    let mut closed = with_posts(1003, "closed");
    closed.visibility = Visibility::Nobody;
    world.server.add_channel(with_posts(1002, "members").for_members("not-a-real-invite"));
    world.server.add_channel(closed);
    world.server.add_channel(with_posts(1004, "strangers"));
    let ids = [1001, 1002, 1003].map(telegram_server::world::ChannelId);
    world.server.with_world(|it| {
        it.accounts.get_mut(&world.account).expect("the account").joined.extend(ids);
    });
    world
}

#[tokio::test]
async fn joined_channels_are_told_with_what_can_be_read_and_nothing_is_joined() {
    let world = member().await;
    let told = world.source().await.joined().await.expect("they are told");
    let expected = [
        joined(1001, Some("signals"), "Channel signals", true),
        joined(1003, None, "Channel closed", false),
        joined(1002, None, "Channel members", true),
    ];
    assert_eq!(told, expected);
    assert!(world.server.calls().iter().all(|call| !call.method.contains("oin")), "something was joined");
}

#[tokio::test]
async fn what_was_told_is_found_by_number_and_by_name_without_a_look_up() {
    let world = member().await;
    world.source().await.joined().await.expect("they are told");
    world.server.forget_calls();
    let mut source = world.source().await.looking_up_at_most(0);
    for spelling in ["signals", "1001", "1002"] {
        source.find(&name(spelling)).await.unwrap_or_else(|error| panic!("{spelling}: {error}"));
    }
    for method in ["contacts.resolveUsername", "messages.getDialogs"] {
        assert!(world.server.calls_of(method).is_empty(), "{method}");
    }
}

#[tokio::test]
async fn hundreds_of_them_are_told_each_once() {
    let world = World::with_posts(3).await;
    let ids: Vec<_> = (2001..2251)
        .map(|id| {
            let draft = Draft::text("hello").dated(1_600_000_000 + i32::try_from(id % 7).expect("small"));
            let mut channel = Channel::new(id, &format!("channel{id}"));
            channel.post(draft, 0);
            world.server.add_channel(channel)
        })
        .collect();
    world.server.with_world(|it| it.accounts.get_mut(&world.account).expect("the account").joined.extend(ids));
    let told = world.source().await.joined().await.expect("they are told");
    let numbers: std::collections::BTreeSet<u64> = told.iter().map(|it| it.number).collect();
    assert_eq!((told.len(), numbers.len()), (251, 251));
    // Three pages, and one that is empty: that a page is short does not say that it is the last.
    assert_eq!(world.server.calls_of("messages.getDialogs").len(), 4);
}

#[tokio::test]
async fn a_flood_is_told_with_its_length() {
    let world = member().await;
    world.server.flood("messages.getDialogs", 600, 1);
    let error = world.source().await.joined().await.expect_err("it is refused");
    assert!(
        matches!(&error, JoinedError::Telegram(TelegramError::Flood { retry_after }) if retry_after.as_secs() == 600)
    );
    assert!(error.is_retryable());
}
