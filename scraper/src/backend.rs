//! A backend elsewhere that takes signals over HTTP: what it is sent, how often, and what its answers mean.
//!
//! It is another Sigtower, or whatever speaks as its API does. Handing the same post in twice is harmless there, since
//! ids follow from posts; so a request whose answer was lost is sent again.

mod config;
mod send;
mod trial;
pub(crate) mod wire;

use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use signals::outbox::{OutboxEntry, OutboxKind};

pub use config::{BackendConfig, BackendKey, InvalidBackend};
pub use trial::Trial;

use crate::foreign::shown;
use crate::http;
use send::Reply;

/// The most signals of one request.
const MOST_SIGNALS: usize = 100;
/// The most bytes of one request; the API takes a megabyte.
const MOST_BYTES: usize = 900 * 1024;

/// A backend.
#[derive(Debug)]
pub struct Backend {
    client: Client,
    base: Url,
    key: Option<HeaderValue>,
    config: BackendConfig,
}

/// What became of one signal or of news at the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new there.
    New,
    /// It is known there and said something else before.
    NewVersion,
    /// It is known there.
    Unchanged,
    /// It is refused for good, and why.
    Refused(String),
    /// It failed there, and may not fail later.
    Later(String),
}

/// Why a backend took nothing. Nothing is lost: whoever sends keeps it, and sends it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// There is no answer.
    #[error("the backend cannot be reached: {why}")]
    Unreachable {
        /// Why not.
        why: String,
    },
    /// It answers that it cannot at the moment.
    #[error("the backend cannot take anything at the moment (HTTP {status})")]
    Busy {
        /// The status of HTTP.
        status: u16,
        /// For how long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It does not know the key, or the key does not open this.
    #[error("the backend refuses the key (HTTP {status}): set BACKEND_API_KEY to one with the scopes read and write")]
    KeyRefused {
        /// The status of HTTP.
        status: u16,
    },
    /// What answers is no backend that we know.
    #[error("what answers at BACKEND_URL is no backend of ours: {why}")]
    Unknown {
        /// What it answered.
        why: String,
    },
}

impl BackendError {
    /// Whether another try may help without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. })
    }

    /// For how long it asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct BatchAnswer {
    data: Vec<ItemAnswer>,
}

/// The answer to one signal or to news, on its own or as a part of a batch.
#[derive(Deserialize)]
struct ItemAnswer {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    problem: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
}

impl Backend {
    /// A backend at this address. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`InvalidBackend`] when the address is none.
    pub fn new(config: BackendConfig) -> Result<Self, InvalidBackend> {
        let (base, key) = config.checked()?;
        let client = http::client(&base, &config.user_agent, config.connect_timeout, config.timeout);
        let client = client.map_err(|why| config.refused(&why))?;
        Ok(Self { client, base, key, config })
    }

    /// Its address, which holds no secret.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.as_str()
    }

    /// Hands these in, in their order: an answer for each, or for the first ones and why there are no more.
    pub async fn hand_in(&self, entries: &[OutboxEntry]) -> (Vec<Taken>, Option<BackendError>) {
        let mut answers = Vec::with_capacity(entries.len());
        while answers.len() < entries.len() {
            let left = &entries[answers.len()..];
            let sent = match left[0].kind {
                OutboxKind::Signal => self.signals(&left[..n_in_request(left)]).await,
                OutboxKind::Event => self.event(&left[0]).await.map(|taken| vec![taken]),
            };
            match sent {
                Ok(taken) => answers.extend(taken),
                Err(error) => return (answers, Some(error)),
            }
        }
        (answers, None)
    }

    async fn signals(&self, entries: &[OutboxEntry]) -> Result<Vec<Taken>, BackendError> {
        let bodies: Vec<&str> = entries.iter().map(|entry| entry.body.as_str()).collect();
        let body = format!("[{}]", bodies.join(","));
        match self.send(Method::POST, "api/v1/signals/batch", Some(body), None).await? {
            Reply::Done(bytes) => {
                let answer: BatchAnswer = read(&bytes)?;
                if answer.data.len() != entries.len() {
                    let why = format!("to {} signals it gave {} answers", entries.len(), answer.data.len());
                    return Err(BackendError::Unknown { why });
                }
                answer.data.into_iter().map(ItemAnswer::taken).collect()
            }
            Reply::Missing { status } => Err(no_api(status)),
            Reply::Refused { why, .. } if entries.len() == 1 => Ok(vec![Taken::Refused(why)]),
            // One of them spoils the request for all.
            Reply::Refused { .. } => {
                let (one, other) = entries.split_at(entries.len() / 2);
                let mut answers = Box::pin(self.signals(one)).await?;
                answers.extend(Box::pin(self.signals(other)).await?);
                Ok(answers)
            }
        }
    }

    async fn event(&self, entry: &OutboxEntry) -> Result<Taken, BackendError> {
        match self.send(Method::POST, "api/v1/signals/events", Some(entry.body.clone()), None).await? {
            Reply::Done(bytes) => ItemAnswer { status: 200, ..read(&bytes)? }.taken(),
            Reply::Missing { status } => Err(no_api(status)),
            Reply::Refused { why, .. } => Ok(Taken::Refused(why)),
        }
    }

    /// That it is there, takes requests, and knows our key.
    ///
    /// # Errors
    /// [`BackendError`] when it does not.
    pub async fn is_ready(&self) -> Result<(), BackendError> {
        // The first is open to all; the second asks for the key, and one that may only write is known all the same.
        for path in ["api/v1/signals/health/ready", "api/v1/signals?limit=1"] {
            match self.send(Method::GET, path, None, None).await {
                Ok(Reply::Done(_)) | Err(BackendError::KeyRefused { status: 403 }) => {}
                Ok(Reply::Missing { status }) => return Err(no_api(status)),
                Ok(Reply::Refused { status, why }) => {
                    return Err(BackendError::Unknown { why: format!("HTTP {status}: {why}") });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn no_api(status: u16) -> BackendError {
    BackendError::Unknown { why: format!("it has no such path (HTTP {status})") }
}

impl ItemAnswer {
    fn taken(self) -> Result<Taken, BackendError> {
        let why = |problem: Option<Problem>| problem.map_or_else(|| "it does not say why".to_owned(), Problem::told);
        Ok(match (self.status, self.result.as_deref()) {
            (200 | 201, Some("created" | "linked" | "unlinked")) => Taken::New,
            (200 | 201, Some("new_version" | "corrected")) => Taken::NewVersion,
            (200 | 201, Some("unchanged")) => Taken::Unchanged,
            // A client deleted it there: that is how it is to stay.
            (409, _) => Taken::Unchanged,
            (408 | 429 | 500..=599, _) => Taken::Later(why(self.problem)),
            (400..=499, _) => Taken::Refused(why(self.problem)),
            (status, result) => {
                let why = format!("it answers {status} with the result {}", shown(result.unwrap_or("none")));
                return Err(BackendError::Unknown { why });
            }
        })
    }
}

impl Problem {
    fn told(self) -> String {
        shown(self.detail.as_deref().unwrap_or(&self.title))
    }
}

/// How many of the signals that lie at the front go into one request.
fn n_in_request(entries: &[OutboxEntry]) -> usize {
    let mut n_bytes = 2;
    let fits = entries.iter().take(MOST_SIGNALS).take_while(|entry| {
        n_bytes += entry.body.len() + 1;
        entry.kind == OutboxKind::Signal && n_bytes <= MOST_BYTES
    });
    fits.count().max(1)
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, BackendError> {
    serde_json::from_slice(bytes)
        .map_err(|error| BackendError::Unknown { why: format!("its JSON is another: {error}") })
}

#[cfg(test)]
mod tests {
    use signals::origin::SignalId;

    use super::*;

    fn entry(kind: OutboxKind, n_bytes: usize) -> OutboxEntry {
        let place = SignalId::parse("whalechart_7_0").unwrap();
        OutboxEntry { kind, place, revision: 0, body: "x".repeat(n_bytes) }
    }

    #[test]
    fn a_request_has_as_many_signals_as_fit_and_one_at_least() {
        let small = vec![entry(OutboxKind::Signal, 10); 250];
        assert_eq!(n_in_request(&small), MOST_SIGNALS);
        let large = vec![entry(OutboxKind::Signal, 400 * 1024); 4];
        assert_eq!(n_in_request(&large), 2);
        assert_eq!(n_in_request(&[entry(OutboxKind::Signal, 2 * MOST_BYTES)]), 1);
        let mixed = [OutboxKind::Signal, OutboxKind::Signal, OutboxKind::Event].map(|kind| entry(kind, 10));
        assert_eq!(n_in_request(&mixed), 2);
    }

    #[test]
    fn what_may_pass_is_kept_and_what_may_not_is_refused() {
        let taken = |json: &str| serde_json::from_str::<ItemAnswer>(json).unwrap().taken();
        assert_eq!(taken(r#"{"status":201,"result":"created"}"#), Ok(Taken::New));
        assert_eq!(taken(r#"{"status":200,"result":"unlinked"}"#), Ok(Taken::New));
        assert_eq!(taken(r#"{"status":409,"problem":{"title":"deleted"}}"#), Ok(Taken::Unchanged));
        assert_eq!(taken(r#"{"status":503,"problem":{"title":"later"}}"#), Ok(Taken::Later("later".to_owned())));
        let refused = taken(r#"{"status":422,"problem":{"title":"x","detail":"no\u001b price"}}"#);
        assert_eq!(refused, Ok(Taken::Refused(r"no\u{1b} price".to_owned())));
        assert!(taken(r#"{"status":200}"#).is_err());
    }
}
