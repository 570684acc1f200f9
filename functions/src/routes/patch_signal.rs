//! Changes some fields of a signal.

use axum::extract::State;
use axum::response::Response;
use signals::origin::SignalId;

use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, IfMatch, JsonBody};
use crate::routes::replace_signal::change;
use crate::state::ApiState;
use crate::wire::incoming::PatchBody;
use crate::wire::signal::SignalBody;

/// Change some fields of a signal.
///
/// What is left out stays. The former version is kept. With `If-Match` only the version with this entity tag changes.
#[utoipa::path(
    patch, path = "/api/v1/signals/{id}", tag = "signals", operation_id = "patch_signal",
    params(
        ("id" = String, Path, description = "The id of the signal."),
        ("if-match" = Option<String>, Header, description = "The entity tag of the version that is changed."),
    ),
    request_body = PatchBody,
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
pub(crate) async fn patch_signal(
    State(state): State<ApiState>,
    IdInPath(id): IdInPath<SignalId>,
    IfMatch(at_version): IfMatch,
    JsonBody(body): JsonBody<PatchBody>,
) -> Result<Response, ApiError> {
    change(&state, &id, at_version, |record| body.clone().apply(record)).await
}
