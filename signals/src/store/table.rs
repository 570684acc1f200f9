//! The table: its keys, its two indexes, and how many shards its busy keys have.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use aws_sdk_dynamodb::primitives::Blob;
use uuid::Uuid;

use super::error::{StoreError, fault};
use super::keys;

/// Over how many partition keys the busy collections are spread.
///
/// One partition key takes 1 000 write units a second
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>).
/// The counts are fixed when the table is made; to let one grow, let the readers know first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards {
    /// Of the list of all signals.
    pub feed: u16,
    /// Of the list of each symbol.
    pub symbol: u16,
    /// Of the counters.
    pub stats: u16,
}

impl Shards {
    /// One writer on one disk: nothing to spread.
    pub const LOCAL: Self = Self { feed: 1, symbol: 1, stats: 1 };
    /// Ten thousand signals a second, 40 % of them of one symbol.
    pub const AWS: Self = Self { feed: 32, symbol: 8, stats: 8 };
}

/// The index of all signals by time.
pub(super) const BY_TIME: &str = "by-time";
/// The index of the signals of a symbol by time.
pub(super) const BY_SYMBOL: &str = "by-symbol";

/// What lists need of a signal; long texts and the marks of the last write stay in the table.
const PROJECTED: [&str; 17] = [
    "id", "v", "src", "sym", "side", "st", "conf", "low", "from", "stored", "changed", "rev", "edited", "doc", "text",
    "long", "ev",
];

/// Makes the table unless it is there, and writes its shard counts.
pub(super) async fn create(client: &Client, table: &str, shards: Shards) -> Result<(), StoreError> {
    let string =
        |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    let key = |name: &str, key_type| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
    let index = |name: &str, hash: &str| {
        GlobalSecondaryIndex::builder()
            .index_name(name)
            .key_schema(key(hash, KeyType::Hash)?)
            .key_schema(key("T", KeyType::Range)?)
            .projection(
                Projection::builder()
                    .projection_type(ProjectionType::Include)
                    .set_non_key_attributes(Some(PROJECTED.map(str::to_owned).to_vec()))
                    .build(),
            )
            .build()
    };
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let incomplete = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Refused(error.to_string());
    for name in ["PK", "SK", "F", "Y", "T"] {
        request = request.attribute_definitions(string(name).map_err(incomplete)?);
    }
    request = request
        .key_schema(key("PK", KeyType::Hash).map_err(incomplete)?)
        .key_schema(key("SK", KeyType::Range).map_err(incomplete)?)
        .global_secondary_indexes(index(BY_TIME, "F").map_err(incomplete)?)
        .global_secondary_indexes(index(BY_SYMBOL, "Y").map_err(incomplete)?);
    if let Err(error) = request.send().await
        && !error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception())
    {
        return Err(fault(error));
    }
    // Also where the table was there: whoever made it may have lost the answer, or been killed, before this step.
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("ttl").build().map_err(incomplete)?;
    let enabled = client.update_time_to_live().table_name(table).time_to_live_specification(ttl).send().await;
    if let Err(error) = enabled
        && error.code() != Some("ValidationException")
    {
        // `ValidationException` says that it is enabled already.
        return Err(fault(error));
    }
    let number = |n: u16| AttributeValue::N(n.to_string());
    let written = client
        .put_item()
        .table_name(table)
        .set_item(Some(keys::SHARDS.item()))
        .item("feed", number(shards.feed))
        .item("symbol", number(shards.symbol))
        .item("stats", number(shards.stats))
        .condition_expression("attribute_not_exists(PK)")
        .send()
        .await;
    match written {
        Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
            Err(fault(error))
        }
        _ => Ok(()),
    }
}

/// The shard counts that the table was made with.
pub(super) async fn shards(client: &Client, table: &str) -> Result<Shards, StoreError> {
    let read = client.get_item().table_name(table).set_key(Some(keys::SHARDS.item())).consistent_read(true).send();
    let item = read.await.map_err(fault)?.item.unwrap_or_default();
    let count = |name: &str| count(&item, name);
    match (count("feed"), count("symbol"), count("stats")) {
        (Some(feed), Some(symbol), Some(stats)) => Ok(Shards { feed, symbol, stats }),
        _ => Err(StoreError::Corrupt {
            key: keys::SHARDS.to_string(),
            why: format!("the table `{table}` has no shard counts: it was not made by this program or its template"),
        }),
    }
}

/// 32 random bytes under this name; whoever comes first makes them.
pub(super) async fn shared_secret(client: &Client, table: &str, name: &str) -> Result<[u8; 32], StoreError> {
    let key = keys::shared_secret(name);
    let corrupt = || StoreError::Corrupt { key: key.to_string(), why: "it is no secret of 32 bytes".to_owned() };
    for _ in 0..2 {
        let read = client.get_item().table_name(table).set_key(Some(key.item())).consistent_read(true).send();
        if let Some(item) = read.await.map_err(fault)?.item {
            let bytes = item.get("bytes").and_then(|bytes| bytes.as_b().ok()).ok_or_else(corrupt)?;
            return bytes.as_ref().try_into().map_err(|_| corrupt());
        }
        // Two random UUIDs have 244 random bits; the rest is fixed.
        let bytes = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        let written = client
            .put_item()
            .table_name(table)
            .set_item(Some(key.item()))
            .item("bytes", AttributeValue::B(Blob::new(bytes)))
            .condition_expression("attribute_not_exists(PK)")
            .send()
            .await;
        match written {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                return Err(fault(error));
            }
            _ => {}
        }
    }
    Err(StoreError::Conflict(key.to_string()))
}

fn count(item: &HashMap<String, AttributeValue>, name: &str) -> Option<u16> {
    item.get(name)?.as_n().ok()?.parse().ok().filter(|&n| n > 0)
}
