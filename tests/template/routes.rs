//! The routes of the API Gateway against those of the programs behind them and against the description of the API.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use functions::auth::Access;
use functions::state::{ApiState, Settings};
use jiff::Timestamp;
use serde_json::Value;
use signals::confidence::Confidence;
use signals::store::embedded::Engine;
use tower::ServiceExt as _;

use crate::translated::Template;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The routes of the gateway, as `GET /path`, each with the function behind it.
fn of_the_gateway() -> BTreeMap<String, String> {
    let template = Template::ours();
    let mut routes = BTreeMap::new();
    for (path, item) in template.get("Api/Body/paths").as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let uri = operation["x-amazon-apigateway-integration"]["uri"].to_string();
            let function = template.functions().into_iter().find(|name| uri.contains(&format!("${{{name}.Arn}}")));
            let function = function.unwrap_or_else(|| panic!("{method} {path} leads to no function: {uri}"));
            routes.insert(format!("{} {path}", method.to_uppercase()), function.to_owned());
        }
    }
    routes
}

/// The operations of the description, as `GET /path`.
fn of_the_description() -> BTreeSet<String> {
    let document = serde_json::to_value(functions::openapi::document(Access::Keys)).expect("JSON");
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let of_item = METHODS.iter().filter(|method| item.get(method).is_some_and(|it| *it != Value::Null));
        operations.extend(of_item.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    operations
}

async fn routers() -> [(&'static str, Router); 2] {
    let store = Engine::in_memory().expect("an engine").store().await.expect("a store");
    let settings = Settings {
        access: Access::Loopback,
        threshold: Confidence::from_percent(70),
        origins: vec!["https://desk.example".to_owned()],
        requests_per_second: 100_000,
    };
    let state = ApiState::new(store, settings, Arc::new(Timestamp::now));
    [("SignalsReader", functions::read_routes(&state)), ("SignalsWriter", functions::write_routes(&state))]
}

/// Whether the program has something at this path, good or bad as the request may be.
async fn has(router: &Router, method: &str, path: &str) -> bool {
    let path = path.replace("{id}", "whalechart_7_0").replace("{key}", "whalechart");
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
    let request = request.header("origin", "https://desk.example").header("access-control-request-method", "POST");
    let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    // A signal that is not there is another answer than a path that is not there.
    let is_nowhere = status == StatusCode::NOT_FOUND && String::from_utf8_lossy(&body).contains("no such path");
    !is_nowhere && status != StatusCode::METHOD_NOT_ALLOWED
}

#[tokio::test]
async fn each_operation_that_a_function_serves_has_its_route_and_leads_to_it() {
    let gateway = of_the_gateway();
    let routers = routers().await;
    let mut n_served = 0;
    for operation in of_the_description() {
        let mut served_by = Vec::new();
        for (function, router) in &routers {
            let (method, path) = operation.split_once(' ').expect("a route");
            if has(router, method, path).await {
                served_by.push((*function).to_owned());
            }
        }
        n_served += served_by.len();
        let expected = gateway.get(&operation).cloned().into_iter().collect::<Vec<_>>();
        assert_eq!(served_by, expected, "{operation}: who serves it, and where the gateway leads");
    }
    assert_eq!(n_served, 23);
}

#[tokio::test]
async fn each_route_is_an_operation_but_for_those_that_catch_the_rest() {
    let described = of_the_description();
    let others: Vec<String> = of_the_gateway().into_keys().filter(|route| !described.contains(route)).collect();
    let rest =
        ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"].map(|method| format!("{method} /api/v1/{{proxy+}}"));
    assert_eq!(others, rest);
}

#[tokio::test]
async fn paths_with_a_slash_at_their_end_come_to_who_serves_them() {
    let (gateway, routers) = (of_the_gateway(), routers().await);
    for (method, path) in [("GET", "/api/v1/signals/"), ("POST", "/api/v1/signals/"), ("GET", "/api/v1/channels/")] {
        let function = &gateway[&format!("{method} /api/v1/{{proxy+}}")];
        let (_, router) = routers.iter().find(|(name, _)| name == function).expect("one of the two");
        assert!(has(router, method, path).await, "{method} {path}");
    }
    // These two are served by the other one: infra/README.md says so.
    for (method, path) in [("POST", "/api/v1/signals/parse/"), ("GET", "/api/v1/keys/")] {
        let function = &gateway[&format!("{method} /api/v1/{{proxy+}}")];
        let served_by = |is_that: bool| routers.iter().find(|(name, _)| (name == function) == is_that).expect("two");
        assert!(!has(&served_by(true).1, method, path).await && has(&served_by(false).1, method, path).await, "{path}");
    }
    let (_, reader) = &routers[0];
    assert!(has(reader, "OPTIONS", "/api/v1/signals/whalechart_7_0").await);
    assert!(!has(reader, "GET", "/api/v1/nowhere/").await);
}

#[test]
fn throttles_are_of_routes_that_there_are() {
    let routes = of_the_gateway();
    let stage = Template::ours().all("AWS::ApiGatewayV2::Stage").remove(0).1;
    let throttled = stage["RouteSettings"].as_object().expect("routes");
    assert!(throttled.keys().all(|route| routes.contains_key(route)), "{throttled:?}");
}
