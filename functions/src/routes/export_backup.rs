//! Sends everything that is kept, as one backup.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use signals::store::StoreError;

use crate::error::{ApiError, Problem};
use crate::state::ApiState;

/// What a backup is called on the wire.
pub(super) const JSON_LINES: &str = "application/jsonl";

/// Take a backup.
///
/// JSON lines: a header, one line a row, and a last line without which the backup was cut short. It is no snapshot:
/// what changes while it is taken is in it as it was before or after. Not served on AWS, where answers are bounded;
/// there the table has backups of its own.
#[utoipa::path(
    get, path = "/api/v1/backup", tag = "backup", operation_id = "export_backup",
    responses(
        (status = 200, description = "The backup.", body = String, content_type = "application/jsonl"),
        (status = 503, description = "The store cannot answer.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export_backup(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let mut exporter = state.store().exporter(state.now());
    // The header and the first rows before the status is sent: a store that is down is a 503, not a torn body.
    let mut first = String::new();
    for _ in 0..2 {
        first.push_str(&exporter.next_lines().await?.unwrap_or_default());
    }
    let rest = stream::try_unfold(exporter, async |mut exporter| {
        let lines = exporter.next_lines().await.inspect_err(|error| ApiError::from(error.clone()).log())?;
        Ok(lines.map(|lines| (lines, exporter)))
    });
    let lines = stream::once(async { Ok::<_, StoreError>(first) }).chain(rest);
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_LINES));
    Ok(response)
}
