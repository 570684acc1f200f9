//! `sigtower login`: logs an account in to Telegram, and keeps the login for those who read.

mod picture;
mod questions;

use scraper::holding::Grip;
use scraper::telegram::{
    CodeSent, KeptSessionError, Login, LoginConfig, LoginError, LoginName, Me, PhoneNumber, SecretId, SessionBlob,
    SessionFile, SessionSecret, Standing,
};
use serde::Serialize;

use crate::cli::login::LoginArgs;
use crate::config::NO_BOT;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::login::questions::Questions;
use crate::logins::{self, not_logged_in, unkept};
use crate::screen::printable;
use crate::settings::Settings;
use crate::settings::secrets::TELEGRAM_BOT_TOKEN;
use crate::{asking, holding, log, open_store, output};

/// How often a code, or a password, may be wrong; Telegram would soon refuse more by itself.
const MOST_TRIES: usize = 3;
/// How many codes are asked for in one go; each further one, Telegram sends later.
const MOST_CODES: usize = 2;

/// What came of it.
#[derive(Serialize)]
struct LoggedIn {
    name: String,
    /// The account's number.
    account: i64,
    data_centre: i32,
    /// Where it is kept, if on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The secret in which it is kept, if on AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Whether it was made just now.
    is_new: bool,
}

/// Logs in.
pub(crate) fn run(args: &LoginArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let config = logins::config()?;
    if TELEGRAM_BOT_TOKEN.standing(&Settings::read()?)?.is_some() {
        output::say!("{NO_BOT}");
    }
    let phone = args.phone.clone().transpose().map_err(|why| {
        let next = "give the number as --phone +COUNTRY…, or leave it away and be asked";
        Stop::failed("cannot log in with this phone number", why, next)
    })?;
    let file = args.logins.file(&args.store, &args.name)?;
    let body = asking::run(async {
        let secret = match &args.secret {
            Some(id) => Some(found(id).await?),
            None => None,
        };
        let opened = open_store::open(&args.store).await?;
        let work = async |grip| made(args, config, phone, &file, secret.as_ref(), grip).await;
        holding::while_held(&opened.store, &args.name, &file, work).await
    })?;
    if args.json {
        output::print_json(&output::Answer { schema: "login/1", body })?;
    } else {
        output::print(&shown(&body))?;
    }
    Ok(Exit::Ok)
}

fn shown(body: &LoggedIn) -> String {
    let LoggedIn { name, account, data_centre, file, secret, is_new } = body;
    let already = if *is_new { "" } else { " already" };
    let mut text = format!("`{name}` is logged in{already}: account {account}, in data centre {data_centre}.\n");
    if let Some(file) = file {
        text += &format!(
            "The login is kept in {}; whoever can read that file is the account.\n\
             sigtower session revoke {name}    # ends it\n",
            printable(file)
        );
    }
    if let Some(secret) = secret {
        text += &format!(
            "The login is kept in the secret {secret}, and no longer here; whoever may read that secret is the account.\n\
             One that was there before is no longer used: end it in a Telegram app, under Settings, Devices.\n"
        );
    }
    text
}

/// The secret, which is there.
async fn found(id: &SecretId) -> Result<SessionSecret, Stop> {
    let secret = SessionSecret::of_environment(id.clone()).await;
    secret.find().await.map_err(|error| {
        let next = "see that account and region of AWS are those of the secret, and that you may describe it";
        Stop::failed("cannot log in for this secret", error, next)
    })?;
    Ok(secret)
}

/// Goes on with what is kept, or begins, and keeps what comes of it.
async fn made(
    args: &LoginArgs,
    config: LoginConfig,
    phone: Option<PhoneNumber>,
    file: &SessionFile,
    secret: Option<&SessionSecret>,
    grip: Grip,
) -> Result<LoggedIn, Stop> {
    let name = &args.name;
    let kept = match file.load() {
        Ok(kept) => Some(kept),
        Err(KeptSessionError::Missing(_)) => None,
        Err(error) => return Err(unkept(name, &error)),
    };
    let questions = Questions::of_stdin()?;
    let (login, standing) = begun(name, kept.clone().unwrap_or_else(SessionBlob::at_telegram), config, grip).await?;
    let is_new = !matches!(standing, Standing::LoggedIn(_));
    let mut going = Going { name, login, file, kept, questions };
    let ended = going.finished(standing, args, phone).await;
    let blob = going.login.blob();
    going.login.close().await;
    let me = ended?;
    let path = file.path().display().to_string();
    if let Some(secret) = secret {
        secret.save(&blob).await.map_err(|error| {
            let next = format!("mend that, and run the same command again: until then the login is kept in {path}");
            Stop::failed("the login is not in its secret", error, next)
        })?;
        file.remove().map_err(|error| unkept(name, &error))?;
    }
    Ok(LoggedIn {
        name: name.to_string(),
        account: me.id,
        data_centre: blob.home,
        file: secret.is_none().then_some(path),
        secret: args.secret.as_ref().map(ToString::to_string),
        is_new,
    })
}

/// Connects; a kept login that is over is begun anew, with keys of its own.
async fn begun(
    name: &LoginName,
    kept: SessionBlob,
    config: LoginConfig,
    grip: Grip,
) -> Result<(Login, Standing), Stop> {
    match Login::begin(kept.clone(), config.clone(), grip.clone()).await {
        Err(error) if error.is_end_of_login() => {
            output::say!("What was kept of `{name}` is of no more use: {error}.");
            Login::begin(kept.without_keys(), config, grip).await
        }
        begun => begun,
    }
    .map_err(|error| not_logged_in(name, &error))
}

/// A login under way.
struct Going<'a> {
    name: &'a LoginName,
    login: Login,
    file: &'a SessionFile,
    /// What is kept of it by now.
    kept: Option<SessionBlob>,
    questions: Questions,
}

impl Going<'_> {
    async fn finished(
        &mut self,
        mut standing: Standing,
        args: &LoginArgs,
        phone: Option<PhoneNumber>,
    ) -> Result<Me, Stop> {
        self.keep().await?;
        if standing == Standing::Nobody {
            standing = if args.qr { self.by_qr(args.link).await? } else { self.by_code(phone).await? };
            self.keep().await?;
        }
        let me = match standing {
            Standing::LoggedIn(me) => me,
            Standing::PasswordDue { hint } => self.by_password(hint.as_deref()).await?,
            Standing::Nobody => return Err(self.stopped(&LoginError::CodeExpired)),
        };
        self.keep().await?;
        Ok(me)
    }

    /// Keeps the login as far as it is. One that was just made and cannot be kept is ended, as nobody could do so later.
    async fn keep(&mut self) -> Result<(), Stop> {
        let blob = self.login.blob();
        if self.kept.as_ref() == Some(&blob) {
            return Ok(());
        }
        let Err(error) = self.file.save(&blob) else {
            self.kept = Some(blob);
            return Ok(());
        };
        let was_kept = self.kept.as_ref().is_some_and(|kept| (kept.me, kept.home_key()) == (blob.me, blob.home_key()));
        if blob.me.is_some()
            && !was_kept
            && let Err(error) = self.login.log_out().await
        {
            output::say!("The login could not be ended either: {error}. End it in an app, under Settings, Devices.");
        }
        Err(unkept(self.name, &error))
    }

    async fn by_code(&mut self, phone: Option<PhoneNumber>) -> Result<Standing, Stop> {
        let phone = match phone {
            Some(phone) => phone,
            None => self.questions.phone().await?,
        };
        for _ in 0..MOST_CODES {
            let sent = self.login.ask_for_code(&phone).await.map_err(|error| self.stopped(&error))?;
            output::say!("{}", told(sent));
            match self.one_code().await? {
                Some(standing) => return Ok(standing),
                None => output::say!("The code is no longer valid."),
            }
        }
        Err(self.stopped(&LoginError::CodeExpired))
    }

    /// Enters the code that was sent; nothing where it is no longer valid.
    async fn one_code(&mut self) -> Result<Option<Standing>, Stop> {
        for n in 1..=MOST_TRIES {
            let code = self.questions.code().await?;
            match self.login.enter_code(&code).await {
                Ok(standing) => return Ok(Some(standing)),
                Err(LoginError::CodeExpired) => return Ok(None),
                Err(error) if error.is_another_answer_due() && n < MOST_TRIES => output::say!("Sorry, {error}."),
                Err(error) => return Err(self.stopped(&error)),
            }
        }
        Err(self.stopped(&LoginError::WrongCode))
    }

    async fn by_password(&mut self, hint: Option<&str>) -> Result<Me, Stop> {
        for n in 1..=MOST_TRIES {
            let password = self.questions.password(hint).await?;
            match self.login.enter_password(&password).await {
                Ok(Standing::LoggedIn(me)) => return Ok(me),
                Ok(_) => break,
                Err(error) if error.is_another_answer_due() && n < MOST_TRIES => output::say!("Sorry, {error}."),
                Err(error) => return Err(self.stopped(&error)),
            }
        }
        Err(self.stopped(&LoginError::WrongPassword))
    }

    async fn by_qr(&mut self, with_link: bool) -> Result<Standing, Stop> {
        output::say!("In a Telegram app of the account: Settings, Devices, Link Desktop Device; then scan this.");
        let shown = self.login.by_qr(|link| {
            output::say!("\n{}", picture::of(&link.url()));
            if with_link {
                output::say!("{}", link.url());
            }
        });
        shown.await.map_err(|error| self.stopped(&error))
    }

    fn stopped(&self, error: &LoginError) -> Stop {
        not_logged_in(self.name, error)
    }
}

fn told(sent: CodeSent) -> &'static str {
    match sent {
        CodeSent::ToApps => "Telegram sent a code to the apps that are logged in to the account.",
        CodeSent::AsMessage => "Telegram sent a code to the phone, as a message.",
        CodeSent::AsCall => "Telegram calls the phone, and says the code or calls from it.",
        CodeSent::ByMail => "Telegram sent a code by mail.",
    }
}
