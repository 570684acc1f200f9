//! Stores many signals at once; each has an answer of its own.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::value::RawValue;
use signals::idempotency::Claim;
use signals::origin::SignalId;
use signals::store::NewSignal;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::{ApiError, PartFailed, Problem, is_for_the_moment};
use crate::extract::{JsonBytes, LARGEST_BATCH, Object, read};
use crate::metrics::SignalsStored;
use crate::once::{IdempotencyHeader, once};
use crate::routes::create_signal::{new_signal, stored};
use crate::state::ApiState;
use crate::wire::incoming::NewSignalBody;
use crate::wire::signal::StoredResult;

/// How many signals a batch may have.
const MOST_SIGNALS: usize = 100;

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
pub(crate) struct BatchBody {
    /// One answer per signal, in their order.
    data: Vec<BatchItem>,
}

/// What became of one signal of a batch: `result`, `id` and `version`, or a `problem`.
#[derive(Debug, Serialize, ToSchema)]
struct BatchItem {
    /// The status that the signal would have had on its own.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    result: Option<StoredResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    id: Option<SignalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<Problem>,
}

/// Store up to 100 signals.
///
/// One bad signal does not keep the others out: the answer is 200 with a status for each, in their order.
#[utoipa::path(
    post, path = "/api/v1/signals/batch", tag = "signals", operation_id = "create_signals",
    params(IdempotencyHeader),
    request_body = Vec<NewSignalBody>,
    responses(
        (status = 200, description = "An answer for each.", body = BatchBody),
        (status = 409, description = "The same request is under way, or its answer was too long to be kept.",
         body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No array of 1 to 100 signals.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_signals(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes<LARGEST_BATCH>,
) -> Result<Response, ApiError> {
    let execute = async |claim: Option<&Claim>| create(&state, &bytes, claim).await;
    once(&state, &caller, &headers, [b"create_signals", &bytes], execute).await
}

async fn create(state: &ApiState, bytes: &[u8], claim: Option<&Claim>) -> Result<Response, ApiError> {
    let items: Vec<&RawValue> = read(bytes)?;
    if items.is_empty() || items.len() > MOST_SIGNALS {
        let detail = format!("a batch has 1 to {MOST_SIGNALS} signals, not {}", items.len());
        return Err(ApiError::InvalidBody { field: String::new(), detail });
    }
    let read_one = |place: usize, item: &RawValue| {
        let Object(body) = read::<Object<NewSignalBody>>(item.get().as_bytes())?;
        new_signal(state, body, claim.and_then(|claim| Some(claim.signal_id(u16::try_from(place).ok()?))))
    };
    let (mut data, mut places, mut new): (Vec<BatchItem>, Vec<usize>, Vec<NewSignal>) = Default::default();
    for (place, item) in items.into_iter().enumerate() {
        match read_one(place, item) {
            Ok(signal) => {
                places.push(place);
                new.push(signal);
                data.push(BatchItem::of(Err(ApiError::Internal)));
            }
            Err(error) => data.push(BatchItem::of(Err(error))),
        }
    }
    let answers = state.store().put_many(new, state.now()).await;
    let mut n_stored = SignalsStored(0);
    for (place, answer) in places.into_iter().zip(answers) {
        let answer = answer.map_err(ApiError::from).and_then(stored);
        n_stored.0 += u32::from(answer.as_ref().is_ok_and(|(result, _)| *result != StoredResult::Unchanged));
        data[place] = BatchItem::of(answer.map(|(result, it)| (result, it.signal.id(), it.version)));
    }
    let part_failed = data.iter().any(BatchItem::failed_for_the_moment).then_some(PartFailed);
    let mut response = (Extension(n_stored), Json(BatchBody { data })).into_response();
    if let Some(part_failed) = part_failed {
        response.extensions_mut().insert(part_failed);
    }
    Ok(response)
}

impl BatchItem {
    fn failed_for_the_moment(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(is_for_the_moment)
    }

    fn of(answer: Result<(StoredResult, SignalId, u32), ApiError>) -> Self {
        match answer {
            Ok((result, id, version)) => {
                let status = if result == StoredResult::Created { 201 } else { 200 };
                Self { status, result: Some(result), id: Some(id), version: Some(version), problem: None }
            }
            Err(error) => {
                error.log();
                let problem = error.problem();
                Self { status: problem.status(), result: None, id: None, version: None, problem: Some(problem) }
            }
        }
    }
}
