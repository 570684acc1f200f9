//! `sigtower` alone on a terminal: the predecessor's menu, each entry of which stands for a command.
//!
//! Where nobody sits at a terminal nothing is asked and nothing is done.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use inquire::{InquireError, Select};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;
use crate::failure::{Failure, Stop};
use crate::{asking, runtime};

/// What is asked.
const QUESTION: &str = "What shall sigtower do?";
/// How wide the words before a command are.
const WORDS: usize = 44;

/// An entry; the last has no command.
#[derive(Clone, Copy, Debug)]
struct Entry {
    words: &'static str,
    args: &'static [&'static str],
}

const ENTRIES: [Entry; 8] = [
    Entry { words: "Test: try every component for real", args: &["test"] },
    Entry { words: "Batch: read the new posts of channels, once", args: &["batch"] },
    Entry { words: "Realtime: look every half a minute", args: &["realtime", "--poll"] },
    Entry { words: "Periodic: read again and again", args: &["periodic"] },
    Entry { words: "Set-up check: what is wrong, and what to do", args: &["doctor"] },
    Entry { words: "Status: how far each channel is read", args: &["status"] },
    Entry { words: "Up: serve the API on this machine", args: &["up"] },
    Entry { words: "Quit", args: &[] },
];

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.args {
            [] => f.write_str(self.words),
            args => write!(f, "{:WORDS$} sigtower {}", self.words, args.join(" ")),
        }
    }
}

/// Opens the menu, or says why it does not; `execute` runs a command line as if it had been typed.
pub(crate) fn run(execute: impl Fn(Vec<OsString>) -> Exit) -> Exit {
    if let Some(why) = asking::why_not() {
        let ended = execute(vec!["sigtower".into()]);
        let next = "name a command, such as: sigtower status";
        Failure { what: "no command was named".to_owned(), why, next: next.to_owned() }.print("error");
        return ended;
    }
    match asked(execute) {
        Ok(exit) => exit,
        Err(stop) => stop.report(),
    }
}

/// Asks, does, and asks again, until whoever sits there has enough.
fn asked(execute: impl Fn(Vec<OsString>) -> Exit) -> Result<Exit, Stop> {
    let end = End::listen()?;
    let mut last = 0;
    loop {
        let select = Select::new(QUESTION, ENTRIES.to_vec())
            .with_page_size(ENTRIES.len())
            .with_starting_cursor(last)
            .with_render_config(asking::looks())
            .with_help_message("↑↓ and Enter, or type a part of it; Esc ends");
        let Some(answer) = end.while_asking(|| select.raw_prompt()) else { return Ok(Exit::Ok) };
        let entry = match answer {
            Ok(answer) if answer.value.args.is_empty() => return Ok(Exit::Ok),
            Ok(answer) => {
                last = answer.index;
                answer.value
            }
            Err(InquireError::OperationCanceled) => return Ok(Exit::Ok),
            Err(InquireError::OperationInterrupted) => return Ok(Exit::Interrupted),
            Err(error) => {
                let next = "name a command, such as: sigtower status";
                return Err(Stop::failed("the menu cannot be shown", error, next));
            }
        };
        crate::output::say!("$ sigtower {}", entry.args.join(" "));
        let ended = execute(["sigtower"].iter().chain(entry.args).map(OsString::from).collect());
        if end.has_come() {
            return Ok(ended);
        }
        if ended != Exit::Ok {
            crate::output::say!("(it ended with exit code {})", ended.code());
        }
        crate::output::say!();
    }
}

/// SIGTERM: a command that runs ends by it as ever, and the menu with it; the menu alone ends at once.
struct End {
    has_come: Arc<AtomicBool>,
    is_asking: Arc<AtomicBool>,
    /// What listens.
    _runtime: Runtime,
}

impl End {
    fn listen() -> Result<Self, Stop> {
        let runtime = runtime::start()?;
        let (has_come, is_asking) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut terminate = {
            let _context = runtime.enter();
            signal(SignalKind::terminate())
                .map_err(|error| Stop::failed("cannot listen for signals", error, "report it with the system's name"))?
        };
        let (come, asking) = (has_come.clone(), is_asking.clone());
        runtime.spawn(async move {
            terminate.recv().await;
            come.store(true, Ordering::SeqCst);
            if asking.load(Ordering::SeqCst) {
                asking::give_back();
                std::process::exit(0);
            }
        });
        Ok(Self { has_come, is_asking, _runtime: runtime })
    }

    fn has_come(&self) -> bool {
        self.has_come.load(Ordering::SeqCst)
    }

    /// The answer, or nothing where the end came before the question.
    fn while_asking<T>(&self, ask: impl FnOnce() -> T) -> Option<T> {
        self.is_asking.store(true, Ordering::SeqCst);
        let answer = (!self.has_come()).then(ask);
        self.is_asking.store(false, Ordering::SeqCst);
        answer
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_entry_shows_a_command_that_there_is() {
        for entry in ENTRIES.iter().filter(|entry| !entry.args.is_empty()) {
            let shown = entry.to_string();
            let (words, command) = shown.split_once("  sigtower ").unwrap_or_else(|| panic!("{shown}"));
            assert_eq!((words.trim_end(), command), (entry.words, entry.args.join(" ").as_str()));
            let parsed = Cli::try_parse_from(["sigtower"].iter().chain(entry.args));
            assert!(parsed.is_ok(), "{shown}: {parsed:?}");
        }
    }
}
