//! What surrounds every route: ids and logs of requests, headers, guards, and answers where there is no route.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tower::Layer as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::auth;
use crate::error::{ApiError, PartFailed, Problem, problem_response};
use crate::metrics::{Measured, Operations, SignalsStored};
use crate::once::KeptProblem;
use crate::state::ApiState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the shell around routes. Each path is good with and without a slash at its end.
pub(crate) fn around(routes: Router, state: &ApiState, operations: Operations) -> Router {
    let guarded = routes
        .fallback(async || ApiError::NotFound("such path: /docs lists those that are"))
        .method_not_allowed_fallback(async |method: Method| ApiError::MethodNotAllowed(method.to_string()))
        .layer(from_fn_with_state(state.clone(), auth::authorized))
        .layer(from_fn_with_state(state.clone(), auth::at_this_host))
        .layer(CatchPanicLayer::custom(panicked));
    #[cfg(feature = "lambda")]
    let guarded = guarded.layer(axum::middleware::from_fn(crate::gateway::readable));
    let guarded = match auth::other_sites(&state.settings().origins) {
        Some(cors) => guarded.layer(cors),
        None => guarded,
    };
    let guarded = guarded.layer(from_fn_with_state((state.clone(), Arc::new(operations)), observed));
    Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(guarded))
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("request.panicked");
    ApiError::Internal.into_response()
}

/// Gives the request an id, logs it, and puts the headers on that every answer has.
async fn observed(
    State((state, operations)): State<(ApiState, Arc<Operations>)>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = request_id(&request, &state);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // Who asks is known once the key is looked up.
    let span = tracing::info_span!("request", request_id = %id, key_id = tracing::field::Empty);
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let latency = began.elapsed();
    let duration_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    let route = route.as_deref().unwrap_or("none");
    span.in_scope(|| tracing::info!(%method, route, status, duration_ms, "request.answered"));
    if let Some(metrics) = state.metrics() {
        let operation = operations.name(&method, route);
        let n_stored = response.extensions().get::<SignalsStored>().copied();
        let part_failed = response.extensions().get::<PartFailed>().is_some();
        metrics.write(&Measured { at: state.now(), operation, status, part_failed, latency, n_stored });
    }
    of_request(response, &id)
}

/// Puts on an answer what every answer has.
pub(crate) fn of_request(mut response: Response, id: &str) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let headers = std::mem::take(response.headers_mut());
        response = problem_response(problem.of_request(id), without_body_headers(headers));
    }
    if let Some(KeptProblem(mut problem)) = response.extensions_mut().remove() {
        problem.insert("request_id".to_owned(), Value::from(id));
        *response.body_mut() = Body::from(Value::from(problem).to_string());
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn without_body_headers(mut headers: axum::http::HeaderMap) -> axum::http::HeaderMap {
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_TYPE);
    headers
}

/// The client's own id where it is one, else a new one.
fn request_id(request: &Request, state: &ApiState) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_id = |text: &&str| {
        (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    given.filter(is_id).map_or_else(|| new_id(state).to_string(), str::to_owned)
}

/// A UUID of version 7 for now.
pub(crate) fn new_id(state: &ApiState) -> Uuid {
    let milliseconds = u64::try_from(state.now().as_millisecond()).unwrap_or_default();
    let nanoseconds = u32::try_from(milliseconds % 1000).unwrap_or_default() * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, milliseconds / 1000, nanoseconds))
}
