//! How many signals there are, of which kind.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use signals::confidence::Confidence;
use signals::side::SignalType;
use signals::stats::{Cell, Tallies, Tally};
use signals::status::Status;
use utoipa::ToSchema;

use crate::error::{ApiError, Problem};
use crate::state::ApiState;
use crate::wire::schema;

/// How many signals there are.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Stats)]
pub(crate) struct StatsBody {
    total_signals: i64,
    /// Their mean confidence; null where there are none.
    #[schema(value_type = Option<schema::Confidence>)]
    mean_confidence: Option<Confidence>,
    below_threshold: i64,
    by_type: BTreeMap<&'static str, i64>,
    by_status: BTreeMap<&'static str, i64>,
    by_symbol: BTreeMap<String, CellBody>,
    by_source: BTreeMap<String, CellBody>,
    /// By the day on which they were posted, in UTC.
    by_day: BTreeMap<String, CellBody>,
}

/// The signals that have something in common.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = StatsCell)]
struct CellBody {
    signals: i64,
    long: i64,
    short: i64,
    #[schema(value_type = Option<schema::Confidence>)]
    mean_confidence: Option<Confidence>,
}

/// Count signals.
///
/// From counters that are kept with every write, not from reading all signals.
#[utoipa::path(
    get, path = "/api/v1/signals/stats", tag = "signals", operation_id = "signal_stats",
    responses(
        (status = 200, description = "The figures.", body = StatsBody),
        (status = 503, description = "The store cannot answer.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn signal_stats(State(state): State<ApiState>) -> Result<Json<StatsBody>, ApiError> {
    Ok(Json(StatsBody::of(state.store().stats().await?)))
}

impl StatsBody {
    fn of(tallies: Tallies) -> Self {
        let all = tallies.get(&Cell::All).copied().unwrap_or_default();
        let mut stats = Self {
            total_signals: all.signals,
            mean_confidence: mean(&all),
            below_threshold: all.below_threshold,
            by_type: [SignalType::Long, SignalType::Short]
                .map(SignalType::as_str)
                .into_iter()
                .zip(all.by_type)
                .collect(),
            by_status: Status::ALL.map(Status::as_str).into_iter().zip(all.by_status).collect(),
            by_symbol: BTreeMap::new(),
            by_source: BTreeMap::new(),
            by_day: BTreeMap::new(),
        };
        for (cell, tally) in tallies.into_iter().filter(|(_, tally)| tally.signals > 0) {
            let [long, short] = tally.by_type;
            let body = CellBody { signals: tally.signals, long, short, mean_confidence: mean(&tally) };
            match cell {
                Cell::All => {}
                Cell::Symbol(symbol) => drop(stats.by_symbol.insert(symbol, body)),
                Cell::Source(source) => drop(stats.by_source.insert(source.to_string(), body)),
                Cell::Day(day) => drop(stats.by_day.insert(day, body)),
            }
        }
        stats
    }
}

fn mean(tally: &Tally) -> Option<Confidence> {
    tally.mean_confidence().and_then(|hundredths| u8::try_from(hundredths).ok()).map(Confidence::from_percent)
}
