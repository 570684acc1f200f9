//! The API: HTTP in, domain calls, HTTP out.
//!
//! The routes are in groups by privilege: whoever runs only [`read_routes`] needs no right to write.
//! A server on a laptop and the functions on Lambda serve the same routers, but for backups: Lambda bounds bodies.

mod audit;
pub mod auth;
pub mod config;
mod cursor;
mod error;
mod extract;
#[cfg(feature = "lambda")]
mod gateway;
#[cfg(feature = "lambda")]
pub mod lambda;
mod limit;
pub mod metrics;
mod once;
pub mod openapi;
mod routes;
mod shell;
pub mod state;
#[cfg(feature = "lambda")]
mod stream;
pub mod wire;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metrics::Operations;
use crate::routes::channel_coverage::{__path_channel_coverage, channel_coverage};
use crate::routes::create_event::{__path_create_event, create_event};
use crate::routes::create_key::{__path_create_key, create_key};
use crate::routes::create_signal::{__path_create_signal, create_signal};
use crate::routes::create_signals::{__path_create_signals, create_signals};
use crate::routes::delete_signal::{__path_delete_signal, delete_signal};
use crate::routes::export_backup::{__path_export_backup, export_backup};
use crate::routes::get_signal::{__path_get_signal, get_signal};
use crate::routes::health::{__path_health, __path_health_ready, health, health_ready};
use crate::routes::import_backup::{__path_import_backup, import_backup};
use crate::routes::list_channels::{__path_list_channels, list_channels};
use crate::routes::list_keys::{__path_list_keys, list_keys};
use crate::routes::list_passed_over::{__path_list_passed_over, list_passed_over};
use crate::routes::list_rejected::{__path_list_rejected, list_rejected};
use crate::routes::list_signal_versions::{__path_list_signal_versions, list_signal_versions};
use crate::routes::list_signals::{__path_list_signals, list_signals};
use crate::routes::list_unlinked_events::{__path_list_unlinked_events, list_unlinked_events};
use crate::routes::parse_message::{__path_parse_message, parse_message};
use crate::routes::patch_signal::{__path_patch_signal, patch_signal};
use crate::routes::replace_signal::{__path_replace_signal, replace_signal};
use crate::routes::revoke_key::{__path_revoke_key, revoke_key};
use crate::routes::signal_stats::{__path_signal_stats, signal_stats};
use crate::state::ApiState;

/// What may be asked without changing anything.
pub fn read_routes(state: &ApiState) -> Router {
    served(reading(), state)
}

/// What changes something, and whatever has to do with keys.
pub fn write_routes(state: &ApiState) -> Router {
    served(writing(), state)
}

/// Everything, in one server.
pub fn all_routes(state: &ApiState) -> Router {
    served(everything(), state)
}

fn served(routes: OpenApiRouter<ApiState>, state: &ApiState) -> Router {
    let (router, document) = routes.with_state(state.clone()).split_for_parts();
    shell::around(router, state, Operations::of(&document))
}

fn everything() -> OpenApiRouter<ApiState> {
    reading().merge(writing()).merge(whole_store())
}

fn reading() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(health_ready))
        .routes(routes!(list_signals))
        .routes(routes!(list_unlinked_events))
        .routes(routes!(signal_stats))
        .routes(routes!(parse_message))
        .routes(routes!(get_signal))
        .routes(routes!(list_signal_versions))
        .routes(routes!(list_channels))
        .routes(routes!(channel_coverage))
        .routes(routes!(list_passed_over))
        .routes(routes!(list_rejected))
        .merge(openapi::routes())
}

fn writing() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_signal))
        .routes(routes!(create_signals))
        .routes(routes!(create_event))
        .routes(routes!(replace_signal, patch_signal, delete_signal))
        .routes(routes!(create_key, list_keys))
        .routes(routes!(revoke_key))
}

/// Answers and requests as long as the store is large: for a server, not for Lambda.
fn whole_store() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export_backup, import_backup))
}
