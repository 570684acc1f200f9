//! The command line: verbs, flags and their help.

pub(crate) mod channels;
pub(crate) mod collect;
pub(crate) mod config;
pub(crate) mod deploy;
pub(crate) mod desk;
pub(crate) mod login;
mod shapes;

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::{SignedDuration, Span};
use signals::api_key::Scope;
use signals::confidence::Confidence;
use signals::message::ChannelName;

use crate::cli::channels::ChannelsArgs;
pub(crate) use crate::cli::collect::{
    BackendArgs, BatchArgs, KeepArgs, PeriodicArgs, PreviewArgs, RealtimeArgs, SourceArgs, SourceKind,
};
use crate::cli::config::ConfigCommand;
use crate::cli::shapes::{BACKUP_SHAPES, EVAL_SHAPES, PARSE_SHAPES};
use crate::exit;
use crate::store_api::REQUESTS_PER_SECOND;

/// Reads Telegram trading signals. Without a command, on a terminal, it opens a menu.
#[derive(Debug, Parser)]
#[command(
    name = "sigtower",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = exit::help(),
)]
pub(crate) struct Cli {
    /// When to colour the output.
    ///
    /// `auto` colours on a terminal and follows NO_COLOR, CLICOLOR_FORCE and TERM=dumb.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Also in pipes and files.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// Makes this the choice of every stream that is opened from now on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API on this machine, with its database.
    Up(UpArgs),
    /// Make, list and revoke keys of the API.
    Keys(KeysArgs),
    /// Write a backup of everything that is kept.
    #[command(after_long_help = BACKUP_SHAPES)]
    Export(ExportArgs),
    /// Read the posts of a chat that Telegram Desktop exported, or a backup.
    #[command(after_long_help = BACKUP_SHAPES)]
    Import(ImportArgs),
    /// Read the new posts of channels, once.
    Batch(BatchArgs),
    /// Read the new posts of channels, again and again.
    Periodic(PeriodicArgs),
    /// Follow channels as they happen, through an account; without one by looking often, with --poll.
    Realtime(RealtimeArgs),
    /// Choose the channels to read; show what was read of them, and whether they can be read.
    Channels(ChannelsArgs),
    /// Say what one post, or a stream of posts, means.
    #[command(after_long_help = PARSE_SHAPES)]
    Parse(ParseArgs),
    /// Score the parser on labelled posts.
    #[command(after_long_help = EVAL_SHAPES)]
    Eval(EvalArgs),
    /// Show the settings, and where each stands.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print a man page.
    Man {
        /// The command whose page to print, as `parse` or `keys create`; without it the page of sigtower itself.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        command: Vec<String>,
    },
    /// Say how far each channel is read, and what is wrong.
    Status(desk::StatusArgs),
    /// Look for what is wrong with this machine and its store, and say what to do.
    Doctor(desk::DoctorArgs),
    /// Try every component for real: channels, parser, store.
    Test(desk::TestArgs),
    /// Log an account in to Telegram, to read channels as their members do.
    #[command(after_help = login::EXAMPLES)]
    Login(login::LoginArgs),
    /// Show the logins that are kept, or end one.
    Session(login::SessionArgs),
    /// Build the functions and deploy them on AWS, with SAM.
    Deploy(deploy::DeployArgs),
}

#[derive(Args, Debug)]
pub(crate) struct UpArgs {
    /// The port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, env = "SIGTOWER_PORT", default_value_t = 8000)]
    pub(crate) port: u16,

    /// The folder of the database; the user's data folder unless said otherwise.
    #[arg(long, env = "SIGTOWER_DATA_DIR", value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Serve a table of DynamoDB, or of a server that speaks like it, in place of a database in a folder; it is made
    /// where it is missing. AWS_ENDPOINT_URL names the server, AWS_REGION and AWS_PROFILE say the rest.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "data_dir")]
    pub(crate) table: Option<String>,

    /// How many requests a second each key may make over some time, and all without a key together; bursts of twice as
    /// many pass.
    #[arg(long, value_name = "N", default_value_t = REQUESTS_PER_SECOND, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) requests_per_second: u32,

    /// A site whose pages may ask from a browser: scheme, host and port, without a path; without it none may but our own.
    #[arg(long, env = "SIGTOWER_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub(crate) cors_origin: Vec<String>,

    /// Also read the new posts of channels, from here; without it nothing is collected, since reading somebody's pages
    /// is your decision.
    #[arg(long, env = "SIGTOWER_SOURCE", value_enum, value_name = "SOURCE")]
    pub(crate) source: Option<SourceKind>,

    #[command(flatten)]
    pub(crate) collect: SourceArgs,

    /// How long it is from the beginning of a pass over the channels to that of the next.
    #[arg(long, env = "PARSE_INTERVAL_MINUTES", value_name = "TIME", default_value = "5m", value_parser = interval)]
    pub(crate) every: std::time::Duration,

    /// Serve only, and collect nothing, whatever the source.
    #[arg(long)]
    pub(crate) no_collect: bool,

    /// Log what happens; twice, log more.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Which store a command is about. A flag wins over a variable, whichever of the two places each of them names.
#[derive(Debug)]
pub(crate) struct StoreArgs {
    /// The folder, where there is no table.
    pub(crate) data_dir: Option<PathBuf>,
    /// The table.
    pub(crate) table: Option<String>,
    /// How much is logged.
    pub(crate) verbose: u8,
}

#[derive(Args, Debug)]
struct StoreFlags {
    /// The folder of the database; the user's data folder unless said otherwise. Where `sigtower up` runs on it, the
    /// running one does the work.
    #[arg(long, env = "SIGTOWER_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,

    /// A table of DynamoDB in place of the folder, reached as the environment says: AWS_PROFILE, AWS_REGION,
    /// AWS_ENDPOINT_URL and the like.
    #[arg(long, env = "SIGNALS_TABLE", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    table: Option<String>,

    /// Log what happens; twice, log more.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl FromArgMatches for StoreArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_flag = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        let (is_folder, is_table) = (is_flag("data_dir"), is_flag("table"));
        // Not clap's `conflicts_with`, which takes a variable for a flag.
        if is_folder && is_table {
            let text = "the argument '--data-dir <FOLDER>' cannot be used with '--table <NAME>'\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        let StoreFlags { data_dir, table, verbose } = StoreFlags::from_arg_matches(matches)?;
        Ok(Self { data_dir, table: table.filter(|_| !is_folder), verbose })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for StoreArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        StoreFlags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        StoreFlags::augment_args_for_update(command)
    }
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key, and print its secret, which is shown this once.
    #[command(after_help = "\
Example:
  sigtower keys create --name desk --scope read --scope write --expires 90d")]
    Create(CreateKeyArgs),
    /// List all keys, also those that no longer open anything.
    List(ListKeysArgs),
    /// Revoke a key for good.
    #[command(after_help = "\
Example:
  sigtower keys revoke 0123456789abcdef")]
    Revoke(RevokeKeyArgs),
}

#[derive(Args, Debug)]
pub(crate) struct CreateKeyArgs {
    /// What you call it.
    #[arg(long)]
    pub(crate) name: String,

    /// What it opens; say it for each. No scope contains another.
    #[arg(long, required = true, value_name = "SCOPE", value_parser = scope())]
    pub(crate) scope: Vec<Scope>,

    /// How long it is good: 90d, 12h, 1y; without it, until it is revoked.
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) expires: Option<Span>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListKeysArgs {
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RevokeKeyArgs {
    /// The id of the key, from `sigtower keys list`; not its secret.
    pub(crate) id: String,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// The file; `-` or nothing writes to stdout. It appears whole or not at all.
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// What Telegram Desktop wrote: the folder, its result.json, or one of its pages of HTML.
    #[arg(value_name = "PATH", required_unless_present = "backup")]
    pub(crate) export: Option<PathBuf>,

    /// The channel that was exported: needed for HTML, which does not say it; of a whole account, the number of the one
    /// chat to read.
    #[arg(long, value_name = "NAME", value_parser = channel, conflicts_with = "backup")]
    pub(crate) channel: Option<ChannelName>,

    /// The time zone of the computer that exported, such as Europe/Berlin, for exports that name none; UTC unless said
    /// otherwise.
    #[arg(long, value_name = "ZONE", conflicts_with = "backup")]
    pub(crate) zone: Option<String>,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    /// A backup that `sigtower export` wrote, into an empty store; `-` reads stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "export")]
    pub(crate) backup: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) backend: BackendArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

fn channel(text: &str) -> Result<ChannelName, String> {
    ChannelName::parse(text).map_err(|error| error.to_string())
}

fn origin(text: &str) -> Result<String, String> {
    let wanted = || "not an origin such as https://desk.example, without a path".to_owned();
    functions::auth::is_origin(text).then(|| text.to_owned()).ok_or_else(wanted)
}

fn threshold(text: &str) -> Result<Confidence, String> {
    Confidence::parse(text).ok_or_else(|| "not a number from 0 to 1 with at most two decimals".to_owned())
}

/// A length of time; a bare number counts minutes, as the predecessor's variable does.
fn interval(text: &str) -> Result<std::time::Duration, String> {
    let minutes = text.parse::<u32>().ok().map(|minutes| std::time::Duration::from_secs(60 * u64::from(minutes)));
    let every = minutes.map_or_else(|| length_of_time(text), Ok)?;
    if every >= std::time::Duration::from_secs(1) {
        Ok(every)
    } else {
        Err("a pass takes a second at least".to_owned())
    }
}

fn length_of_time(text: &str) -> Result<std::time::Duration, String> {
    let length: Option<std::time::Duration> = text.parse::<SignedDuration>().ok().and_then(|it| it.try_into().ok());
    length.ok_or_else(|| "not a length of time such as 2s, 10m or 1h".to_owned())
}

#[derive(Args, Debug)]
pub(crate) struct ParseArgs {
    /// The post's text, or with --jsonl the posts; `-` or nothing reads stdin.
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) file: PathBuf,

    /// Print one JSON object.
    #[arg(long, conflicts_with_all = ["jsonl", "explain"])]
    pub(crate) json: bool,

    /// Read one JSON object a line, `{"id","text"}`, and answer each with one line.
    #[arg(long, conflicts_with_all = ["explain", "reply_to"])]
    pub(crate) jsonl: bool,

    /// Mark in the text what was read, and say by which rule.
    #[arg(long)]
    pub(crate) explain: bool,

    /// The number of the post that this one answers.
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    pub(crate) reply_to: Option<i64>,
}

#[derive(Args, Debug)]
pub(crate) struct EvalArgs {
    /// Labelled posts, one JSON object a line: `{"id","text","lang","label"}`.
    #[arg(value_name = "CORPUS.jsonl")]
    pub(crate) corpus: PathBuf,

    /// Score the answers in FILE, which `parse --jsonl` wrote, not new ones.
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: Option<PathBuf>,

    /// Leave out posts that have a `mangled` key.
    #[arg(long)]
    pub(crate) without_mangled: bool,

    /// List what was read wrongly: the first N, or all.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "18446744073709551615", value_parser = at_most)]
    pub(crate) misses: Option<u64>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

fn at_most(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "not a count; name the corpus before --misses".to_owned())
}

fn scope() -> impl TypedValueParser<Value = Scope> {
    let words = Scope::ALL.map(Scope::as_str);
    PossibleValuesParser::new(words).try_map(|word| Scope::parse(&word).ok_or("no scope"))
}

fn span(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|_| "not a time such as 90d, 12h or 1y".to_owned())?;
    if span.is_positive() { Ok(span) } else { Err("a key cannot end before it begins".to_owned()) }
}
