//! Keys are made, listed and revoked.

use axum::http::Method;
use serde_json::{Value, json};
use signals::api_key::Scope;

use crate::asking::Api;

const KEYS: &str = "/api/v1/keys";

#[tokio::test]
async fn a_key_opens_from_its_making_until_it_is_revoked() {
    let api = Api::with_keys().await;
    let admin = api.key(&[Scope::Admin], None).await;
    let by_admin = [("authorization", admin.bearer.as_str())];
    let body = json!({"name": " desk ", "scopes": ["write", "read", "read"]}).to_string();
    let made = api.ask_at(Method::POST, KEYS, &by_admin, Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!((&made["name"], &made["scopes"]), (&json!("desk"), &json!(["read", "write"])));
    assert_eq!((secret.len(), &secret[..4], &secret[43..]), (47, "sgt_", made["last_four"].as_str().unwrap()));

    let by_secret = [("x-api-key", secret)];
    let ask = || api.ask_with(Method::GET, "", &by_secret, None);
    assert_eq!(ask().await.status, 200);
    let listed = api.ask_at(Method::GET, KEYS, &by_admin, None).await;
    assert!(!listed.text.contains(secret) && !listed.text.contains("secret"), "{}", listed.text);
    let state =
        |listed: Value| listed["data"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap()["state"].clone();
    assert_eq!(state(listed.json()), "valid");

    let path = format!("{KEYS}/{id}");
    let revoked = api.ask_at(Method::DELETE, &path, &by_admin, None).await.json();
    assert_eq!(revoked["state"], "revoked");
    ask().await.is_problem(401, "unauthorized");
    api.wait(60);
    let again = api.ask_at(Method::DELETE, &path, &by_admin, None).await.json();
    assert_eq!(again["revoked_at"], revoked["revoked_at"]);
    assert_eq!(state(api.ask_at(Method::GET, KEYS, &by_admin, None).await.json()), "revoked");
}

#[tokio::test]
async fn a_key_ends_when_its_time_is_over() {
    let api = Api::new().await;
    let body = json!({"name": "desk", "scopes": ["read"], "expires_at": "2026-09-21T16:00:00.123456Z"}).to_string();
    let made = api.ask_at(Method::POST, KEYS, &[], Some(&body)).await.json();
    assert_eq!(made["expires_at"], "2026-09-21T16:00:00.123Z");
    let secret = made["secret"].as_str().unwrap();
    let by_secret = [("x-api-key", secret)];
    let ask = || api.ask_with(Method::GET, "", &by_secret, None);
    assert_eq!(ask().await.status, 200);
    api.wait(86_400);
    ask().await.is_problem(401, "unauthorized");
    assert_eq!(api.ask_at(Method::GET, KEYS, &[], None).await.json()["data"][0]["state"], "expired");
}

#[tokio::test]
async fn what_no_key_can_be_is_refused_with_the_field() {
    let api = Api::new().await;
    let good = json!({"name": "desk", "scopes": ["read"]});
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\nb")),
        ("name", json!("x".repeat(65))),
        ("name", json!(null)),
        ("scopes", json!([])),
        ("scopes", json!(["all"])),
        ("scopes", json!("read")),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!("soon")),
        // What only the server says.
        ("id", json!("0123456789abcdef")),
        ("secret", json!("sgt_mine")),
        ("created_at", json!("2026-01-01T00:00:00Z")),
        ("revoked_at", json!(null)),
        ("state", json!("valid")),
        ("last_four", json!("abcd")),
        ("digest", json!("00")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = api.ask_at(Method::POST, KEYS, &[], Some(&body.to_string())).await;
        answer.is_problem(422, "invalid_body");
        assert!(answer.json()["field"].as_str().unwrap_or_default().starts_with(field), "{}", answer.text);
    }
    assert_eq!(api.ask_at(Method::GET, KEYS, &[], None).await.json()["data"], json!([]));
}

#[tokio::test]
async fn what_is_no_id_is_the_id_of_no_key_and_is_not_repeated() {
    let api = Api::new().await;
    let secret = format!("sgt_{}", "s".repeat(43));
    for id in ["0123456789abcdef", "x", "0123456789ABCDEF", "%ff", "%c3%28", &secret] {
        let answer = api.ask_at(Method::DELETE, &format!("{KEYS}/{id}"), &[], None).await;
        answer.is_problem(404, "not_found");
        assert!(!answer.text.contains(id), "{}", answer.text);
    }
}
