//! The backend elsewhere to which signals are sent, where one is set: how it is opened, and how it is.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use scraper::backend::{Backend, BackendConfig, BackendKey};
use serde::Serialize;
use signals::store::{SignalStore, StoreError};

use crate::cli::BackendArgs;
use crate::doctor::finding::Finding;
use crate::failure::{Failure, Stop};

/// A longer file, in bytes, holds no key.
const LONGEST_KEY: u64 = 4_096;
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
        let config = change(BackendConfig { key: key()?, ..BackendConfig::at(url) });
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

/// The key for the backend, out of the environment or the file that it names.
fn key() -> Result<Option<BackendKey>, Stop> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let refused = |why: String| {
        Stop::Usage(Failure {
            what: "cannot read the key of the backend".to_owned(),
            why,
            next: "put it alone into a file that only you can read (chmod 600)".to_owned(),
        })
    };
    match (set("BACKEND_API_KEY"), set("BACKEND_API_KEY_FILE")) {
        (Some(_), Some(_)) => Err(refused("BACKEND_API_KEY and BACKEND_API_KEY_FILE are both set".to_owned())),
        (Some(key), None) => {
            let text = key.into_string().map_err(|_| refused("BACKEND_API_KEY is no text".to_owned()))?;
            Ok(Some(BackendKey::new(text.trim())))
        }
        (None, Some(path)) => {
            let path = Path::new(&path);
            let told = |why: String| refused(format!("BACKEND_API_KEY_FILE, `{}`: {why}", path.display()));
            Ok(Some(BackendKey::new(in_file(path).map_err(told)?.trim())))
        }
        (None, None) => Ok(None),
    }
}

fn in_file(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err("others can read it".to_owned());
        }
    }
    if metadata.len() > LONGEST_KEY {
        return Err(format!("it has more than {LONGEST_KEY} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}
