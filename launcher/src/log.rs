//! Where the log goes, and how much of it: stderr, lines for people on a terminal and for programs elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use program::logs::{self, Format};
use tracing::Level;

use crate::failure::Stop;

/// Logs what is wrong, and the more the more often `-v` was given. Of the commands of one process, which is what the menu
/// runs, the first one decides.
pub(crate) fn install(verbose: u8) -> Result<(), Stop> {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if IS_INSTALLED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let level = match verbose {
        0 => Level::WARN,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    let format = if std::io::stderr().is_terminal() { Format::Text } else { Format::Json };
    let subscriber = logs::subscriber(level, format, Arc::new(Timestamp::now), std::io::stderr);
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| Stop::failed("cannot write a log", error, "report it with the command"))?;
    logs::log_panics();
    Ok(())
}
