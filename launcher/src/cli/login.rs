//! The flags of `sigtower login` and `sigtower session`.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use scraper::telegram::{InvalidAnswer, LoginName, PhoneNumber, SecretId};

use super::StoreArgs;

pub(super) const EXAMPLES: &str = "\
TELEGRAM_API_ID and TELEGRAM_API_HASH, from https://my.telegram.org, must be set.
Without a terminal, what is asked for is read from stdin, a line each: the phone number, the code, the password.

Examples:
  sigtower login
  sigtower login realtime --qr
  sigtower login batch --secret ARN_OF_A_SECRET
  printf '%s\\n' \"$CODE\" | sigtower login batch --phone \"$NUMBER\"";

/// A phone number, or why it is none. The command line would show what is wrong with it, and this must not be shown.
pub(crate) type TypedNumber = Result<PhoneNumber, InvalidAnswer>;

/// Where logins are kept.
#[derive(Args, Debug)]
pub(crate) struct LoginsArgs {
    /// The folder of the logins; `logins` in the data folder unless said otherwise.
    #[arg(long, env = "SIGTOWER_LOGINS_DIR", value_name = "FOLDER")]
    pub(crate) logins_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct LoginArgs {
    /// What the login is called. Whoever reads while somebody else does needs a login of its own, such as `realtime`.
    #[arg(value_name = "NAME", default_value = "batch", value_parser = LoginName::parse)]
    pub(crate) name: LoginName,

    /// The account's phone number, with its country code; asked for where it is not given.
    #[arg(long, value_name = "NUMBER", value_parser = typed, conflicts_with = "qr")]
    pub(crate) phone: Option<TypedNumber>,

    /// Show a QR code for a Telegram app of the account to scan, in place of asking for a code: in the app, Settings,
    /// Devices, Link Desktop Device.
    #[arg(long)]
    pub(crate) qr: bool,

    /// Also print the link that the QR code stands for. Whoever opens it in time gives this login their account.
    #[arg(long, requires = "qr")]
    pub(crate) link: bool,

    /// Put the login into this secret of AWS Secrets Manager, by its name or ARN, and keep nothing of it here; also one
    /// that is kept here already. AWS_PROFILE and AWS_REGION say with which account, as everywhere.
    #[arg(long, value_name = "SECRET", value_parser = secret)]
    pub(crate) secret: Option<SecretId>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct SessionArgs {
    #[command(subcommand)]
    pub(crate) command: SessionCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Show each login that is kept, and who uses it.
    Status(SessionStatusArgs),
    /// End a login at Telegram, for every copy of it, and remove what is kept.
    #[command(after_help = "\
Example:
  sigtower session revoke batch")]
    Revoke(SessionRevokeArgs),
}

#[derive(Args, Debug)]
pub(crate) struct SessionStatusArgs {
    /// Also connect under each login that nobody uses, and say who is logged in.
    #[arg(long)]
    pub(crate) online: bool,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct SessionRevokeArgs {
    /// What the login is called.
    #[arg(value_name = "NAME", value_parser = LoginName::parse)]
    pub(crate) name: LoginName,

    /// Remove what is kept also where Telegram cannot be told, or the login is over already; nobody is asked.
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) logins: LoginsArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

fn secret(text: &str) -> Result<SecretId, &'static str> {
    SecretId::parse(text).ok_or("neither the name of a secret nor its ARN")
}

fn typed(text: &str) -> Result<TypedNumber, Infallible> {
    Ok(PhoneNumber::parse(text))
}
