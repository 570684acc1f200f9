//! Which posts of a channel were read.

use axum::Json;
use axum::extract::State;
use futures_util::future::try_join;
use signals::message::ChannelName;

use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, PathId as _};
use crate::state::ApiState;
use crate::wire::channel::CoverageBody;

/// Tell which posts of a channel were read, and which are missing between them.
#[utoipa::path(
    get, path = "/api/v1/channels/{key}/coverage", tag = "channels", operation_id = "channel_coverage",
    params(("key" = String, Path, description = "The channel, by its key or any of its names, or by its number.")),
    responses(
        (status = 200, description = "What was read.", body = CoverageBody),
        (status = 404, description = "There is no such channel.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn channel_coverage(
    State(state): State<ApiState>,
    IdInPath(spelling): IdInPath<ChannelName>,
) -> Result<Json<CoverageBody>, ApiError> {
    let key = channel_key(&state, &spelling).await?;
    let store = state.store();
    let (checkpoint, coverage) = try_join(store.checkpoint(&key), store.coverage(&key)).await?;
    Ok(Json(CoverageBody::of(key, checkpoint, &coverage)))
}

/// The key of the channel to which a spelling leads.
pub(super) async fn channel_key(state: &ApiState, spelling: &ChannelName) -> Result<ChannelName, ApiError> {
    let channel = state.store().known_channel(spelling, state.now()).await?;
    channel.map(|channel| channel.key).ok_or(ApiError::NotFound(ChannelName::NONE))
}
