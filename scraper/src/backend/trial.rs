//! A backend, tried: a signal goes in, comes back as it was, and is removed.

use reqwest::Method;
use serde_json::{Value, json};

use super::send::Reply;
use super::{Backend, BackendError, read};
use crate::foreign::shown;

/// What came of it, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// A signal was stored.
    pub stored: bool,
    /// It came back as it was handed in.
    pub read_back: bool,
    /// It is there no more.
    pub removed: bool,
    /// What failed.
    pub error: Option<String>,
}

impl Backend {
    /// Tries it. What was stored is removed, also where it did not come back as it was.
    pub async fn try_out(&self) -> Trial {
        let mut trial = Trial::default();
        trial.error = self.attempt(&mut trial).await.err().map(|error| error.to_string());
        trial
    }

    async fn attempt(&self, trial: &mut Trial) -> Result<(), BackendError> {
        let signal = json!({
            "symbol": "BTCUSDT", "signal_type": "long", "entry_price": 45_000, "target_price": 46_000,
            "stop_loss": 44_000, "confidence": 0.5, "source": "selftest",
            "original_text": "a signal of `sigtower test`",
        });
        let unknown = |why: &str| BackendError::Unknown { why: why.to_owned() };
        let made = self.asked(Method::POST, "api/v1/signals", Some(signal.to_string())).await?;
        let id = made["id"].as_str().ok_or_else(|| unknown("it took a signal and gave it no id"))?;
        trial.stored = true;
        let path = format!("api/v1/signals/{id}");
        let read = self.asked(Method::GET, &path, None).await;
        let removed = self.send(Method::DELETE, &path, None).await;
        // What is gone is answered with 404, which of a backend that had it means no other program.
        trial.removed = removed.is_ok() && self.send(Method::GET, &path, None).await.is_err();
        let read = read?;
        trial.read_back = ["symbol", "signal_type", "source", "id"].iter().all(|key| read[key] == made[key]);
        removed?;
        match (trial.read_back, trial.removed) {
            (true, true) => Ok(()),
            (false, _) => Err(unknown("a signal did not come back as it was")),
            (_, false) => Err(unknown("a signal is still there after it was removed")),
        }
    }

    async fn asked(&self, method: Method, path: &str, body: Option<String>) -> Result<Value, BackendError> {
        match self.send(method, path, body).await? {
            Reply::Done(bytes) => read(&bytes),
            Reply::Refused { status, why } => {
                Err(BackendError::Unknown { why: format!("it refuses a signal (HTTP {status}): {}", shown(&why)) })
            }
        }
    }
}
