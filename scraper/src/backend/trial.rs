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
        // An answer that was lost on its way must not leave a second signal behind.
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| unknown("this machine has no random numbers"))?;
        let key: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let made = self.asked(Method::POST, "api/v1/signals", Some(signal.to_string()), Some(&key)).await?;
        let id = made["id"].as_str().ok_or_else(|| unknown("it took a signal and gave it no id"))?;
        trial.stored = true;
        let path = format!("api/v1/signals/{id}");
        let read = self.asked(Method::GET, &path, None, None).await;
        let removed = self.send(Method::DELETE, &path, None, None).await;
        trial.removed = matches!(self.send(Method::GET, &path, None, None).await, Ok(Reply::Missing { .. }));
        let read = read?;
        trial.read_back = ["symbol", "signal_type", "source", "id"].iter().all(|key| read[key] == made[key]);
        removed?;
        match (trial.read_back, trial.removed) {
            (true, true) => Ok(()),
            (false, _) => Err(unknown("a signal did not come back as it was")),
            (_, false) => Err(unknown("a signal is still there after it was removed")),
        }
    }

    async fn asked(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        idempotency_key: Option<&str>,
    ) -> Result<Value, BackendError> {
        match self.send(method, path, body, idempotency_key).await? {
            Reply::Done(bytes) => read(&bytes),
            Reply::Missing { status } => Err(super::no_api(status)),
            Reply::Refused { status, why } => {
                Err(BackendError::Unknown { why: format!("it refuses a signal (HTTP {status}): {}", shown(&why)) })
            }
        }
    }
}
