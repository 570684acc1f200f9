//! Replaces the fields of a signal.

use axum::extract::State;
use axum::response::Response;
use signals::origin::SignalId;
use signals::record::{Cause, SignalRecord};
use signals::store::{Edit, Edited};

use crate::audit;
use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, IfMatch, JsonBody, PathId as _};
use crate::routes::get_signal::signal_response;
use crate::state::ApiState;
use crate::wire::incoming::{InvalidBody, ReplacementBody};
use crate::wire::signal::SignalBody;

/// Replace a signal.
///
/// The former version is kept. With `If-Match` only the version with this entity tag is replaced.
#[utoipa::path(
    put, path = "/api/v1/signals/{id}", tag = "signals", operation_id = "replace_signal",
    params(
        ("id" = String, Path, description = "The id of the signal."),
        ("if-match" = Option<String>, Header, description = "The entity tag of the version that is replaced."),
    ),
    request_body = ReplacementBody,
    responses(
        (status = 200, description = "The signal as it is now.", body = SignalBody<'static>,
         headers(("etag" = String, description = "The version."))),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is at another version.", body = Problem,
         content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong, or the prices contradict one another.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn replace_signal(
    State(state): State<ApiState>,
    IdInPath(id): IdInPath<SignalId>,
    IfMatch(at_version): IfMatch,
    JsonBody(body): JsonBody<ReplacementBody>,
) -> Result<Response, ApiError> {
    change(&state, &id, at_version, |record| body.clone().apply(record)).await
}

/// Makes a change that a client asks for. Whether a signal is flagged follows its confidence.
pub(super) async fn change(
    state: &ApiState,
    id: &SignalId,
    at_version: Option<u32>,
    change: impl Fn(SignalRecord) -> Result<SignalRecord, InvalidBody>,
) -> Result<Response, ApiError> {
    let edit = Edit { at_version, cause: Cause::Client, now: state.now() };
    let threshold = state.settings().threshold;
    let flagged = |record: SignalRecord| {
        let former = record.signal.fields().confidence;
        let mut next = change(record)?;
        let confidence = next.signal.fields().confidence;
        if confidence != former {
            next.below_threshold = confidence < threshold;
        }
        Ok::<_, InvalidBody>(next)
    };
    match state.store().edit(id, edit, flagged).await? {
        Edited::Done(record) => {
            // A change that changes nothing makes no version.
            if record.changed_at == edit.now {
                audit::signal("signal.changed", &record);
            }
            Ok(signal_response(&record))
        }
        Edited::Missing => Err(ApiError::NotFound(SignalId::NONE)),
        Edited::Stale(record) => Err(ApiError::PreconditionFailed { current: record.version }),
        Edited::Refused(invalid) => Err(invalid.into()),
    }
}
