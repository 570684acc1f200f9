//! Reading: names, dialogs, history from its begin, single posts, and what may not be read.

use grammers_client::tl;
use telegram_server::Delivery;
use telegram_server::world::{Channel, ChannelId, Draft, Forward, Visibility};

use crate::client::{TestClient, assert_no_violation, input_channel, input_peer, texts, with_channel};

#[tokio::test]
async fn a_history_of_500_posts_is_read_from_the_oldest_to_the_newest() {
    // The client asks as if the window left out the post of its offset: where it does not, pages are shorter by one.
    for (excludes_itself, n_calls) in [(false, 7), (true, 6)] {
        let (server, account, _) = with_channel(500).await;
        server.assume(|assumptions| assumptions.history_offset_excludes_itself = excludes_itself);
        let client = TestClient::logged_in(&server, account);
        let peer = client.client.resolve_username("Signals").await.expect("an answer").expect("the channel");
        let peer = peer.to_ref().await.expect("the session").expect("the access hash");

        let mut messages = client.client.iter_messages(peer).reverse(true);
        let mut read = Vec::new();
        while let Some(message) = messages.next().await.expect("a page") {
            read.push((message.id(), message.text().to_owned()));
        }
        assert_eq!(read, (1..=500).map(|i| (i, format!("post {i}"))).collect::<Vec<_>>());
        assert_eq!(server.calls_of("contacts.resolveUsername").len(), 1);
        assert_eq!(server.calls_of("messages.getHistory").len(), n_calls);
        assert_no_violation(&server);
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_no_channel() {
    let (server, account, _) = with_channel(1).await;
    let client = TestClient::logged_in(&server, account);
    assert!(client.client.resolve_username("nobody_here").await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_page_of_history_tells_its_channels_pts_and_where_forwards_came_from() {
    let (server, account, channel) = with_channel(2).await;
    let source = server.add_channel(Channel::new(1002, "source").with_posts(1, |i| format!("source {i}")));
    let from = Forward::Channel(source, 1);
    server.post(channel, Draft::text("answer").replying_to(2), Delivery::Lost);
    server.post(channel, Draft::text("forwarded").forwarded(from).in_album(77), Delivery::Lost);

    let client = TestClient::logged_in(&server, account);
    let page = client.history(input_peer(&server, account, channel), (0, 0, 2), 0).await.expect("a page");
    assert_eq!((page.pts, page.count), (5, 4));
    assert_eq!(page.chats.iter().map(tl::enums::Chat::id).collect::<Vec<_>>(), [1001, 1002]);
    let [tl::enums::Message::Message(forwarded), tl::enums::Message::Message(answer)] = &page.messages[..] else {
        panic!("two messages");
    };
    let Some(tl::enums::MessageReplyHeader::Header(reply)) = &answer.reply_to else { panic!("no reply") };
    assert_eq!(reply.reply_to_msg_id, Some(2));
    let Some(tl::enums::MessageFwdHeader::Header(header)) = &forwarded.fwd_from else { panic!("no forward") };
    assert_eq!((header.channel_post, forwarded.grouped_id), (Some(1), Some(77)));
    assert!(forwarded.media.is_some() && forwarded.post);
}

#[tokio::test]
async fn posts_are_had_by_their_numbers_and_missing_ones_are_empty() {
    let (server, account, channel) = with_channel(3).await;
    server.delete(channel, &[2], Delivery::Lost);
    let client = TestClient::logged_in(&server, account);
    let channel = input_channel(&server, account, channel);
    let id = [3, 2, 9].map(|id| tl::types::InputMessageId { id }.into()).to_vec();
    let found = client.client.invoke(&tl::functions::channels::GetMessages { channel, id }).await.expect("an answer");
    let tl::enums::messages::Messages::ChannelMessages(found) = found else { panic!("messages of a channel") };
    assert_eq!(texts(&found.messages), [(3, "post 3".to_owned()), (2, String::new()), (9, String::new())]);
    assert!(matches!(found.messages[1], tl::enums::Message::Empty(_)));
}

#[tokio::test]
async fn dialogs_come_in_pages_newest_first() {
    let (server, account, _) = with_channel(1).await;
    for i in 0..230 {
        let channel = Channel::new(2000 + i, &format!("channel_{i}"));
        let channel = server.add_channel(channel.with_posts(1 + i as i32, |i| format!("post {i}")));
        server.with_world(|world| world.accounts.get_mut(&account).expect("the account").joined.insert(channel));
    }
    let client = TestClient::logged_in(&server, account);
    let mut dialogs = client.client.iter_dialogs();
    let mut ids = Vec::new();
    while let Some(dialog) = dialogs.next().await.expect("a page") {
        ids.push(dialog.peer().id().bare_id());
    }
    assert_eq!(ids.len(), 231);
    assert_eq!(ids[..2], [Some(2229), Some(2228)]);
    assert!(server.calls_of("messages.getDialogs").len() >= 3);
    assert_no_violation(&server);
}

#[tokio::test]
async fn what_is_not_for_the_account_is_refused_by_name() {
    let (server, account, channel) = with_channel(3).await;
    let private = server.add_channel(Channel::new(1002, "x").for_members("invite_hash"));
    let client = TestClient::logged_in(&server, account);
    let refusal = async |channel: ChannelId, hash: i64| {
        let peer = tl::types::InputPeerChannel { channel_id: channel.0, access_hash: hash }.into();
        client.history(peer, (0, 0, 1), 0).await.expect_err("refused").to_string()
    };
    assert!(refusal(channel, 1).await.contains("CHANNEL_INVALID"));
    assert!(refusal(private, server.access_hash(account, private)).await.contains("CHANNEL_PRIVATE"));
    server.with_world(|world| world.channels.get_mut(&channel).expect("the channel").visibility = Visibility::Nobody);
    assert!(refusal(channel, server.access_hash(account, channel)).await.contains("CHANNEL_PRIVATE"));
}

#[tokio::test]
async fn an_invite_link_says_what_it_leads_to_without_joining() {
    let (server, account, _) = with_channel(1).await;
    let private = server.add_channel(Channel::new(1002, "x").for_members("invite_hash"));
    let client = TestClient::logged_in(&server, account);
    let check = async |hash: &str| {
        client.client.invoke(&tl::functions::messages::CheckChatInvite { hash: hash.to_owned() }).await
    };
    assert!(
        matches!(check("invite_hash").await, Ok(tl::enums::ChatInvite::Invite(invite)) if invite.title == "Channel x")
    );
    server.with_world(|world| world.accounts.get_mut(&account).expect("the account").joined.insert(private));
    assert!(matches!(check("invite_hash").await, Ok(tl::enums::ChatInvite::Already(_))));
    assert!(check("other").await.is_err_and(|error| error.is("INVITE_HASH_EXPIRED")));
}

#[tokio::test]
async fn a_method_that_the_server_does_not_have_is_refused_and_logged() {
    let (server, account, _) = with_channel(1).await;
    let client = TestClient::logged_in(&server, account);
    let refused = client.client.invoke(&tl::functions::help::GetTermsOfServiceUpdate {}).await.expect_err("refused");
    assert!(refused.is("INPUT_METHOD_INVALID*"), "{refused}");
    assert_eq!(server.calls_of("help.getTermsOfServiceUpdate").len(), 1);
}
