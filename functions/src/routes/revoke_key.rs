//! Revokes a key.

use axum::Json;
use axum::extract::State;
use signals::api_key::KeyId;

use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, PathId as _};
use crate::state::ApiState;
use crate::wire::key::KeyBody;

/// Revoke a key for good.
///
/// It opens nothing from the next request on. Revoking it again changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "keys", operation_id = "revoke_key",
    params(("id" = String, Path, description = "The id of the key, not its secret.")),
    responses(
        (status = 200, description = "The key as it is now.", body = KeyBody),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke_key(
    State(state): State<ApiState>,
    IdInPath(id): IdInPath<KeyId>,
) -> Result<Json<KeyBody>, ApiError> {
    let now = state.now();
    let key = state.store().revoke_key(&id, now).await?.ok_or(ApiError::NotFound(KeyId::NONE))?;
    tracing::info!(key_id = %key.id, "key.revoked");
    Ok(Json(KeyBody::of(key, now)))
}
