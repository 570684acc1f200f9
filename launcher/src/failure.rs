//! Why a command stops, in the shape that people can act on: what happened, why, what to do next.

use std::io::{self, Write};

use crate::exit::Exit;
use crate::screen::printable;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Whoever read stdout has gone (`sigtower … | head -1`): nothing is left to do, and nothing went wrong.
    ReaderGone,
    /// Something that a person must look at.
    Failed(Failure),
    /// The command line, or a file of settings, is wrong.
    Usage(Failure),
    /// Whoever asks has no key, or no login, that may do this.
    KeyNeeded(Failure),
    /// Another process has what this one needs.
    Busy(Failure),
    /// Whoever was asked wants to be left alone for a while.
    RefusedForNow(Failure),
    /// Ctrl-C: whoever pressed it knows.
    Interrupted,
    /// SIGTERM: what was done is kept, and the rest is for the next time.
    Terminated,
}

/// One failure for a person to read.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What happened.
    pub(crate) what: String,
    /// Why it happened.
    pub(crate) why: String,
    /// The next thing to try.
    pub(crate) next: String,
}

impl Stop {
    /// A failure of these three parts.
    pub(crate) fn failed(what: impl Into<String>, why: impl ToString, next: impl Into<String>) -> Self {
        Self::Failed(Failure { what: what.into(), why: why.to_string(), next: next.into() })
    }

    /// Another process has what is needed.
    pub(crate) fn busy(what: impl Into<String>, why: impl ToString, next: impl Into<String>) -> Self {
        Self::Busy(Failure { what: what.into(), why: why.to_string(), next: next.into() })
    }

    /// Whoever was asked wants to be left alone for a while.
    pub(crate) fn refused_for_now(what: impl Into<String>, why: impl ToString, next: impl Into<String>) -> Self {
        Self::RefusedForNow(Failure { what: what.into(), why: why.to_string(), next: next.into() })
    }

    /// Whoever asks has no key, or no login, that may do this.
    pub(crate) fn key_needed(what: impl Into<String>, why: impl ToString, next: impl Into<String>) -> Self {
        Self::KeyNeeded(Failure { what: what.into(), why: why.to_string(), next: next.into() })
    }

    /// What an error of stdout means.
    pub(crate) fn unwritten(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::failed("cannot write the answer to stdout", error, "check that what stdout goes to is open and not full")
    }

    /// What an error of reading `name` means; `instead` is a command that reads something else.
    pub(crate) fn unread(name: &str, error: &io::Error, instead: &str) -> Self {
        let next = match error.kind() {
            io::ErrorKind::NotFound => format!("check the spelling, or pipe the text in: {instead}"),
            io::ErrorKind::IsADirectory => format!("name a file inside it, or pipe the text in: {instead}"),
            io::ErrorKind::PermissionDenied => "allow yourself to read it: chmod u+r".to_owned(),
            _ => format!("try again, or pipe the text in: {instead}"),
        };
        Self::failed(format!("cannot read {name}"), error, next)
    }

    /// What a person is told of it, if it is for a person.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(it) | Self::Usage(it) | Self::KeyNeeded(it) | Self::Busy(it) | Self::RefusedForNow(it) => {
                Some(it)
            }
            Self::ReaderGone | Self::Interrupted | Self::Terminated => None,
        }
    }

    /// The same with another next step.
    pub(crate) fn with_next(mut self, next: String) -> Self {
        match &mut self {
            Self::Failed(it) | Self::Usage(it) | Self::KeyNeeded(it) | Self::Busy(it) | Self::RefusedForNow(it) => {
                it.next = next;
            }
            Self::ReaderGone | Self::Interrupted | Self::Terminated => {}
        }
        self
    }

    /// How a command ends by it that has no end of its own: SIGTERM is that end, and Ctrl-C a person who had enough.
    pub(crate) fn of_endless(self) -> Result<Exit, Self> {
        match self {
            Self::Terminated => Ok(Exit::Ok),
            stop => Err(stop),
        }
    }

    /// Says it on stderr, where the command goes on.
    pub(crate) fn tell(&self, severity: &str) {
        if let Some(failure) = self.failure() {
            failure.print(severity);
        }
    }

    /// Says it on stderr and gives the exit code.
    pub(crate) fn report(&self) -> Exit {
        let (failure, exit) = match self {
            Self::ReaderGone => return Exit::Ok,
            Self::Interrupted => return Exit::Interrupted,
            Self::Terminated => return Exit::Terminated,
            Self::Failed(failure) => (failure, Exit::Failed),
            Self::Usage(failure) => (failure, Exit::Usage),
            Self::KeyNeeded(failure) => (failure, Exit::KeyNeeded),
            Self::Busy(failure) => (failure, Exit::Busy),
            Self::RefusedForNow(failure) => (failure, Exit::RefusedForNow),
        };
        failure.print("error");
        exit
    }
}

impl Failure {
    /// Prints the three parts to stderr; a stderr that cannot be written leaves only the exit code to tell.
    pub(crate) fn print(&self, severity: &str) {
        let _ = writeln!(
            anstream::stderr().lock(),
            "{severity}: {}\n  why:  {}\n  next: {}",
            printable(&self.what),
            printable(&self.why),
            printable(&self.next)
        );
    }
}
