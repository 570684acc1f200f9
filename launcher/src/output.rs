//! Writes a finished answer to stdout.

use std::io::Write;

use anstream::ColorChoice;
use serde::Serialize;

use crate::failure::Stop;

/// Says something on stderr. Where nobody can hear it any more, that is no reason to end.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(anstream::stderr(), $($part)*);
    }};
}
pub(crate) use say;

/// An answer with the name of its shape.
#[derive(Serialize)]
pub(crate) struct Answer<T> {
    pub(crate) schema: &'static str,
    #[serde(flatten)]
    pub(crate) body: T,
}

/// Whether stdout shows colours: the choice of the command line, of the environment, and of what stdout is.
pub(crate) fn is_coloured() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// Prints text; its colours reach only a stdout that shows them.
pub(crate) fn print(text: &str) -> Result<(), Stop> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Stop::unwritten(&e))
}

/// Prints one JSON object on a line.
pub(crate) fn print_json(object: &impl Serialize) -> Result<(), Stop> {
    let mut text = serde_json::to_string(object)
        .map_err(|e| Stop::failed("cannot write the answer as JSON", e, "report it with the command and its input"))?;
    text.push('\n');
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Stop::unwritten(&e))
}
