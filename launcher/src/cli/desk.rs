//! The arguments of the commands that say whether all is well: `status`, `doctor` and `test`.

use std::time::Duration;

use clap::Args;
use signals::message::ChannelName;

use super::login::LoginsArgs;
use super::{BackendArgs, SourceArgs, SourceKind, StoreArgs, channel, interval};

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Only this channel, by the name under which it is read; give it several times for several.
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    pub(crate) channel: Vec<ChannelName>,

    /// How often channels are read: one without success for two such times is stale.
    #[arg(long, env = "PARSE_INTERVAL_MINUTES", value_name = "TIME", default_value = "5m", value_parser = interval)]
    pub(crate) every: Duration,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    #[command(flatten)]
    pub(crate) backend: BackendArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// The address of the preview, without a path.
    #[arg(long, env = "SIGTOWER_PREVIEW_URL", value_name = "URL", default_value = "https://t.me")]
    pub(crate) preview_url: String,

    /// The port on which `sigtower up` is to listen.
    #[arg(long, env = "SIGTOWER_PORT", default_value_t = 8000)]
    pub(crate) port: u16,

    /// How often channels are to be read: one without success for two such times is worth a warning.
    #[arg(long, env = "PARSE_INTERVAL_MINUTES", value_name = "TIME", default_value = "5m", value_parser = interval)]
    pub(crate) every: Duration,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    #[command(flatten)]
    pub(crate) backend: BackendArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Where posts come from.
    #[arg(long = "source", env = "SIGTOWER_SOURCE", value_enum, value_name = "SOURCE", default_value_t)]
    pub(crate) from: SourceKind,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
