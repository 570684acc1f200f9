//! Reads a backup into an empty store.

use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::http::HeaderMap;
use futures_util::StreamExt as _;
use futures_util::stream::Fuse;
use signals::store::backup::{BackupError, Imported, LONGEST_LINE};
use tokio::time::timeout;

use crate::error::{ApiError, Problem};
use crate::extract::{BODY_WITHIN, media_type, next_piece};
use crate::routes::export_backup::JSON_LINES;
use crate::state::ApiState;
use crate::wire::backup::ImportedBody;

/// Read a backup into an empty store.
///
/// What is there already, the same, is left as it is, so an import that was broken off is simply repeated. The body is
/// read line by line and may be as long as it likes; a line may not. Not served on AWS, where requests are bounded.
#[utoipa::path(
    post, path = "/api/v1/backup", tag = "backup", operation_id = "import_backup",
    request_body(content = String, content_type = "application/jsonl"),
    responses(
        (status = 200, description = "It is in the store.", body = ImportedBody),
        (status = 409, description = "The store holds something else.", body = Problem,
         content_type = "application/problem+json"),
        (status = 415, description = "Not said to be JSON lines.", body = Problem,
         content_type = "application/problem+json"),
        (status = 422, description = "The backup is damaged, cut short or too new; the line is named.", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn import_backup(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportedBody>, ApiError> {
    // Also a guard: a page of another site cannot send this kind unasked.
    if media_type(&headers) != JSON_LINES {
        return Err(ApiError::UnsupportedMediaType(JSON_LINES));
    }
    let mut lines = Lines { body: body.into_data_stream().fuse(), read: Vec::new(), begin: 0 };
    let imported = import(&state, &mut lines).await;
    if matches!(&imported, Err(error) if !matches!(error, ApiError::TooSlow)) {
        // A client that is still sending would see a broken connection in place of the answer.
        let rest = async { while let Ok(Some(Ok(_))) = next_piece(&mut lines.body).await {} };
        let _ = timeout(BODY_WITHIN, rest).await;
    }
    let Imported { written, unchanged, expired } = imported?;
    tracing::info!(written, unchanged, expired, "backup.imported");
    Ok(Json(ImportedBody { written, unchanged, expired }))
}

async fn import(state: &ApiState, lines: &mut Lines) -> Result<Imported, ApiError> {
    let first = lines.next().await?.unwrap_or_default();
    let mut importer = state.store().importer(&first, state.now()).await.map_err(refused)?;
    while let Some(line) = lines.next().await? {
        importer.take(&line).await.map_err(refused)?;
    }
    importer.finish().await.map_err(refused)
}

fn refused(error: BackupError) -> ApiError {
    match error {
        BackupError::Store(error) => error.into(),
        BackupError::Occupied { .. } | BackupError::Differs { .. } => ApiError::OtherContent(error.to_string()),
        _ => ApiError::InvalidBackup(error.to_string()),
    }
}

/// The lines of a body.
struct Lines {
    /// Fused: it is asked again after its end.
    body: Fuse<BodyDataStream>,
    read: Vec<u8>,
    /// Where in what was read the next line begins.
    begin: usize,
}

impl Lines {
    async fn next(&mut self) -> Result<Option<String>, ApiError> {
        let mut searched = self.begin;
        loop {
            if let Some(length) = self.read[searched..].iter().position(|&byte| byte == b'\n') {
                let end = searched + length + 1;
                let line = text(&self.read[self.begin..end]);
                self.begin = end;
                return line.map(Some);
            }
            self.read.drain(..self.begin);
            self.begin = 0;
            searched = self.read.len();
            if searched > LONGEST_LINE {
                return Err(ApiError::InvalidBackup(format!("a line has more than {LONGEST_LINE} bytes")));
            }
            match next_piece(&mut self.body).await? {
                Some(Ok(bytes)) => self.read.extend_from_slice(&bytes),
                Some(Err(_)) => return Err(ApiError::InvalidBackup("the body broke off".to_owned())),
                None if self.read.is_empty() => return Ok(None),
                None => return text(&std::mem::take(&mut self.read)).map(Some),
            }
        }
    }
}

fn text(line: &[u8]) -> Result<String, ApiError> {
    let text = std::str::from_utf8(line).map_err(|_| ApiError::InvalidBackup("a line is not UTF-8".to_owned()))?;
    Ok(text.to_owned())
}
