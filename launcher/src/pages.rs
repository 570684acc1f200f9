//! Completion scripts and man pages, both made from the command line's own description.

use std::io;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::Cli;
use crate::exit::{self, Exit};
use crate::failure::Stop;
use crate::output;

/// When the command line, and with it these pages, last changed.
const REVISED: &str = "2026-11-23";

/// Prints the completion script of a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sigtower", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

/// Prints the man page of a command, or the top page.
pub(crate) fn man(of: &[String]) -> Result<Exit, Stop> {
    let mut page = Cli::command();
    page.build();
    for name in of {
        page = page.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = page.get_subcommands().map(Command::get_name).collect();
            let known = format!("the commands are {}", names.join(", "));
            Stop::failed(format!("there is no command `{name}`"), known, "sigtower man")
        })?;
    }
    output::print(&rendered(page).map_err(|e| Stop::unwritten(&e))?)?;
    Ok(Exit::Ok)
}

fn rendered(command: Command) -> io::Result<String> {
    let formats = command.get_after_long_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let title = command.get_display_name().unwrap_or("sigtower").to_uppercase();
    let man = Man::new(command)
        .title(title)
        .date(REVISED)
        .manual("Sigtower")
        .source(concat!("sigtower ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(formats) = formats {
        let mut section = Roff::new();
        section.control("SH", ["FORMATS"]).control("nf", []);
        for line in formats.lines() {
            section.text([roman(line)]);
        }
        section.control("fi", []).to_writer(&mut page)?;
    }
    let mut section = Roff::new();
    section.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in exit::CODES {
        section.control("TP", []).text([roman(code.to_string())]).text([roman(meaning)]);
    }
    section.to_writer(&mut page)?;
    Ok(tidied(&String::from_utf8_lossy(&page)))
}

/// Without the line breaks at blank lines, and the blanks at line ends, that `mandoc -Tlint` finds fault with.
fn tidied(page: &str) -> String {
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    let is_blank = |i: usize| lines.get(i).is_some_and(|line| line.is_empty());
    let mut tidy = String::with_capacity(page.len());
    for (i, line) in lines.iter().enumerate() {
        if *line == ".br" && (is_blank(i + 1) || i > 0 && is_blank(i - 1)) {
            continue;
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy
}
