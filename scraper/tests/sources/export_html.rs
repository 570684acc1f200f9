//! What the pages of an HTML export say.

use std::fs;

use jiff::tz::TimeZone;
use scraper::export::{Export, ExportError, ExportOptions};
use signals::message::MessageId;
use tempfile::TempDir;

use crate::world::name;

fn page(messages: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html>
 <head><meta charset="utf-8"/><title>Exported Data</title><script src="js/script.js" type="text/javascript"></script></head>
 <body onload="CheckLocation();">
  <div class="page_wrap">
   <div class="page_header"><div class="content"><div class="text bold">
Whale &amp; Co
   </div></div></div>
   <div class="page_body chat_page"><div class="history">
<div class="message service" id="message-1"><div class="body details">
27 September 2026
</div></div>
{messages}
   </div></div>
  </div>
 </body>
</html>"#
    )
}

fn message(id: i64, inside: &str) -> String {
    format!(
        r#"<div class="message default clearfix joined" id="message{id}">
      <div class="body">
       <div class="pull_right date details" title="27.09.2026 10:24:01 UTC+03:00">
10:24
       </div>
{inside}
      </div>
     </div>
"#
    )
}

fn folder(pages: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, html) in pages {
        fs::write(folder.path().join(name), html).expect("a file");
    }
    folder
}

fn options() -> ExportOptions {
    ExportOptions { channel: Some(name("whales")), zone: TimeZone::UTC }
}

#[test]
fn a_message_is_its_text_its_time_and_what_it_answers() {
    let messages = [
        r#"<div class="message service" id="message1"><div class="body details">Channel created</div></div>"#
            .to_owned(),
        message(
            4,
            r#"<div class="from_name">
Whale &amp; Co
       </div>
       <div class="reply_to details">
In reply to <a href="messages.html#go_to_message2" onclick="return GoToMessage(2)">this message</a>
       </div>
       <div class="media_wrap clearfix"><a class="photo_wrap clearfix pull_left" href="photos/x.jpg"></a></div>
       <div class="text">
<strong>LONG</strong> <a href="" onclick="return ShowHashtag(&quot;BTC&quot;)">#BTC</a><br>Entry 50&nbsp;000 &amp; up<br><pre>a  b</pre>
       </div>"#,
        ),
        message(
            5,
            r#"<div class="forwarded body"><div class="from_name">Others <span class="date details" title="01.01.2020 00:00:00 UTC+00:00"> 01.01.2020</span></div><div class="text">Sell</div></div>"#,
        ),
        message(
            6,
            r#"<div class="media_wrap clearfix"><div class="media"><div class="title bold">Sticker</div></div></div>"#,
        ),
    ];
    let folder = folder(&[("messages.html", page(&messages.join("")))]);
    let mut export = Export::open(folder.path(), options()).unwrap();
    let first = export.next_chunk().unwrap().unwrap();
    assert_eq!((first.chat.title.as_str(), first.chat.channel), ("Whale & Co", name("whales")));
    assert_eq!(first.chunk.covers, MessageId(1)..=MessageId(6));
    let texts: Vec<_> = first.chunk.posts.iter().map(|post| (post.id.0, post.text.as_str())).collect();
    assert_eq!(texts, [(4, "LONG #BTC\nEntry 50\u{a0}000 & up\na  b"), (5, "Sell"), (6, "")]);
    assert_eq!(first.chunk.posts[0].reply_to, Some(MessageId(2)));
    assert!(first.chunk.posts.iter().all(|it| it.posted_at == "2026-09-27T07:24:01Z".parse().unwrap()));
    let last = export.next_chunk().unwrap().unwrap();
    assert!(last.chunk.is_last && last.chunk.posts.is_empty() && last.chunk.covers.is_empty());
    assert!(export.next_chunk().unwrap().is_none());
    let progress = export.progress();
    assert_eq!(progress.n_bytes, progress.n_bytes_of);
}

#[test]
fn pages_are_read_in_the_order_of_their_numbers_from_whichever_is_given() {
    let text = |id: i64| page(&message(id, &format!(r#"<div class="text">post {id}</div>"#)));
    let folder = folder(&[
        ("messages10.html", text(100)),
        ("messages2.html", text(20)),
        ("messages.html", text(1)),
        ("lists.html", text(900)),
    ]);
    for path in [folder.path().to_owned(), folder.path().join("messages2.html")] {
        let mut export = Export::open(&path, options()).unwrap();
        let mut read = Vec::new();
        while let Some(next) = export.next_chunk().unwrap() {
            read.extend(next.chunk.posts.into_iter().map(|post| (post.id.0, *next.chunk.covers.start())));
        }
        assert_eq!(read, [(1, MessageId(1)), (20, MessageId(2)), (100, MessageId(21))]);
    }
}

#[test]
fn a_message_that_is_wrong_is_wrong_alone() {
    let messages = [
        message(1, r#"<div class="text">a</div>"#),
        message(2, "x").replace("27.09.2026", "the other day"),
        message(3, "x").replace("id=\"message3\"", ""),
        message(4, r#"<div class="text">b</div>"#),
    ];
    let folder = folder(&[("messages.html", page(&messages.join("")))]);
    let first = Export::open(folder.path(), options()).unwrap().next_chunk().unwrap().unwrap().chunk;
    assert_eq!((first.posts.len(), first.covers), (2, MessageId(1)..=MessageId(4)));
    let bad: Vec<_> = first.bad.iter().map(|bad| (bad.id, bad.why.as_str())).collect();
    assert_eq!(bad, [(Some(MessageId(2)), "its time could not be read"), (None, "it has no number")]);
}

#[test]
fn whose_posts_they_are_has_to_be_said() {
    let folder = folder(&[("messages.html", page(""))]);
    let nobody = ExportOptions { channel: None, ..options() };
    assert!(matches!(Export::open(folder.path(), nobody), Err(ExportError::NoChannel)));
}

#[test]
fn a_page_that_is_none_ends_the_export_after_what_came_before() {
    let folder = folder(&[
        ("messages.html", page(&message(1, r#"<div class="text">a</div>"#))),
        ("messages2.html", "<html>\u{1b}[2J</html>".to_owned()),
    ]);
    let mut export = Export::open(folder.path(), options()).unwrap();
    assert_eq!(export.next_chunk().unwrap().unwrap().chunk.posts.len(), 1);
    assert!(matches!(export.next_chunk().unwrap_err(), ExportError::NoExport { .. }));
    assert!(export.next_chunk().unwrap().is_none());
}
