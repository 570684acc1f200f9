//! Lists keys.

use axum::Json;
use axum::extract::State;

use crate::error::{ApiError, Problem};
use crate::state::ApiState;
use crate::wire::key::{KeyBody, KeysBody};

/// List all keys, also those that no longer open anything.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "keys", operation_id = "list_keys",
    responses(
        (status = 200, description = "The keys, without their secrets.", body = KeysBody),
        (status = 503, description = "The store cannot answer.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_keys(State(state): State<ApiState>) -> Result<Json<KeysBody>, ApiError> {
    let now = state.now();
    let data = state.store().keys().await?.into_iter().map(|key| KeyBody::of(key, now)).collect();
    Ok(Json(KeysBody { data }))
}
