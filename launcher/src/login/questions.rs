//! What a person is asked in a login: at a terminal, or, where there is none, as lines on stdin.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use inquire::{InquireError, Password, PasswordDisplayMode, Text};
use scraper::telegram::{AccountPassword, InvalidAnswer, LoginCode, PhoneNumber};

use crate::asking;
use crate::failure::Stop;
use crate::output;
use crate::screen::excerpt;

/// How often somebody may type what cannot be an answer.
const MOST_TRIES: usize = 5;
/// The most bytes of a line on stdin.
const LONGEST_LINE: u64 = 4_096;
/// The most characters of a hint that are shown.
const LONGEST_HINT: usize = 80;

/// Who answers.
pub(super) struct Questions {
    is_terminal: bool,
}

/// How the answer is typed.
#[derive(Clone, Copy)]
enum Typed {
    /// For all to see.
    Shown,
    /// As so many marks.
    Masked,
    /// Without a trace.
    Hidden,
}

impl Questions {
    /// Whoever sits at the terminal; the lines of stdin where that is none.
    pub(super) fn of_stdin() -> Result<Self, Stop> {
        let is_terminal = io::stdin().is_terminal();
        match asking::why_not() {
            Some(why) if is_terminal => {
                let next = "go to a terminal, or pipe the answers in, a line each";
                Err(Stop::failed("cannot ask for what a login needs", why, next))
            }
            _ => Ok(Self { is_terminal }),
        }
    }

    /// The account's phone number.
    pub(super) async fn phone(&self) -> Result<PhoneNumber, Stop> {
        self.answer("the phone number, with its country code", Typed::Shown, PhoneNumber::parse).await
    }

    /// The code that Telegram sent.
    pub(super) async fn code(&self) -> Result<LoginCode, Stop> {
        self.answer("the code", Typed::Masked, LoginCode::parse).await
    }

    /// The account's password.
    pub(super) async fn password(&self, hint: Option<&str>) -> Result<AccountPassword, Stop> {
        let hint = hint.map_or_else(String::new, |hint| format!(" (hint: {})", excerpt(hint, LONGEST_HINT)));
        self.answer(&format!("the account's password{hint}"), Typed::Hidden, AccountPassword::parse).await
    }

    async fn answer<T>(
        &self,
        what: &str,
        typed: Typed,
        parse: impl Fn(&str) -> Result<T, InvalidAnswer>,
    ) -> Result<T, Stop> {
        let mut why = InvalidAnswer::Code;
        for _ in 0..MOST_TRIES {
            match parse(&self.text(what, typed).await?) {
                Ok(answer) => return Ok(answer),
                Err(invalid) => why = invalid,
            }
            output::say!("Not {what}: {why}.");
        }
        Err(Stop::failed(format!("{what} was not given"), why, "try again: sigtower login"))
    }

    async fn text(&self, what: &str, typed: Typed) -> Result<String, Stop> {
        let (is_terminal, asked) = (self.is_terminal, what.to_owned());
        let read =
            tokio::task::spawn_blocking(move || if is_terminal { prompted(&asked, typed) } else { line(&asked) });
        read.await.map_err(|error| Stop::failed("cannot ask", error, "report it with the command"))?
    }
}

fn prompted(what: &str, typed: Typed) -> Result<String, Stop> {
    let question = format!("Please type {what}:");
    let hidden = |mode| Password::new(&question).without_confirmation().with_display_mode(mode);
    let answer = match typed {
        Typed::Shown => Text::new(&question).with_render_config(asking::looks()).prompt(),
        Typed::Masked => hidden(PasswordDisplayMode::Masked).with_render_config(asking::looks()).prompt(),
        Typed::Hidden => hidden(PasswordDisplayMode::Hidden).with_render_config(asking::looks()).prompt(),
    };
    answer.map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Stop::Interrupted,
        error => Stop::failed(format!("cannot ask for {what}"), error, "pipe the answers in, a line each"),
    })
}

fn line(what: &str) -> Result<String, Stop> {
    output::say!("Reading {what} from stdin.");
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
    let failed = |why: &dyn ToString| {
        let next =
            "write it as a line to stdin, or go to a terminal; what was begun is kept, and goes on: sigtower login";
        Stop::failed(format!("{what} was not given"), why.to_string(), next)
    };
    read.map_err(|error| failed(&error))?;
    if bytes.is_empty() {
        return Err(failed(&"stdin has ended"));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed(&"the line is not UTF-8"))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
