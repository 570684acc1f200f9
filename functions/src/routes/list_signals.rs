//! Lists signals, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use signals::confidence::Confidence;
use signals::origin::Source;
use signals::query::SignalQuery;
use signals::side::SignalType;
use signals::status::Status;
use signals::symbol::Symbol;
use utoipa::IntoParams;

use crate::cursor::{self, page_size};
use crate::error::{ApiError, Problem};
use crate::extract::QueryParameters;
use crate::state::ApiState;
use crate::wire::schema;
use crate::wire::signal::{PageBody, SignalBody};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Only this pair: `BTCUSDT`, `BTC/USDT`; a bare coin is quoted in USDT.
    #[param(max_length = 45, nullable = false)]
    symbol: Option<String>,
    /// Only this source: `telegram_<channel>` for what a channel posts.
    #[param(max_length = 64, nullable = false)]
    source: Option<String>,
    #[param(value_type = Option<schema::SignalType>, nullable = false)]
    signal_type: Option<SignalType>,
    #[param(value_type = Option<schema::Status>, nullable = false)]
    status: Option<Status>,
    /// At least this sure.
    #[param(value_type = Option<schema::Confidence>, nullable = false)]
    min_confidence: Option<Confidence>,
    /// Posted at this time or later.
    #[param(value_type = Option<schema::Time>, nullable = false)]
    since: Option<Timestamp>,
    /// Posted before this time.
    #[param(value_type = Option<schema::Time>, nullable = false)]
    until: Option<Timestamp>,
    /// How many on a page; 50 where it is left out.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before, with the same filters.
    #[param(max_length = 600, nullable = false)]
    cursor: Option<String>,
}

/// List signals, newest first.
///
/// A page may hold fewer signals than asked for where few match: it goes on as long as there is a `next_cursor`.
#[utoipa::path(
    get, path = "/api/v1/signals", tag = "signals", operation_id = "list_signals",
    params(ListParameters),
    responses(
        (status = 200, description = "A page.", body = PageBody<'static>),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_signals(
    State(state): State<ApiState>,
    QueryParameters(parameters): QueryParameters<ListParameters>,
) -> Result<Response, ApiError> {
    let limit = page_size(parameters.limit)?;
    let cursor = parameters.cursor.clone();
    let query = parameters.query()?;
    let cursor = cursor::opened(&state, cursor.as_deref(), &query).await?;
    let page = state.store().list(&query, limit, &cursor).await?;
    let data = page.signals.iter().map(SignalBody::from).collect();
    let next_cursor = cursor::sealed(&state, page.next, &query).await?;
    Ok(Json(PageBody { data, next_cursor }).into_response())
}

impl ListParameters {
    fn query(self) -> Result<SignalQuery, ApiError> {
        let symbol = self.symbol.map(|text| {
            Symbol::parse(&text)
                .map(|it| it.compact())
                .map_err(|error| ApiError::parameter("symbol", error.to_string()))
        });
        let source = self
            .source
            .map(|text| Source::parse(&text).map_err(|error| ApiError::parameter("source", error.to_string())));
        Ok(SignalQuery {
            symbol: symbol.transpose()?,
            source: source.transpose()?,
            signal_type: self.signal_type,
            status: self.status,
            min_confidence: self.min_confidence,
            since: self.since,
            until: self.until,
        })
    }
}
