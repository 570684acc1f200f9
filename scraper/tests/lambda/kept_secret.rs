//! A secret in a Secrets Manager on loopback.

use std::path::Path;
use std::sync::OnceLock;

use scraper::telegram::{NO_LOGIN_YET, SecretId, SessionSecret};
use serde_json::json;

use crate::moto::Moto;

/// The secret of the login. Each test names another one, as they share a Secrets Manager.
pub(crate) struct Secret {
    pub(crate) endpoint: String,
    pub(crate) name: String,
}

/// The folder in which what tests install is.
pub(crate) fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests"))
}

/// A Secrets Manager that every test of this process may use. It ends with the process.
fn shared() -> &'static Moto {
    static SHARED: OnceLock<Moto> = OnceLock::new();
    SHARED.get_or_init(|| Moto::start(tests()))
}

/// Asks a service of moto; gives what it answers.
pub(crate) async fn ask(endpoint: &str, service: &str, target: &str, body: String) -> String {
    let scope = format!("Credential=test/20261123/eu-central-1/{service}/aws4_request");
    let request = reqwest::Client::new()
        .post(endpoint)
        .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"))
        .header("x-amz-target", target)
        .header(
            "content-type",
            if target.is_empty() { "application/x-www-form-urlencoded" } else { "application/x-amz-json-1.1" },
        );
    let answer = request.body(body).send().await.expect("moto answers");
    let status = answer.status();
    let text = answer.text().await.expect("text");
    assert!(status.is_success(), "{status}: {text}");
    text
}

impl Secret {
    /// A name at which there is no secret.
    pub(crate) async fn none(name: &str) -> Self {
        let endpoint = tokio::task::spawn_blocking(|| shared().endpoint.clone()).await.expect("moto starts");
        Self { endpoint, name: name.to_owned() }
    }

    /// The secret as the template makes it.
    pub(crate) async fn fresh(name: &str) -> Self {
        let secret = Self::none(name).await;
        secret.make(NO_LOGIN_YET).await;
        secret
    }

    pub(crate) async fn make(&self, value: &str) {
        let body = json!({"Name": self.name, "SecretString": value, "ClientRequestToken": "0".repeat(32)});
        ask(&self.endpoint, "secretsmanager", "secretsmanager.CreateSecret", body.to_string()).await;
    }

    /// As whoever rotates a login does it.
    pub(crate) async fn put(&self, value: &str) {
        let body = json!({"SecretId": self.name, "SecretString": value});
        ask(&self.endpoint, "secretsmanager", "secretsmanager.PutSecretValue", body.to_string()).await;
    }

    /// The same secret for a caller with this key.
    pub(crate) fn client(&self, key_id: &str, key: &str) -> SessionSecret {
        SessionSecret::at(&self.endpoint, key_id, key, SecretId::parse(&self.name).expect("a name"))
    }
}
