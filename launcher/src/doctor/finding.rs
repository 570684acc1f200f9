//! What one check found: how bad it is, what, why, and what to do.

use serde::Serialize;

use crate::failure::Stop;
use crate::screen::printable;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Grade {
    Ok,
    /// Worth knowing; nothing is broken.
    Warn,
    /// Something does not work.
    Fail,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) name: &'static str,
    /// How bad it is.
    #[serde(rename = "result")]
    pub(crate) grade: Grade,
    /// What was found.
    pub(crate) what: String,
    /// Why it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl Finding {
    pub(crate) fn ok(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, grade: Grade::Ok, what: what.into(), why: None, next: None }
    }

    pub(crate) fn warn(name: &'static str, what: impl Into<String>, why: impl ToString, next: &str) -> Self {
        Self { grade: Grade::Warn, ..Self::fail(name, what, why, next) }
    }

    pub(crate) fn fail(name: &'static str, what: impl Into<String>, why: impl ToString, next: &str) -> Self {
        let (why, next) = (Some(why.to_string()), Some(next.to_owned()));
        Self { name, grade: Grade::Fail, what: what.into(), why, next }
    }

    /// What stops a command. That another process is at work, or somebody wants to be left alone for a while, is no fault.
    pub(crate) fn of_stop(name: &'static str, stop: &Stop) -> Self {
        match (stop, stop.failure()) {
            (Stop::Busy(_) | Stop::RefusedForNow(_), Some(it)) => Self::warn(name, &it.what, &it.why, &it.next),
            (_, Some(it)) => Self::fail(name, &it.what, &it.why, &it.next),
            (_, None) => Self::warn(name, "not looked into", "the command was stopped", "run it again"),
        }
    }

    /// For people: one line, and two more where something is to be done.
    pub(crate) fn lines(&self) -> String {
        let grade = match self.grade {
            Grade::Ok => "ok  ",
            Grade::Warn => "warn",
            Grade::Fail => "FAIL",
        };
        let mut text = format!("{grade}  {:12}  {}\n", self.name, printable(&self.what));
        for (label, part) in [("why: ", &self.why), ("next:", &self.next)] {
            if let Some(part) = part {
                text.push_str(&format!("                    {label} {}\n", printable(part)));
            }
        }
        text
    }
}
