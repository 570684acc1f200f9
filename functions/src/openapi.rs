//! The description of the API, made from its routes, and the page that shows it.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, Info, License, OpenApi, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Access;
use crate::state::ApiState;

mod page;

/// The description of all routes, for a server that lets these in.
#[must_use]
pub fn document(access: Access) -> OpenApi {
    let mut document = crate::everything().to_openapi();
    let mut info = Info::new("Sigtower", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Trading signals from Telegram channels, with their whole history. Prices are exact decimal numbers: read them \
         with a decimal type. Times are RFC 3339 in UTC. Every path is good with and without a slash at its end. An \
         error is problem details (RFC 9457) with a `code` and the `request_id`."
            .to_owned(),
    );
    info.license = Some(License::new("Apache-2.0 OR MIT"));
    document.info = info;
    let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_with(Components::new).add_security_scheme("key", key);
    let mut security = vec![SecurityRequirement::new::<_, [&str; 0], &str>("key", [])];
    if access == Access::Loopback {
        security.push(SecurityRequirement::default());
    }
    document.security = Some(security);
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            add_problems(operation);
        }
    }
    document
}

/// Adds the problems that every operation can have: those of the shell around it, and of reading a body.
fn add_problems(operation: &mut Operation) {
    let is_public = operation.security.is_some();
    let is_bounded = operation.operation_id.as_deref() != Some("health");
    let has_body = operation.request_body.is_some();
    let problems = [
        (true, "400", "The request cannot be read."),
        (!is_public, "401", "A key is needed, or this one is worth nothing."),
        (!is_public, "403", "The key has not the scope, or a page of another site asks."),
        (has_body, "408", "The body did not come in time."),
        (has_body, "413", "The body is too large."),
        (has_body, "415", "The body is not said to be JSON."),
        (true, "421", "The request is for another host."),
        (is_bounded, "429", "More requests than this key may make, or than those without one may together."),
        (true, "500", "The server failed."),
        (!is_public, "503", "The store cannot answer at the moment."),
    ];
    for (_, status, description) in problems.into_iter().filter(|(applies, ..)| *applies) {
        let problem = ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", Content::new(Some(Ref::from_schema_name("Problem"))))
            .build();
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem.into());
    }
}

/// The description as it is sent. It is made once: it takes longer than most answers.
struct Described {
    json: String,
    page: String,
}

fn described(access: Access) -> &'static Described {
    static OF_LOOPBACK: OnceLock<Described> = OnceLock::new();
    static OF_KEYS: OnceLock<Described> = OnceLock::new();
    let place = match access {
        Access::Loopback => &OF_LOOPBACK,
        Access::Keys => &OF_KEYS,
    };
    place.get_or_init(|| {
        let document = document(access);
        let value = serde_json::to_value(&document).unwrap_or_default();
        Described { json: serde_json::to_string(&document).unwrap_or_default(), page: page::page(&value) }
    })
}

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(openapi_json)).routes(routes!(docs))
}

/// Read the description of the API.
#[utoipa::path(
    get, path = "/openapi.json", tag = "about", operation_id = "openapi_json", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value))
)]
async fn openapi_json(State(state): State<ApiState>) -> Response {
    let json = described(state.settings().access).json.as_str();
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

/// Read it as a page.
#[utoipa::path(
    get, path = "/docs", tag = "about", operation_id = "docs", security(()),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
async fn docs(State(state): State<ApiState>) -> Response {
    let mut response = Html(described(state.settings().access).page.as_str()).into_response();
    // One page, no script, its style within: nothing else may load.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
