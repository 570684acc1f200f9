//! Who may ask what: keys with scopes, or whoever sits at this machine.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use sha2::{Digest as _, Sha256};
use signals::api_key::{ApiSecret, KeyId, KeyPresented, Scope};
use tower_http::cors::CorsLayer;
use tracing::Span;

use crate::error::ApiError;
use crate::limit::Standing;
use crate::state::ApiState;

/// Where the process says that it lives.
const HEALTH: &str = "/api/v1/signals/health";

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the loopback address of this machine, without a key; requests that name another host, as those
    /// of a page that was led here by a false DNS answer, are refused.
    Loopback,
    /// Whoever has a key.
    Keys,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The key; `None` for whoever sits at this machine.
    pub(crate) key: Option<KeyId>,
}

/// Lets a request pass that names this machine and comes from no page of another site.
pub(crate) async fn at_this_host(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if state.settings().access == Access::Loopback
        && let Err(error) = check_host(request.headers(), request.uri().host())
    {
        return error.into_response();
    }
    if let Err(error) = check_site(request.headers(), request.method(), &state.settings().origins) {
        return error.into_response();
    }
    next.run(request).await
}

/// Lets a request pass whose caller has the scope, and may make one more.
pub(crate) async fn authorized(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    match caller(&state, request.method(), request.uri().path(), request.headers()).await {
        Ok((caller, standing)) => {
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            standing.into_iter().for_each(|standing| standing.tell(response.headers_mut()));
            response
        }
        Err(error) => error.into_response(),
    }
}

/// Who asks, and how the bucket stands that the request was taken out of.
async fn caller(
    state: &ApiState,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<(Caller, Option<Standing>), ApiError> {
    let Some(scope) = scope_of(method, path) else {
        // That the process lives is told at no cost, and to whoever watches it.
        let standing = (path != HEALTH).then(|| state.rate_limit().check_stranger()).transpose()?;
        return Ok((Caller { key: None }, standing));
    };
    let refused = match (presented(headers), state.settings().access) {
        (Presented::Nothing, Access::Loopback) => {
            return state.rate_limit().check("local").map(|standing| (Caller { key: None }, Some(standing)));
        }
        (Presented::Nothing, Access::Keys) => "send a key: `Authorization: Bearer sgt_…`",
        (Presented::NoSecret, _) => "this is no key: a key begins with `sgt_`",
        (Presented::Secret(secret), _) => {
            if let Some(id) = id_of(&secret) {
                state.rate_limit().check_guess(&id, state.store()).await?;
            }
            match state.store().key_of(&secret, state.now()).await? {
                KeyPresented::Valid(key) => {
                    Span::current().record("key_id", key.id.as_str());
                    let standing = state.rate_limit().check(key.id.as_str())?;
                    if !key.scopes.contains(&scope) {
                        return Err(ApiError::Forbidden(scope));
                    }
                    return Ok((Caller { key: Some(key.id) }, Some(standing)));
                }
                KeyPresented::Revoked(_) => "this key was revoked",
                KeyPresented::Expired(_) => "this key has expired",
                KeyPresented::Unknown => "this key is not known here",
            }
        }
    };
    // 256 random bits are not guessed, however fast; what is bounded is what guessing costs the others.
    state.rate_limit().check_stranger()?;
    Err(ApiError::Unauthorized(refused))
}

/// The id that the key of a secret has in the store: a part of the secret's hash.
fn id_of(secret: &ApiSecret) -> Option<KeyId> {
    let digest = Sha256::digest(secret.expose().as_bytes());
    let digits: String = digest[16..24].iter().map(|byte| format!("{byte:02x}")).collect();
    KeyId::parse(&digits).ok()
}

/// What a request needs; `None` where anybody may ask.
fn scope_of(method: &Method, path: &str) -> Option<Scope> {
    match path {
        "/openapi.json" | "/docs" | HEALTH | "/api/v1/signals/health/ready" => None,
        "/api/v1/signals/parse" => Some(Scope::Read),
        _ if path.starts_with("/api/v1/keys") || path.starts_with("/api/v1/backup") => Some(Scope::Admin),
        _ if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) => Some(Scope::Read),
        _ => Some(Scope::Write),
    }
}

/// What a request brings to show who asks.
enum Presented {
    Nothing,
    NoSecret,
    Secret(ApiSecret),
}

fn presented(headers: &HeaderMap) -> Presented {
    let text = match (headers.get("x-api-key"), headers.get(header::AUTHORIZATION)) {
        (None, None) => return Presented::Nothing,
        (Some(value), _) => value.to_str().ok(),
        (None, Some(value)) => value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .and_then(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())),
    };
    text.and_then(|text| ApiSecret::parse(text).ok()).map_or(Presented::NoSecret, Presented::Secret)
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

/// What lets pages of these sites ask (<https://fetch.spec.whatwg.org/#http-cors-protocol>); nothing where there are none.
pub(crate) fn other_sites(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    let names = ["idempotency-key", "x-api-key", "x-request-id"].map(HeaderName::from_static);
    let asked = [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH];
    let told = [header::ETAG, header::LOCATION, header::RETRY_AFTER, HeaderName::from_static("x-request-id")];
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    (!origins.is_empty()).then(|| {
        let layer = CorsLayer::new().allow_origin(origins).allow_methods(methods).expose_headers(told);
        layer.allow_headers(asked.into_iter().chain(names).collect::<Vec<_>>())
    })
}

/// An origin as browsers send it: scheme, host and port, and nothing behind.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
    })
}

/// Browsers say where a request comes from (<https://www.w3.org/TR/fetch-metadata/>); programs do not.
fn check_site(headers: &HeaderMap, method: &Method, origins: &[String]) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_known = text("origin").is_some_and(|origin| origins.iter().any(|known| known == origin));
    if is_known || matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
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
        let write = |pairs| check_site(&headers(pairs), &Method::POST, &[]);
        assert!(write(&[("host", "localhost:8000")]).is_ok());
        assert!(write(&[("host", "localhost:8000"), ("origin", "http://localhost:8000")]).is_ok());
        assert!(write(&[("host", "localhost:8000"), ("origin", "https://evil.example")]).is_err());
        assert!(write(&[("host", "localhost:8000"), ("origin", "null")]).is_err());
        assert!(write(&[("sec-fetch-site", "cross-site")]).is_err());
        assert!(check_site(&headers(&[("sec-fetch-site", "cross-site")]), &Method::GET, &[]).is_ok());
    }
}
