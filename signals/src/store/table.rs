//! The table: its keys, its two indexes, and how many shards its busy keys have.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use uuid::Uuid;

use super::Counting;
use super::error::{StoreError, fault};
use super::item::Item;
use super::keys::{self, Key};

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

    /// What [`Self::parse`] takes, for people.
    pub const WANTED: &str = "three whole numbers from 1 to 64, for feed, symbols and counters, such as 32,8,8";

    /// The counts that are written as `feed,symbol,stats`; `None` where they are none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut counts = text.split(',').map(|it| it.parse().ok().filter(|n| (1..=64).contains(n)));
        let shards = Self { feed: counts.next()??, symbol: counts.next()??, stats: counts.next()?? };
        counts.next().is_none().then_some(shards)
    }
}

/// The index of all signals by time.
pub(super) const BY_TIME: &str = "by-time";
/// The index of the signals of a symbol by time.
pub(super) const BY_SYMBOL: &str = "by-symbol";

/// How long a new table may take until it can be used; on AWS it takes seconds.
const ACTIVE_WITHIN: Duration = Duration::from_secs(120);

/// What lists need of a signal; long texts and the marks of the last write stay in the table.
const PROJECTED: [&str; 17] = [
    "id", "v", "src", "sym", "side", "st", "conf", "low", "from", "stored", "changed", "rev", "edited", "doc", "text",
    "long", "ev",
];

/// Makes the table unless it is there, waits until it can be used, and furnishes it.
pub(super) async fn create(client: &Client, table: &str, shards: Shards, counting: Counting) -> Result<(), StoreError> {
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
    let waited = client.wait_until_table_exists().table_name(table).wait(ACTIVE_WITHIN).await;
    waited.map_err(|error| StoreError::Unavailable(format!("the table `{table}` is not ready: {error}")))?;
    // Also where the table was there: whoever made it may have lost the answer, or been killed, before this step.
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("ttl").build().map_err(incomplete)?;
    let enabled = client.update_time_to_live().table_name(table).time_to_live_specification(ttl).send().await;
    if let Err(error) = enabled
        && error.code() != Some("ValidationException")
    {
        // `ValidationException` says that it is enabled already.
        return Err(fault(error));
    }
    furnish(client, table, shards, counting).await
}

/// Writes the rows that a table needs before its first signal, unless they are there.
pub(super) async fn furnish(
    client: &Client,
    table: &str,
    shards: Shards,
    counting: Counting,
) -> Result<(), StoreError> {
    let number = |n: u16| AttributeValue::N(n.to_string());
    let set_up = [
        ("feed", number(shards.feed)),
        ("symbol", number(shards.symbol)),
        ("stats", number(shards.stats)),
        ("counting", AttributeValue::S(counting.word().to_owned())),
    ];
    // Two random UUIDs have 244 random bits; the rest is fixed.
    let bytes = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
    let secret = [("bytes", AttributeValue::B(Blob::new(bytes)))];
    // The set-up last: where it stands, everything stands.
    for (key, attributes) in [(keys::CURSOR_SECRET, &secret[..]), (keys::SET_UP, &set_up[..])] {
        let mut put = client.put_item().table_name(table).set_item(Some(key.item()));
        for (name, value) in attributes {
            put = put.item(*name, value.clone());
        }
        match put.condition_expression("attribute_not_exists(PK)").send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                return Err(fault(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// With how many shards the table was made, and who keeps its counters.
pub(super) async fn set_up(client: &Client, table: &str) -> Result<(Shards, Counting), StoreError> {
    let Some(item) = read(client, table, &keys::SET_UP).await? else {
        return Err(StoreError::NotFurnished(table.to_owned()));
    };
    let corrupt = || StoreError::Corrupt { key: keys::SET_UP.to_string(), why: "it is no set-up".to_owned() };
    let counting = item.get("counting").and_then(|it| it.as_s().ok()).and_then(|it| Counting::of_word(it));
    match (count(&item, "feed"), count(&item, "symbol"), count(&item, "stats"), counting) {
        (Some(feed), Some(symbol), Some(stats), Some(counting)) => Ok((Shards { feed, symbol, stats }, counting)),
        _ => Err(corrupt()),
    }
}

/// 32 random bytes that all processes share.
pub(super) async fn cursor_secret(client: &Client, table: &str) -> Result<[u8; 32], StoreError> {
    let item = read(client, table, &keys::CURSOR_SECRET).await?;
    let item = item.ok_or_else(|| StoreError::NotFurnished(table.to_owned()))?;
    let bytes = item.get("bytes").and_then(|bytes| bytes.as_b().ok()).and_then(|bytes| bytes.as_ref().try_into().ok());
    let why = "it is no secret of 32 bytes".to_owned();
    bytes.ok_or_else(|| StoreError::Corrupt { key: keys::CURSOR_SECRET.to_string(), why })
}

async fn read(client: &Client, table: &str, key: &Key) -> Result<Option<Item>, StoreError> {
    let read = client.get_item().table_name(table).set_key(Some(key.item())).consistent_read(true);
    Ok(read.send().await.map_err(fault)?.item)
}

fn count(item: &Item, name: &str) -> Option<u16> {
    item.get(name)?.as_n().ok()?.parse().ok().filter(|&n| n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_shards_are_three_numbers() {
        assert_eq!(Shards::parse("32,8,8"), Some(Shards::AWS));
        assert_eq!(Shards::parse("1,1,1"), Some(Shards::LOCAL));
        for text in ["", "32", "32,8", "32,8,8,8", "0,1,1", "65,1,1", "32, 8,8", "-1,1,1", "a,b,c"] {
            assert_eq!(Shards::parse(text), None, "{text}");
        }
    }
}
