//! Looks for a page that breaks the reader of previews: one that makes it panic, or of which it says what cannot be.
//!
//! The beginning and the end of a page stand around the bytes, as without them it reads nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scraper::preview::{read_card, read_page};
use signals::message::ChannelName;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let channel = ChannelName::parse("whales").expect("a name");
    let whole = format!(
        r#"<html><body><section class="tgme_channel_history">{text}</section><div class="tgme_page">{text}</div></body></html>"#
    );
    for html in [&*text, &whole] {
        assert!(!read_card(html, &channel).to_string().contains('\u{1b}'));
        match read_page(html, &channel) {
            Ok(chunk) => {
                assert!(chunk.posts.iter().all(|post| chunk.covers.contains(&post.id) && post.channel == channel));
                assert!(chunk.posts.is_sorted_by(|one, next| one.id < next.id));
            }
            Err(error) => assert!(!error.to_string().contains('\u{1b}')),
        }
    }
});
