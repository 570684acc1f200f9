//! Whether the process lives, and whether it can work.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Problem};
use crate::state::ApiState;

/// That the process lives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthBody {
    #[schema(example = "ok")]
    status: &'static str,
    version: &'static str,
}

const HEALTH: HealthBody = HealthBody { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Ask whether the process lives.
#[utoipa::path(
    get, path = "/api/v1/signals/health", tag = "health", operation_id = "health",
    security(()),
    responses((status = 200, description = "It lives.", body = HealthBody))
)]
pub(crate) async fn health() -> Json<HealthBody> {
    Json(HEALTH)
}

/// Ask whether the process can work: whether its store answers.
#[utoipa::path(
    get, path = "/api/v1/signals/health/ready", tag = "health", operation_id = "health_ready",
    security(()),
    responses(
        (status = 200, description = "It can.", body = HealthBody),
        (status = 503, description = "It cannot, and why.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn health_ready(State(state): State<ApiState>) -> Result<Json<HealthBody>, ApiError> {
    state.store().ping().await.map_err(|error| {
        tracing::warn!(%error, "store.not_ready");
        ApiError::NotReady(match error {
            signals::store::StoreError::NoTable(_) => "the table is not there",
            error if error.is_retryable() => "the store does not answer",
            _ => "the store refuses to answer",
        })
    })?;
    Ok(Json(HEALTH))
}
