//! The history of a signal.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use signals::origin::SignalId;

use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, PathId as _};
use crate::state::ApiState;
use crate::wire::signal::{VersionBody, VersionsBody};

/// List the versions of a signal, newest first.
///
/// At most the 200 newest former ones.
#[utoipa::path(
    get, path = "/api/v1/signals/{id}/versions", tag = "signals", operation_id = "list_signal_versions",
    params(("id" = String, Path, description = "The id of the signal.")),
    responses(
        (status = 200, description = "The versions.", body = VersionsBody<'static>),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_signal_versions(
    State(state): State<ApiState>,
    IdInPath(id): IdInPath<SignalId>,
) -> Result<Response, ApiError> {
    let now = state.store().get(&id).await?.ok_or(ApiError::NotFound(SignalId::NONE))?;
    let former = state.store().former_versions(&id).await?;
    let data = std::iter::once(VersionBody::now(&now)).chain(former.iter().map(VersionBody::former)).collect();
    Ok(Json(VersionsBody { data }).into_response())
}
