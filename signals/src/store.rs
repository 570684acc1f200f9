//! How signals are kept: one DynamoDB table, on AWS, on an endpoint of the user's, or embedded in the process.
//!
//! The only place that names the DynamoDB SDK. What goes in and what comes out are types of the domain.
//! Nothing is written without a condition that makes the second write harmless.

mod api_key;
pub mod backup;
mod channel;
mod checkpoint;
mod commit;
mod counters;
mod coverage;
mod dynamo_json;
mod edit;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod error;
mod event;
mod event_item;
mod get;
mod hash;
mod idempotency;
mod item;
mod keys;
mod lease;
mod list;
mod passed_over;
mod put;
mod row;
mod stream;
mod table;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region, SharedHttpClient};

pub use api_key::KeyMade;
pub use dynamo_json::InvalidRow;
pub use edit::{Edit, Edited};
pub use error::StoreError;
pub use event::{MOST_UNLINKED, PutEvent, UnlinkedPage};
pub use get::MOST_VERSIONS;
pub use list::MOST_PER_PAGE;
pub use put::{NewSignal, Put};
pub use stream::{ChangeRecord, Counted, InvalidSequenceNumber, SequenceNumber};
pub use table::Shards;

/// How often a request is sent before it counts as failed.
const ATTEMPTS: u32 = 4;

/// How long one attempt waits for its answer on AWS, whose answers take milliseconds. The SDK itself waits for ever.
const AWS_ATTEMPT: Duration = Duration::from_secs(3);

/// The same for other endpoints and the embedded engine, whose disk may be slow.
const LOCAL_ATTEMPT: Duration = Duration::from_secs(20);

/// The store of one deployment. Cloning shares the connection.
#[derive(Clone, Debug)]
pub struct SignalStore {
    client: Client,
    table: Arc<str>,
    shards: Shards,
    counting: Counting,
}

/// Who keeps the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Each write, in its own transaction: exact at every moment, and costs nothing where writes are local.
    Inline,
    /// The reader of the table's stream: two dozen actions cheaper for each write on AWS, and some seconds late.
    FromStream,
}

impl SignalStore {
    /// The store on AWS, or on the endpoint that `AWS_ENDPOINT_URL` names, with the SDK's usual settings.
    ///
    /// # Errors
    /// When the table is not there, or cannot be asked for its shard counts.
    pub async fn connect(table: &str, counting: Counting) -> Result<Self, StoreError> {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let client = Client::from_conf(persistent((&config).into(), AWS_ATTEMPT).build());
        Self::open(client, table, counting).await
    }

    /// The store behind a client of one's own: another transport, or faults on the way.
    ///
    /// # Errors
    /// When the table is not there, or cannot be asked for its shard counts.
    pub async fn open(client: Client, table: &str, counting: Counting) -> Result<Self, StoreError> {
        let shards = table::shards(&client, table).await?;
        Ok(Self { client, table: table.into(), shards, counting })
    }

    /// Makes the table with its indexes where it is missing, and opens it.
    ///
    /// On AWS the template makes the table; this is for the embedded engine and other endpoints.
    ///
    /// # Errors
    /// When the table cannot be made.
    pub async fn create(client: Client, table: &str, shards: Shards, counting: Counting) -> Result<Self, StoreError> {
        table::create(&client, table, shards).await?;
        Self::open(client, table, counting).await
    }

    /// A client for an endpoint that asks for no real credentials, such as the embedded engine.
    #[must_use]
    pub fn local_client(endpoint: &str, transport: Option<SharedHttpClient>) -> Client {
        let mut config = persistent(Builder::new(), LOCAL_ATTEMPT)
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(endpoint);
        config.set_http_client(transport);
        Client::from_conf(config.build())
    }

    /// Asks whether the store answers.
    ///
    /// # Errors
    /// When it does not, or the table is not there.
    pub async fn ping(&self) -> Result<(), StoreError> {
        table::shards(&self.client, &self.table).await.map(drop)
    }

    /// 32 random bytes that all processes of this deployment share under this name; made when first asked for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn shared_secret(&self, name: &str) -> Result<[u8; 32], StoreError> {
        table::shared_secret(&self.client, &self.table, name).await
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }
}

/// With how requests are repeated, and for how long each is waited for.
///
/// The SDK's quota of retries is shared by the whole process and runs dry when one request in seven fails for a while;
/// then the first lost answer would be a failure. Ours only stops the retries of an outage.
fn persistent(config: Builder, attempt: Duration) -> Builder {
    let quota = TokenBucket::builder().retry_cost(1).timeout_retry_cost(1).throttling_retry_cost(1).build();
    config
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .retry_partition(RetryPartition::custom("signals").token_bucket(quota).build())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).build())
}
