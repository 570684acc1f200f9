//! Lists the signals of posts that were refused.

use axum::Json;
use axum::extract::State;
use signals::message::ChannelName;

use super::channel_coverage::channel_key;
use super::list_passed_over::PostParameters;
use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, QueryParameters};
use crate::state::ApiState;
use crate::wire::channel::{RejectedBody, RejectedPageBody};

/// List the signals of a channel that were refused, newest first, with the rules that they break.
///
/// They are kept for some days only. A page ends behind the signals of a post, so it may hold a few more than asked for;
/// the last one may be empty.
#[utoipa::path(
    get, path = "/api/v1/channels/{key}/rejected", tag = "channels", operation_id = "list_rejected",
    params(
        ("key" = String, Path, description = "The channel, by its key or any of its names, or by its number."),
        PostParameters,
    ),
    responses(
        (status = 200, description = "A page.", body = RejectedPageBody),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such channel.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_rejected(
    State(state): State<ApiState>,
    IdInPath(spelling): IdInPath<ChannelName>,
    QueryParameters(parameters): QueryParameters<PostParameters>,
) -> Result<Json<RejectedPageBody>, ApiError> {
    let (limit, before) = parameters.page()?;
    let key = channel_key(&state, &spelling).await?;
    let (store, now) = (state.store(), state.now());
    let mut drafts = store.rejected(&key, before.map(|id| (id, 0)), limit + 1, now).await?;
    let is_last = drafts.len() <= limit;
    drafts.truncate(limit);
    let mut next_before = None;
    if let Some(last) = drafts.last().map(|it| (it.post.id, it.ordinal)).filter(|_| !is_last) {
        next_before = Some(last.0);
        // What comes next of the same post has a smaller ordinal, and there are as many of those as its own says.
        if last.1 > 0 {
            let rest = store.rejected(&key, Some(last), usize::from(last.1), now).await?;
            drafts.extend(rest.into_iter().filter(|it| it.post.id == last.0));
        }
    }
    Ok(Json(RejectedPageBody { data: drafts.into_iter().map(RejectedBody::from).collect(), next_before }))
}
