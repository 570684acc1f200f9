//! Who is let in where: every operation of the description, asked by every kind of caller.

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use signals::api_key::Scope;
use signals::channel::Sighting;
use signals::message::ChannelName;

use crate::asking::{Api, TestKey, posted, predecessors};

/// What an operation asks for, and a request that it answers well.
struct Row {
    operation: &'static str,
    /// `None` where anybody may ask.
    needs: Option<Scope>,
    /// Stands for `{id}` and `{key}`.
    id: String,
    body: Option<String>,
    content_type: &'static str,
    /// The status of a good answer.
    good: u16,
}

fn row(operation: &'static str, needs: Option<Scope>, good: u16) -> Row {
    Row { operation, needs, id: String::new(), body: None, content_type: "application/json", good }
}

impl Row {
    fn id(self, id: impl Into<String>) -> Self {
        Self { id: id.into(), ..self }
    }

    fn body(self, body: &Value) -> Self {
        Self { body: Some(body.to_string()), ..self }
    }
}

/// One row for each operation. Whoever adds a route says here who may ask for it.
fn rows(backup: String, spare_key: &TestKey) -> Vec<Row> {
    let (read, write, admin) = (Some(Scope::Read), Some(Scope::Write), Some(Scope::Admin));
    let replacement = json!({"symbol": "SOL", "signal_type": "long", "entry_price": 150});
    vec![
        row("openapi_json", None, 200),
        row("docs", None, 200),
        row("health", None, 200),
        row("health_ready", None, 200),
        row("list_signals", read, 200),
        row("list_unlinked_events", read, 200),
        row("signal_stats", read, 200),
        row("parse_message", read, 200).body(&json!({"text": "BTC long"})),
        row("get_signal", read, 200).id("whalechart_1_0"),
        row("list_signal_versions", read, 200).id("whalechart_1_0"),
        row("list_channels", read, 200),
        row("channel_coverage", read, 200).id("whales"),
        row("list_passed_over", read, 200).id("whales"),
        row("list_rejected", read, 200).id("whales"),
        row("create_signal", write, 201).body(&predecessors()),
        row("create_signals", write, 200).body(&json!([predecessors()])),
        row("create_event", write, 201).body(&json!({"event": "closed", "symbol": "BTC", "source": "desk"})),
        row("replace_signal", write, 200).id("whalechart_2_0").body(&replacement),
        row("patch_signal", write, 200).id("whalechart_3_0").body(&json!({"status": "filled"})),
        row("delete_signal", write, 204).id("whalechart_4_0"),
        row("create_key", admin, 201).body(&json!({"name": "new", "scopes": ["read"]})),
        row("list_keys", admin, 200),
        row("revoke_key", admin, 200).id(spare_key.id.as_str()),
        row("export_backup", admin, 200),
        Row {
            body: Some(backup),
            content_type: "application/jsonl",
            // The store holds other signals already: it was let in, and refused for what it brought.
            ..row("import_backup", admin, 409)
        },
    ]
}

/// Every operation of the description: method, path, id, and whether anybody may ask.
async fn operations(api: &Api) -> Vec<(Method, String, String, bool)> {
    let document = api.ask_at(Method::GET, "/openapi.json", &[], None).await.json();
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let method = method.to_uppercase().parse().expect("a method");
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            let is_open = operation["security"] == json!([{}]) || operation["security"] == json!([]);
            all.push((method, path.clone(), id, is_open));
        }
    }
    all
}

#[tokio::test]
async fn every_operation_lets_in_whom_it_says_and_nobody_else() {
    let others = Api::new().await;
    others.stored(&posted(99)).await;
    let backup = others.ask_at(Method::GET, "/api/v1/backup", &[], None).await.text;

    let api = Api::with_keys().await;
    let writer = api.key(&[Scope::Write], None).await;
    for n in 1..=4 {
        let headers = [("authorization", writer.bearer.as_str())];
        let stored = api.ask_with(Method::POST, "", &headers, Some(&posted(n).to_string())).await;
        assert_eq!(stored.status, 201, "{}", stored.text);
    }
    let sighting = Sighting::of(ChannelName::parse("whales").expect("a name"));
    api.store().channel_key(&sighting, Timestamp::UNIX_EPOCH).await.expect("it is kept");
    let expired = api.key(&Scope::ALL, Some(60)).await;
    api.wait(60);
    let revoked = api.key(&Scope::ALL, None).await;
    let admin = api.key(&[Scope::Admin], None).await;
    let by_admin = [("authorization", admin.bearer.as_str())];
    let gone = api.ask_at(Method::DELETE, &format!("/api/v1/keys/{}", revoked.id), &by_admin, None).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    let reader = api.key(&[Scope::Read], None).await;
    let spare = api.key(&[Scope::Read], None).await;
    let unknown = format!("Bearer sgt_{}", "u".repeat(43));
    // Whoever is not let in comes first: their requests change nothing.
    let callers: [(&str, Option<&str>, Option<Scope>); 8] = [
        ("no key", None, None),
        ("no secret", Some("Bearer open sesame"), None),
        ("an unknown key", Some(&unknown), None),
        ("a revoked key", Some(&revoked.bearer), None),
        ("an expired key", Some(&expired.bearer), None),
        ("a key to read", Some(&reader.bearer), Some(Scope::Read)),
        ("a key to write", Some(&writer.bearer), Some(Scope::Write)),
        ("a key for keys", Some(&admin.bearer), Some(Scope::Admin)),
    ];

    let rows = rows(backup, &spare);
    let operations = operations(&api).await;
    let without_route = rows.iter().find(|row| !operations.iter().any(|(_, _, id, _)| id == row.operation));
    assert!(without_route.is_none(), "there is no operation `{}`", without_route.map_or("", |row| row.operation));
    let mut wrong = Vec::new();
    for (method, path, id, is_open) in operations {
        let row = rows.iter().find(|row| row.operation == id);
        let row = row.unwrap_or_else(|| panic!("`{id}` has no row that says who may ask for it"));
        if is_open != row.needs.is_none() {
            wrong.push(format!("{id}: the description says otherwise who may ask"));
        }
        let path = path.replace("{id}", &row.id).replace("{key}", &row.id);
        for (caller, bearer, has) in callers {
            let expected = match (row.needs, has) {
                (None, _) => row.good,
                (Some(_), None) => 401,
                (Some(needs), Some(has)) if needs == has => row.good,
                (Some(_), Some(_)) => 403,
            };
            let mut headers = vec![("content-type", row.content_type)];
            headers.extend(bearer.map(|bearer| ("authorization", bearer)));
            let is_refused = matches!(expected, 401 | 403);
            for path in [path.clone(), format!("{path}/")].into_iter().take(if is_refused { 2 } else { 1 }) {
                let answer = api.ask_at(method.clone(), &path, &headers, row.body.as_deref()).await;
                if answer.status != expected {
                    wrong.push(format!("{caller}: {method} {path}: {}, not {expected}", answer.status));
                }
                if expected == 401 {
                    answer.is_problem(401, "unauthorized");
                    assert_eq!(answer.header("www-authenticate"), "Bearer");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn another_spelling_of_a_path_opens_nothing() {
    let api = Api::with_keys().await;
    let key = api.key(&[Scope::Read, Scope::Write], None).await;
    let headers = [("authorization", key.bearer.as_str()), ("content-type", "application/json")];
    let body = Some(r#"{"name":"mine","scopes":["admin"]}"#);
    for path in [
        "/api/v1/%6beys",
        "/api/v1//keys",
        "//api/v1/keys",
        "/api/v1/./keys",
        "/api/v1/signals/../keys",
        "/API/V1/KEYS",
        "/api/v1/keys%2f",
        "/api/v1/backup",
        "/api/v1/%62ackup",
    ] {
        for method in [Method::GET, Method::POST, Method::HEAD] {
            let answer = api.ask_at(method.clone(), path, &headers, body).await;
            assert!(answer.status.is_client_error(), "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn a_key_may_come_in_a_header_of_its_own() {
    let api = Api::with_keys().await;
    let key = api.key(&[Scope::Read], None).await;
    let secret = key.bearer.trim_start_matches("Bearer ");
    assert_eq!(api.ask_with(Method::GET, "", &[("x-api-key", secret)], None).await.status, 200);
    // No way around: of two, the one that is no key decides.
    let headers = [("x-api-key", "none"), ("authorization", key.bearer.as_str())];
    api.ask_with(Method::GET, "", &headers, None).await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn on_this_machine_a_key_that_comes_along_still_counts() {
    let api = Api::new().await;
    let key = api.key(&[Scope::Read], None).await;
    let headers = [("authorization", key.bearer.as_str())];
    assert_eq!(api.ask_with(Method::GET, "", &headers, None).await.status, 200);
    let body = predecessors().to_string();
    api.ask_with(Method::POST, "", &headers, Some(&body)).await.is_problem(403, "forbidden");
    let unknown = format!("sgt_{}", "u".repeat(43));
    api.ask_with(Method::GET, "", &[("x-api-key", &unknown)], None).await.is_problem(401, "unauthorized");
}
