//! How many posts a second are read out of pages of the preview, on one core: by the reader of pages alone, and with
//! the parser of signals behind it; and how many messages out of an export.
//!
//! Run with `cargo bench -p scraper --bench preview`. Elements are posts.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scraper::export::{ExportOptions, read_json};
use scraper::preview::read_page;
use signals::message::ChannelName;
use signals::parser::{Context, parse};

criterion_group!(benches, pages, exports);
criterion_main!(benches);

const N_POSTS: u64 = 20;

/// A post with the markup of the real page around it: about 4 KB.
fn block(id: u64) -> String {
    let svg = r#"<svg class="bubble_icon" width="9px" height="20px" viewBox="0 0 9 20"><g fill="none"><path class="background" fill="white" d="M8,1 L9,1 L9,20 L8,20 L8,18 C7.807,15.161 7.124,12.233 5.950,9.218 C5.046,6.893 3.504,4.733 1.325,2.738 C0.917,2.365 0.889,1.732 1.262,1.325 C1.452,1.118 1.719,1 2,1 L8,1 Z"></path><path class="border_1x" fill="black" d="M9,1 L2,1 C1.719,1 1.452,1.118 1.262,1.325 C0.889,1.732 0.917,2.365 1.325,2.738 C3.504,4.733 5.046,6.893 5.950,9.218 C7.124,12.233 7.807,15.161 8,18 L8,20 L9,20 L9,1 Z"></path></g></svg>"#;
    let photo = "AbCdEf0123456789".repeat(16);
    let reactions: String = ["🔥", "👍", "🐳"]
        .iter()
        .map(|it| format!(r#"<span class="tgme_reaction"><i class="emoji" style="background-image:url('//telegram.org/img/emoji/40/F09F94A5.png')"><b>{it}</b></i>1.2K</span>"#))
        .collect();
    format!(
        r##"<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="whalechart/{id}" data-view="eyJjIjotMTI5ODU1NjgxNiwicCI6MjA4NjQ5LCJ0IjoxNjk5NTUxNzgzLCJoIjoiYjA1YTc2Nzg2ZDhiODNhMzJmIn0">
<div class="tgme_widget_message_user"><a href="https://t.me/whalechart"><i class="tgme_widget_message_user_photo bgcolor2" data-content="W"><img src="https://cdn4.telesco.pe/file/{photo}.jpg"></i></a></div>
<div class="tgme_widget_message_bubble"><i class="tgme_widget_message_bubble_tail">{svg}</i>
<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="https://t.me/whalechart"><span dir="auto">Whale Chart</span></a></div>
<a class="tgme_widget_message_photo_wrap js-message_photo" href="https://t.me/whalechart/{id}" style="width:800px;background-image:url('https://cdn4.telesco.pe/file/{photo}.jpg')"><div class="tgme_widget_message_photo" style="padding-top:60%"></div></a>
<div class="tgme_widget_message_text js-message_text" dir="auto"><b>LONG</b> <a href="?q=%23AAVE">#AAVE/USDT</a> <i class="emoji" style="background-image:url('//telegram.org/img/emoji/40/F09F9A80.png')"><b>🚀</b></i><br/>Leverage: 5x<br/>Entry: 96.2 - 97.0<br/>Targets: 98.5 | 102 | 107<br/>Stop: 93.4<br/><br/>Risk 1&#37; of the account &amp; move the stop after the first target. <a href="https://t.me/whalechart" target="_blank" rel="noopener" onclick="return confirm('Open this link?');">Join</a></div>
<div class="tgme_widget_message_reactions js-message_reactions">{reactions}</div>
<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short js-message_info"><span class="tgme_widget_message_views">4.85K</span><span class="copyonly"> views</span><span class="tgme_widget_message_meta">edited &nbsp;<a class="tgme_widget_message_date" href="https://t.me/whalechart/{id}"><time datetime="2026-09-27T07:24:01+00:00" class="time">07:24</time></a></span></div></div></div></div></div>
"##
    )
}

fn page() -> String {
    let blocks: String = (1..=N_POSTS).map(block).collect();
    let head = r#"<link href="//telegram.org/css/font-roboto.css?1" rel="stylesheet" type="text/css"><meta property="og:title" content="Whale Chart">"#.repeat(20);
    format!(
        r#"<!DOCTYPE html><html><head>{head}</head><body><header class="tgme_header"><div class="tgme_channel_info_header_title"><span dir="auto">Whale Chart</span></div></header><main class="tgme_main"><section class="tgme_channel_history js-message_history">{blocks}</section></main><script>{}</script></body></html>"#,
        "TWeb.init(); ".repeat(200)
    )
}

fn pages(c: &mut Criterion) {
    let html = page();
    let channel = ChannelName::parse("whalechart").expect("a name");
    let mut group = c.benchmark_group("pages");
    group.throughput(Throughput::Elements(N_POSTS));
    group.bench_function("read", |b| b.iter(|| read_page(black_box(&html), &channel)));
    group.bench_function("read and parse", |b| {
        b.iter(|| {
            for post in read_page(black_box(&html), &channel).expect("a page").posts {
                black_box(parse(&post.text, &Context { reply_to: post.reply_to }));
            }
        });
    });
    group.throughput(Throughput::Bytes(html.len() as u64));
    group.bench_function("bytes", |b| b.iter(|| read_page(black_box(&html), &channel)));
    group.finish();
}

fn exports(c: &mut Criterion) {
    const N_MESSAGES: u64 = 1_000;
    let mut json = r#"{"name": "Whale Chart", "type": "public_channel", "id": 1234567890, "messages": ["#.to_owned();
    for id in 1..=N_MESSAGES {
        let comma = if id == 1 { "" } else { "," };
        let _ = write!(
            json,
            r##"{comma}
  {{"id": {id}, "type": "message", "date": "2026-09-27T10:24:01", "date_unixtime": "1790493841", "from": "Whale Chart", "from_id": "channel1234567890", "photo": "photos/photo_1.jpg", "width": 1280, "height": 800,
   "text": [{{"type": "bold", "text": "LONG"}}, " ", {{"type": "hashtag", "text": "#AAVE"}}, "/USDT\nEntry: 96.2\nTargets: 98.5 | 102\nStop: 93.4"],
   "text_entities": [{{"type": "bold", "text": "LONG"}}, {{"type": "plain", "text": " "}}, {{"type": "hashtag", "text": "#AAVE"}}, {{"type": "plain", "text": "/USDT\nEntry: 96.2\nTargets: 98.5 | 102\nStop: 93.4"}}]}}"##
        );
    }
    json.push_str("]}");
    let mut group = c.benchmark_group("export");
    for (unit, throughput) in
        [("count", Throughput::Elements(N_MESSAGES)), ("bytes", Throughput::Bytes(json.len() as u64))]
    {
        group.throughput(throughput);
        group.bench_function(unit, |b| {
            b.iter(|| read_json(black_box(json.as_bytes()), ExportOptions::default(), |chunk| drop(black_box(chunk))));
        });
    }
    group.finish();
}
