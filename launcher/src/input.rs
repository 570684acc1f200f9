//! Opens what a command reads: a named file, or stdin.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use crate::failure::Stop;

/// A source of bytes, and what to call it in messages.
pub(crate) struct Input {
    /// `stdin`, or the file's name in quotes.
    pub(crate) name: String,
    /// The bytes.
    pub(crate) bytes: Box<dyn Read + Send>,
}

/// Opens `path`, or stdin for `-`; `what` is said to somebody who sits at a terminal, and `instead` is a command that
/// reads from elsewhere.
pub(crate) fn open(path: &Path, what: &str, instead: &str) -> Result<Input, Stop> {
    if path == Path::new("-") {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            crate::output::say!("Reading {what} from the terminal; Ctrl-D on a line of its own ends it.");
        }
        return Ok(Input { name: "stdin".to_owned(), bytes: Box::new(stdin) });
    }
    let name = format!("`{}`", path.display());
    let opened = File::open(path).map_err(|e| Stop::unread(&name, &e, instead))?;
    Ok(Input { name, bytes: Box::new(opened) })
}
