//! Nothing is skipped and nothing comes twice, whatever numbers a channel has.

use proptest::prelude::*;
use scraper::source::{MOST_HELD, MessageSource};
use signals::message::MessageId;

use crate::world::{Kind, Post, Server, name};

/// Channels: numbers with holes, albums, and what the channel says of itself.
fn channels() -> impl Strategy<Value = Vec<Post>> {
    let gap = prop_oneof![12 => Just(0i64), 4 => 1i64..5, 2 => 5i64..60, 1 => 1_000i64..200_000];
    let kind = prop_oneof![8 => Just((1i64, Kind::Text)), 1 => Just((1, Kind::Photo)), 1 => Just((1, Kind::Service)), 2 => (2i64..=10).prop_map(|n| (n, Kind::Photo))];
    prop::collection::vec((gap, kind), 0..60).prop_map(|parts| {
        let mut next = 1;
        let post = |(gap, (n_parts, kind)): (i64, (i64, Kind))| {
            let id = next + gap;
            next = id + n_parts;
            Post { id, n_parts, html: format!("post {id}"), kind }
        };
        parts.into_iter().map(post).collect()
    })
}

fn expected(posts: &[Post], after: i64) -> Vec<(i64, String)> {
    let posts = posts.iter().filter(|post| post.id > after && post.kind != Kind::Service);
    posts.map(|post| (post.id, post.html.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn going_on_from_any_post_gives_all_that_follow(
        posts in channels(), page in 1usize..=20, from in 0.0f64..1.1, n in 0usize..80,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::start().await;
            let newest = posts.last().map_or(0, |post| post.id + post.n_parts - 1);
            server.channel("whales", page, posts.clone());
            let mut reader = server.reader();
            let found = reader.find(&name("whales")).await.unwrap();
            prop_assert_eq!(found.newest, (newest > 0).then_some(MessageId(newest)));

            #[expect(clippy::cast_possible_truncation, reason = "any number between the first and beyond the last")]
            let after = (newest as f64 * from) as i64;
            let (mut last, mut read) = (after, Vec::new());
            loop {
                let chunk = reader.after(&found, MessageId(last)).await.unwrap();
                prop_assert_eq!(chunk.covers.start().0, last + 1);
                prop_assert!(chunk.posts.iter().all(|post| chunk.covers.contains(&post.id)));
                prop_assert!(chunk.bad.is_empty() && chunk.posts.len() <= MOST_HELD);
                read.extend(chunk.posts.iter().map(|post| (post.id.0, post.text.clone())));
                prop_assert!(chunk.is_last || chunk.covers.end().0 > last, "no way forward from {}", last);
                last = last.max(chunk.covers.end().0);
                if chunk.is_last {
                    break;
                }
            }
            prop_assert_eq!(last, after.max(newest));
            prop_assert_eq!(read, expected(&posts, after));

            let chunk = reader.newest(&found, n).await.unwrap();
            let all = expected(&posts, 0);
            let read: Vec<_> = chunk.posts.iter().map(|post| (post.id.0, post.text.clone())).collect();
            prop_assert_eq!(&read[..], &all[all.len().saturating_sub(n)..]);
            prop_assert!(chunk.is_last && chunk.covers.end().0 == newest);
            if n > all.len() {
                prop_assert_eq!(chunk.covers.start().0, 1);
            } else if let Some((first, _)) = read.first() {
                prop_assert_eq!(chunk.covers.start().0, *first);
            }
            Ok(())
        })?;
    }
}

fn dense(n: i64) -> Vec<Post> {
    (1..=n).map(|id| Post::text(id, "x")).collect()
}

#[tokio::test]
async fn what_is_new_was_seen_when_the_channel_was_found_and_what_is_old_is_not_asked_for() {
    let server = Server::start().await;
    server.channel("whales", 20, dense(10_000));
    let mut reader = server.reader();
    let found = reader.find(&name("whales")).await.unwrap();
    server.asked();
    let chunk = reader.after(&found, MessageId(9_990)).await.unwrap();
    assert_eq!((chunk.posts.len(), chunk.is_last), (10, true));
    assert!(server.asked().is_empty());
    let again = reader.after(&found, MessageId(9_990)).await.unwrap();
    assert_eq!((again.posts.len(), server.asked()), (10, vec!["/s/whales".to_owned()]));
    let chunk = reader.after(&found, MessageId(100)).await.unwrap();
    assert_eq!((chunk.posts.len(), chunk.is_last), (20, false));
    assert_eq!(server.asked(), ["/s/whales?before=121"]);
}

#[tokio::test]
async fn a_million_numbers_without_posts_are_passed_in_a_few_requests() {
    let server = Server::start().await;
    let posts = dense(30).into_iter().chain((0..50).map(|n| Post::text(1_000_000 + n, "y")));
    server.channel("whales", 20, posts.collect());
    let mut reader = server.reader();
    let found = reader.find(&name("whales")).await.unwrap();
    server.asked();
    let chunk = reader.after(&found, MessageId(30)).await.unwrap();
    assert!(!chunk.posts.is_empty() && chunk.posts.len() <= 50);
    let n_asked = server.asked().len();
    assert!(n_asked < 40, "{n_asked} requests");
}

#[tokio::test]
async fn posts_that_come_while_it_reads_come_next() {
    let server = Server::start().await;
    server.channel("whales", 20, dense(25));
    let mut reader = server.reader();
    let found = reader.find(&name("whales")).await.unwrap();
    let chunk = reader.after(&found, MessageId(0)).await.unwrap();
    assert_eq!((chunk.covers, chunk.is_last), (MessageId(1)..=MessageId(20), false));
    server.channel("whales", 20, dense(70));
    let chunk = reader.after(&found, MessageId(20)).await.unwrap();
    assert_eq!((chunk.covers, chunk.is_last), (MessageId(21)..=MessageId(25), true));
    let chunk = reader.after(&found, MessageId(25)).await.unwrap();
    assert_eq!((chunk.covers, chunk.is_last), (MessageId(26)..=MessageId(45), false));
    let chunk = reader.after(&found, MessageId(60)).await.unwrap();
    assert_eq!((chunk.covers, chunk.is_last), (MessageId(61)..=MessageId(70), true));
}

#[tokio::test]
async fn of_more_than_may_be_held_the_oldest_come_first() {
    let server = Server::start().await;
    server.channel("whales", 500, dense(5_000));
    let mut reader = server.reader();
    let found = reader.find(&name("whales")).await.unwrap();
    let chunk = reader.newest(&found, 4_500).await.unwrap();
    assert_eq!((chunk.posts.len(), chunk.is_last), (MOST_HELD, false));
    let end = 500 + MOST_HELD as i64;
    assert_eq!(chunk.covers, MessageId(501)..=MessageId(end));
    let chunk = reader.after(&found, MessageId(end)).await.unwrap();
    assert_eq!(chunk.covers.start().0, end + 1);
}

#[tokio::test]
async fn a_page_that_did_not_change_is_not_sent_again() {
    let server = Server::start().await;
    server.with(|world| world.has_marks = true);
    server.channel("whales", 20, dense(15));
    let mut reader = server.reader();
    let found = reader.find(&name("whales")).await.unwrap();
    for _ in 0..3 {
        let chunk = reader.after(&found, MessageId(10)).await.unwrap();
        assert_eq!((chunk.posts.len(), chunk.is_last), (5, true));
    }
    assert_eq!(server.with(|world| world.n_unchanged), 2);
    server.channel("whales", 20, dense(16));
    assert_eq!(reader.after(&found, MessageId(10)).await.unwrap().posts.len(), 6);
}
