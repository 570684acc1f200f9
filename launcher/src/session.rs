//! `sigtower session`: the logins to Telegram that are kept on this machine.

pub(crate) mod kept;
mod revoke;
mod status;

use crate::cli::login::{SessionArgs, SessionCommand};
use crate::exit::Exit;
use crate::failure::Stop;

/// Does what it is asked.
pub(crate) fn run(args: &SessionArgs) -> Result<Exit, Stop> {
    match &args.command {
        SessionCommand::Status(args) => status::run(args),
        SessionCommand::Revoke(args) => revoke::run(args),
    }
}
