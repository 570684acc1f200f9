//! An API of signals, tried: a signal goes in, comes back as it was, and is removed.

use reqwest::Method;
use serde_json::{Value, json};

use super::send::Reply;
use super::{Backend, BackendError, read};
use crate::foreign::shown;

/// Where signals are.
const PATH: &str = "/api/v1/signals";

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

impl Trial {
    /// Tries an API through `ask`, which says JSON, or nothing of what is not there. What was stored is removed, also
    /// where it did not come back as it was.
    pub async fn of<E>(
        ask: impl AsyncFn(Method, &str, Option<String>) -> Result<Option<Value>, E>,
        told: impl Fn(E) -> String,
    ) -> Self {
        let mut trial = Self::default();
        trial.error = trial.steps(ask, told).await.err();
        trial
    }

    async fn steps<E>(
        &mut self,
        ask: impl AsyncFn(Method, &str, Option<String>) -> Result<Option<Value>, E>,
        told: impl Fn(E) -> String,
    ) -> Result<(), String> {
        let signal = json!({
            "symbol": "BTCUSDT", "signal_type": "long", "entry_price": 45_000, "target_price": 46_000,
            "stop_loss": 44_000, "confidence": 0.5, "source": "selftest",
            "original_text": "a signal of `sigtower test`",
        });
        let made = ask(Method::POST, PATH, Some(signal.to_string())).await.map_err(&told)?.unwrap_or_default();
        let id = made["id"].as_str().ok_or("a signal was taken and given no id")?;
        self.stored = true;
        let path = format!("{PATH}/{id}");
        let read = ask(Method::GET, &path, None).await;
        let removed = ask(Method::DELETE, &path, None).await;
        // Only an answer shows that it is gone.
        self.removed = removed.is_ok() && matches!(ask(Method::GET, &path, None).await, Ok(None));
        let read = read.map_err(&told)?.unwrap_or_default();
        self.read_back = ["symbol", "signal_type", "source", "id"].iter().all(|key| read[key] == made[key]);
        removed.map_err(&told)?;
        match (self.read_back, self.removed) {
            (true, true) => Ok(()),
            (false, _) => Err("a signal did not come back as it was".to_owned()),
            (_, false) => Err("a signal is still there after it was removed".to_owned()),
        }
    }
}

impl Backend {
    /// Tries it.
    pub async fn try_out(&self) -> Trial {
        // An answer that was lost on its way must not leave a second signal behind.
        let mut random = [0; 16];
        if getrandom::fill(&mut random).is_err() {
            return Trial { error: Some("this machine has no random numbers".to_owned()), ..Trial::default() };
        }
        let key: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let ask = async |method: Method, path: &str, body: Option<String>| {
            let key = (method == Method::POST).then_some(key.as_str());
            match self.send(method, path.trim_start_matches('/'), body, key).await? {
                Reply::Missing { .. } => Ok(None),
                Reply::Done(bytes) if bytes.is_empty() => Ok(Some(Value::Null)),
                Reply::Done(bytes) => read(&bytes).map(Some),
                Reply::Refused { status, why } => {
                    Err(BackendError::Unknown { why: format!("it refuses a signal (HTTP {status}): {}", shown(&why)) })
                }
            }
        };
        Trial::of(ask, |error| error.to_string()).await
    }
}
