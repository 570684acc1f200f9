//! Lists the known channels.

use axum::Json;
use axum::extract::State;
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use signals::channel::Channel;
use signals::query::{Cursor, SignalQuery};
use signals::store::StoreError;
use utoipa::IntoParams;

use crate::cursor::{self, page_size};
use crate::error::{ApiError, Problem};
use crate::extract::QueryParameters;
use crate::state::ApiState;
use crate::wire::channel::{ChannelBody, ChannelPageBody};

/// How many channels are looked up at the same time.
const AT_ONCE: usize = 16;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChannelParameters {
    /// How many on a page; 50 where it is left out.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 600, nullable = false)]
    cursor: Option<String>,
}

/// List the known channels, in the order of their keys.
#[utoipa::path(
    get, path = "/api/v1/channels", tag = "channels", operation_id = "list_channels",
    params(ChannelParameters),
    responses(
        (status = 200, description = "A page.", body = ChannelPageBody),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_channels(
    State(state): State<ApiState>,
    QueryParameters(parameters): QueryParameters<ChannelParameters>,
) -> Result<Json<ChannelPageBody>, ApiError> {
    let limit = page_size(parameters.limit)?;
    // A list of its own, told from those of signals by a symbol that no signal can have.
    let list = SignalQuery { symbol: Some("#channels".to_owned()), ..SignalQuery::default() };
    let after = cursor::opened(&state, parameters.cursor.as_deref(), &list).await?.by_time;
    let mut channels = state.store().channels().await?;
    channels.retain(|channel| after.as_deref().is_none_or(|after| channel.key.as_str() > after));
    let is_last = channels.len() <= limit;
    channels.truncate(limit);
    let last = channels.last().map(|channel| channel.key.to_string());
    let next = last.filter(|_| !is_last).map(|key| Cursor { by_time: Some(key), by_message: None });
    let bodies = stream::iter(channels).map(|channel| body(&state, channel)).buffered(AT_ONCE);
    let data = bodies.try_collect().await?;
    Ok(Json(ChannelPageBody { data, next_cursor: cursor::sealed(&state, next, &list).await? }))
}

async fn body(state: &ApiState, channel: Channel) -> Result<ChannelBody, StoreError> {
    let store = state.store();
    let (checkpoint, coverage) = try_join(store.checkpoint(&channel.key), store.coverage(&channel.key)).await?;
    Ok(ChannelBody::of(channel, checkpoint, &coverage))
}
