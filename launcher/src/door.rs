//! The owner's database for other commands of the same user: DynamoDB's interface on the owner's own port, for whoever
//! knows the token that stands beside its address, in a file that its user alone may read.
//!
//! So a command that collects works on the store with the same code, whoever owns the folder.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use signals::store::SignalStore;
use signals::store::embedded::Engine;
use subtle::ConstantTimeEq as _;

use crate::data_folder::Owner;
use crate::failure::Stop;

/// Where it is, below the address of the API.
const PATH: &str = "/engine/";
/// The longest request: a transaction has at most 4 MB, and Base64 makes it a third longer.
const LONGEST: usize = 8 << 20;

/// What opens the door: 256 random bits, in hexadecimal digits.
pub(crate) fn new_token() -> Result<String, Stop> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Stop::failed("cannot draw random numbers", error, "report it with the system's name"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The routes of a server with the door beside them.
pub(crate) fn beside(router: Router, engine: Engine, token: String) -> Router {
    Router::new().route(PATH, post(answer)).with_state((engine, token)).fallback_service(router)
}

/// The store behind the door of another process; nothing where it may open later.
pub(crate) async fn store(owner: &Owner) -> Option<Result<SignalStore, Stop>> {
    let (address, token) = (owner.address?, owner.token.as_deref()?);
    let client = SignalStore::client_with_key(&format!("http://{address}{PATH}"), token);
    match SignalStore::open(client, "signals").await {
        Ok(store) => Some(Ok(store)),
        Err(error) if error.is_retryable() => None,
        Err(error) => {
            let what = format!("cannot use the database of process {}, which owns the data folder", owner.pid);
            Some(Err(Stop::failed(what, error, "let `sigtower up` and this command be of one version")))
        }
    }
}

async fn answer(State((engine, token)): State<(Engine, String)>, request: Request) -> Response {
    if !opens(request.headers(), &token) {
        return (StatusCode::FORBIDDEN, "this door is for the commands of this user").into_response();
    }
    let target = request.headers().get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(request.into_body(), LONGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let answered = tokio::task::spawn_blocking(move || engine.answer(&operation, &body)).await;
    let Ok((status, body)) = answered else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], Body::from(body)).into_response()
}

/// The SDK shows its key's id in the header that signs the request
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
fn opens(headers: &HeaderMap, token: &str) -> bool {
    let signed = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = signed.split_once("Credential=").and_then(|(_, rest)| rest.split_once('/')).map(|(key, _)| key);
    key.is_some_and(|key| bool::from(key.as_bytes().ct_eq(token.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens() {
        let token = new_token().unwrap();
        assert_eq!(token.len(), 64);
        let header = |text: String| HeaderMap::from_iter([(header::AUTHORIZATION, text.parse().unwrap())]);
        let signed =
            |key: &str| header(format!("AWS4-HMAC-SHA256 Credential={key}/20261123/local/dynamodb/aws4_request"));
        assert!(opens(&signed(&token), &token));
        for headers in [signed(""), signed("local"), signed(&token[1..]), header(token.clone()), HeaderMap::new()] {
            assert!(!opens(&headers, &token), "{headers:?}");
        }
    }
}
