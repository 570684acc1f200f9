//! Why the store did not do what it was asked, and whether asking again may help.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why the store did not do what it was asked. "Not there" and "already there" are answers, not errors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// More requests than the table takes at the moment.
    #[error("the store takes no more requests at the moment: {0}")]
    Throttled(String),
    /// No answer, or one that says the store itself failed. A write may have happened all the same.
    #[error("the store cannot be reached or failed: {0}")]
    Unavailable(String),
    /// Others changed the same rows at the same time, in every one of several tries.
    #[error("{0} is being changed by others at the same time")]
    Conflict(String),
    /// A row that cannot be read: written by a newer version of the program, or by something else.
    #[error("the row {key} cannot be read: {why}")]
    Corrupt {
        /// The key of the row.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// The table is not there.
    #[error("there is no table `{0}`")]
    NoTable(String),
    /// The table is there, and lacks what stands in it before the first signal.
    #[error("the table `{0}` lacks its first rows: whatever may write to it makes them when it starts")]
    NotFurnished(String),
    /// The store refuses the request as such: a mistake of the program, or missing rights.
    #[error("the store refused the request: {0}")]
    Refused(String),
}

impl StoreError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Throttled(_) | Self::Unavailable(_) | Self::Conflict(_))
    }
}

/// Error codes that ask for fewer requests
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>).
const THROTTLING: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "TransactionInProgressException",
];

/// What an error of the SDK means.
pub(super) fn fault<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().map(str::to_owned);
    let answered = matches!(error, SdkError::ServiceError(_));
    let text = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => DisplayErrorContext(&error).to_string(),
    };
    match code.as_deref() {
        Some(code) if THROTTLING.contains(&code) => StoreError::Throttled(text),
        Some("TransactionConflictException") => StoreError::Conflict("the row".to_owned()),
        Some("ResourceNotFoundException") => StoreError::NoTable(text),
        Some("InternalServerError" | "InternalFailure" | "ServiceUnavailable") | None => StoreError::Unavailable(text),
        Some(_) if answered => StoreError::Refused(text),
        Some(_) => StoreError::Unavailable(text),
    }
}
