//! The description of the API, made from its routes, and the page that shows it.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Info, License, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

mod page;

/// The description of all routes, as JSON.
#[must_use]
pub fn document() -> OpenApi {
    let mut document = crate::reading().merge(crate::writing()).to_openapi();
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
    document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("key", [])]);
    document
}

pub(crate) fn routes() -> OpenApiRouter<crate::state::ApiState> {
    OpenApiRouter::new().routes(routes!(openapi_json)).routes(routes!(docs))
}

/// Read the description of the API.
#[utoipa::path(
    get, path = "/openapi.json", tag = "about", operation_id = "openapi_json", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value))
)]
async fn openapi_json() -> Response {
    axum::Json(document()).into_response()
}

/// Read it as a page.
#[utoipa::path(
    get, path = "/docs", tag = "about", operation_id = "docs", security(()),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
async fn docs() -> Response {
    let document = serde_json::to_value(document()).unwrap_or_default();
    let mut response = Html(page::page(&document)).into_response();
    // One page, no script, its style within: nothing else may load.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
