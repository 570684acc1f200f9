//! Keys on the wire: what a new one is to be, and what is shown of those that there are.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use signals::api_key::{ApiKey, ApiSecret, KeyId, KeyPresented, Scope};
use utoipa::ToSchema;

use crate::wire::schema;

/// A key to be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewKey, example = json!({"name": "desk", "scopes": ["read", "write"]}))]
pub struct NewKeyBody {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// What it opens. No scope contains another.
    #[schema(value_type = Vec<schema::Scope>, min_items = 1)]
    pub scopes: BTreeSet<Scope>,
    /// From when on it opens nothing; left out, it holds until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub expires_at: Option<Timestamp>,
}

/// What a key is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It opens what its scopes say.
    Valid,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A key, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyBody {
    /// By which it is revoked.
    #[schema(value_type = String, example = "0123456789abcdef")]
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// What it opens.
    #[schema(value_type = Vec<schema::Scope>)]
    pub scopes: BTreeSet<Scope>,
    /// What it is worth now.
    pub state: KeyState,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    pub created_at: Timestamp,
    /// From when on it opens nothing.
    #[schema(value_type = Option<schema::Time>)]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<schema::Time>)]
    pub revoked_at: Option<Timestamp>,
    /// The last four characters of the secret.
    pub last_four: String,
}

impl KeyBody {
    /// The key as it is now.
    #[must_use]
    pub(crate) fn of(key: ApiKey, now: Timestamp) -> Self {
        let state = match key.clone().presented(now) {
            KeyPresented::Valid(_) => KeyState::Valid,
            KeyPresented::Revoked(_) => KeyState::Revoked,
            KeyPresented::Expired(_) | KeyPresented::Unknown => KeyState::Expired,
        };
        let ApiKey { id, name, scopes, created_at, expires_at, revoked_at, last_four } = key;
        Self { id, name, scopes, state, created_at, expires_at, revoked_at, last_four }
    }
}

/// A new key with its secret, which is shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = NewKeyMade)]
pub struct KeyMadeBody {
    /// The key.
    #[serde(flatten)]
    pub key: KeyBody,
    /// What clients send as `Authorization: Bearer <secret>`.
    #[serde(serialize_with = "exposed", deserialize_with = "secret")]
    #[schema(value_type = String, example = "sgt_<43 characters>")]
    pub secret: ApiSecret,
}

/// All keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Keys)]
pub struct KeysBody {
    /// In the order of their ids.
    pub data: Vec<KeyBody>,
}

fn exposed<S: Serializer>(secret: &ApiSecret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ApiSecret, D::Error> {
    let text = String::deserialize(deserializer)?;
    ApiSecret::parse(&text).map_err(serde::de::Error::custom)
}
