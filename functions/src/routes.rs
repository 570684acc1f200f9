//! One file per operation; the file, the handler and the operation id have one name.

pub(crate) mod channel_coverage;
pub(crate) mod create_event;
pub(crate) mod create_key;
pub(crate) mod create_signal;
pub(crate) mod create_signals;
pub(crate) mod delete_signal;
pub(crate) mod export_backup;
pub(crate) mod get_signal;
pub(crate) mod health;
pub(crate) mod import_backup;
pub(crate) mod list_channels;
pub(crate) mod list_keys;
pub(crate) mod list_passed_over;
pub(crate) mod list_rejected;
pub(crate) mod list_signal_versions;
pub(crate) mod list_signals;
pub(crate) mod list_unlinked_events;
pub(crate) mod parse_message;
pub(crate) mod patch_signal;
pub(crate) mod replace_signal;
pub(crate) mod revoke_key;
pub(crate) mod signal_stats;
