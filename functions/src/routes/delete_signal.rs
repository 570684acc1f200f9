//! Deletes a signal.

use axum::extract::State;
use axum::http::StatusCode;
use signals::origin::SignalId;
use signals::record::Cause;
use signals::store::{Edit, Edited};

use crate::audit;
use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, IfMatch, PathId as _};
use crate::state::ApiState;

/// Delete a signal.
///
/// Lists and counts forget it, and reading its post again does not bring it back. Its history stays for `as_of`.
#[utoipa::path(
    delete, path = "/api/v1/signals/{id}", tag = "signals", operation_id = "delete_signal",
    params(
        ("id" = String, Path, description = "The id of the signal."),
        ("if-match" = Option<String>, Header, description = "The entity tag of the version that is deleted."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is at another version.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_signal(
    State(state): State<ApiState>,
    IdInPath(id): IdInPath<SignalId>,
    IfMatch(at_version): IfMatch,
) -> Result<StatusCode, ApiError> {
    let edit = Edit { at_version, cause: Cause::Deleted, now: state.now() };
    match state.store().delete(&id, edit).await? {
        Edited::Done(record) => {
            audit::signal("signal.deleted", &record);
            Ok(StatusCode::NO_CONTENT)
        }
        Edited::Stale(record) => Err(ApiError::PreconditionFailed { current: record.version }),
        Edited::Missing | Edited::Refused(()) => Err(ApiError::NotFound(SignalId::NONE)),
    }
}
