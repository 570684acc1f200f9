//! What the log says of signals and news that clients store, change and delete: who it was stands in the request's span.
//!
//! The fields have the predecessor's names.

use signals::event::SignalEvent;
use signals::origin::SignalId;
use signals::record::SignalRecord;

/// What became of a signal, and how it is now.
pub(crate) fn signal(event: &'static str, record: &SignalRecord) {
    let fields = record.signal.fields();
    tracing::info!(
        signal_id = %record.signal.id(),
        symbol = %fields.symbol.compact(),
        source = %record.signal.origin().source(),
        confidence = %fields.confidence,
        status = record.status.as_str(),
        version = record.version,
        "{event}"
    );
}

/// That news were stored, and the signal that they were linked to.
pub(crate) fn event_stored(event: &SignalEvent, signal_id: Option<&SignalId>) {
    tracing::info!(
        event_id = %event.id(),
        kind = event.event.as_str(),
        signal_id = signal_id.map(tracing::field::display),
        symbol = event.symbol.as_deref(),
        source = %event.source(),
        "event.stored"
    );
}
