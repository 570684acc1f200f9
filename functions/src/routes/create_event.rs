//! Takes news of an earlier signal in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use signals::idempotency::Claim;
use signals::store::PutEvent;
use utoipa::ToSchema;

use crate::audit;
use crate::auth::Caller;
use crate::error::{ApiError, Problem};
use crate::extract::{JsonBytes, LARGEST_BODY, Object, read};
use crate::once::{IdempotencyHeader, once};
use crate::shell::new_id;
use crate::state::ApiState;
use crate::wire::event::{EventBody, NewEventBody};
use crate::wire::signal::SignalBody;

/// What became of news: the signal as it is now, or the event that waits for one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredEvent)]
pub(crate) struct StoredEventBody<'a> {
    result: EventResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    signal: Option<SignalBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event: Option<EventBody<'a>>,
}

/// What became of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EventResult {
    /// They were linked to a signal.
    Linked,
    /// They are known, were linked to a signal, and said something else before.
    Corrected,
    /// They wait for their signal.
    Unlinked,
    /// They are known.
    Unchanged,
}

/// Hand in news of an earlier signal.
///
/// The signal that they speak of gets a new version; news that find none wait in `/api/v1/signals/unlinked`.
#[utoipa::path(
    post, path = "/api/v1/signals/events", tag = "events", operation_id = "create_event",
    params(IdempotencyHeader),
    request_body = NewEventBody,
    responses(
        (status = 201, description = "They are new.", body = StoredEventBody<'static>),
        (status = 200, description = "They were known.", body = StoredEventBody<'static>),
        (status = 409, description = "The same request is under way.", body = Problem,
         content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_event(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes<LARGEST_BODY>,
) -> Result<Response, ApiError> {
    let execute = async |claim: Option<&Claim>| create(&state, &bytes, claim).await;
    once(&state, &caller, &headers, [b"create_event", &bytes], execute).await
}

async fn create(state: &ApiState, bytes: &[u8], claim: Option<&Claim>) -> Result<Response, ApiError> {
    let Object(body) = read::<Object<NewEventBody>>(bytes)?;
    let id = claim.map_or_else(|| new_id(state), |claim| claim.signal_id(0));
    let event = body.event(id, state.now())?;
    let put = state.store().put_event(event.clone(), state.now()).await?;
    let (status, body) = match &put {
        PutEvent::Linked(record) => {
            let signal = Some(SignalBody::from(record));
            (StatusCode::CREATED, StoredEventBody { result: EventResult::Linked, signal, event: None })
        }
        PutEvent::Corrected(record) => {
            let signal = Some(SignalBody::from(record));
            (StatusCode::OK, StoredEventBody { result: EventResult::Corrected, signal, event: None })
        }
        PutEvent::Unlinked(record) => {
            let event = Some(EventBody::from(record));
            (StatusCode::CREATED, StoredEventBody { result: EventResult::Unlinked, signal: None, event })
        }
        PutEvent::Unchanged(record) => {
            let event = Some(EventBody::from(record));
            (StatusCode::OK, StoredEventBody { result: EventResult::Unchanged, signal: None, event })
        }
    };
    match &put {
        PutEvent::Linked(record) | PutEvent::Corrected(record) => {
            audit::event_stored(&event, Some(&record.signal.id()))
        }
        PutEvent::Unlinked(_) => audit::event_stored(&event, None),
        PutEvent::Unchanged(_) => {}
    }
    Ok((status, Json(body)).into_response())
}
