//! Keys of the API in the table: found by the hash of their secret, listed and revoked by their id.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::SignalStore;
use super::commit::{Committed, TRIES, pause};
use super::error::StoreError;
use super::hash::{hex, sha256};
use super::item::instant;
use super::keys::{self, Key};
use super::row::{Row, mark_of, number};
use crate::api_key::{ApiKey, ApiSecret, KeyId, KeyPresented, NewApiKey, Scope};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyRow {
    id: KeyId,
    name: String,
    scopes: BTreeSet<Scope>,
    /// Milliseconds since 1970.
    created: i64,
    /// Not `ttl`: a key whose time is over is still told apart from none.
    #[serde(rename = "ends", default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<i64>,
    last_four: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    digest: String,
}

impl KeyRow {
    fn key(self) -> ApiKey {
        ApiKey {
            id: self.id,
            name: self.name,
            scopes: self.scopes,
            created_at: instant(self.created),
            expires_at: self.expires.map(instant),
            revoked_at: self.revoked.map(instant),
            last_four: self.last_four,
        }
    }

    fn places(&self) -> [Key; 2] {
        [keys::api_key(&self.digest), keys::listed_api_key(&self.id)]
    }
}

/// What became of a new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMade {
    /// It opens from now on.
    Created(ApiKey),
    /// There is a key with this secret already; it stays as it is.
    SecretTaken,
}

impl SignalStore {
    /// Makes a key of this secret, which the caller drew at random, and which is not kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_key(&self, new: NewApiKey, secret: &ApiSecret, now: Timestamp) -> Result<KeyMade, StoreError> {
        let digest = digest(secret);
        let id = KeyId::parse(&digest[32..48]).map_err(|error| StoreError::Refused(error.to_string()))?;
        let key = new.made(id, secret, now);
        let row = KeyRow {
            id: key.id.clone(),
            name: key.name.clone(),
            scopes: key.scopes.clone(),
            created: now.as_millisecond(),
            expires: key.expires_at.map(Timestamp::as_millisecond),
            revoked: None,
            last_four: key.last_four.clone(),
            digest,
        };
        let mark = Uuid::new_v4();
        let puts = row.places().map(|place| self.exchange_action(&place, None, &row, mark));
        match self.commit(puts.into_iter().collect::<Result<_, _>>()?).await? {
            Committed::Whole => Ok(KeyMade::Created(row.key())),
            Committed::Refused(parts) => {
                let found = match parts.into_iter().find_map(|(_, item)| item) {
                    Some(item) => Some(item),
                    // An engine that does not say what it found.
                    None => self.item_at(&keys::api_key(&row.digest)).await?,
                };
                Ok(if found.and_then(|item| mark_of(&item)) == Some(mark) {
                    KeyMade::Created(row.key())
                } else {
                    KeyMade::SecretTaken
                })
            }
        }
    }

    /// What a secret that a client presents is worth now.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn key_of(&self, secret: &ApiSecret, now: Timestamp) -> Result<KeyPresented, StoreError> {
        let digest = digest(secret);
        let row: Option<Row<KeyRow>> = self.read_row(&keys::api_key(&digest)).await?;
        // The table found the row by half of the digest; the other half is compared without telling where it differs.
        let row = row.filter(|row| bool::from(row.body.digest.as_bytes().ct_eq(digest.as_bytes())));
        Ok(row.map_or(KeyPresented::Unknown, |row| row.body.key().presented(now)))
    }

    /// Every key, also those that no longer open anything, in the order of ids.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.rows_of(keys::API_KEYS, "").await?.into_iter();
        rows.map(|row| Ok(Row::<KeyRow>::read(row)?.body.key())).collect()
    }

    /// Revokes a key for good; gives it as it is now, `None` where there is none. Revoking twice changes nothing.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn revoke_key(&self, id: &KeyId, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        for attempt in 0..TRIES {
            let row: Option<Row<KeyRow>> = self.read_row(&keys::listed_api_key(id)).await?;
            let Some(Row { body: row, .. }) = row else { return Ok(None) };
            let actions = row.places().map(|place| self.revocation(&place, now));
            if let Committed::Whole = self.commit(actions.into_iter().collect::<Result<_, _>>()?).await? {
                // Others may have revoked it a moment before.
                let row: Option<Row<KeyRow>> = self.read_row(&keys::listed_api_key(id)).await?;
                return Ok(row.map(|row| row.body.key()));
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict(format!("the key {id}")))
    }

    fn revocation(&self, place: &Key, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(place.item()))
            .update_expression("SET revoked = if_not_exists(revoked, :now)")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .build();
        let update = update.map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// A secret has 256 random bits, so a plain hash cannot be searched for it.
fn digest(secret: &ApiSecret) -> String {
    hex(&sha256(&[secret.expose().as_bytes()]))
}
