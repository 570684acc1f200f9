//! What clients are told when something is wrong: one shape, problem details (RFC 9457), with a code and the request id.
//!
//! What a client can mend says how. Anything else is logged once with its source, and answered without it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use signals::api_key::Scope;
use signals::signal::InvalidSignal;
use signals::store::StoreError;
use utoipa::ToSchema;

use crate::limit::Standing;
use crate::wire::incoming::InvalidBody;
use crate::wire::{self, ViolationShape};

/// Why a request got no answer of the usual kind.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the body is no JSON: {0}")]
    InvalidJson(String),
    #[error("{detail}")]
    InvalidBody { field: String, detail: String },
    #[error("{0}")]
    PriceGeometry(#[from] InvalidSignal),
    #[error("{detail}")]
    InvalidParameter { name: &'static str, detail: String },
    #[error("there is no {0}")]
    NotFound(&'static str),
    #[error("the signal is at version {current} by now, not at the version of `If-Match`: read it again")]
    PreconditionFailed { current: u32 },
    #[error("{0}")]
    Conflict(&'static str),
    #[error("{0}")]
    OtherContent(String),
    #[error("{0}")]
    InvalidBackup(String),
    #[error("{0}")]
    Unauthorized(&'static str),
    #[error("this key may not do that: it needs the scope `{0}`")]
    Forbidden(Scope),
    #[error("a request with this `Idempotency-Key` is under way: try again when it is done")]
    InProgress { retry_after_s: u64 },
    #[error("this `Idempotency-Key` came with another request before: choose a new one")]
    OtherRequest,
    #[error("{0}")]
    ForeignSite(&'static str),
    #[error("this server answers only requests to itself, not to `{0}`")]
    Misdirected(String),
    #[error("the body did not come in time: send it again without a pause")]
    TooSlow,
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("send the header `Content-Type: {0}`, and such a body")]
    UnsupportedMediaType(&'static str),
    #[error("this path has no {0}")]
    MethodNotAllowed(String),
    #[error("more requests than this key may make: try again in {retry_after_s} s")]
    RateLimited { retry_after_s: u64, standing: Standing },
    #[error("the store cannot answer at the moment: try again")]
    Store(#[from] StoreError),
    #[error("not ready: {0}")]
    NotReady(&'static str),
    #[error("the server failed; the request id leads to its log")]
    Internal,
}

/// Marks an answer that is good as a whole while a part of it failed for the moment, as a signal of a batch does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartFailed;

/// Whether the same request may be answered otherwise soon.
pub(crate) fn is_for_the_moment(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Problem details.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Problem {
    /// Names the kind of problem; the same for every occurrence.
    #[serde(rename = "type")]
    #[schema(example = "urn:sigtower:problem:price_geometry")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
    /// The last part of `type`, for programs.
    #[schema(example = "price_geometry")]
    code: &'static str,
    /// The field or parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    /// The rules of price geometry that are broken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationShape>,
    /// The request, as the server's log has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<String>,
}

impl ApiError {
    /// What is wrong with a parameter, or with a header.
    pub(crate) fn parameter(name: &'static str, detail: impl Into<String>) -> Self {
        Self::InvalidParameter { name, detail: detail.into() }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidJson(_) | Self::InvalidParameter { .. } => StatusCode::BAD_REQUEST,
            Self::InvalidBody { .. } | Self::PriceGeometry(_) | Self::OtherRequest | Self::InvalidBackup(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::PreconditionFailed { .. } => StatusCode::PRECONDITION_FAILED,
            Self::Conflict(_) | Self::OtherContent(_) | Self::InProgress { .. } => StatusCode::CONFLICT,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::ForeignSite(_) => StatusCode::FORBIDDEN,
            Self::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> (&'static str, &'static str) {
        match self {
            Self::InvalidJson(_) => ("invalid_json", "The body is no JSON"),
            Self::InvalidBody { .. } => ("invalid_body", "A field of the body is wrong"),
            Self::PriceGeometry(_) => ("price_geometry", "The prices contradict one another"),
            Self::InvalidParameter { .. } => ("invalid_parameter", "A parameter is wrong"),
            Self::NotFound(_) => ("not_found", "Not found"),
            Self::PreconditionFailed { .. } => ("precondition_failed", "Changed in the meantime"),
            Self::InvalidBackup(_) => ("invalid_backup", "The backup cannot be read"),
            Self::Conflict(_) | Self::OtherContent(_) => ("conflict", "In conflict with what is there"),
            Self::Unauthorized(_) => ("unauthorized", "A key is needed"),
            Self::Forbidden(_) => ("forbidden", "The key has not the scope"),
            Self::InProgress { .. } => ("in_progress", "The same request is under way"),
            Self::OtherRequest => ("idempotency_key_reused", "The key belongs to another request"),
            Self::ForeignSite(_) => ("foreign_site", "The request comes from another site"),
            Self::Misdirected(_) => ("misdirected", "The request is for another host"),
            Self::TooSlow => ("request_timeout", "The body did not come in time"),
            Self::TooLarge { .. } => ("payload_too_large", "The body is too large"),
            Self::UnsupportedMediaType(_) => ("unsupported_media_type", "The body is of another kind"),
            Self::MethodNotAllowed(_) => ("method_not_allowed", "The path has other methods"),
            Self::RateLimited { .. } => ("rate_limited", "Too many requests"),
            Self::Store(error) if error.is_retryable() => ("store_unavailable", "The store is busy or down"),
            Self::NotReady(_) => ("not_ready", "The process cannot work"),
            Self::Store(_) | Self::Internal => ("internal", "The server failed"),
        }
    }

    /// The shape that clients see; the parts of a batch have it too.
    pub(crate) fn problem(&self) -> Problem {
        let (code, title) = self.code();
        let field = match self {
            Self::InvalidBody { field, .. } if !field.is_empty() => Some(field.clone()),
            Self::InvalidParameter { name, .. } => Some((*name).to_owned()),
            _ => None,
        };
        let violations = match self {
            Self::PriceGeometry(invalid) => wire::violations(&invalid.violations),
            _ => Vec::new(),
        };
        let detail = match self {
            Self::Store(error) if !error.is_retryable() => Self::Internal.to_string(),
            _ => self.to_string(),
        };
        Problem {
            kind: format!("urn:sigtower:problem:{code}"),
            title,
            status: self.status().as_u16(),
            detail,
            code,
            field,
            violations,
            request_id: None,
        }
    }

    /// Logs what only the operator can mend.
    pub(crate) fn log(&self) {
        match self {
            Self::Store(error) if error.is_retryable() => tracing::warn!(%error, "store.unavailable"),
            Self::Store(error) => tracing::error!(%error, "store.failed"),
            _ => {}
        }
    }
}

impl From<InvalidBody> for ApiError {
    fn from(invalid: InvalidBody) -> Self {
        match invalid {
            InvalidBody::Field { field, why } => Self::InvalidBody { field: field.to_owned(), detail: why },
            InvalidBody::Prices(invalid) => Self::PriceGeometry(invalid),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let mut headers = HeaderMap::new();
        match &self {
            Self::Unauthorized(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::RateLimited { retry_after_s, standing } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
                standing.tell(&mut headers);
            }
            Self::InProgress { retry_after_s } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
            }
            Self::Store(error) if error.is_retryable() => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(1));
            }
            _ => {}
        }
        problem_response(self.problem(), headers)
    }
}

/// A problem as an answer. The request id is put in on the way out, by the layer that knows it.
pub(crate) fn problem_response(problem: Problem, headers: HeaderMap) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, headers, Json(&problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response.extensions_mut().insert(problem);
    response
}

impl Problem {
    /// The status of the answer.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The problem of this request.
    pub(crate) fn of_request(self, request_id: &str) -> Self {
        Self { request_id: Some(request_id.to_owned()), ..self }
    }
}
