//! What the preview says of posts and of names.

use scraper::source::{Found, MessageSource, SourceError};
use signals::message::{ChannelMessage, MessageId};

use crate::world::{Post, Server, Thing, card_page, frame, name};

/// A server with a channel of these posts.
async fn with(posts: Vec<Post>) -> (Server, Found) {
    let server = Server::start().await;
    server.channel("whales", 20, posts);
    let found = server.reader().find(&name("whales")).await.expect("it is well formed");
    (server, found)
}

/// The one post that comes of this block.
async fn read(block: &str) -> ChannelMessage {
    let (server, found) = with(vec![Post::raw(7, block)]).await;
    let chunk = server.reader().newest(&found, 10).await.expect("it is well formed");
    assert_eq!((chunk.posts.len(), &chunk.bad[..]), (1, &[][..]));
    chunk.posts.into_iter().next().expect("it is well formed")
}

/// A block of a post with the number 7 and this inside its bubble.
fn block(inside: &str) -> String {
    format!(
        r#"<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" data-post="Whales/7"><div class="tgme_widget_message_bubble">{inside}
<span class="tgme_widget_message_meta">edited &nbsp;<a class="tgme_widget_message_date" href="https://t.me/whales/7"><time datetime="2026-09-27T10:24:01+03:00" class="time">07:24</time></a></span></div></div></div>"#
    )
}

#[tokio::test]
async fn a_post_is_its_text_as_a_reader_sees_it() {
    let post = read(&block(
        r#"<div class="tgme_widget_message_text js-message_text" dir="auto"><b>LONG</b> <a href="?q=%23BTC">&#35;BTC</a> <i class="emoji" style="x"><b>🚀</b></i><br/>Entry: 50&#8202;000 &amp; up<br/><br/><tg-spoiler>Target 55000</tg-spoiler><blockquote expandable>SL 48000</blockquote></div>"#,
    ))
    .await;
    assert_eq!(post.text, "LONG #BTC 🚀\nEntry: 50\u{200a}000 & up\n\nTarget 55000\nSL 48000");
    assert_eq!((post.channel, post.id), (name("whales"), MessageId(7)));
    assert_eq!(post.posted_at, "2026-09-27T07:24:01Z".parse().unwrap());
    // That it was edited is shown, when it was is not.
    assert_eq!((post.edited_at, post.reply_to), (None, None));
}

#[tokio::test]
async fn the_quote_of_an_answered_post_is_no_part_of_the_text() {
    let post = read(&block(
        r#"<a class="tgme_widget_message_reply user-color-3" href="https://t.me/Whales/5"><div class="tgme_widget_message_author"><span class="tgme_widget_message_author_name">Whale</span></div><div class="tgme_widget_message_text js-message_reply_text">SHORT #ETH</div></a><div class="tgme_widget_message_text js-message_text">Target 1 hit</div>"#,
    ))
    .await;
    assert_eq!((post.text.as_str(), post.reply_to), ("Target 1 hit", Some(MessageId(5))));
}

#[tokio::test]
async fn an_answer_to_a_post_of_another_channel_answers_no_post_of_this_one() {
    let post = read(&block(
        r#"<a class="tgme_widget_message_reply" href="https://t.me/others/5">x</a><div class="tgme_widget_message_text js-message_text">so</div>"#,
    ))
    .await;
    assert_eq!((post.text.as_str(), post.reply_to), ("so", None));
}

#[tokio::test]
async fn forwarded_text_and_captions_and_polls_belong_to_the_post() {
    let forwarded = read(&block(
        r#"<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from <a class="tgme_widget_message_forwarded_from_name" href="https://t.me/others/1"><span>Others</span></a></div><a class="tgme_widget_message_video_player" href="https://t.me/whales/7"><i class="tgme_widget_message_video_thumb"></i><time class="message_video_duration">0:42</time></a><div class="tgme_widget_message_text js-message_text"><div class="tgme_widget_message_text js-message_text">Sell</div></div><a class="tgme_widget_message_link_preview" href="https://x.example"><div class="link_preview_title">No text of it</div></a>"#,
    ))
    .await;
    assert_eq!(forwarded.text, "Sell");
    let poll = read(&block(
        r#"<div class="tgme_widget_message_poll js-poll"><div class="tgme_widget_message_poll_question">Up?</div><div class="tgme_widget_message_poll_type">Anonymous Poll</div><a class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">60%</div><div class="tgme_widget_message_poll_option_value"><div class="tgme_widget_message_poll_option_text">Yes</div></div></a></div>"#,
    ))
    .await;
    assert_eq!(poll.text, "Up?\nYes");
}

#[tokio::test]
async fn an_album_is_one_post_and_covers_its_parts() {
    let (server, found) = with(vec![Post::service(1), Post::album(4, 3, "Look"), Post::album(9, 2, "")]).await;
    assert_eq!((found.newest, found.title.as_str()), (Some(MessageId(10)), "Whale & Co 🐋"));
    let chunk = server.reader().after(&found, MessageId(0)).await.unwrap();
    let posts: Vec<_> = chunk.posts.iter().map(|post| (post.id.0, post.text.as_str())).collect();
    assert_eq!(posts, [(4, "Look"), (9, "")]);
    assert_eq!((chunk.covers, chunk.is_last), (MessageId(1)..=MessageId(10), true));
}

#[tokio::test]
async fn links_of_the_author_make_no_album() {
    let (server, found) =
        with(vec![Post::text(4, r#"<a href="https://t.me/whales/90?single">see</a>"#), Post::text(6, "b")]).await;
    assert_eq!(found.newest, Some(MessageId(6)));
    assert_eq!(server.reader().newest(&found, 1).await.unwrap().covers, MessageId(6)..=MessageId(6));
}

#[tokio::test]
async fn a_post_that_cannot_be_read_is_told_and_the_others_come() {
    let undated = r#"<div class="tgme_widget_message" data-post="whales/3"><div class="tgme_widget_message_text js-message_text">x</div><a class="tgme_widget_message_date"><time datetime="yesterday">x</time></a></div>"#;
    let hidden = r#"<div class="tgme_widget_message" data-post="whales/4"><div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div class="message_media_not_supported_label">Please open Telegram to view this post</div></div></div><a class="tgme_widget_message_date"><time datetime="2026-09-27T07:24:01+00:00"></time></a></div>"#;
    let (server, found) = with(vec![Post::raw(3, undated), Post::raw(4, hidden), Post::text(5, "c")]).await;
    let chunk = server.reader().after(&found, MessageId(0)).await.unwrap();
    assert_eq!(chunk.posts.len(), 1);
    let bad: Vec<_> = chunk.bad.iter().map(|bad| (bad.id.unwrap().0, bad.why.as_str())).collect();
    assert_eq!(bad, [(3, "its time could not be read"), (4, "the web preview does not show it, only the app does")]);
}

#[tokio::test]
async fn a_channel_without_posts_is_empty_and_no_error() {
    let (server, found) = with(Vec::new()).await;
    assert_eq!(found.newest, None);
    for chunk in
        [server.reader().after(&found, MessageId(0)).await.unwrap(), server.reader().newest(&found, 10).await.unwrap()]
    {
        assert!(chunk.posts.is_empty() && chunk.covers.is_empty() && chunk.is_last, "{chunk:?}");
    }
}

async fn refused(server: &Server, channel: &str) -> SourceError {
    server.reader().find(&name(channel)).await.expect_err("it has no preview")
}

#[tokio::test]
async fn names_without_a_preview_are_told_apart() {
    let server = Server::start().await;
    let channel = name("whales");
    let card = |inner: &str| server.has("whales", Thing::Card(card_page(inner)));

    assert_eq!(refused(&server, "whales").await, SourceError::NoSuchChannel { channel: channel.clone() });
    card(r#"<div class="tgme_page_title"><span>W</span></div><div class="tgme_page_extra">12 345 subscribers</div>"#);
    assert_eq!(refused(&server, "whales").await, SourceError::PreviewOff { channel: channel.clone() });
    card(r#"<div class="tgme_page_extra">1 234 members, 56 online</div>"#);
    assert_eq!(refused(&server, "whales").await, SourceError::PreviewOff { channel: channel.clone() });
    card(r#"<div class="tgme_page_extra">@whales</div>"#);
    assert_eq!(refused(&server, "whales").await, SourceError::NoSuchChannel { channel: channel.clone() });
    card(r#"<div class="tgme_page_description">This channel is private. Please join it.</div>"#);
    assert_eq!(refused(&server, "whales").await, SourceError::Private { channel: channel.clone() });
    card(r#"<div class="tgme_page_extra">neither this nor that</div>"#);
    assert!(matches!(refused(&server, "whales").await, SourceError::UnknownLayout { .. }));

    server.has("whales", Thing::Redirect("/+AbCdEfGh".to_owned()));
    assert_eq!(refused(&server, "whales").await, SourceError::Private { channel: channel.clone() });
    server.has("whales", Thing::Redirect("/s/orcas".to_owned()));
    assert_eq!(refused(&server, "whales").await, SourceError::Renamed { channel: channel.clone(), to: name("orcas") });
    let other = frame("orcas", r#"<div class="tgme_widget_message" data-post="orcas/3"></div>"#);
    server.has("whales", Thing::Page(other));
    assert_eq!(refused(&server, "whales").await, SourceError::Renamed { channel: channel.clone(), to: name("orcas") });
    server.asked();
    assert!(matches!(refused(&server, "1234567").await, SourceError::NoPublicName { .. }));
    assert_eq!(server.asked(), [""; 0], "a number is asked for");
}

#[tokio::test]
async fn a_page_that_is_not_understood_is_an_error_and_no_empty_channel() {
    let server = Server::start().await;
    let whole = frame("whales", &block(""));
    let pages = [
        String::new(),
        "<html><body></body></html>".to_owned(),
        "\u{1b}[31m not html at all".to_owned(),
        frame("whales", ""),
        frame("whales", r#"<div class="tgme_widget_message"></div>"#),
        frame("whales", r#"<div class="tgme_widget_message" data-post="whales"></div>"#),
        frame("whales", r#"<div class="tgme_widget_message" data-post="whales/99999999999"></div>"#),
        frame("whales", r#"<div class="tgme_widget_message" data-post="whales/-1"></div>"#),
        whole[..whole.len() / 2].to_owned(),
        whole.replace("tgme_channel_history", "tgme_channel_story"),
        whole.replace("tgme_widget_message ", "tgme_widget_note "),
    ];
    for page in pages {
        server.has("whales", Thing::Page(page.clone()));
        let error = refused(&server, "whales").await;
        assert!(matches!(error, SourceError::UnknownLayout { .. }), "{error}: {page}");
        assert!(!error.is_retryable() && !error.to_string().contains('\u{1b}'), "{error}");
    }
    server.has("whales", Thing::Redirect("http://evil.example/s/whales".to_owned()));
    let error = refused(&server, "whales").await;
    assert!(error.to_string().contains("another server, evil.example"), "{error}");
}
