//! Updates: pushed, missed, doubled, in the wrong order; and differences of every kind.

use grammers_client::session::updates::UpdatesLike;
use grammers_client::tl;
use grammers_client::tl::enums::Update;
use grammers_client::tl::enums::updates::ChannelDifference;
use telegram_server::assumptions::{Announced, PushedTo};
use telegram_server::world::Draft;
use telegram_server::{Delivery, Push};

use crate::client::{TestClient, assert_no_violation, input_channel, texts, with_channel};

/// What an update says: its kind, its pts, and the post or posts.
fn told(update: &Update) -> (&'static str, i32, String) {
    match update {
        Update::NewChannelMessage(new) => ("new", new.pts, texts(std::slice::from_ref(&new.message))[0].1.clone()),
        Update::EditChannelMessage(edit) => ("edit", edit.pts, texts(std::slice::from_ref(&edit.message))[0].1.clone()),
        Update::DeleteChannelMessages(gone) => ("delete", gone.pts, format!("{:?}", gone.messages)),
        Update::ChannelTooLong(long) => ("too long", long.pts.unwrap_or(-1), String::new()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_happens_is_pushed_once_somebody_asked_for_it() {
    let (server, account, channel) = with_channel(1).await;
    let mut client = TestClient::logged_in(&server, account);
    client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");

    let id = server.post(channel, Draft::text("first"), Delivery::Pushed);
    assert_eq!(told(&client.pushed().await[0]), ("new", 3, "first".to_owned()));
    server.edit(channel, id, "changed", Delivery::Pushed);
    assert_eq!(told(&client.pushed().await[0]), ("edit", 4, "changed".to_owned()));
    server.delete(channel, &[1, 2], Delivery::Pushed);
    assert_eq!(told(&client.pushed().await[0]), ("delete", 6, "[1, 2]".to_owned()));
    assert_no_violation(&server);
}

#[tokio::test]
async fn pushes_get_lost_doubled_and_swapped_as_a_test_wants() {
    let (server, account, channel) = with_channel(1).await;
    let mut client = TestClient::logged_in(&server, account);
    client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");

    server.post(channel, Draft::text("lost"), Delivery::Lost);
    server.post(channel, Draft::text("doubled"), Delivery::Doubled);
    server.post(channel, Draft::text("a"), Delivery::Held);
    server.post(channel, Draft::text("b"), Delivery::Held);
    server.release(|held| held.reverse());
    server.push_too_long(channel, false);
    server.push_too_long(channel, true);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(told(&client.pushed().await[0]));
    }
    let seen: Vec<(&str, i32, &str)> = seen.iter().map(|(kind, pts, text)| (*kind, *pts, &text[..])).collect();
    let doubled = ("new", 4, "doubled");
    assert_eq!(seen, [doubled, doubled, ("new", 6, "b"), ("new", 5, "a"), ("too long", -1, ""), ("too long", 6, "")]);
}

#[tokio::test]
async fn a_push_may_leave_out_who_the_channel_is() {
    let (server, account, channel) = with_channel(1).await;
    let mut client = TestClient::logged_in(&server, account);
    client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    let mut n_chats = Vec::new();
    for is_named in [true, false] {
        server.post(channel, Draft::text("first"), Delivery::Held);
        server.release(|held| {
            if !is_named {
                held.iter_mut().for_each(Push::leave_out_the_channel);
            }
        });
        match client.update().await {
            UpdatesLike::Updates(tl::enums::Updates::Updates(updates)) => n_chats.push(updates.chats.len()),
            _ => panic!("another kind of updates"),
        }
    }
    assert_eq!(n_chats, [1, 0]);
}

#[tokio::test]
async fn a_channel_that_is_silent_pushes_nothing() {
    let (server, account, channel) = with_channel(1).await;
    server.with_world(|world| world.channels.get_mut(&channel).expect("the channel").is_pushed = false);
    let mut client = TestClient::logged_in(&server, account);
    client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    server.post(channel, Draft::text("first"), Delivery::Pushed);
    client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    assert!(client.updates.try_recv().is_err());
}

#[tokio::test]
async fn of_several_connections_all_are_pushed_to_or_the_newest_as_assumed() {
    for (pushed_to, expected) in [(PushedTo::Every, [true, true]), (PushedTo::Newest, [false, true])] {
        let (server, account, channel) = with_channel(1).await;
        server.assume(|assumptions| assumptions.pushed_to = pushed_to);
        let mut clients = [TestClient::logged_in(&server, account), TestClient::logged_in(&server, account)];
        for client in &clients {
            client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
        }
        server.post(channel, Draft::text("first"), Delivery::Pushed);
        for (client, is_pushed_to) in clients.iter_mut().zip(expected) {
            client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
            assert_eq!(client.updates.try_recv().is_ok(), is_pushed_to, "{pushed_to:?}");
        }
    }
}

#[tokio::test]
async fn nobody_else_is_pushed_to() {
    let (server, account, channel) = with_channel(1).await;
    let other = server.add_account(telegram_server::world::Account::new(8, "+9996628888"));
    let mut reader = TestClient::logged_in(&server, account);
    let mut stranger = TestClient::logged_in(&server, other);
    for client in [&reader, &stranger] {
        client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    }
    server.post(channel, Draft::text("first"), Delivery::Pushed);
    reader.pushed().await;
    // Answers and pushes come in one order: what was not there before this answer was never sent.
    stranger.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    assert!(stranger.updates.try_recv().is_err());
}

#[tokio::test]
async fn a_difference_brings_new_posts_as_they_are_and_every_edit_and_deletion() {
    let (server, account, channel) = with_channel(3).await;
    for i in 4..=7 {
        server.post(channel, Draft::text(format!("post {i}")), Delivery::Lost);
    }
    server.edit(channel, 2, "second", Delivery::Lost);
    server.edit(channel, 5, "fifth", Delivery::Lost);
    server.delete(channel, &[1, 6], Delivery::Lost);

    let client = TestClient::logged_in(&server, account);
    let channel = input_channel(&server, account, channel);
    let whole = client.difference(channel.clone(), 4, 100).await.expect("a difference");
    let ChannelDifference::Difference(whole) = whole else { panic!("{whole:?}") };
    let new: Vec<i32> = whole.new_messages.iter().map(tl::enums::Message::id).collect();
    assert_eq!((new, whole.pts, whole.r#final), (vec![4, 5, 7], 12, true));
    assert_eq!(texts(&whole.new_messages)[1].1, "fifth");
    let others: Vec<_> = whole.other_updates.iter().map(|update| told(update).0).collect();
    assert_eq!(others, ["edit", "edit", "delete"]);

    let slice = client.difference(channel.clone(), 4, 3).await.expect("a slice");
    let ChannelDifference::Difference(slice) = slice else { panic!("{slice:?}") };
    assert_eq!((slice.new_messages.len(), slice.pts, slice.r#final), (2, 7, false));
    let none = client.difference(channel, 12, 100).await.expect("nothing");
    assert!(matches!(none, ChannelDifference::Empty(none) if none.pts == 12 && none.r#final));
}

#[tokio::test]
async fn a_difference_that_is_too_long_brings_the_newest_posts_and_the_pts() {
    let (server, account, channel) = with_channel(50).await;
    server.forget_events(channel);
    let client = TestClient::logged_in(&server, account);
    let long = client.difference(input_channel(&server, account, channel), 10, 100).await.expect("an answer");
    let ChannelDifference::TooLong(long) = long else { panic!("{long:?}") };
    let tl::enums::Dialog::Dialog(dialog) = long.dialog else { panic!("no dialog") };
    assert_eq!((long.messages.len(), dialog.pts, dialog.top_message), (20, Some(51), 50));

    server.with_world(|world| world.channels.get_mut(&channel).expect("the channel").forgotten_below = 0);
    server.assume(|assumptions| assumptions.longest_difference = 40);
    let channel = input_channel(&server, account, channel);
    let long = client.difference(channel.clone(), 10, 100).await.expect("an answer");
    assert!(matches!(long, ChannelDifference::TooLong(_)));
    let short = client.difference(channel, 11, 100).await.expect("an answer");
    assert!(matches!(short, ChannelDifference::Difference(_)));
}

#[tokio::test]
async fn a_pts_that_cannot_be_is_refused() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    let channel = input_channel(&server, account, channel);
    for (pts, name) in [(0, "PERSISTENT_TIMESTAMP_EMPTY"), (5, "PERSISTENT_TIMESTAMP_INVALID")] {
        let error = client.difference(channel.clone(), pts, 100).await.expect_err("refused");
        assert!(error.is(name), "{pts}: {error}");
    }
}

#[tokio::test]
async fn the_accounts_difference_names_the_channels_that_changed_as_assumed() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    let state = client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    let tl::enums::updates::State::State(state) = state;
    let named = async || {
        let request = tl::functions::updates::GetDifference {
            pts: state.pts,
            pts_limit: None,
            pts_total_limit: None,
            date: state.date,
            qts: state.qts,
            qts_limit: None,
        };
        match client.client.invoke(&request).await.expect("a difference") {
            tl::enums::updates::Difference::Empty(_) => Vec::new(),
            tl::enums::updates::Difference::Difference(difference) => {
                difference.other_updates.iter().map(|update| told(update).1).collect()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(named().await, [0; 0]);
    server.post(channel, Draft::text("lost"), Delivery::Lost);
    for (announced, expected) in
        [(Announced::WithoutPts, vec![-1]), (Announced::WithPts, vec![5]), (Announced::Nothing, vec![])]
    {
        server.assume(|assumptions| assumptions.announced = announced);
        assert_eq!(named().await, expected, "{announced:?}");
    }
}

#[tokio::test]
async fn a_burst_of_500_posts_is_pushed_in_order() {
    let (server, account, channel) = with_channel(0).await;
    let mut client = TestClient::logged_in(&server, account);
    client.client.invoke(&tl::functions::updates::GetState {}).await.expect("a state");
    // A hundred at a time: the client's own queue holds no more.
    for hundred in 0..5 {
        for i in 0..100 {
            server.post(channel, Draft::text(format!("{}", hundred * 100 + i)), Delivery::Pushed);
        }
        for i in 0..100 {
            assert_eq!(told(&client.pushed().await[0]).2, format!("{}", hundred * 100 + i));
        }
    }
    assert_no_violation(&server);
}
