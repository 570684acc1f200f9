//! Lists the posts that are neither signal nor update.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use signals::message::{ChannelName, MessageId};
use utoipa::IntoParams;

use super::channel_coverage::channel_key;
use crate::cursor::page_size;
use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, QueryParameters};
use crate::state::ApiState;
use crate::wire::channel::{PassedOverBody, PassedOverPageBody};
use crate::wire::incoming::LARGEST_MESSAGE_ID;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PostParameters {
    /// How many on a page; 50 where it is left out.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    limit: Option<u16>,
    /// Only posts with smaller numbers than this: the `next_before` of the page before.
    #[param(minimum = 1, maximum = 9_000_000_000_000_i64, nullable = false)]
    before: Option<i64>,
}

impl PostParameters {
    /// How many there shall be, and below which post.
    pub(super) fn page(&self) -> Result<(usize, Option<MessageId>), ApiError> {
        let limit = page_size(self.limit)?;
        if self.before.is_some_and(|before| !(1..=LARGEST_MESSAGE_ID).contains(&before)) {
            let detail = format!("the number of a post lies in 1..={LARGEST_MESSAGE_ID}");
            return Err(ApiError::parameter("before", detail));
        }
        Ok((limit, self.before.map(MessageId)))
    }
}

/// List the posts of a channel that are neither signal nor update, newest first.
///
/// They are kept for some days only.
#[utoipa::path(
    get, path = "/api/v1/channels/{key}/passed-over", tag = "channels", operation_id = "list_passed_over",
    params(
        ("key" = String, Path, description = "The channel, by its key or any of its names, or by its number."),
        PostParameters,
    ),
    responses(
        (status = 200, description = "A page.", body = PassedOverPageBody),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such channel.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_passed_over(
    State(state): State<ApiState>,
    IdInPath(spelling): IdInPath<ChannelName>,
    QueryParameters(parameters): QueryParameters<PostParameters>,
) -> Result<Json<PassedOverPageBody>, ApiError> {
    let (limit, before) = parameters.page()?;
    let key = channel_key(&state, &spelling).await?;
    let mut posts = state.store().passed_over(&key, before, limit + 1, state.now()).await?;
    let is_last = posts.len() <= limit;
    posts.truncate(limit);
    let next_before = posts.last().filter(|_| !is_last).map(|last| last.post.id);
    Ok(Json(PassedOverPageBody { data: posts.into_iter().map(PassedOverBody::from).collect(), next_before }))
}
