//! What every route has at hand.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use signals::confidence::Confidence;
use signals::store::{SignalStore, StoreError};
use tokio::sync::OnceCell;

use crate::auth::Access;
use crate::cursor::PageKey;
use crate::limit::RateLimit;
use crate::metrics::Metrics;

/// The clock: an argument, so that tests can move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How an API is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may ask.
    pub access: Access,
    /// Signals less sure than this are stored and flagged.
    pub threshold: Confidence,
    /// The sites whose pages may ask from a browser, such as `https://desk.example`; none means that no other site may.
    pub origins: Vec<String>,
    /// How many requests a second a key may make, over some time; short bursts of twice as many pass.
    pub requests_per_second: u32,
}

/// What every route has at hand. Cloning shares it.
#[derive(Clone)]
pub struct ApiState {
    shared: Arc<Shared>,
    metrics: Option<Metrics>,
}

struct Shared {
    store: SignalStore,
    settings: Settings,
    clock: Clock,
    page_key: OnceCell<PageKey>,
    rate_limit: RateLimit,
}

impl ApiState {
    /// The state of an API over this store.
    #[must_use]
    pub fn new(store: SignalStore, settings: Settings, clock: Clock) -> Self {
        let rate_limit = RateLimit::new(settings.requests_per_second);
        let shared = Shared { store, settings, clock, page_key: OnceCell::new(), rate_limit };
        Self { shared: Arc::new(shared), metrics: None }
    }

    /// The same, and each request is measured.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    pub(crate) fn store(&self) -> &SignalStore {
        &self.shared.store
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Now, in the whole milliseconds in which times are kept.
    pub(crate) fn now(&self) -> Timestamp {
        crate::wire::incoming::whole_milliseconds((self.shared.clock)())
    }

    /// What signs cursors; all instances of a deployment share it. Read when the first page that goes on asks for it,
    /// so that a process that has just started answers everything else without it.
    pub(crate) async fn page_key(&self) -> Result<&PageKey, StoreError> {
        let read = async || self.shared.store.cursor_secret().await.map(PageKey::new);
        self.shared.page_key.get_or_try_init(read).await
    }

    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    pub(crate) fn rate_limit(&self) -> &RateLimit {
        &self.shared.rate_limit
    }
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
