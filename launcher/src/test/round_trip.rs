//! The store, tried through the API: a signal goes in, comes back as it was, and is removed.

use axum::http::Method;
use scraper::backend::{Backend, Trial};
use serde_json::{Value, json};
use signals::store::SignalStore;

use super::report::BackendIntegration;
use super::told;
use crate::failure::Stop;
use crate::store_api::{Question, Sends, StoreApi};

const PATH: &str = "/api/v1/signals";
/// Who the signal says that it is of.
const SOURCE: &str = "selftest";

/// Tries it. Whatever was stored is removed, also where it did not come back as it was.
pub(super) async fn made(store: SignalStore) -> BackendIntegration {
    let mut test = BackendIntegration { target: "store", ..BackendIntegration::default() };
    let error = attempt(&StoreApi::over(store), &mut test).await.err();
    test.success = error.is_none() && test.stored && test.read_back && test.removed;
    test.error = error.and_then(|stop| told(&stop));
    test
}

/// Tries the backend to which signals are sent.
pub(super) async fn made_at(backend: &Backend) -> BackendIntegration {
    let Trial { stored, read_back, removed, error } = backend.try_out().await;
    let success = error.is_none() && stored && read_back && removed;
    BackendIntegration { success, target: "backend", stored, read_back, removed, error }
}

/// It could not be tried.
pub(super) fn not_made(why: String) -> BackendIntegration {
    BackendIntegration { target: "store", error: Some(why), ..BackendIntegration::default() }
}

async fn attempt(api: &StoreApi, test: &mut BackendIntegration) -> Result<(), Stop> {
    let signal = json!({
        "symbol": "BTCUSDT", "signal_type": "long", "entry_price": 45_000, "target_price": 46_000, "stop_loss": 44_000,
        "confidence": 0.5, "source": SOURCE, "original_text": "a signal of `sigtower test`",
    });
    let made: Value = ask(api, Method::POST, PATH, Sends::Json(signal.to_string())).await?;
    let Some(id) = made["id"].as_str() else {
        return Err(Stop::failed("the store took a signal and gave it no id", "the answer has none", "report it"));
    };
    test.stored = true;
    let path = format!("{PATH}/{id}");
    let read = ask(api, Method::GET, &path, Sends::Nothing).await;
    let removed = api.ask_stream(question(Method::DELETE, &path, Sends::Nothing)).await;
    test.removed = removed.is_ok() && ask(api, Method::GET, &path, Sends::Nothing).await.is_err();
    let read = read?;
    test.read_back = ["symbol", "signal_type", "source", "id"].iter().all(|key| read[key] == made[key]);
    drop(removed?);
    if !test.read_back {
        return Err(Stop::failed("a signal did not come back as it was", read, "report it"));
    }
    if !test.removed {
        return Err(Stop::failed("a signal is still there after it was removed", path, "report it"));
    }
    Ok(())
}

async fn ask(api: &StoreApi, method: Method, path: &str, sends: Sends) -> Result<Value, Stop> {
    api.ask(question(method, path, sends)).await
}

fn question(method: Method, path: &str, sends: Sends) -> Question<'_> {
    let failure = "the store did not keep a signal and give it back";
    Question { method, path, sends, failure, next: "see what is wrong: sigtower doctor" }
}
