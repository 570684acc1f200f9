//! Looks for an export that breaks its reader: one that makes it panic, or of which it says what cannot be.
//!
//! The bytes are read as a whole `result.json`, as the messages of one, and as a page of an HTML export.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scraper::export::{ExportChunk, ExportOptions, MOST_POSTS, read_html, read_json};
use scraper::source::Chunk;
use signals::message::ChannelName;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let chat = format!(r#"{{"type": "public_channel", "id": 77, "messages": [{text}]}}"#);
    for json in [bytes, chat.as_bytes()] {
        let end = read_json(json, ExportOptions::default(), |ExportChunk { chunk, .. }| check(&chunk));
        assert!(end.is_ok() || !end.is_err_and(|error| error.to_string().contains('\u{1b}')));
    }
    let page = format!(r#"<div class="history">{text}</div>"#);
    let channel = ChannelName::parse("whales").expect("a name");
    read_html(&page, &channel).iter().for_each(check);
});

fn check(chunk: &Chunk) {
    assert!(chunk.posts.len() <= MOST_POSTS);
    assert!(chunk.posts.iter().all(|post| chunk.covers.contains(&post.id)));
    assert!(chunk.posts.is_sorted_by(|one, next| one.id < next.id));
}
