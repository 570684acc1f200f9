//! A request that a client sends again under the same `Idempotency-Key` is executed once.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use signals::idempotency::{Claim, Claimed, IdempotencyKey, KeptAnswer, RequestHash};
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::error::{ApiError, PartFailed, is_for_the_moment};
use crate::extract::entity_tag;
use crate::shell::new_id;
use crate::state::ApiState;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The header in the description of the API; it is read by [`once`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes")]
pub(crate) struct IdempotencyHeader {
    /// Names this request, so that sending it again within 24 hours gives the same answer and stores nothing more.
    #[param(rename = "idempotency-key", min_length = 1, max_length = 255, nullable = false)]
    idempotency_key: Option<String>,
}

/// How long an execution may take; a process that died in it holds the key no longer.
const LONGEST_EXECUTION: Duration = Duration::from_secs(30);

/// Executes a request, or gives the answer that it got before.
///
/// The answer of a request that only failed for the moment, were it in a part, is not kept: the same key may try again,
/// and the reserved ids find what was stored.
pub(crate) async fn once(
    state: &ApiState,
    caller: &Caller,
    headers: &HeaderMap,
    parts: [&[u8]; 2],
    execute: impl AsyncFnOnce(Option<&Claim>) -> Result<Response, ApiError>,
) -> Result<Response, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return execute(None).await };
    let key = key
        .to_str()
        .ok()
        .and_then(|text| IdempotencyKey::parse(text).ok())
        .ok_or_else(|| ApiError::parameter("Idempotency-Key", "it has 1 to 255 printable ASCII characters"))?;
    let (store, now) = (state.store(), state.now());
    let hash = RequestHash::of(&parts);
    match store.claim_request(caller.key.as_ref(), &key, hash, new_id(state), LONGEST_EXECUTION, now).await? {
        Claimed::Execute(claim) => {
            let response = execute(Some(&claim)).await.unwrap_or_else(IntoResponse::into_response);
            finish(state, &claim, response).await
        }
        Claimed::InProgress { until } => {
            let left = until.as_second().saturating_sub(now.as_second());
            Err(ApiError::InProgress { retry_after_s: u64::try_from(left).unwrap_or_default().clamp(1, 30) })
        }
        Claimed::Replay(KeptAnswer { status, body: Some(body) }) => replay(status, body),
        Claimed::Replay(KeptAnswer { body: None, .. }) => {
            Err(ApiError::Conflict("this request was executed before, and its answer was too long to be kept"))
        }
        Claimed::OtherRequest => Err(ApiError::OtherRequest),
    }
}

async fn finish(state: &ApiState, claim: &Claim, response: Response) -> Result<Response, ApiError> {
    let status = response.status();
    if is_for_the_moment(status) || response.extensions().get::<PartFailed>().is_some() {
        state.store().abandon_request(claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| ApiError::Internal)?;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    state.store().complete_request(claim, KeptAnswer { status: status.as_u16(), body: Some(body) }).await?;
    Ok(Response::from_parts(parts, bytes.into()))
}

/// A problem that was kept: without the request id, which is another each time it is told.
#[derive(Clone)]
pub(crate) struct KeptProblem(pub(crate) Map<String, Value>);

/// The headers of an answer that says how a signal was stored.
pub(crate) fn signal_headers(status: StatusCode, id: &str, version: u32) -> Result<HeaderMap, ApiError> {
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| ApiError::Internal);
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, value(entity_tag(version))?);
    if status == StatusCode::CREATED {
        headers.insert(header::LOCATION, value(format!("/api/v1/signals/{id}"))?);
    }
    Ok(headers)
}

/// What the headers of a kept answer follow from; only the answer to one signal has both.
#[derive(Deserialize)]
struct KeptSignal {
    id: String,
    version: u32,
}

fn replay(status: u16, body: String) -> Result<Response, ApiError> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let problem = if status.is_success() { None } else { serde_json::from_str(&body).ok() };
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let stored = if status.is_success() { serde_json::from_str(&body).ok() } else { None };
    let of_signal = match stored {
        Some(KeptSignal { id, version }) => signal_headers(status, &id, version)?,
        None => HeaderMap::new(),
    };
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (REPLAYED, HeaderValue::from_static("true"))];
    let mut response = (status, of_signal, headers, body).into_response();
    if let Some(problem) = problem {
        response.extensions_mut().insert(KeptProblem(problem));
    }
    Ok(response)
}
