//! A plain row: how it is read, and how it is written under a condition.
//!
//! Plain rows stand in no index and move no counter: leases, checkpoints, channels, keys and the like. Each carries the
//! mark of the write that made it as it is. Who exchanges a row names the mark that it saw, so nobody's write is lost;
//! and who lost the answer finds its own mark, so no write is taken for somebody else's.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use uuid::Uuid;

use super::SignalStore;
use super::commit::{TRIES, pause};
use super::error::{StoreError, fault};
use super::item::{Item, name};
use super::keys::Key;

/// A row as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row<T> {
    /// Of the write that made it as it is.
    pub(super) mark: Option<Uuid>,
    /// The second since 1970 at which it expires.
    expires: Option<i64>,
    /// What it says.
    pub(super) body: T,
}

/// What became of the exchange of a row.
#[derive(Debug)]
pub(super) enum Exchanged<T> {
    /// It stands as it was to stand, with this mark.
    Done(Uuid),
    /// Somebody else was first; with the row as it is.
    Overtaken(Option<Row<T>>),
}

/// A condition, with the names and values that it and the update beside it speak of.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) condition: &'static str,
    pub(super) names: &'static [(&'static str, &'static str)],
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

impl Guard {
    /// That the place is free.
    pub(super) const FREE: Self = Self { condition: "attribute_not_exists(PK)", names: &[], values: Vec::new() };

    /// That the row is the one that was seen with this mark.
    pub(super) fn seen(mark: Uuid) -> Self {
        Self { condition: "wid = :seen", names: &[], values: vec![(":seen", text(mark))] }
    }
}

/// What became of a guarded write.
#[derive(Debug)]
pub(super) enum Guarded {
    /// It happened.
    Done,
    /// The condition did not hold; with the row as it is, where the engine says so.
    Refused(Option<Item>),
}

impl<T> Row<T> {
    /// Whether it is over, also where the table has not removed it yet: that takes up to two days
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html>).
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|second| second <= now.as_second())
    }
}

impl<T: DeserializeOwned> Row<T> {
    /// The row that the SDK brought.
    pub(super) fn read(item: Item) -> Result<Self, StoreError> {
        let expires = item.get("ttl").and_then(|ttl| ttl.as_n().ok()).and_then(|ttl| ttl.parse().ok());
        let mark = mark_of(&item);
        let key = name(&item);
        let body = from_item(item).map_err(|error| StoreError::Corrupt { key, why: error.to_string() })?;
        Ok(Self { mark, expires, body })
    }
}

/// The row of this key for the SDK. It expires at the end of the second in which `expires` lies.
pub(super) fn item_of<T: Serialize>(
    key: &Key,
    body: &T,
    mark: Uuid,
    expires: Option<Timestamp>,
) -> Result<Item, StoreError> {
    let corrupt = |why: &dyn std::fmt::Display| StoreError::Corrupt { key: key.to_string(), why: why.to_string() };
    let mut item: Item = to_item(body).map_err(|error| corrupt(&error))?;
    item.extend(key.item());
    item.insert("wid".to_owned(), AttributeValue::S(mark.to_string()));
    if let Some(expires) = expires {
        item.insert("ttl".to_owned(), number(expiry(expires)));
    }
    Ok(item)
}

/// The first second at which something is over that holds until this time.
pub(super) fn expiry(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}

/// The mark of the write that made the row.
pub(super) fn mark_of(item: &Item) -> Option<Uuid> {
    item.get("wid").and_then(|mark| mark.as_s().ok()).and_then(|mark| Uuid::try_parse(mark).ok())
}

/// A number for the SDK.
pub(super) fn number(n: impl ToString) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

/// A text for the SDK.
pub(super) fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

impl SignalStore {
    /// Whatever stands at a key, as the last write left it.
    pub(super) async fn item_at(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let read = self.client.get_item().table_name(&*self.table).set_key(Some(key.item())).consistent_read(true);
        Ok(read.send().await.map_err(fault)?.item)
    }

    /// The row as the last write left it, expired or not.
    pub(super) async fn read_row<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Row<T>>, StoreError> {
        self.item_at(key).await?.map(Row::read).transpose()
    }

    /// All rows of a partition whose sort keys begin so, as the last writes left them.
    pub(super) async fn rows_of(&self, pk: &str, prefix: &str) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&*self.table).consistent_read(true);
        let query = query.expression_attribute_values(":pk", text(pk));
        let query = match prefix {
            // An empty text is no value of a key.
            "" => query.key_condition_expression("PK = :pk"),
            _ => query
                .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                .expression_attribute_values(":prefix", text(prefix)),
        };
        let mut pages = query.into_paginator().send();
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await {
            rows.extend(page.map_err(fault)?.items.unwrap_or_default());
        }
        Ok(rows)
    }

    /// Puts a row in the place of the one that was seen, by its mark, or in a free place where none was seen.
    pub(super) async fn exchange_row<T: Serialize + DeserializeOwned>(
        &self,
        key: &Key,
        seen: Option<Option<Uuid>>,
        body: &T,
        expires: Option<Timestamp>,
    ) -> Result<Exchanged<T>, StoreError> {
        let mark = Uuid::new_v4();
        let guard = unchanged(seen);
        let Guarded::Refused(found) = self.put_guarded(item_of(key, body, mark, expires)?, guard).await? else {
            return Ok(Exchanged::Done(mark));
        };
        let row = match found {
            Some(item) => Some(Row::read(item)?),
            // Gone meanwhile, or an engine that does not say what it found.
            None => self.read_row(key).await?,
        };
        Ok(if row.as_ref().is_some_and(|row| row.mark == Some(mark)) {
            Exchanged::Done(mark)
        } else {
            Exchanged::Overtaken(row)
        })
    }

    /// The part of a transaction that puts a row in the place of the one that was seen, or in a free place.
    pub(super) fn exchange_action<T: Serialize>(
        &self,
        key: &Key,
        seen: Option<Option<Uuid>>,
        body: &T,
        mark: Uuid,
    ) -> Result<TransactWriteItem, StoreError> {
        let guard = unchanged(seen);
        let mut put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item_of(key, body, mark, None)?))
            .condition_expression(guard.condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in guard.values {
            put = put.expression_attribute_values(name, value);
        }
        let put = put.build().map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Puts a row where the guard allows it.
    pub(super) async fn put_guarded(&self, item: Item, guard: Guard) -> Result<Guarded, StoreError> {
        let mut put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(guard.condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, attribute) in guard.names {
            put = put.expression_attribute_names(*name, *attribute);
        }
        for (name, value) in guard.values {
            put = put.expression_attribute_values(name, value);
        }
        let mut attempt = 0;
        loop {
            let Err(error) = put.clone().send().await else { return Ok(Guarded::Done) };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(it)) => {
                    return Ok(Guarded::Refused(it.item.clone()));
                }
                // The SDK does not repeat it: a transaction is changing the row.
                Some(PutItemError::TransactionConflictException(_)) if attempt + 1 < TRIES => {
                    attempt += 1;
                    pause(attempt).await;
                }
                _ => return Err(fault(error)),
            }
        }
    }

    /// Changes a row where the guard allows it.
    pub(super) async fn update_guarded(&self, key: &Key, update: &str, guard: Guard) -> Result<Guarded, StoreError> {
        let mut sent = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key.item()))
            .update_expression(update)
            .condition_expression(guard.condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, attribute) in guard.names {
            sent = sent.expression_attribute_names(*name, *attribute);
        }
        for (name, value) in guard.values {
            sent = sent.expression_attribute_values(name, value);
        }
        let mut attempt = 0;
        loop {
            let Err(error) = sent.clone().send().await else { return Ok(Guarded::Done) };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(it)) => {
                    return Ok(Guarded::Refused(it.item.clone()));
                }
                Some(UpdateItemError::TransactionConflictException(_)) if attempt + 1 < TRIES => {
                    attempt += 1;
                    pause(attempt).await;
                }
                _ => return Err(fault(error)),
            }
        }
    }
}

/// That the row is the one with this mark, or that there is none.
fn unchanged(seen: Option<Option<Uuid>>) -> Guard {
    match seen {
        None => Guard::FREE,
        Some(None) => {
            Guard { condition: "attribute_exists(PK) AND attribute_not_exists(wid)", names: &[], values: Vec::new() }
        }
        Some(Some(mark)) => Guard::seen(mark),
    }
}
