//! What a bad server or network does to a reader.

use std::io::Write as _;
use std::time::Duration;

use scraper::preview::{Preview, PreviewConfig};
use scraper::source::{Found, MessageSource, SourceError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{Fault, Post, Server, Thing, frame, name};

async fn server_with(faults: Vec<Fault>) -> Server {
    let server = Server::start().await;
    server.channel("whales", 20, vec![Post::text(1, "x")]);
    server.with(|world| world.faults = faults.into());
    server
}

async fn find(server: &Server, change: impl FnOnce(&mut PreviewConfig)) -> Result<Found, SourceError> {
    let mut config = server.config();
    change(&mut config);
    Preview::new(config).expect("it is well formed").find(&name("whales")).await
}

#[tokio::test]
async fn a_fault_that_passes_is_passed_over() {
    for faults in [vec![Fault::status(502), Fault::status(500)], vec![Fault::retry_after(429, "0")]] {
        let server = server_with(faults.clone()).await;
        find(&server, |_| {}).await.unwrap();
        assert_eq!(server.asked().len(), faults.len() + 1);
    }
}

#[tokio::test]
async fn a_fault_that_does_not_pass_is_told_after_a_few_tries() {
    let server = server_with(vec![Fault::status(503); 9]).await;
    let error = find(&server, |_| {}).await.unwrap_err();
    assert_eq!((error.clone(), error.is_retryable()), (SourceError::Server { status: 503 }, true));
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_long_pause_is_told_and_kept() {
    for status in [429, 503] {
        let server = server_with(vec![Fault::retry_after(status, "74089")]).await;
        let mut reader = server.reader();
        let error = reader.find(&name("whales")).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(74_089)));
        let again = reader.find(&name("whales")).await.unwrap_err();
        assert!(again.retry_after().unwrap() > Duration::from_secs(74_000));
        assert_eq!(server.asked().len(), 1, "the server was asked although it wants a pause");
    }
}

#[tokio::test]
async fn a_status_that_nobody_expects_is_an_error_at_once() {
    for status in [204, 400, 403, 418] {
        let server = server_with(vec![Fault::status(status)]).await;
        let error = find(&server, |_| {}).await.unwrap_err();
        assert!(error.to_string().contains(&status.to_string()) && !error.is_retryable(), "{error}");
    }
    let server = server_with(vec![Fault::status(404)]).await;
    assert!(matches!(find(&server, |_| {}).await.unwrap_err(), SourceError::NoSuchChannel { .. }));
}

#[tokio::test]
async fn a_page_is_read_no_further_than_its_bound_also_when_it_is_packed() {
    let large = frame("whales", &"x".repeat(100_000));
    let server = server_with(Vec::new()).await;
    server.has("whales", Thing::Page(large));
    let error = find(&server, |config| config.most_bytes = 50_000).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { most_bytes: 50_000, .. }), "{error}");

    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        bomb.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let body = bomb.finish().unwrap();
    assert!(body.len() < 100_000);
    let headers = vec![("content-encoding", "gzip".to_owned())];
    let server = server_with(vec![Fault { status: 200, headers, body }]).await;
    let error = find(&server, |_| {}).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_packed_page_is_unpacked() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(frame("whales", r#"<div class="tme_no_messages_found">No posts</div>"#).as_bytes()).unwrap();
    let headers = vec![("content-encoding", "gzip".to_owned())];
    let fault = Fault { status: 200, headers, body: packed.finish().unwrap() };
    let server = server_with(vec![fault]).await;
    assert_eq!(find(&server, |_| {}).await.unwrap().newest, None);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let server = server_with(vec![Fault { body: b"<html>\xff\xfe</html>".to_vec(), ..Fault::status(200) }]).await;
    assert!(matches!(find(&server, |_| {}).await.unwrap_err(), SourceError::UnknownLayout { .. }));
}

/// A server that answers every connection with these bytes, and then closes it or stays silent.
async fn raw_server(answer: &'static [u8], closes: bool) -> PreviewConfig {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("it is well formed");
    let base_url = format!("http://{}", listener.local_addr().expect("it is well formed"));
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(answer).await;
            if !closes {
                open.push(socket);
            }
        }
    });
    let (backoff, timeout) = (Duration::from_millis(1), Duration::from_millis(300));
    PreviewConfig { base_url, backoff, timeout, delay: Duration::ZERO, tries: 2, ..PreviewConfig::default() }
}

#[tokio::test]
async fn an_answer_that_does_not_come_or_breaks_off_is_told_as_such() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n<html>";
    for (answer, closes) in
        [(&head[..], false), (&head[..], true), (b"", false), (b"", true), (b"\x1b[31mgarbage\r\n\r\n", true)]
    {
        let config = raw_server(answer, closes).await;
        let error = Preview::new(config).unwrap().find(&name("whales")).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, SourceError::Unreachable { .. }) && error.is_retryable(), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains("127.0.0.1"), "{text}");
    }
}

#[tokio::test]
async fn nobody_there_is_told_as_such() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = PreviewConfig { base_url, tries: 1, ..PreviewConfig::default() };
    let error = Preview::new(config).unwrap().find(&name("whales")).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_shows_other_posts_than_asked_for_does_not_keep_the_reader_busy() {
    let server = Server::start().await;
    let block = |id: i64| format!(r#"<div class="tgme_widget_message service_message" data-post="whales/{id}"></div>"#);
    server.has("whales", Thing::Page(frame("whales", &(block(500) + &block(501)))));
    let mut reader = server.reader();
    let found = reader.find(&name("whales")).await.unwrap();
    let error = reader.newest(&found, 10).await.unwrap_err();
    assert!(matches!(error, SourceError::UnknownLayout { .. }), "{error}");
}

#[tokio::test]
async fn the_server_is_told_who_asks() {
    let server = server_with(Vec::new()).await;
    find(&server, |_| {}).await.unwrap();
    assert_eq!(server.with(|world| world.agents.clone()), [concat!("sigtower/", env!("CARGO_PKG_VERSION"))]);
}

#[test]
fn an_address_that_is_none_is_refused() {
    for url in ["", "t.me", "ftp://t.me", "https://t.me/s/", "file:///etc/passwd", "http://\u{1b}x"] {
        let error = Preview::new(PreviewConfig { base_url: url.to_owned(), ..PreviewConfig::default() }).unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
    }
}
