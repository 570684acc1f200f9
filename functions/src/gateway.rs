//! An event of API Gateway as a request, and the answer on its way back.
//!
//! Events are those of HTTP APIs, payload format 2.0
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).
//! The gateway hands over paths that it has decoded; what cannot stand in a URI then must not fail the function.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;

use crate::error::ApiError;

/// What API Gateway says of a request; what is not used here is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayEvent {
    #[serde(rename = "version")]
    _version: PayloadFormat,
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    /// Several of one name are one, with commas between their values.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

/// Other formats name the same things otherwise; an event in one is refused by the name of its format.
#[derive(Debug, Deserialize)]
enum PayloadFormat {
    #[serde(rename = "2.0")]
    Two,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: RequestLine,
    stage: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RequestLine {
    method: String,
}

/// What API Gateway is to answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayAnswer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl GatewayEvent {
    /// Asks the router what the event asks.
    pub(crate) async fn ask(self, router: Router) -> Response<Body> {
        let request = self.request().unwrap_or_else(|unreadable| {
            let mut request = Request::new(Body::empty());
            request.extensions_mut().insert(unreadable);
            request
        });
        router.oneshot(request).await.into_response()
    }

    fn request(self) -> Result<Request<Body>, Unreadable> {
        let refused = |name, detail| Unreadable { name, detail };
        let method = Method::from_bytes(self.request_context.http.method.as_bytes());
        let method = method.map_err(|_| refused("method", "it is none"))?;
        let mut uri = escaped(in_stage(&self.raw_path, self.request_context.stage.as_deref()), b"/%");
        if !self.raw_query_string.is_empty() {
            uri.push('?');
            uri.push_str(&escaped(&self.raw_query_string, b"/%?"));
        }
        let body = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded {
            STANDARD.decode(body).map_err(|_| refused("body", "it is said to be Base64, and is not"))?
        } else {
            body.into_bytes()
        };
        let request = Request::builder().method(method).uri(uri).body(Body::from(body));
        let mut request = request.map_err(|_| refused("path", "it is too long"))?;
        for (name, value) in self.headers {
            let pair = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = pair.ok_or_else(|| refused("headers", "one of them is none"))?;
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

/// What is wrong with an event of which no request can be made. It goes through the router in place of the request, so
/// that its answer is logged, measured and dressed as any other.
#[derive(Clone, Copy, Debug)]
struct Unreadable {
    name: &'static str,
    detail: &'static str,
}

/// Answers in place of the routes where there is no request.
pub(crate) async fn readable(request: axum::extract::Request, next: Next) -> Response<Body> {
    match request.extensions().get() {
        Some(Unreadable { name, detail }) => ApiError::parameter(name, *detail).into_response(),
        None => next.run(request).await,
    }
}

/// The path without the name of the stage, with which the gateway begins it for stages that have one.
fn in_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// The text with everything escaped that has another meaning at its place in a URI, or none.
fn escaped(text: &str, also: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) || also.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl GatewayAnswer {
    pub(crate) async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = match to_bytes(body, usize::MAX).await {
            Ok(bytes) => bytes,
            // Bodies are made in memory, so that none can break off; were one to, half of it would be worse than none.
            Err(_) => Bytes::new(),
        };
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &parts.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|before| {
                    before.push_str(", ");
                    before.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        let (body, is_base64_encoded) = match String::from_utf8(bytes.into()) {
            Ok(text) => (text, false),
            Err(error) => (STANDARD.encode(error.into_bytes()), true),
        };
        Self { status_code: parts.status.as_u16(), headers, body, is_base64_encoded }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header};
    use axum::routing::any;
    use serde_json::{Value, json};

    use super::*;

    fn event(change: impl FnOnce(&mut Value)) -> GatewayEvent {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "ANY /{path+}",
            "rawPath": "/api/v1/signals",
            "rawQueryString": "",
            "cookies": ["a=b"],
            "headers": {"host": "abc.execute-api.eu-central-1.amazonaws.com"},
            "requestContext": {
                "accountId": "000000000000",
                "http": {"method": "GET", "path": "/api/v1/signals", "protocol": "HTTP/1.1"},
                "stage": "$default",
                "timeEpoch": 1_790_000_000_000_i64
            },
            "isBase64Encoded": false
        });
        change(&mut event);
        serde_json::from_value(event).unwrap()
    }

    fn uri(change: impl FnOnce(&mut Value)) -> String {
        event(change).request().unwrap().uri().to_string()
    }

    #[test]
    fn any_path_and_any_query_make_a_request() {
        assert_eq!(
            uri(|it| it["rawQueryString"] = json!("symbol=BTC%2FUSDT&limit=2")),
            "/api/v1/signals?symbol=BTC%2FUSDT&limit=2"
        );
        for (path, expected) in [
            ("/a b", "/a%20b"),
            ("/a?b#c", "/a%3Fb%23c"),
            ("/лонг\u{0}\r\n", "/%D0%BB%D0%BE%D0%BD%D0%B3%00%0D%0A"),
            ("/100%", "/100%"),
            ("/\"<>\\^`{|}", "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ] {
            assert_eq!(uri(|it| it["rawPath"] = json!(path)), expected);
        }
        assert_eq!(uri(|it| it["rawQueryString"] = json!("q=a b\n\"é")), "/api/v1/signals?q=a%20b%0A%22%C3%A9");
    }

    #[test]
    fn the_stage_is_no_part_of_the_path() {
        let staged = |path: &str| {
            uri(|it| {
                it["requestContext"]["stage"] = json!("live");
                it["rawPath"] = json!(path);
            })
        };
        assert_eq!(staged("/live/docs"), "/docs");
        assert_eq!(staged("/live"), "/");
        assert_eq!(staged("/liverpool"), "/liverpool");
        assert_eq!(staged("/docs"), "/docs");
    }

    #[test]
    fn what_no_gateway_sends_is_refused_and_panics_nowhere() {
        let refused = |change: fn(&mut Value)| event(change).request().is_err();
        assert!(refused(|it| it["requestContext"]["http"]["method"] = json!("G E T")));
        assert!(refused(|it| it["headers"]["if-match"] = json!("a\nb")));
        assert!(refused(|it| it["headers"]["b\u{fc}"] = json!("c")));
        assert!(refused(|it| it["rawPath"] = json!(format!("/{}", "a".repeat(70_000)))));
        assert!(refused(|it| {
            it["isBase64Encoded"] = json!(true);
            it["body"] = json!("%%%");
        }));
        assert!(serde_json::from_value::<GatewayEvent>(json!({"version": "1.0", "path": "/"})).is_err());
    }

    #[tokio::test]
    async fn an_answer_comes_back_as_the_gateway_wants_it() {
        let router = Router::new()
            .route("/text", any(async || (StatusCode::CREATED, [(header::ETAG, "\"v1\"")], "größer")))
            .route("/bytes", any(async || vec![0xff_u8, 0xfe]))
            .route("/echo", any(async |body: Bytes| body));
        let ask = async |path: &str, body: &str, is_base64: bool| {
            let event = event(|it| {
                it["rawPath"] = json!(path);
                it["body"] = json!(body);
                it["isBase64Encoded"] = json!(is_base64);
            });
            serde_json::to_value(GatewayAnswer::of(event.ask(router.clone()).await).await).unwrap()
        };
        let text = ask("/text", "", false).await;
        assert_eq!(
            (&text["statusCode"], &text["body"], &text["isBase64Encoded"]),
            (&json!(201), &json!("größer"), &json!(false))
        );
        assert_eq!(text["headers"]["etag"], "\"v1\"");
        let bytes = ask("/bytes", "", false).await;
        assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&json!("//4="), &json!(true)));
        assert_eq!(ask("/echo", "aGVsbG8=", true).await["body"], "hello");
        assert_eq!(ask("/echo", "aGVsbG8=", false).await["body"], "aGVsbG8=");
    }
}
