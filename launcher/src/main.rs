//! The `sigtower` command: reads the command line and hands over to one file per command.

mod asking;
mod backend;
mod backup;
mod batch;
mod card;
mod channels;
mod cli;
mod columns;
mod config;
mod data_folder;
mod deploy;
mod doctor;
mod door;
mod eval;
mod exit;
mod explain;
mod failure;
mod holding;
mod import;
mod input;
mod jsonl;
mod keys;
mod log;
mod login;
mod login_lock;
mod logins;
mod menu;
mod nearest;
mod open_store;
mod output;
mod pages;
mod parse;
mod pass;
mod periodic;
mod progress;
mod realtime;
mod runtime;
#[cfg(test)]
mod samples;
mod screen;
mod server;
mod session;
mod settings;
mod sources;
mod status;
mod store_api;
mod sweep_table;
mod test;
mod up;
mod wire;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::{Cli, Command};
use crate::exit::Exit;

/// The arguments with the predecessor's `--mode batch` as the verb `batch`.
fn verbs(args: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut args = args.peekable();
    let program = args.next();
    if args.peek().is_some_and(|first| first == "--mode") {
        args.next();
    }
    let verb = args.peek().and_then(|first| first.to_str()?.strip_prefix("--mode=")).map(OsString::from);
    if verb.is_some() {
        args.next();
    }
    program.into_iter().chain(verb).chain(args)
}

fn needs_no_settings(args: &[OsString]) -> bool {
    let words: Vec<&str> = args.iter().skip(1).filter_map(|arg| arg.to_str()).collect();
    let asks_for_help = |word: &&str| matches!(*word, "-h" | "--help" | "-V" | "--version");
    matches!(words[..], ["parse" | "eval" | "completions" | "man" | "help", ..] | ["config", "path" | "init", ..])
        || words.iter().any(asks_for_help)
}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if args.len() <= 1 { menu::run(execute) } else { execute(args) }.into()
}

/// Does what a command line says, and tells what stopped it.
fn execute(args: Vec<OsString>) -> Exit {
    let settings = match settings::Settings::read() {
        Ok(settings) => settings,
        // What needs no settings works all the same, the way to mend them among it.
        Err(_) if needs_no_settings(&args) => settings::Settings::default(),
        Err(stop) => return stop.report(),
    };
    let cli = settings.as_defaults_of(Cli::command()).try_get_matches_from(verbs(args.into_iter()));
    let cli = match cli.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // A stream that cannot be written leaves only the exit code to tell.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    cli.color.apply();
    let ended = match &cli.command {
        Command::Up(args) => up::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Export(args) => backup::export(args),
        Command::Import(args) => import::run(args),
        Command::Batch(args) => batch::run(args),
        Command::Periodic(args) => periodic::run(args),
        Command::Realtime(args) => realtime::run(args),
        Command::Channels(args) => channels::run(args),
        Command::Parse(args) => parse::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Config(command) => config::run(command),
        Command::Completions { shell } => pages::completions(*shell),
        Command::Man { command } => pages::man(command),
        Command::Status(args) => status::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Test(args) => test::run(args),
        Command::Login(args) => login::run(args),
        Command::Session(args) => session::run(args),
        Command::Deploy(args) => deploy::run(args),
    };
    match ended {
        Ok(exit) => exit,
        Err(stop) => stop.report(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_settings_does_not_ask_for_them() {
        let needs_none = |line: &str| {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            needs_no_settings(&args)
        };
        for line in ["sigtower --version", "sigtower batch --help", "sigtower parse -", "sigtower config path"] {
            assert!(needs_none(line), "{line}");
        }
        for line in ["sigtower", "sigtower batch", "sigtower config show"] {
            assert!(!needs_none(line), "{line}");
        }
    }

    #[test]
    fn a_mode_of_the_predecessor_is_a_verb() {
        let read = |args: &[&str]| verbs(args.iter().map(OsString::from)).collect::<Vec<_>>();
        for args in [&["sigtower", "--mode", "batch", "--json"][..], &["sigtower", "--mode=batch", "--json"]] {
            assert_eq!(read(args), ["sigtower", "batch", "--json"]);
        }
        assert_eq!(read(&["sigtower", "parse", "--mode"]), ["sigtower", "parse", "--mode"]);
        assert_eq!(read(&["sigtower"]), ["sigtower"]);
    }
}
