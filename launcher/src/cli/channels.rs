//! The flags of `sigtower channels`.

use clap::{Args, Subcommand};
use scraper::telegram::LoginName;
use signals::message::ChannelName;

use super::login::LoginsArgs;
use super::{PreviewArgs, StoreArgs, channel};

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct ChannelsArgs {
    #[command(subcommand)]
    pub(crate) command: ChannelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChannelsCommand {
    /// Put channels into the list of those that are read, in the file of settings that counts.
    #[command(after_help = "\
Example:
  sigtower channels add whalechart @io_altsignals https://t.me/learn2trade")]
    Add(ChosenArgs),
    /// Take channels out of that list; what was read of them stays.
    #[command(after_help = "\
Example:
  sigtower channels remove whalechart")]
    Remove(ChosenArgs),
    /// List the channels of which posts were read, and how far, and which of those to read were not read yet.
    List(ListChannelsArgs),
    /// Show which posts of a channel were read, and which are missing between them.
    #[command(after_help = "\
Example:
  sigtower channels coverage whalechart")]
    Coverage(CoverageArgs),
    /// List the posts of a channel that are neither signal nor news, and why, newest first.
    #[command(after_help = "\
Examples:
  sigtower channels passed-over whalechart --limit 200
  sigtower channels passed-over whalechart --rejected")]
    PassedOver(PassedOverArgs),
    /// List the channels that the account has joined, with the numbers under which they can be read; nothing is joined.
    #[command(after_help = "\
Example:
  sigtower channels joined --login realtime")]
    Joined(JoinedArgs),
    /// Try whether channels can be read through their web preview; nothing is stored.
    #[command(after_help = "\
Example:
  sigtower channels test whalechart @io_altsignals")]
    Test(TestChannelsArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ChosenArgs {
    /// The channels: their names, @names, addresses or numbers.
    #[arg(value_name = "NAME", required = true, value_parser = channel, allow_negative_numbers = true)]
    pub(crate) channels: Vec<ChannelName>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
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

#[derive(Args, Debug)]
pub(crate) struct PassedOverArgs {
    /// The channel: any of its names, its number or its address.
    #[arg(value_parser = channel, allow_negative_numbers = true)]
    pub(crate) channel: ChannelName,

    /// How many to list at most.
    #[arg(long, value_name = "N", default_value = "50", value_parser = count)]
    pub(crate) limit: usize,

    /// List the signals instead that were refused, because their prices contradict one another.
    #[arg(long)]
    pub(crate) rejected: bool,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct JoinedArgs {
    /// The login of the account, from `sigtower login`; nobody else may use it meanwhile.
    #[arg(long, value_name = "NAME", default_value = "batch", value_parser = LoginName::parse)]
    pub(crate) login: LoginName,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TestChannelsArgs {
    /// The channels: their names, @names or addresses.
    #[arg(value_name = "CHANNEL", required = true, value_parser = channel, allow_negative_numbers = true)]
    pub(crate) channels: Vec<ChannelName>,

    #[command(flatten)]
    pub(crate) preview: PreviewArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    /// Log what happens; twice, log more.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

fn count(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|n| *n > 0).ok_or("not a count of 1 or more")
}
