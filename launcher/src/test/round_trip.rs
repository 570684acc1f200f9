//! The store, or the backend to which signals are sent, tried: a signal goes in, comes back as it was, and is removed.

use axum::http::Method;
use scraper::backend::{Backend, Trial};
use signals::store::SignalStore;

use super::report::BackendIntegration;
use super::told;
use crate::store_api::{Question, Sends, StoreApi};

/// Tries the store, through the API.
pub(super) async fn made(store: SignalStore) -> BackendIntegration {
    let api = StoreApi::over(store);
    let ask = async |method: Method, path: &str, body: Option<String>| {
        let sends = body.map_or(Sends::Nothing, Sends::Json);
        let failure = "the store did not keep a signal and give it back";
        api.ask_if_there(Question { method, path, sends, failure, next: "see what is wrong: sigtower doctor" }).await
    };
    of("store", Trial::of(ask, |stop| told(&stop).unwrap_or_default()).await)
}

/// Tries the backend.
pub(super) async fn made_at(backend: &Backend) -> BackendIntegration {
    of("backend", backend.try_out().await)
}

/// It could not be tried.
pub(super) fn not_made(why: String) -> BackendIntegration {
    BackendIntegration { target: "store", error: Some(why), ..BackendIntegration::default() }
}

fn of(target: &'static str, Trial { stored, read_back, removed, error }: Trial) -> BackendIntegration {
    let success = error.is_none() && stored && read_back && removed;
    BackendIntegration { success, target, stored, read_back, removed, error }
}
