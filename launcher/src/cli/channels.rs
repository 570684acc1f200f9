//! The flags of `sigtower channels`.

use clap::{Args, Subcommand};
use signals::message::ChannelName;

use super::{StoreArgs, channel};

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct ChannelsArgs {
    #[command(subcommand)]
    pub(crate) command: ChannelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChannelsCommand {
    /// List the channels of which posts were read, and how far.
    List(ListChannelsArgs),
    /// Show which posts of a channel were read, and which are missing between them.
    #[command(after_help = "\
Example:
  sigtower channels coverage whalechart")]
    Coverage(CoverageArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ListChannelsArgs {
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CoverageArgs {
    /// The channel: any of its names, its number or its address.
    #[arg(value_parser = channel, allow_negative_numbers = true)]
    pub(crate) channel: ChannelName,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
