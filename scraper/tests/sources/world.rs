//! A server of previews on loopback, with channels as a test wants them.
//!
//! It does as the real one was seen to do: about as many messages on a page as asked for, the parts of an album counted
//! one by one; before a number an album is cut there, at the old end of the page it is whole; no posts before the first.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use jiff::Timestamp;
use scraper::preview::{Preview, PreviewConfig};
use signals::message::ChannelName;

/// A post as a test wants it.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) id: i64,
    /// How many messages it is: more than one is an album.
    pub(crate) n_parts: i64,
    /// What stands in its text, as HTML. Of an album it belongs to the last part.
    pub(crate) html: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Photo,
    Service,
    /// A block of its own, whatever it holds.
    Raw(String),
}

impl Post {
    pub(crate) fn text(id: i64, html: &str) -> Self {
        Self { id, n_parts: 1, html: html.to_owned(), kind: Kind::Text }
    }

    pub(crate) fn album(id: i64, n_parts: i64, html: &str) -> Self {
        Self { id, n_parts, html: html.to_owned(), kind: Kind::Photo }
    }

    pub(crate) fn service(id: i64) -> Self {
        Self { id, n_parts: 1, html: "Channel created".to_owned(), kind: Kind::Service }
    }

    pub(crate) fn raw(id: i64, block: &str) -> Self {
        Self { id, n_parts: 1, html: String::new(), kind: Kind::Raw(block.to_owned()) }
    }

    pub(crate) fn posted_at(&self) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + self.id * 60).expect("it is well formed")
    }

    fn block(&self, channel: &str, n_shown: i64) -> String {
        if let Kind::Raw(block) = &self.kind {
            return block.clone();
        }
        let id = self.id;
        let service = if self.kind == Kind::Service { "service_message " } else { "" };
        let mut media = String::new();
        for part in id..id + if self.kind == Kind::Photo { n_shown } else { 0 } {
            let single = if self.n_parts > 1 { "?single" } else { "" };
            let _ = write!(
                media,
                r#"<a class="tgme_widget_message_photo_wrap grouped_media_wrap blured js-message_photo" style="background-image:url('https://cdn.example/{part}.jpg')" href="https://t.me/{channel}/{part}{single}"></a>"#
            );
        }
        let caption = if n_shown == self.n_parts && !self.html.is_empty() {
            format!(r#"<div class="tgme_widget_message_text js-message_text" dir="auto">{}</div>"#, self.html)
        } else {
            String::new()
        };
        format!(
            r#"<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap {service}js-widget_message" data-post="{channel}/{id}" data-view="eyJjIjotMX0">
<div class="tgme_widget_message_user"><a href="https://t.me/{channel}"><i class="tgme_widget_message_user_photo bgcolor1" data-content="W"><img src="https://cdn.example/w.jpg"></i></a></div>
<div class="tgme_widget_message_bubble"><i class="tgme_widget_message_bubble_tail"><svg class="bubble_icon" width="9px" height="20px" viewBox="0 0 9 20"><g fill="none"><path class="background" fill="white" d="M8,1 L9,1 L9,20 L8,20 L8,18 C7.8,15.1 7.1,12.3 5.8,9.6 Z"></path></g></svg></i>
<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="https://t.me/{channel}"><span dir="auto">Whale &amp; Co</span></a></div>
{media}{caption}
<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short js-message_info"><span class="tgme_widget_message_views">4.85K</span><span class="copyonly"> views</span><span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="https://t.me/{channel}/{id}"><time datetime="{}" class="time">07:24</time></a></span></div></div></div></div></div>
"#,
            self.posted_at().strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        )
    }
}

/// A channel, or what a name stands for instead.
#[derive(Clone, Debug)]
pub(crate) enum Thing {
    Channel {
        posts: Vec<Post>,
        page: usize,
    },
    /// No preview, and this page of its name.
    Card(String),
    /// A redirect to this address.
    Redirect(String),
    /// This page, whatever is asked for.
    Page(String),
}

/// An answer that comes before the usual one.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Fault {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn retry_after(status: u16, value: &str) -> Self {
        Self { headers: vec![("retry-after", value.to_owned())], ..Self::status(status) }
    }
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) things: HashMap<String, Thing>,
    pub(crate) faults: VecDeque<Fault>,
    /// What was asked for, and by whom.
    pub(crate) asked: Vec<String>,
    pub(crate) agents: Vec<String>,
    /// Whether pages have an `ETag`.
    pub(crate) has_marks: bool,
    pub(crate) n_unchanged: usize,
}

/// A server that runs as long as the runtime of its test.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let router =
            Router::new().route("/s/{name}", get(preview)).route("/{name}", get(card)).with_state(world.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("it is well formed");
        let url = format!("http://{}", listener.local_addr().expect("it is well formed"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { world, url }
    }

    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().expect("nobody panicked with it"))
    }

    pub(crate) fn has(&self, name: &str, thing: Thing) {
        self.with(|world| world.things.insert(name.to_owned(), thing));
    }

    pub(crate) fn channel(&self, name: &str, page: usize, posts: Vec<Post>) {
        self.has(name, Thing::Channel { posts, page });
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.with(|world| std::mem::take(&mut world.asked))
    }

    pub(crate) fn config(&self) -> PreviewConfig {
        PreviewConfig {
            base_url: self.url.clone(),
            delay: Duration::ZERO,
            backoff: Duration::from_millis(1),
            ..PreviewConfig::default()
        }
    }

    pub(crate) fn reader(&self) -> Preview {
        Preview::new(self.config()).expect("it is well formed")
    }
}

pub(crate) fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("it is well formed")
}

async fn preview(
    State(world): State<Arc<Mutex<World>>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let mut world = world.lock().expect("nobody panicked with it");
    let query = query.unwrap_or_default();
    world.asked.push(format!("/s/{name}{}{query}", if query.is_empty() { "" } else { "?" }));
    world.agents.push(
        headers
            .get(header::USER_AGENT)
            .map_or_else(String::new, |it| it.to_str().expect("it is well formed").to_owned()),
    );
    if let Some(fault) = world.faults.pop_front() {
        let mut response = Response::builder().status(fault.status);
        for (name, value) in &fault.headers {
            response = response.header(*name, value);
        }
        return response.body(Body::from(fault.body)).expect("it is well formed");
    }
    let html = match world.things.get(&name) {
        Some(Thing::Channel { posts, page }) => {
            let before = query.strip_prefix("before=").map_or(i64::MAX, |it| it.parse().expect("it is well formed"));
            page_of(&name, posts, *page, before)
        }
        Some(Thing::Page(html)) => html.clone(),
        Some(Thing::Redirect(to)) => return redirect(to),
        Some(Thing::Card(_)) | None => return redirect(&format!("/{name}")),
    };
    let etag = format!("\"{:x}\"", html.len() * 31 + html.bytes().map(usize::from).sum::<usize>());
    if world.has_marks
        && headers.get(header::IF_NONE_MATCH).is_some_and(|it| it.to_str().expect("it is well formed") == etag)
    {
        world.n_unchanged += 1;
        return Response::builder().status(StatusCode::NOT_MODIFIED).body(Body::empty()).expect("it is well formed");
    }
    let mut response = Response::builder().header(header::CONTENT_TYPE, "text/html; charset=utf-8");
    if world.has_marks {
        response = response.header(header::ETAG, etag);
    }
    response.body(Body::from(html)).expect("it is well formed")
}

async fn card(State(world): State<Arc<Mutex<World>>>, Path(name): Path<String>) -> Response<Body> {
    let mut world = world.lock().expect("nobody panicked with it");
    world.asked.push(format!("/{name}"));
    let html = match world.things.get(&name) {
        Some(Thing::Card(html)) => html.clone(),
        _ => card_page(&format!(
            r#"<div class="tgme_page_icon"><i class="tgme_icon_user"></i></div><div class="tgme_page_description ">If you have <strong>Telegram</strong>, you can contact <a class="tgme_username_link" href="tg://resolve?domain={name}">@{name}</a> right away.</div>"#
        )),
    };
    Response::builder().header(header::CONTENT_TYPE, "text/html").body(Body::from(html)).expect("it is well formed")
}

fn redirect(to: &str) -> Response<Body> {
    Response::builder()
        .status(StatusCode::FOUND)
        .header(header::LOCATION, to)
        .body(Body::empty())
        .expect("it is well formed")
}

pub(crate) fn card_page(inner: &str) -> String {
    format!(
        r#"<!DOCTYPE html><html><head><title>Telegram: Contact</title></head><body class="no_transition"><div class="tgme_page_wrap"><div class="tgme_body_wrap"><div class="tgme_page">{inner}</div></div></div></body></html>"#
    )
}

/// A page around these blocks.
pub(crate) fn frame(name: &str, blocks: &str) -> String {
    format!(
        r#"<!DOCTYPE html><html><head><meta charset="utf-8"><title>Whale &amp; Co – Telegram</title><style>.a>b{{}}</style></head><body class="widget_frame_base">
<header class="tgme_header"><div class="tgme_channel_info"><div class="tgme_channel_info_header"><div class="tgme_channel_info_header_title"><span dir="auto">Whale &amp; Co <i class="emoji"><b>🐋</b></i></span></div><div class="tgme_channel_info_header_username"><a href="https://t.me/{name}">@{name}</a></div></div></div></header>
<main class="tgme_main" data-url="/{name}"><section class="tgme_channel_history js-message_history">
{blocks}</section></main><script>var a = "<div class='tgme_widget_message'>";</script></body></html>"#
    )
}

fn page_of(name: &str, posts: &[Post], page: usize, before: i64) -> String {
    let (mut blocks, mut n_messages) = (VecDeque::new(), 0);
    for post in posts.iter().rev().filter(|post| post.id < before) {
        if n_messages >= page {
            break;
        }
        let n_shown = post.n_parts.min(before - post.id);
        n_messages += usize::try_from(n_shown).expect("it is well formed");
        blocks.push_front(post.block(name, n_shown));
    }
    let blocks: String = blocks.into_iter().collect();
    let blocks = if blocks.is_empty() { r#"<div class="tme_no_messages_found">No posts found</div>"# } else { &blocks };
    frame(name, blocks)
}
