//! One request to a backend, bounded in time, in bytes and in tries.

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};

use super::{Backend, BackendError, Problem};
use crate::{http, retry};

/// What a backend said to a request that reached it.
#[derive(Debug)]
pub(super) enum Reply {
    /// It did as it was asked; with the answer's body.
    Done(Vec<u8>),
    /// It will not do this, whenever it is asked.
    Refused { status: u16, why: String },
    /// There is no such thing there, or no such path.
    Missing { status: u16 },
}

impl Backend {
    /// Sends a request, a few times where that may help. With an idempotency key it is executed once all the same.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        idempotency_key: Option<&str>,
    ) -> Result<Reply, BackendError> {
        let url = self.base.join(path).map_err(|error| BackendError::Unknown { why: error.to_string() })?;
        let mut request = self.client.request(method, url).header(ACCEPT, "application/json");
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key);
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut n_failed = 0;
        loop {
            // Only bodies that are read as they are sent cannot be sent again.
            let again = || BackendError::Unknown { why: "its request cannot be sent twice".to_owned() };
            let error = match self.send_once(request.try_clone().ok_or_else(again)?, path).await {
                Err(error) if error.is_retryable() => error,
                done => return done,
            };
            n_failed += 1;
            let asked_for = error.retry_after();
            if n_failed >= self.config.tries || asked_for.is_some_and(|wait| wait > self.config.longest_wait) {
                return Err(error);
            }
            let wait = asked_for.unwrap_or_default().max(retry::backoff(self.config.backoff, n_failed));
            tokio::time::sleep(wait).await;
        }
    }

    async fn send_once(&self, request: RequestBuilder, path: &str) -> Result<Reply, BackendError> {
        let unknown = |why: String| BackendError::Unknown { why };
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status().as_u16();
        match status {
            200..=299 => Ok(Reply::Done(self.body(response).await?)),
            401 | 403 => Err(BackendError::KeyRefused { status }),
            408 | 429 | 500..=599 => {
                let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = retry_after.and_then(|value| retry::retry_after(value, Timestamp::now()));
                Err(BackendError::Busy { status, retry_after })
            }
            404 | 405 | 410 => Ok(Reply::Missing { status }),
            300..=399 => Err(unknown(format!("HTTP {status} for /{path}"))),
            _ => {
                let body = self.body(response).await?;
                let problem = serde_json::from_slice::<Problem>(&body).map(Problem::told);
                Ok(Reply::Refused { status, why: problem.unwrap_or_else(|_| format!("HTTP {status}")) })
            }
        }
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, BackendError> {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + part.len() > self.config.most_bytes {
                let why = format!("its answer has more than {} bytes", self.config.most_bytes);
                return Err(BackendError::Unknown { why });
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }
}

fn unreachable(error: &reqwest::Error) -> BackendError {
    BackendError::Unreachable { why: http::why(error) }
}
