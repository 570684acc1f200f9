//! How signals are kept: one DynamoDB table, on AWS, on an endpoint of the user's, or embedded in the process.
//!
//! The only place that names the DynamoDB SDK. What goes in and what comes out are types of the domain.
//! Nothing is written without a condition that makes the second write harmless.

mod api_key;
pub mod backup;
mod channel;
mod channel_run;
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
mod fingerprints;
mod get;
mod hash;
mod idempotency;
mod item;
mod keys;
mod lease;
mod list;
mod outbox;
mod passed_over;
mod peer;
mod position;
mod put;
mod row;
mod stream;
mod table;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{ReconnectMode, RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region, SharedHttpClient};

pub use api_key::KeyMade;
pub use dynamo_json::InvalidRow;
pub use edit::{Edit, Edited};
pub use error::StoreError;
pub use event::{MOST_UNLINKED, PutEvent, UnlinkedPage};
pub use get::MOST_VERSIONS;
pub use list::MOST_PER_PAGE;
pub use outbox::Waiting;
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

/// Who keeps the counters of a table. It is settled when the table is furnished, and stands in it: were two writers of
/// one table to disagree, signals would count twice or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Each write, in its own transaction: exact at every moment, and costs nothing where writes are local.
    Inline,
    /// The reader of the table's stream: cheaper on AWS, and some seconds late.
    FromStream,
}

impl Counting {
    fn word(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::FromStream => "stream",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Inline, Self::FromStream].into_iter().find(|it| it.word() == word)
    }
}

impl SignalStore {
    /// The store on AWS, or on the endpoint that `AWS_ENDPOINT_URL` names, with the SDK's usual settings.
    ///
    /// # Errors
    /// When the table is not there or not furnished, or cannot be asked.
    pub async fn connect(table: &str) -> Result<Self, StoreError> {
        Self::open(client_of_environment().await, table).await
    }

    /// The same for whoever may write: a table that is not furnished is furnished so.
    ///
    /// # Errors
    /// When the table is not there, or cannot be asked.
    pub async fn connect_to_write(table: &str, shards: Shards, counting: Counting) -> Result<Self, StoreError> {
        let client = client_of_environment().await;
        match Self::open(client.clone(), table).await {
            Err(StoreError::NotFurnished(_)) => {
                table::furnish(&client, table, shards, counting).await?;
                Self::open(client, table).await
            }
            opened => opened,
        }
    }

    /// The same; a table that is missing is made.
    ///
    /// # Errors
    /// When the table cannot be made or asked.
    pub async fn connect_or_create(table: &str, shards: Shards, counting: Counting) -> Result<Self, StoreError> {
        Self::create(client_of_environment().await, table, shards, counting).await
    }

    /// The store behind a client of one's own: another transport, or faults on the way.
    ///
    /// # Errors
    /// When the table is not there or not furnished, or cannot be asked.
    pub async fn open(client: Client, table: &str) -> Result<Self, StoreError> {
        let (shards, counting) = table::set_up(&client, table).await?;
        Ok(Self { client, table: table.into(), shards, counting })
    }

    /// Makes the table with its indexes where it is missing, furnishes it, and opens it.
    ///
    /// # Errors
    /// When the table cannot be made.
    pub async fn create(client: Client, table: &str, shards: Shards, counting: Counting) -> Result<Self, StoreError> {
        table::create(&client, table, shards, counting).await?;
        Self::open(client, table).await
    }

    /// A client for an endpoint that asks for no real credentials, such as the embedded engine.
    #[must_use]
    pub fn local_client(endpoint: &str, transport: Option<SharedHttpClient>) -> Client {
        client_at(endpoint, "local", transport)
    }

    /// A client for an endpoint that knows its callers by the id of their key alone.
    #[must_use]
    pub fn client_with_key(endpoint: &str, key_id: &str) -> Client {
        client_at(endpoint, key_id, None)
    }

    /// Asks whether the store answers.
    ///
    /// # Errors
    /// When it does not, or the table is not there.
    pub async fn ping(&self) -> Result<(), StoreError> {
        table::set_up(&self.client, &self.table).await.map(drop)
    }

    /// 32 random bytes that all processes of this deployment share, to sign cursors with.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cursor_secret(&self) -> Result<[u8; 32], StoreError> {
        table::cursor_secret(&self.client, &self.table).await
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }
}

fn client_at(endpoint: &str, key_id: &str, transport: Option<SharedHttpClient>) -> Client {
    let mut config = persistent(Builder::new(), LOCAL_ATTEMPT)
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new(key_id, "local", None, None, "local"))
        .endpoint_url(endpoint);
    if transport.is_some() {
        // It has no connections that could be closed after an error, and the SDK would log that it found none.
        config.set_retry_config(Some(retries().with_reconnect_mode(ReconnectMode::ReuseAllConnections)));
    }
    config.set_http_client(transport);
    Client::from_conf(config.build())
}

async fn client_of_environment() -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    Client::from_conf(persistent((&config).into(), AWS_ATTEMPT).build())
}

/// With how requests are repeated, and for how long each is waited for.
///
/// The SDK's quota of retries is shared by the whole process and runs dry when one request in seven fails for a while;
/// then the first lost answer would be a failure. Ours only stops the retries of an outage.
fn persistent(config: Builder, attempt: Duration) -> Builder {
    let quota = TokenBucket::builder().retry_cost(1).timeout_retry_cost(1).throttling_retry_cost(1).build();
    config
        .retry_config(retries())
        .retry_partition(RetryPartition::custom("signals").token_bucket(quota).build())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).build())
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}
