//! Replaces the fields of a signal.

use axum::extract::State;
use axum::response::Response;
use signals::origin::SignalId;
use signals::record::Cause;
use signals::store::{Edit, Edited};

use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, IfMatch, JsonBody};
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
    let edit = Edit { at_version, cause: Cause::Client, now: state.now() };
    let edited = state.store().edit(&id, edit, |record| body.clone().apply(record)).await?;
    answer(edited)
}

/// What became of a change, as an answer.
pub(super) fn answer(edited: Edited<InvalidBody>) -> Result<Response, ApiError> {
    match edited {
        Edited::Done(record) => Ok(signal_response(&record)),
        Edited::Missing => Err(ApiError::NotFound("signal with this id")),
        Edited::Stale(record) => Err(ApiError::PreconditionFailed { current: record.version }),
        Edited::Refused(invalid) => Err(invalid.into()),
    }
}
