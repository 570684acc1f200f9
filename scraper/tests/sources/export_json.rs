//! What a `result.json` says, also a damaged one.

use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::Path;

use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;
use scraper::export::{Export, ExportChunk, ExportError, ExportOptions, MOST_POSTS, Progress, read_json};
use signals::message::MessageId;

use crate::world::name;

fn ids(low: i64, high: i64) -> RangeInclusive<MessageId> {
    MessageId(low)..=MessageId(high)
}

fn options(channel: Option<&str>) -> ExportOptions {
    ExportOptions { channel: channel.map(name), zone: TimeZone::fixed(Offset::constant(3)) }
}

/// What comes of an export, and how it ends.
fn read(json: &str, channel: Option<&str>) -> (Vec<ExportChunk>, Result<Progress, ExportError>) {
    let mut chunks = Vec::new();
    let end = read_json(json.as_bytes(), options(channel), |chunk| chunks.push(chunk));
    (chunks, end)
}

fn chat(messages: &str) -> String {
    format!(r#"{{"name": "Whale & Co", "type": "public_channel", "id": 1234567890, "messages": [{messages}]}}"#)
}

fn plain(id: i64) -> String {
    format!(r#"{{"id": {id}, "type": "message", "date_unixtime": "1790000000", "text": "post {id}"}}"#)
}

#[test]
fn a_message_is_its_text_its_times_and_what_it_answers() {
    let (chunks, end) = read(
        &chat(
            r##"{"id": 1, "type": "service", "date": "2026-09-27T10:00:00", "date_unixtime": "1790000000", "actor": "Whale & Co", "action": "create_channel", "text": ""},
            {"id": 4, "type": "message", "date": "2026-09-27T10:24:01", "date_unixtime": "1790493841", "edited": "2026-09-27T10:30:00", "edited_unixtime": "1790494200", "from": "Whale & Co", "photo": "photos/x.jpg", "reply_to_message_id": 2,
             "text": [{"type": "bold", "text": "LONG"}, " ", {"type": "hashtag", "text": "#BTC"}, "\nEntry ", {"type": "text_link", "text": "here", "href": "https://x.example"}, {"type": "custom_emoji", "text": "\ud83d\ude80", "document_id": "s/AnimatedSticker.tgs"}], "text_entities": [{"type": "bold", "text": "LONG"}]},
            {"id": 5, "type": "message", "date": "2026-09-27T10:24:01", "edited": "1970-01-01T03:00:00", "text": "old", "reply_to_message_id": 9, "reply_to_peer_id": "channel77"}"##,
        ),
        Some("whales"),
    );
    end.unwrap();
    let [ExportChunk { chat, chunk }] = &chunks[..] else { panic!("{chunks:?}") };
    assert_eq!((chat.title.as_str(), chat.kind.as_str()), ("Whale & Co", "public_channel"));
    assert_eq!((chat.sighting.number(), chat.sighting.username()), (Some(1_234_567_890), Some(&name("whales"))));
    assert_eq!((chunk.covers.clone(), chunk.is_last, chunk.bad.len()), (ids(1, 5), true, 0));
    let [first, second] = &chunk.posts[..] else { panic!("{chunk:?}") };
    assert_eq!(first.text, "LONG #BTC\nEntry here🚀");
    assert_eq!((first.channel.clone(), first.id, first.reply_to), (name("whales"), MessageId(4), Some(MessageId(2))));
    assert_eq!(first.posted_at.as_second(), 1_790_493_841);
    assert_eq!(first.edited_at.unwrap().as_second(), 1_790_494_200);
    assert_eq!(second.posted_at, "2026-09-27T07:24:01Z".parse().unwrap(), "a clock in the zone that was given");
    assert_eq!((second.edited_at, second.reply_to), (None, None));
}

const ACCOUNT: &str = r#"{"about": "Here is the data you requested.", "personal_information": {"user_id": 1, "phone_number": "+000"},
  "contacts": {"about": "x", "list": [{"first_name": "A"}]},
  "chats": {"about": "This page lists all chats.", "list": [
    {"name": "Friend", "type": "personal_chat", "id": 5, "messages": [{"id": 1, "type": "message", "date_unixtime": "1790000000", "text": "secret"}]},
    {"type": "saved_messages", "id": 1, "messages": []},
    {"name": "Whales", "type": "private_channel", "id": 77, "messages": [{"id": 3, "type": "message", "date_unixtime": "1790000000", "text": "a"}]},
    {"name": "Empty", "type": "public_channel", "id": 78, "messages": []}]},
  "left_chats": {"about": "x", "list": [
    {"name": "Orcas", "type": "public_supergroup", "id": 79, "messages": [{"id": 8, "type": "message", "date_unixtime": "1790000000", "text": "b"}]}]}}"#;

#[test]
fn of_an_account_the_channels_are_read_and_private_talks_are_not() {
    let (chunks, end) = read(ACCOUNT, None);
    assert_eq!(end.unwrap().n_chats_skipped, 2);
    let read: Vec<_> = chunks.iter().map(|it| (it.chat.channel.as_str(), it.chunk.posts[0].text.as_str())).collect();
    assert_eq!(read, [("77", "a"), ("79", "b")]);
    assert!(chunks.iter().all(|it| it.chunk.is_last));
}

#[test]
fn of_an_account_one_channel_is_chosen_by_its_number() {
    let (chunks, end) = read(ACCOUNT, Some("-10079"));
    end.unwrap();
    assert_eq!(chunks.iter().map(|it| it.chat.channel.as_str()).collect::<Vec<_>>(), ["79"]);
    assert!(matches!(read(ACCOUNT, Some("80")).1, Err(ExportError::NoSuchChat { .. })));
    assert!(matches!(read(ACCOUNT, Some("whales")).1, Err(ExportError::NameForAccount { .. })));
}

#[test]
fn a_message_that_is_wrong_is_wrong_alone_and_its_text_is_not_repeated() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let messages = [
        plain(1),
        r#"{"id": 2, "type": "message", "date_unixtime": "1790000000", "text": 1e400}"#.to_owned(),
        r#"{"id": 3, "type": "message", "text": "secret words"}"#.to_owned(),
        r#"{"id": "secret words", "type": "message"}"#.to_owned(),
        r#""secret words""#.to_owned(),
        format!(r#"{{"id": 5, "text": {deep}}}"#),
        r#"{"id": 6 "date": secret words}"#.to_owned(),
        r#"{"id": -999, "type": "message", "date_unixtime": "1790000000", "text": "secret words"}"#.to_owned(),
        r#"{"id": 7, "type": "message", "date_unixtime": "99999999999999999", "text": ""}"#.to_owned(),
        plain(9),
    ];
    let (chunks, end) = read(&chat(&messages.join(",")), None);
    end.unwrap();
    let [ExportChunk { chunk, .. }] = &chunks[..] else { panic!("{chunks:?}") };
    assert_eq!(chunk.posts.iter().map(|post| post.id.0).collect::<Vec<_>>(), [1, 9]);
    assert_eq!((chunk.bad.len(), chunk.covers.clone()), (8, ids(1, 9)));
    assert!(chunk.bad.iter().all(|bad| !bad.why.contains("secret")), "{:?}", chunk.bad);
    assert_eq!(chunk.bad[0].id, Some(MessageId(2)));
}

#[test]
fn what_came_before_a_damage_is_delivered_and_the_place_is_named() {
    let whole = chat(&[plain(1), plain(2), plain(3)].join(","));
    let cut = whole.find("post 3").unwrap();
    let (chunks, end) = read(&whole[..cut], None);
    assert_eq!(chunks.iter().map(|it| it.chunk.posts.len()).sum::<usize>(), 2);
    assert_eq!(chunks[0].chunk.covers, ids(1, 2));
    assert!(!chunks[0].chunk.is_last);
    let Err(ExportError::Damaged { at, .. }) = end else { panic!("{end:?}") };
    assert_eq!(at, cut as u64);
}

#[test]
fn what_is_no_export_is_refused() {
    for text in
        ["", "[]", "{}", "not json", "\u{1b}[2J", r#"{"messages": []}"#, r#"{"messages": [{}]"#, "{,}", r#"{"a" 1}"#]
    {
        let (chunks, end) = read(text, None);
        assert!(chunks.is_empty(), "{text}");
        assert!(!end.unwrap_err().to_string().contains('\u{1b}'), "{text}");
    }
}

#[test]
fn numbers_that_do_not_rise_cover_only_themselves() {
    let (chunks, end) = read(&chat(&[10, 12, 5, 6, 6].map(plain).join(",")), None);
    end.unwrap();
    let covers: Vec<_> = chunks.iter().map(|it| it.chunk.covers.clone()).collect();
    assert_eq!(covers, [ids(10, 12), ids(5, 6), ids(6, 6)]);
}

proptest! {
    #[test]
    fn every_message_comes_once_whatever_the_chunks(gaps in prop::collection::vec(1i64..5, 0..1_300)) {
        let ids: Vec<i64> = gaps.iter().scan(0, |id, gap| { *id += gap; Some(*id) }).collect();
        let (chunks, end) = read(&chat(&ids.iter().map(|id| plain(*id)).collect::<Vec<_>>().join(",\n")), None);
        prop_assert!(end.is_ok());
        let read: Vec<i64> = chunks.iter().flat_map(|it| it.chunk.posts.iter().map(|post| post.id.0)).collect();
        prop_assert_eq!(&read, &ids);
        let mut next = ids.first().copied().unwrap_or(1);
        for ExportChunk { chunk, .. } in &chunks {
            prop_assert!(chunk.posts.len() <= MOST_POSTS && chunk.covers.start().0 == next);
            next = chunk.covers.end().0 + 1;
        }
        prop_assert_eq!(chunks.iter().filter(|it| it.chunk.is_last).count(), usize::from(!ids.is_empty()));
    }

    #[test]
    fn any_bytes_are_read_to_an_end(text in r#"[{}\[\],:"\\ a0n]{0,120}"#) {
        let _ = read(&text, None);
        let _ = read(&chat(&text), None);
    }
}

/// An export of any length that is made while it is read, and tells how far it was asked for.
struct Endless {
    n_messages: i64,
    next: i64,
    ready: io::Cursor<Vec<u8>>,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.ready.read(into)?;
            if n > 0 || self.next > self.n_messages + 1 {
                return Ok(n);
            }
            let whole = chat("");
            let (head, tail) = whole.split_at(whole.len() - 2);
            let text = match self.next {
                0 => head.to_owned(),
                n if n > self.n_messages => tail.to_owned(),
                1 => plain(1),
                n => format!(",{}", plain(n)),
            };
            self.next += 1;
            self.ready = io::Cursor::new(text.into_bytes());
        }
    }
}

#[test]
fn it_is_read_no_further_than_what_is_given_out() {
    let from = Endless { n_messages: 50_000, next: 0, ready: io::Cursor::default() };
    let (mut n_posts, mut n_chunks) = (0, 0);
    let progress = read_json(from, options(None), |it| {
        n_posts += it.chunk.posts.len();
        n_chunks += 1;
        assert!(it.chunk.posts.len() <= MOST_POSTS);
    })
    .unwrap();
    assert_eq!(n_posts, 50_000);
    assert!(n_chunks >= 100 && progress.n_bytes > 4_000_000, "{progress:?}");
}

#[test]
fn a_folder_or_a_file_is_opened_and_tells_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("result.json");
    std::fs::write(&file, chat(&plain(1))).unwrap();
    for path in [folder.path(), &file] {
        let mut export = Export::open(path, options(None)).unwrap();
        assert_eq!(export.next_chunk().unwrap().unwrap().chunk.posts.len(), 1);
        assert!(export.next_chunk().unwrap().is_none() && export.next_chunk().unwrap().is_none());
        let progress = export.progress();
        assert_eq!(progress.n_bytes, progress.n_bytes_of);
    }
    let error = Export::open(Path::new("/nowhere/\u{1b}/result.json"), options(None)).unwrap_err().to_string();
    assert!(error.starts_with("cannot read") && !error.contains('\u{1b}'), "{error}");
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Export::open(empty.path(), options(None)), Err(ExportError::NoExport { .. })));
}

#[test]
fn a_number_that_no_message_has_is_a_bad_post_and_moves_nothing() {
    let (chunks, end) = read(&chat(&format!("{}, {}", plain(4), plain(i64::MAX))), None);
    end.unwrap();
    let [ExportChunk { chunk, .. }] = &chunks[..] else { panic!("{chunks:?}") };
    assert_eq!((chunk.posts.len(), chunk.bad.len(), chunk.covers.clone()), (1, 1, ids(4, 4)));
}

#[test]
fn a_chat_of_an_account_that_is_damaged_keeps_no_other_from_being_read() {
    let broken = r#"{"name": "?", "type": "public_channel", "id": -5, "messages": [{"id": 1}]}"#;
    let untyped = r#"{"name": "?", "id": 5, "messages": [{"id": 1}]}"#;
    let account = format!(r#"{{"chats": {{"list": [{broken}, {untyped}, {}]}}}}"#, chat(&plain(4)));
    let (chunks, end) = read(&account, None);
    assert_eq!(end.unwrap().n_chats_skipped, 2);
    assert_eq!(chunks.iter().map(|it| it.chunk.posts.len()).sum::<usize>(), 1);
}

#[test]
fn a_chunk_of_long_posts_has_few_of_them() {
    let long = format!(r#""text": "{}""#, "x".repeat(1 << 20));
    let posts: Vec<String> = (1..=12).map(|id| plain(id).replace(&format!(r#""text": "post {id}""#), &long)).collect();
    let (chunks, end) = read(&chat(&posts.join(", ")), None);
    end.unwrap();
    assert_eq!(chunks.iter().map(|it| it.chunk.posts.len()).collect::<Vec<_>>(), [4, 4, 4, 0]);
}
