//! Who may ask: whoever sits at this machine.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::ApiState;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the loopback address of this machine, without a key; requests that name another host, as those
    /// of a page that was led here by a false DNS answer, are refused.
    Loopback,
}

/// Lets a request pass that names this machine and comes from no page of another site.
pub(crate) async fn at_this_host(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if state.settings().access == Access::Loopback
        && let Err(error) = check_host(request.headers(), request.uri().host())
    {
        return error.into_response();
    }
    if let Err(error) = check_site(request.headers(), request.method()) {
        return error.into_response();
    }
    next.run(request).await
}

/// Lets a request pass that may make one more.
pub(crate) async fn authorized(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if let Err(error) = state.rate_limit().check("local") {
        return error.into_response();
    }
    next.run(request).await
}

fn check_host(headers: &HeaderMap, in_uri: Option<&str>) -> Result<(), ApiError> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(in_uri).unwrap_or_default();
    if is_loopback(named) {
        return Ok(());
    }
    Err(ApiError::Misdirected(named.chars().filter(|c| c.is_ascii_graphic()).take(80).collect()))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Browsers say where a request comes from (<https://www.w3.org/TR/fetch-metadata/>); programs do not.
fn check_site(headers: &HeaderMap, method: &Method) -> Result<(), ApiError> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let foreign = match text("sec-fetch-site") {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => text("origin").is_some_and(|origin| {
            let host = text("host").unwrap_or_default();
            origin.split_once("://").is_none_or(|(_, origin_host)| !origin_host.eq_ignore_ascii_case(host))
        }),
    };
    if foreign { Err(ApiError::ForeignSite("a page of another site may not write here")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_has_a_loopback_name() {
        for host in ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "[::1]", "127.8.9.1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "evil.example", "127.0.0.1.evil.example", "10.0.0.1:8000", "localhost.evil.example:80", "0.0.0.0:8000"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_site_may_read_nothing_into_a_write() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect::<HeaderMap>()
        };
        let write = |pairs| check_site(&headers(pairs), &Method::POST);
        assert!(write(&[("host", "localhost:8000")]).is_ok());
        assert!(write(&[("host", "localhost:8000"), ("origin", "http://localhost:8000")]).is_ok());
        assert!(write(&[("host", "localhost:8000"), ("origin", "https://evil.example")]).is_err());
        assert!(write(&[("host", "localhost:8000"), ("origin", "null")]).is_err());
        assert!(write(&[("sec-fetch-site", "cross-site")]).is_err());
        assert!(check_site(&headers(&[("sec-fetch-site", "cross-site")]), &Method::GET).is_ok());
    }
}
