//! Several rows at once, or none: transactions, and what became of each of their parts.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use super::SignalStore;
use super::error::{StoreError, fault};
use super::item::Item;

/// How many actions a transaction may have
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>).
pub(super) const MOST_ACTIONS: usize = 100;

/// How often a write is tried when others keep changing the same rows.
pub(super) const TRIES: u32 = 5;

/// What became of a transaction.
#[derive(Debug)]
pub(super) enum Committed {
    /// All of it happened.
    Whole,
    /// Nothing happened, because these parts found another row than they expected; with the row as it is.
    Refused(Vec<(usize, Option<Item>)>),
}

impl SignalStore {
    /// Writes all of these rows or none.
    ///
    /// # Errors
    /// When the store fails, or when others kept changing the same rows.
    pub(super) async fn commit(&self, actions: Vec<TransactWriteItem>) -> Result<Committed, StoreError> {
        let mut attempt = 0;
        loop {
            let sent = self.client.transact_write_items().set_transact_items(Some(actions.clone())).send().await;
            let Err(error) = sent else { return Ok(Committed::Whole) };
            let Some(reasons) = reasons(&error) else { return Err(fault(error)) };
            let refused: Vec<(usize, Option<Item>)> = reasons
                .iter()
                .enumerate()
                .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                .map(|(part, reason)| (part, reason.item.clone()))
                .collect();
            if !refused.is_empty() {
                return Ok(Committed::Refused(refused));
            }
            let passes = |code: &str| {
                matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
            };
            let lasting = reasons.iter().find(|reason| reason.code().is_some_and(|it| it != "None" && !passes(it)));
            if let Some(reason) = lasting {
                let (code, message) = (reason.code().unwrap_or("?"), reason.message().unwrap_or("no message"));
                return Err(StoreError::Refused(format!("{code}: {message}")));
            }
            attempt += 1;
            if attempt == TRIES {
                return Err(StoreError::Conflict("a row of the transaction".to_owned()));
            }
            pause(attempt).await;
        }
    }
}

fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(canceled) => Some(canceled.cancellation_reasons()),
        _ => None,
    }
}

/// Waits before the next try, each time about twice as long (20 ms after the first), with as much at random around it
/// so that two writers part ways.
pub(super) async fn pause(attempt: u32) {
    let base = 10u64 << attempt.min(6);
    let (jitter, _) = uuid::Uuid::new_v4().as_u64_pair();
    tokio::time::sleep(Duration::from_millis(base / 2 + jitter % base)).await;
}
