//! The flags of `sigtower config`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting as a command without flags sees it.
    Show(ConfigShowArgs),
    /// Show where files of settings are looked for, the one that counts most first.
    Path,
    /// Write an example into the working folder.
    Init,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigShowArgs {
    /// Also show where each value stands.
    #[arg(long)]
    pub(crate) origin: bool,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
