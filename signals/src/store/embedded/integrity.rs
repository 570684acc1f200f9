//! Whether the file of the engine is as SQLite left it: a disk, a copy or another program may have damaged it.
//!
//! An engine opens a file that is damaged in the middle, and answers what does not touch the damage; so a file is looked
//! through as a whole (<https://www.sqlite.org/pragma.html#pragma_integrity_check>).

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// How many damages are named.
const MOST_NAMED: &str = "3";

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// Nothing is wrong with it.
    Sound,
    /// It is damaged: what is wrong, as SQLite says it, the first few of it.
    Damaged(Vec<String>),
    /// It is too large to be looked through in the time, and nothing was found until then.
    Unfinished,
    /// It could not be looked at, and that says nothing about it: why not.
    Unread(String),
}

/// Looks through a file for so long at most, and changes nothing. It blocks while it reads.
///
/// Whoever writes to the file meanwhile does not disturb, and is not disturbed.
#[must_use]
pub fn integrity(path: &Path, within: Duration) -> Integrity {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match Connection::open_with_flags(path, flags) {
        Ok(connection) => connection,
        Err(error) => return of_error(&error),
    };
    let interrupt = connection.get_interrupt_handle();
    let (done, is_done) = channel::<()>();
    let watch = std::thread::spawn(move || {
        // Whoever is done drops the other end.
        if is_done.recv_timeout(within) == Err(RecvTimeoutError::Timeout) {
            interrupt.interrupt();
        }
    });
    let found = told(&connection);
    drop(done);
    // It does nothing that can fail.
    let _ = watch.join();
    match found {
        Ok(lines) if lines == ["ok"] => Integrity::Sound,
        Ok(lines) => Integrity::Damaged(lines),
        Err(error) => of_error(&error),
    }
}

fn told(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MOST_NAMED})"))?;
    // A name that stands in a damaged page is not always text.
    let texts = statement.query_map((), |row| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned()))?;
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim);
    // The line above the damages of one database of several; there is only one.
    Ok(lines.filter(|line| !line.starts_with("***")).map(str::to_owned).collect())
}

fn of_error(error: &rusqlite::Error) -> Integrity {
    let why = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => Integrity::Unfinished,
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory,
        ) => Integrity::Unread(why),
        _ => Integrity::Damaged(vec![why]),
    }
}
