//! The flags of the commands that bring posts in.

use clap::{Args, ValueEnum};
use scraper::telegram::{LOOK_UPS_PER_DAY, LoginName};
use signals::confidence::Confidence;
use signals::message::ChannelName;

use crate::cli::login::LoginsArgs;
use crate::cli::{StoreArgs, channel, interval, length_of_time, threshold};

/// Each pass asks for that many posts again, twenty a page.
const WIDEST_EDIT_WINDOW: i64 = 10_000;
/// As what runs on AWS allows, too.
const MOST_POSTS: i64 = 10_000;
/// In days: ten years.
const LONGEST_RETENTION: i64 = 3_650;

/// What is collected, and from where.
#[derive(Args, Debug)]
pub(crate) struct SourceArgs {
    /// A channel: its name, @name or address; give it several times for several. Without it the predecessor's twelve.
    #[arg(long, env = "SIGTOWER_CHANNELS", value_name = "CHANNEL", value_delimiter = ',', value_parser = channel)]
    pub(crate) channel: Vec<ChannelName>,

    /// How many new posts of a channel one pass reads at most, 1 to 10000; the rest is shown as backlog.
    #[arg(long, env = "MAX_MESSAGES_PER_CHANNEL", value_name = "N", default_value_t = 100,
        value_parser = clap::value_parser!(u16).range(1..=MOST_POSTS))]
    pub(crate) limit: u16,

    /// How many numbers of posts before the last one that was read are looked at again in each pass, because posts are
    /// edited; 0 looks at none.
    #[arg(long, env = "SIGTOWER_EDIT_WINDOW", value_name = "N", default_value_t = 40,
        value_parser = clap::value_parser!(u32).range(..=WIDEST_EDIT_WINDOW))]
    pub(crate) edit_window: u32,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) preview: PreviewArgs,

    /// The login under which an account reads, as `sigtower login NAME` made it; `batch`, and `realtime` where channels
    /// are followed, unless said otherwise.
    #[arg(long, value_name = "NAME", value_parser = LoginName::parse)]
    pub(crate) login: Option<LoginName>,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    /// How many names of channels an account looks up in a day: Telegram refuses more than some hundred for long.
    #[arg(long, env = "TELEGRAM_LOOK_UPS_PER_DAY", value_name = "N", default_value_t = LOOK_UPS_PER_DAY)]
    pub(crate) look_ups: u32,

    #[command(flatten)]
    pub(crate) backend: BackendArgs,
}

/// What is kept of posts, wherever they come from.
#[derive(Args, Debug)]
pub(crate) struct KeepArgs {
    /// Signals less sure than this are stored and flagged: a number from 0 to 1.
    #[arg(long, env = "SIGNAL_CONFIDENCE_THRESHOLD", value_name = "SHARE", default_value = "0.7", value_parser = threshold)]
    pub(crate) threshold: Confidence,

    /// For how many days posts that are neither signals nor news are kept with the reason; 0 keeps none.
    #[arg(long, env = "SIGTOWER_PASSED_OVER_DAYS", value_name = "DAYS", default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(..=LONGEST_RETENTION))]
    pub(crate) keep_passed_over: u16,
}

/// Where signals go, if not into the store itself.
#[derive(Args, Debug)]
pub(crate) struct BackendArgs {
    /// Send signals and news to the API at this address in place of the own store, which keeps how far channels are
    /// read and what could not be sent yet. BACKEND_API_KEY, or a file that BACKEND_API_KEY_FILE names, holds its key.
    #[arg(long, env = "BACKEND_URL", value_name = "URL", default_value = "", hide_default_value = true)]
    backend_url: String,
}

impl BackendArgs {
    /// The address, where one is set; an empty variable sets none.
    pub(crate) fn url(&self) -> Option<&str> {
        Some(self.backend_url.trim()).filter(|url| !url.is_empty())
    }
}

/// How the web preview of channels is asked.
#[derive(Args, Debug)]
pub(crate) struct PreviewArgs {
    /// The pause between two requests to the preview.
    #[arg(long, env = "SIGTOWER_PREVIEW_DELAY", value_name = "TIME", default_value = "1s", value_parser = length_of_time)]
    pub(crate) delay: std::time::Duration,

    /// The address of the preview, without a path.
    #[arg(long, env = "SIGTOWER_PREVIEW_URL", value_name = "URL", default_value = "https://t.me")]
    pub(crate) preview_url: String,
}

#[derive(Args, Debug)]
pub(crate) struct BatchArgs {
    /// Where posts come from.
    #[arg(long = "source", env = "SIGTOWER_SOURCE", value_enum, value_name = "SOURCE", default_value_t)]
    pub(crate) from: SourceKind,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Begin nothing more after this time, such as 10m.
    #[arg(long, value_name = "TIME", value_parser = length_of_time)]
    pub(crate) within: Option<std::time::Duration>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct PeriodicArgs {
    /// Where posts come from.
    #[arg(long = "source", env = "SIGTOWER_SOURCE", value_enum, value_name = "SOURCE", default_value_t)]
    pub(crate) from: SourceKind,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// How long it is from the beginning of a pass to that of the next, such as 5m; a variable without a unit counts
    /// minutes.
    #[arg(long, env = "PARSE_INTERVAL_MINUTES", value_name = "TIME", default_value = "5m", value_parser = interval)]
    pub(crate) every: std::time::Duration,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RealtimeArgs {
    /// Look at the previews of public channels again and again in place of following them through an account: no login is
    /// needed, and posts come half a minute late.
    #[arg(long)]
    pub(crate) poll: bool,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// How long it is from the beginning of a pass to that of the next.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = interval)]
    pub(crate) every: std::time::Duration,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// Where posts come from.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum SourceKind {
    /// Public channels through their web preview, without an account.
    #[default]
    Preview,
    /// What an account sees that is logged in: also private channels, and deletions.
    Telegram,
}
