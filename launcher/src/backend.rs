//! The backend elsewhere to which signals are sent, where one is set: how it is opened, and how it is.

use std::time::Duration;

use scraper::backend::{Backend, BackendConfig, BackendKey};
use serde::Serialize;
use signals::store::{SignalStore, StoreError};

use crate::cli::BackendArgs;
use crate::doctor::finding::Finding;
use crate::failure::{Failure, Stop};
use crate::settings::Settings;
use crate::settings::secrets::BACKEND_API_KEY;

/// How long somebody who only asks how it is waits for it.
const SHORT: Duration = Duration::from_secs(2);

/// Where signals go, and how that is.
#[derive(Debug, Serialize)]
pub(crate) struct SinkStatus {
    pub(crate) name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    pub(crate) ok: bool,
    /// How many signals and news wait to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl BackendArgs {
    /// The backend, where one is set.
    pub(crate) fn open(&self) -> Result<Option<Backend>, Stop> {
        self.open_with(|config| config)
    }

    fn open_with(&self, change: impl FnOnce(BackendConfig) -> BackendConfig) -> Result<Option<Backend>, Stop> {
        let Some(url) = self.url() else { return Ok(None) };
        let key = BACKEND_API_KEY.value(&Settings::read()?)?;
        let config = change(BackendConfig { key: key.map(BackendKey::new), ..BackendConfig::at(url) });
        let unusable = |error: scraper::backend::InvalidBackend| {
            let next = "set BACKEND_URL, or --backend-url, and BACKEND_API_KEY to what the backend's owner gave you";
            let (what, why) = ("cannot send to a backend".to_owned(), error.to_string());
            Stop::Usage(Failure { what, why, next: next.to_owned() })
        };
        Backend::new(config).map(Some).map_err(unusable)
    }

    /// What is wrong with the backend; nothing where none is set.
    pub(crate) async fn finding(&self) -> Option<Finding> {
        const NAME: &str = "backend";
        let backend = match self.open_with(in_short) {
            Ok(backend) => backend?,
            Err(stop) => return Some(Finding::of_stop(NAME, &stop)),
        };
        let address = backend.address();
        Some(match backend.is_ready().await {
            Ok(()) => Finding::ok(NAME, format!("{address} takes signals")),
            Err(error) => {
                let next =
                    "see that it runs and that BACKEND_URL names it; what is read meanwhile waits and is sent later";
                Finding::fail(NAME, format!("{address} takes nothing"), error, next)
            }
        })
    }

    /// How the sink is: whether the backend answers, and what waits for it.
    pub(crate) async fn status(&self, store: &SignalStore) -> Result<SinkStatus, StoreError> {
        let waiting = store.n_waiting().await?;
        let (address, error) = match self.open_with(in_short) {
            Ok(Some(backend)) => {
                (Some(backend.address().to_owned()), backend.is_ready().await.err().map(|error| error.to_string()))
            }
            Ok(None) if waiting == 0 => return Ok(SinkStatus::store(true)),
            Ok(None) => (None, Some("BACKEND_URL is not set, and signals wait to be sent there".to_owned())),
            Err(Stop::Usage(it)) => (None, Some(format!("{}: {}", it.what, it.why))),
            Err(_) => (None, Some("it cannot be looked at".to_owned())),
        };
        Ok(SinkStatus { name: "backend", address, ok: error.is_none(), waiting: Some(waiting), error })
    }
}

impl SinkStatus {
    /// That signals go into the store itself.
    pub(crate) fn store(ok: bool) -> Self {
        Self { name: "store", address: None, ok, waiting: None, error: None }
    }

    /// Whether nothing is to be done about it.
    pub(crate) fn is_well(&self) -> bool {
        self.ok && self.waiting.is_none_or(|n| n == 0)
    }
}

/// For somebody who only asks how it is.
fn in_short(config: BackendConfig) -> BackendConfig {
    BackendConfig { connect_timeout: SHORT, timeout: SHORT, tries: 1, ..config }
}
