//! Who is let in, and what every answer carries.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use functions::auth::Access;
use functions::state::Settings;
use signals::api_key::Scope;

use crate::asking::{Answer, Api, TestKey, predecessors};

#[tokio::test]
async fn a_false_name_of_this_host_is_refused() {
    let api = Api::new().await;
    for host in ["evil.example", "127.0.0.1.evil.example:8000", "10.0.0.1", ""] {
        let answer = api.ask_with(Method::GET, "", &[("host", host)], None).await;
        answer.is_problem(421, "misdirected");
    }
    for host in ["localhost:8000", "127.0.0.1", "[::1]:8000"] {
        assert_eq!(api.ask_with(Method::GET, "", &[("host", host)], None).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_write() {
    let api = Api::new().await;
    let body = predecessors().to_string();
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
        api.ask_with(Method::POST, "", &[header], Some(&body)).await.is_problem(403, "foreign_site");
        api.ask_with(Method::DELETE, "/whalechart_7_0", &[header], None).await.is_problem(403, "foreign_site");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = api.ask_with(Method::POST, "", &[("content-type", content_type)], Some(&body)).await;
        answer.is_problem(415, "unsupported_media_type");
    }
    let answer = api.ask_with(Method::OPTIONS, "", &[("origin", "https://evil.example")], None).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(api.get("/stats").await.json()["total_signals"], 0);
}

#[tokio::test]
async fn a_key_that_asks_too_much_is_told_when_to_come_back() {
    // One a second: however slow the machine is, it answers faster.
    let slow = |settings| Settings { requests_per_second: 1, access: Access::Keys, ..settings };
    let api = Api::of(slow).await;
    let (busy, other) = (api.key(&[Scope::Read], None).await, api.key(&[Scope::Read], None).await);
    let ask = async |key: &TestKey| api.ask_with(Method::GET, "", &[("authorization", &key.bearer)], None).await;
    let mut last = ask(&busy).await;
    assert_eq!(last.header("ratelimit-policy"), "\"key\";q=2;w=2");
    assert_eq!(last.header("ratelimit"), "\"key\";r=1;t=1");
    for _ in 0..1000 {
        if last.status != StatusCode::OK {
            break;
        }
        last = ask(&busy).await;
    }
    last.is_problem(429, "rate_limited");
    assert!(last.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!((last.header("ratelimit"), last.header("ratelimit-policy")), ("\"key\";r=0;t=2", "\"key\";q=2;w=2"));
    assert_eq!(ask(&other).await.status, StatusCode::OK, "each key has a bucket of its own");
    for path in ["/openapi.json", "/docs"] {
        assert_eq!(api.ask_at(Method::GET, path, &[], None).await.status, StatusCode::OK);
    }
    let mut ready = api.get("/health/ready").await;
    for _ in 0..1000 {
        if ready.status != StatusCode::OK {
            break;
        }
        ready = api.get("/health/ready").await;
    }
    ready.is_problem(429, "rate_limited");
    for _ in 0..10 {
        assert_eq!(api.get("/health").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_safe_headers() {
    let api = Api::new().await;
    for path in ["", "/stats", "/health", "/health/ready/", "/nothing", "/batch"] {
        let answer = api.get(path).await;
        for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(answer.header("x-request-id").len() >= 8, "{path}");
    }
    let known = api.ask_with(Method::GET, "", &[("x-request-id", "trace-0001")], None).await;
    assert_eq!(known.header("x-request-id"), "trace-0001");
    let forged = api.ask_with(Method::GET, "", &[("x-request-id", "a b\tc\"d\"eeeee")], None).await;
    assert_ne!(forged.header("x-request-id"), "a b\tc\"d\"eeeee");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let api = Api::new().await;
    for path in ["/nothing", "/whalechart_7_0", "/whalechart_7_0/versions", "/a/b/c", "/%2e%2e", "/WhaleChart_7_0"] {
        api.get(path).await.is_problem(404, "not_found");
    }
    api.ask(Method::PUT, "", Some("{}")).await.is_problem(405, "method_not_allowed");
    api.get("/batch").await.is_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn the_description_and_its_page_come_from_here() {
    let api = Api::new().await;
    let ask = |path: &'static str| {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        api.send(request)
    };
    let document = ask("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let page = ask("/docs").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(!page.text.contains("src=") && !page.text.contains("<script"));
}

#[tokio::test]
async fn pages_of_a_site_that_is_named_may_ask_and_others_may_not() {
    let named = Api::of(|it| Settings { origins: vec!["https://desk.example".to_owned()], ..it }).await;
    let own = Api::new().await;
    let signal = predecessors().to_string();
    for (api, origin, status, allowed) in [
        (&named, "https://desk.example", StatusCode::CREATED, Some("https://desk.example")),
        (&named, "https://evil.example", StatusCode::FORBIDDEN, None),
        (&own, "https://desk.example", StatusCode::FORBIDDEN, None),
    ] {
        let asked = |written: &Answer| {
            written.headers.get("access-control-allow-origin").map(|it| it.to_str().unwrap().to_owned())
        };
        let from = [("origin", origin), ("sec-fetch-site", "cross-site")];
        let written = api.ask_with(Method::POST, "", &from, Some(&signal)).await;
        assert_eq!((written.status, asked(&written).as_deref()), (status, allowed), "{origin}: {}", written.text);
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let preflight = api.ask_with(Method::OPTIONS, "", &preflight, None).await;
        assert_eq!(asked(&preflight).as_deref(), allowed, "{origin}");
    }
}
