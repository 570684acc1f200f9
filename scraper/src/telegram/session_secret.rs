//! Where a login is kept on AWS: in a secret of AWS Secrets Manager, which only its reader may read.
//!
//! The only place that names the client of that service. Nothing of what a secret holds is in an error, a log or a
//! `Debug`: of an answer that cannot be understood not even its bytes are told.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

use crate::foreign::shown;
use crate::telegram::session_blob::{SessionBlob, SessionBlobError};

/// What stands in a secret that was made and not filled yet, as the template of the deployment makes it.
pub const NO_LOGIN_YET: &str = "no login yet";

/// How often a request is sent before it counts as failed.
const ATTEMPTS: u32 = 4;
/// About how long is waited before the second attempt; before each further one twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How long one attempt waits for its answer. The client itself waits for ever.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(3);
/// How long all attempts take together.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);
/// The most characters of the name or the ARN of a secret
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>).
const LONGEST_ID: usize = 2048;

/// Codes of errors that pass by themselves
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html>).
const PASSING: [&str; 6] = [
    "InternalServiceError",
    "InternalFailure",
    "InternalServerError",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
];

/// The name or the ARN of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretId(String);

/// The secret in which a login is kept. Cloning shares the connection.
#[derive(Clone)]
pub struct SessionSecret {
    client: Client,
    id: SecretId,
}

/// Why a login cannot be had from its secret, or kept there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionSecretError {
    /// There is no such secret, or nothing in it.
    #[error("there is no secret {0}, or nothing in it; log in, and put the login there")]
    Missing(SecretId),
    /// Nobody has put a login there.
    #[error("the secret {0} holds no login yet; log in, and put the login there")]
    NotLoggedIn(SecretId),
    /// What stands there is no login, or a damaged one.
    #[error("the secret {secret}: {why}")]
    NoLogin {
        /// The secret.
        secret: SecretId,
        /// What about it.
        why: SessionBlobError,
    },
    /// Nothing says in which region it is.
    #[error(
        "nothing says in which region the secret {0} is: AWS_REGION is not set; set it, or name the secret by its ARN"
    )]
    NoRegion(SecretId),
    /// A right is missing, or the secret is not to be used.
    #[error("the secret {secret} is refused ({}); mend the rights of whoever asks, or the secret", shown(.why))]
    Refused {
        /// The secret.
        secret: SecretId,
        /// What the service says.
        why: String,
    },
    /// No answer, or one that says the service itself failed.
    #[error("AWS Secrets Manager cannot be reached or failed ({}); it is tried again later", shown(.why))]
    Unavailable {
        /// Why.
        why: String,
    },
}

impl SecretId {
    /// The name or the ARN that a text is.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-:!".contains(&b);
        let is_id = (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_allowed);
        is_id.then(|| Self(text.to_owned()))
    }

    /// The region that an ARN says (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    fn region(&self) -> Option<Region> {
        let arn = self.0.strip_prefix("arn:")?;
        arn.split(':').nth(2).filter(|region| !region.is_empty()).map(|region| Region::new(region.to_owned()))
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionSecret({})", self.id)
    }
}

impl SessionSecretError {
    /// Whether the same request may succeed later, without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether a person has to log in first.
    #[must_use]
    pub fn needs_login(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::NotLoggedIn(_) | Self::NoLogin { .. })
    }
}

impl SessionSecret {
    /// The secret in the account of the environment, or at the endpoint that it names; in the region that its ARN says,
    /// or else in that of the environment.
    pub async fn of_environment(id: SecretId) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let mut builder = Builder::from(&config);
        if let Some(region) = id.region() {
            builder.set_region(Some(region));
        }
        Self::over(builder, id)
    }

    /// The secret at an endpoint that knows its callers by this key.
    #[must_use]
    pub fn at(endpoint: &str, key_id: &str, key: &str, id: SecretId) -> Self {
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new(key_id, key, None, None, "given"))
            .endpoint_url(endpoint);
        Self::over(config, id)
    }

    fn over(config: Builder, id: SecretId) -> Self {
        let limits = TimeoutConfig::builder()
            .operation_attempt_timeout(LONGEST_ATTEMPT)
            .operation_timeout(LONGEST_REQUEST)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_PAUSE);
        let client = Client::from_conf(config.retry_config(retries).timeout_config(limits).build());
        Self { client, id }
    }

    /// The login as it is kept.
    ///
    /// # Errors
    /// [`SessionSecretError`].
    pub async fn load(&self) -> Result<SessionBlob, SessionSecretError> {
        let answer = self.client.get_secret_value().secret_id(&self.id.0).send().await;
        let value = answer.map_err(|error| self.failed(&error))?;
        let text = value.secret_string().unwrap_or_default();
        if text.trim().is_empty() || text == NO_LOGIN_YET {
            return Err(SessionSecretError::NotLoggedIn(self.id.clone()));
        }
        let blob = SessionBlob::from_json(text.as_bytes())
            .map_err(|why| SessionSecretError::NoLogin { secret: self.id.clone(), why })?;
        // Without the key of its data centre it is a login that was begun: connecting would make another key.
        if !blob.data_centres.iter().any(|centre| centre.id == blob.home && centre.key.is_some()) {
            return Err(SessionSecretError::NotLoggedIn(self.id.clone()));
        }
        Ok(blob)
    }

    /// Looks whether the secret is there, without reading it.
    ///
    /// # Errors
    /// [`SessionSecretError`].
    pub async fn find(&self) -> Result<(), SessionSecretError> {
        if self.client.config().region().is_none() {
            return Err(SessionSecretError::NoRegion(self.id.clone()));
        }
        let answer = self.client.describe_secret().secret_id(&self.id.0).send().await;
        answer.map(drop).map_err(|error| self.failed(&error))
    }

    /// Keeps a login, in the place of the one before.
    ///
    /// # Errors
    /// [`SessionSecretError`]; where no answer came, it may be kept all the same.
    pub async fn save(&self, blob: &SessionBlob) -> Result<(), SessionSecretError> {
        let put = self.client.put_secret_value().secret_id(&self.id.0).secret_string(blob.to_json());
        put.send().await.map(drop).map_err(|error| self.failed(&error))
    }

    fn failed<E: ProvideErrorMetadata + Error + 'static>(&self, error: &SdkError<E>) -> SessionSecretError {
        let secret = self.id.clone();
        let status = error.raw_response().map_or(0, |response| response.status().as_u16());
        let why = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            (None, _) if (400..600).contains(&status) => format!("HTTP status {status}"),
            (None, _) => chain(error),
        };
        match error.code() {
            Some("ResourceNotFoundException") => SessionSecretError::Missing(secret),
            Some(code) if !PASSING.contains(&code) => SessionSecretError::Refused { secret, why },
            // Whoever stands between says no in words of its own.
            None if (400..500).contains(&status) && ![408, 429].contains(&status) => {
                SessionSecretError::Refused { secret, why }
            }
            _ => SessionSecretError::Unavailable { why },
        }
    }
}

/// What an error and its causes say. Their `Debug`, which would say more, shows the bytes that came: they may be the
/// login.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_by_its_name_or_its_arn() {
        let arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:sigtower/telegram/batch-AbCdEf";
        for text in ["sigtower/telegram/batch", arn] {
            assert_eq!(SecretId::parse(text).map(|it| it.to_string()), Some(text.to_owned()));
        }
        for text in ["", "a b", "a\nb", "é", &"x".repeat(LONGEST_ID + 1), r#"{"v":1}"#] {
            assert_eq!(SecretId::parse(text), None, "{text}");
        }
        let region = |text: &str| SecretId::parse(text).unwrap().region().map(|it| it.to_string());
        assert_eq!(region(arn).as_deref(), Some("eu-central-1"));
        for text in ["batch", "arn:", "arn:aws:secretsmanager::0:secret:x", "a:b:c:d"] {
            assert_eq!(region(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_tried_again_and_only_a_login_mends_the_rest() {
        let secret = SecretId::parse("batch").unwrap();
        let refused = SessionSecretError::Refused { secret: secret.clone(), why: "AccessDeniedException".to_owned() };
        assert!(!refused.is_retryable() && !refused.needs_login());
        assert!(SessionSecretError::Unavailable { why: String::new() }.is_retryable());
        let no_login = SessionSecretError::NoLogin { secret: secret.clone(), why: SessionBlobError::Malformed };
        for error in [SessionSecretError::Missing(secret.clone()), SessionSecretError::NotLoggedIn(secret), no_login] {
            assert!(error.needs_login() && !error.is_retryable(), "{error}");
        }
    }
}
