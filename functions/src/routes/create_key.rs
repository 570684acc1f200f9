//! Makes a key.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use signals::api_key::{ApiSecret, InvalidNewApiKey, NewApiKey};
use signals::store::KeyMade;

use crate::error::{ApiError, Problem};
use crate::extract::JsonBody;
use crate::state::ApiState;
use crate::wire::incoming::whole_milliseconds;
use crate::wire::key::{KeyBody, KeyMadeBody, NewKeyBody};

/// Make a key.
///
/// The answer has its secret, which is kept nowhere: whoever loses it revokes the key and makes another. There is
/// therefore no `Idempotency-Key` either; where an answer was lost, revoke the key that nobody has.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "keys", operation_id = "create_key",
    request_body = NewKeyBody,
    responses(
        (status = 201, description = "The key and its secret.", body = KeyMadeBody),
        (status = 422, description = "A field is wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_key(
    State(state): State<ApiState>,
    JsonBody(body): JsonBody<NewKeyBody>,
) -> Result<(StatusCode, Json<KeyMadeBody>), ApiError> {
    let now = state.now();
    let expires_at = body.expires_at.map(whole_milliseconds);
    let new = NewApiKey::new(&body.name, body.scopes, expires_at, now).map_err(refused)?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "randomness.failed");
        ApiError::Internal
    })?;
    let secret = ApiSecret::of_random(random);
    match state.store().create_key(new, &secret, now).await? {
        KeyMade::Created(key) => {
            tracing::info!(key_id = %key.id, "key.created");
            Ok((StatusCode::CREATED, Json(KeyMadeBody { key: KeyBody::of(key, now), secret })))
        }
        // 256 random bits do not come twice: the source of randomness is broken.
        KeyMade::SecretTaken => {
            tracing::error!("randomness.repeated");
            Err(ApiError::Internal)
        }
    }
}

fn refused(invalid: InvalidNewApiKey) -> ApiError {
    let field = match invalid {
        InvalidNewApiKey::Name => "name",
        InvalidNewApiKey::NoScope => "scopes",
        InvalidNewApiKey::AlreadyExpired => "expires_at",
    };
    ApiError::InvalidBody { field: field.to_owned(), detail: invalid.to_string() }
}
