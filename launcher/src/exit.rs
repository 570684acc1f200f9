//! What the exit codes mean: one list for the code, `--help` and the man page.

use std::process::ExitCode;

/// How a command ended when nothing stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Ok,
    /// Nothing usable came out.
    Failed,
    /// Some of the input was left out, and stderr says how much.
    Partial,
    /// The command line, or a file of settings, is wrong.
    Usage,
    /// A key, or a login, is needed that may do this.
    KeyNeeded,
    /// Another process owns what is needed.
    Busy,
    /// Whoever was asked refuses for now.
    RefusedForNow,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM, before everything was done.
    Terminated,
}

impl Exit {
    /// The code itself.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::KeyNeeded => 4,
            Self::Busy => 5,
            Self::RefusedForNow => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Every code that can occur, with its meaning in words. Code 2 is also the argument reader's.
pub(crate) const CODES: [(u8, &str); 9] = [
    (0, "done; a post that is no signal is an answer, not a failure"),
    (1, "failed: stderr says what happened, why, and what to do next"),
    (2, "the command line is wrong or incomplete, or a file of settings is wrong"),
    (3, "partly done: some input lines were bad, or some channels failed or are stale, and the output says which"),
    (4, "a key, or a login, is needed that may do this"),
    (5, "another process owns the data folder, uses the login or collects already, and stderr says which"),
    (6, "refused for now: the other side asks to be left alone for a while, and the output says how long"),
    (130, "stopped with Ctrl-C"),
    (143, "stopped with SIGTERM before it was done; what runs until it is stopped ends with 0"),
];

/// The list as `--help` shows it.
pub(crate) fn help() -> String {
    let mut text = String::from("Exit codes:");
    for (code, meaning) in CODES {
        text.push_str(&format!("\n  {code:>3}  {meaning}"));
    }
    text
}
