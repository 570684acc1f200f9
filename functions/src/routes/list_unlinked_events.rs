//! Lists the news that wait for their signal.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use signals::query::{Cursor, SignalQuery};
use utoipa::IntoParams;

use crate::cursor::{self, page_size};
use crate::error::{ApiError, Problem};
use crate::extract::QueryParameters;
use crate::state::ApiState;
use crate::wire::event::{EventBody, EventPageBody};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnlinkedParameters {
    /// How many on a page; 50 where it is left out.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 600, nullable = false)]
    cursor: Option<String>,
}

/// List the news that found no signal, newest first.
#[utoipa::path(
    get, path = "/api/v1/signals/unlinked", tag = "events", operation_id = "list_unlinked_events",
    params(UnlinkedParameters),
    responses(
        (status = 200, description = "A page.", body = EventPageBody<'static>),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_unlinked_events(
    State(state): State<ApiState>,
    QueryParameters(parameters): QueryParameters<UnlinkedParameters>,
) -> Result<Response, ApiError> {
    let limit = page_size(parameters.limit)?;
    // A list of its own, told from those of signals by a symbol that no signal can have.
    let list = SignalQuery { symbol: Some("#unlinked".to_owned()), ..SignalQuery::default() };
    let after = cursor::opened(&state, parameters.cursor.as_deref(), &list).await?.by_time;
    let page = state.store().unlinked(limit, after.as_deref()).await?;
    let data = page.events.iter().map(EventBody::from).collect();
    let next = page.next.map(|key| Cursor { by_time: Some(key), by_message: None });
    let next_cursor = cursor::sealed(&state, next, &list).await?;
    Ok(Json(EventPageBody { data, next_cursor }).into_response())
}
