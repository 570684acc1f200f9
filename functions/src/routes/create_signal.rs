//! Stores a signal.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use signals::idempotency::Claim;
use signals::record::SignalRecord;
use signals::store::{NewSignal, Put};
use uuid::Uuid;

use crate::audit;
use crate::auth::Caller;
use crate::error::{ApiError, Problem};
use crate::extract::{JsonBytes, LARGEST_BODY, Object, read};
use crate::metrics::SignalsStored;
use crate::once::{IdempotencyHeader, once, signal_headers};
use crate::shell::new_id;
use crate::state::ApiState;
use crate::wire::incoming::NewSignalBody;
use crate::wire::signal::{StoredBody, StoredResult};

/// Store a signal.
///
/// With an `origin` the id follows from it, and handing the signal in again stores it once: 200 with `unchanged`, or
/// with `new_version` where it says something else by now. Without one the id is new each time.
#[utoipa::path(
    post, path = "/api/v1/signals", tag = "signals", operation_id = "create_signal",
    params(IdempotencyHeader),
    request_body = NewSignalBody,
    responses(
        (status = 201, description = "It is new.", body = StoredBody<'static>,
         headers(("etag" = String, description = "The version."), ("location" = String, description = "Where it is."))),
        (status = 200, description = "It was known.", body = StoredBody<'static>,
         headers(("etag" = String, description = "The version."))),
        (status = 409, description = "A client deleted it, or the same request is under way.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong, or the prices contradict one another.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_signal(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes<LARGEST_BODY>,
) -> Result<Response, ApiError> {
    once(&state, &caller, &headers, [b"create_signal", &bytes], async |claim| create(&state, &bytes, claim).await).await
}

async fn create(state: &ApiState, bytes: &[u8], claim: Option<&Claim>) -> Result<Response, ApiError> {
    let Object(body) = read::<Object<NewSignalBody>>(bytes)?;
    let new = new_signal(state, body, claim.map(|claim| claim.signal_id(0)))?;
    let put = state.store().put(new, state.now()).await?;
    let (result, record) = stored(put)?;
    let n_stored = SignalsStored(u32::from(result != StoredResult::Unchanged));
    let status = if result == StoredResult::Created { StatusCode::CREATED } else { StatusCode::OK };
    let headers = signal_headers(status, &record.signal.id().to_string(), record.version)?;
    Ok((status, headers, Extension(n_stored), Json(StoredBody { result, signal: (&record).into() })).into_response())
}

/// The signal of a body, with the reserved id or a new one where it came without a post.
pub(super) fn new_signal(state: &ApiState, body: NewSignalBody, reserved: Option<Uuid>) -> Result<NewSignal, ApiError> {
    let now = state.now();
    let (signal, text) = body.signal(reserved.unwrap_or_else(|| new_id(state)), now)?;
    let below_threshold = signal.fields().confidence < state.settings().threshold;
    Ok(NewSignal { signal, text, below_threshold })
}

/// What became of it, for the wire and for the log.
pub(super) fn stored(put: Put) -> Result<(StoredResult, SignalRecord), ApiError> {
    let (result, record) = match put {
        Put::Created(record) => (StoredResult::Created, record),
        Put::Unchanged(record) => (StoredResult::Unchanged, record),
        Put::NewVersion(record) => (StoredResult::NewVersion, record),
        Put::Deleted(_) => {
            return Err(ApiError::Conflict("this signal was deleted, and handing it in again does not bring it back"));
        }
    };
    if result != StoredResult::Unchanged {
        audit::signal("signal.stored", &record);
    }
    Ok((result, record))
}
