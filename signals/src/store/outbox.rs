//! The outbox in the table: requests that wait, in the order of their channels and posts, until they are sent.
//!
//! They stand in one partition, so that sending finds them with one question; one partition takes about 1 000 writes a
//! second (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>), which only
//! an outage of the backend asks of it.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::Select;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SignalStore;
use super::error::{StoreError, fault};
use super::keys;
use super::row::{Guard, Row, item_of, number, text};
use crate::origin::SignalId;
use crate::outbox::{OutboxEntry, OutboxKind};

/// How many entries one read gives at most.
const MOST_READ: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OutboxRow {
    kind: String,
    place: String,
    rev: i64,
    body: String,
}

/// An entry as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The request.
    pub entry: OutboxEntry,
    mark: Option<Uuid>,
}

impl OutboxRow {
    fn entry(self) -> Result<OutboxEntry, StoreError> {
        let corrupt = |why: &str| StoreError::Corrupt { key: format!("OUT {}", self.place), why: why.to_owned() };
        Ok(OutboxEntry {
            kind: OutboxKind::parse(&self.kind).ok_or_else(|| corrupt("it is neither signal nor event"))?,
            place: SignalId::parse(&self.place).map_err(|error| corrupt(&error.to_string()))?,
            revision: self.rev,
            body: self.body,
        })
    }
}

impl SignalStore {
    /// Puts a request into the outbox. What the same place said before, at an earlier revision or the same, gives way.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn keep_waiting(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let row = OutboxRow {
            kind: entry.kind.as_str().to_owned(),
            place: entry.place.to_string(),
            rev: entry.revision,
            body: entry.body.clone(),
        };
        let key = keys::outbox(entry.kind, &entry.place);
        let condition = "attribute_not_exists(PK) OR rev <= :rev";
        let guard = Guard { condition, names: &[], values: vec![(":rev", number(row.rev))] };
        self.put_guarded(item_of(&key, &row, Uuid::new_v4(), None)?, guard).await?;
        Ok(())
    }

    /// The first entries of the outbox, or those behind `after`; at most `limit`, and at most 1 000.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn waiting(&self, limit: usize, after: Option<&Waiting>) -> Result<Vec<Waiting>, StoreError> {
        let limit = limit.clamp(1, MOST_READ);
        let query = self.client.query().table_name(&*self.table).consistent_read(true);
        let query = query.expression_attribute_values(":pk", text(keys::OUTBOX));
        let query = match after.map(|it| keys::outbox(it.entry.kind, &it.entry.place)) {
            None => query.key_condition_expression("PK = :pk"),
            Some(key) => query
                .key_condition_expression("PK = :pk AND SK > :after")
                .expression_attribute_values(":after", text(key.sk)),
        };
        let mut pages = query.limit(i32::try_from(limit).unwrap_or(i32::MAX)).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(fault)?.items.unwrap_or_default() {
                let row: Row<OutboxRow> = Row::read(item)?;
                found.push(Waiting { entry: row.body.entry()?, mark: row.mark });
            }
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Takes an entry out that was sent. One that says something else by now stays.
    ///
    /// # Errors
    /// When the store fails; then the same call may be made again.
    pub async fn forget_waiting(&self, sent: &Waiting) -> Result<(), StoreError> {
        let key = keys::outbox(sent.entry.kind, &sent.entry.place);
        let Some(mark) = sent.mark else { return Ok(()) };
        let gone = self.client.delete_item().table_name(&*self.table).set_key(Some(key.item()));
        let gone = gone.condition_expression("wid = :seen").expression_attribute_values(":seen", text(mark));
        match gone.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(fault(error)),
            },
        }
    }

    /// How many entries the outbox has.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn n_waiting(&self) -> Result<u64, StoreError> {
        let query = self.client.query().table_name(&*self.table).consistent_read(true).select(Select::Count);
        let query = query.key_condition_expression("PK = :pk").expression_attribute_values(":pk", text(keys::OUTBOX));
        let mut pages = query.into_paginator().send();
        let mut n = 0;
        while let Some(page) = pages.next().await {
            n += u64::try_from(page.map_err(fault)?.count).unwrap_or(0);
        }
        Ok(n)
    }
}
