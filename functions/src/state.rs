//! What every route has at hand.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use signals::confidence::Confidence;
use signals::store::SignalStore;

use crate::auth::Access;
use crate::cursor::PageKey;
use crate::limit::RateLimit;

/// The clock: an argument, so that tests can move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How an API is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may ask.
    pub access: Access,
    /// Signals less sure than this are stored and flagged.
    pub threshold: Confidence,
    /// How many requests a second a key may make, over some time; short bursts of twice as many pass.
    pub requests_per_second: u32,
}

/// What every route has at hand. Cloning shares it.
#[derive(Clone)]
pub struct ApiState(Arc<Shared>);

struct Shared {
    store: SignalStore,
    settings: Settings,
    clock: Clock,
    page_key: PageKey,
    rate_limit: RateLimit,
}

impl ApiState {
    /// The state of an API over this store. Cursors are signed with `page_key`, which all instances share.
    #[must_use]
    pub fn new(store: SignalStore, settings: Settings, clock: Clock, page_key: [u8; 32]) -> Self {
        let rate_limit = RateLimit::new(settings.requests_per_second);
        Self(Arc::new(Shared { store, settings, clock, page_key: PageKey::new(page_key), rate_limit }))
    }

    pub(crate) fn store(&self) -> &SignalStore {
        &self.0.store
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Now, in the whole milliseconds in which times are kept.
    pub(crate) fn now(&self) -> Timestamp {
        crate::wire::incoming::whole_milliseconds((self.0.clock)())
    }

    pub(crate) fn page_key(&self) -> &PageKey {
        &self.0.page_key
    }

    pub(crate) fn rate_limit(&self) -> &RateLimit {
        &self.0.rate_limit
    }
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
