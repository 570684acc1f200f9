//! One signal, as it is or as it stood.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use signals::origin::SignalId;
use signals::record::SignalRecord;
use utoipa::IntoParams;

use crate::error::{ApiError, Problem};
use crate::extract::{IdInPath, PathId as _, QueryParameters, entity_tag};
use crate::state::ApiState;
use crate::wire::schema;
use crate::wire::signal::SignalBody;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// The time at which the signal is wanted.
    #[param(value_type = Option<schema::Time>, nullable = false)]
    as_of: Option<Timestamp>,
}

/// Read a signal.
///
/// With `as_of` it is read as it stood at that time, also where it was deleted since.
#[utoipa::path(
    get, path = "/api/v1/signals/{id}", tag = "signals", operation_id = "get_signal",
    params(("id" = String, Path, description = "The id of the signal."), AsOf),
    responses(
        (status = 200, description = "The signal.", body = SignalBody<'static>,
         headers(("etag" = String, description = "The version."))),
        (status = 304, description = "It is at the version of `If-None-Match`."),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_signal(
    State(state): State<ApiState>,
    IdInPath(id): IdInPath<SignalId>,
    QueryParameters(AsOf { as_of }): QueryParameters<AsOf>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = match as_of {
        Some(time) => state.store().as_of(&id, time).await?,
        None => state.store().get(&id).await?,
    };
    let record = found.ok_or(ApiError::NotFound(SignalId::NONE))?;
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let tag = entity_tag(record.version);
    if known.flat_map(|tags| tags.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(signal_response(&record))
}

/// A signal with its entity tag.
pub(super) fn signal_response(record: &SignalRecord) -> Response {
    ([(header::ETAG, entity_tag(record.version))], Json(SignalBody::from(record))).into_response()
}
