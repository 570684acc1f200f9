//! Whether somebody sits at a terminal and can be asked, and how the terminal is given back.

use std::io::IsTerminal as _;

use crossterm::{cursor, event, terminal};
use inquire::ui::RenderConfig;

use crate::failure::Stop;
use crate::{output, runtime};

/// Why nobody can be asked, if so.
pub(crate) fn why_not() -> Option<String> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let streams = [
        ("stdin", std::io::stdin().is_terminal()),
        ("stdout", std::io::stdout().is_terminal()),
        ("stderr", std::io::stderr().is_terminal()),
    ];
    if let Some((name, _)) = streams.iter().find(|(_, is_terminal)| !is_terminal) {
        return Some(format!("questions need a terminal, and {name} is none"));
    }
    if is_set("CI") {
        return Some("nobody is asked where CI is set".to_owned());
    }
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    is_dumb.then(|| "questions need a terminal that can move its cursor, and TERM is dumb".to_owned())
}

/// How questions look.
pub(crate) fn looks() -> RenderConfig<'static> {
    if output::is_coloured() { RenderConfig::default_colored() } else { RenderConfig::empty() }
}

/// Runs work that asks somebody as it goes.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = runtime::start()?;
    let ended = runtime.block_on(work);
    // A thread that waits for somebody to type would be waited for.
    runtime.shutdown_background();
    if why_not().is_none() {
        give_back();
    }
    ended
}

/// Makes the terminal as it was before it was asked; what fails here cannot be told any more.
pub(crate) fn give_back() {
    let _ = terminal::disable_raw_mode();
    let _ = crossterm::execute!(std::io::stderr(), cursor::Show, event::DisableBracketedPaste);
}
