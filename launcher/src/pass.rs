//! One pass over channels from wherever they are read: under the lease that this needs, and given back when it ends.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use scraper::collect::Collector;
use scraper::holding::{Grip, Holding};
use scraper::preview::Preview;
use scraper::report::{ChannelReport, SweepReport};
use scraper::telegram::{LoginName, SessionFile, Telegram, TelegramConfig, TelegramError, TelegramSource};
use signals::message::ChannelName;
use signals::store::SignalStore;

use crate::cli::{SourceArgs, SourceKind, StoreArgs};
use crate::failure::Stop;
use crate::holding::{self, Held};
use crate::logins::{self, unanswered, unkept};

/// Where posts come from.
pub(crate) enum Source {
    /// The web preview of public channels.
    Preview(Box<Preview>),
    /// What an account sees.
    Account(Account),
}

/// An account that reads, under a login that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: LoginName,
    pub(crate) file: SessionFile,
    config: TelegramConfig,
    look_ups_per_day: u32,
    /// How the login ended, if the last pass found that out.
    ended: Option<TelegramError>,
    /// Until when Telegram asked not to be asked who is logged in; clones share it.
    quiet_until: Arc<Mutex<Option<Instant>>>,
}

impl Source {
    /// What the command line names; `usual` is the login of whoever names none.
    pub(crate) fn of(args: &SourceArgs, kind: SourceKind, store: &StoreArgs, usual: &str) -> Result<Self, Stop> {
        match kind {
            SourceKind::Preview => Ok(Self::Preview(Box::new(args.preview.open()?))),
            SourceKind::Telegram => Ok(Self::Account(Account::of(args, store, usual)?)),
        }
    }

    /// What it is called in a sentence about channels that are read.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Preview(_) => "through their previews".to_owned(),
            Self::Account(account) => format!("through the account of the login `{}`", account.name),
        }
    }

    /// One pass over these channels, until `stop` comes. What it began then is dropped; it only gives its lease back.
    pub(crate) async fn sweep<T>(
        &mut self,
        collector: &Collector,
        channels: &[ChannelName],
        (is_alone, deadline): (bool, Option<Instant>),
        each: impl FnMut(&ChannelReport),
        stop: impl Future<Output = T>,
    ) -> Result<Result<SweepReport, T>, Stop> {
        let mut stop = pin!(stop);
        let holding = match holding::unless_stopped(self.hold(collector.store(), is_alone), &mut stop).await? {
            Ok(holding) => holding,
            Err(stop) => return Ok(Err(stop)),
        };
        let grip = holding.grip();
        let ended = tokio::select! {
            swept = self.swept(collector, channels, &holding, deadline, each) => swept.map(Ok),
            // Whoever has it now connects under the same login, or reads the same channels.
            () = grip.lost() => Err(holding::lost()),
            stop = &mut stop => Ok(Err(stop)),
        };
        holding.give_back().await;
        ended
    }

    /// That the last pass found the login over, and what to do.
    pub(crate) fn end_of_login(&self) -> Option<Stop> {
        match self {
            Self::Preview(_) => None,
            Self::Account(account) => account.ended.as_ref().map(|error| account.unread(error)),
        }
    }

    async fn hold(&self, store: &SignalStore, is_alone: bool) -> Result<Held, Stop> {
        match self {
            Self::Preview(_) => holding::take(store, is_alone).await,
            Self::Account(account) => holding::take_login(store, &account.name, &account.file).await,
        }
    }

    async fn swept(
        &mut self,
        collector: &Collector,
        channels: &[ChannelName],
        holding: &Holding,
        deadline: Option<Instant>,
        each: impl FnMut(&ChannelReport),
    ) -> Result<SweepReport, Stop> {
        match self {
            Self::Preview(source) => {
                Ok(collector.sweep(&mut **source, channels, holding.lease(), deadline, each).await)
            }
            Self::Account(account) => {
                let (telegram, mut source) = account.connect(collector.store(), holding.grip()).await?;
                let sweep = collector.sweep(&mut source, channels, holding.lease(), deadline, each).await;
                telegram.close().await;
                account.ended = telegram.end_of_login();
                Ok(sweep)
            }
        }
    }
}

impl Account {
    /// The account whose login the command line names, or the usual one.
    pub(crate) fn of(args: &SourceArgs, store: &StoreArgs, usual: &str) -> Result<Self, Stop> {
        let named = args.login.clone().or_else(|| LoginName::parse(usual).ok());
        let name = named.ok_or_else(|| Stop::failed("there is no such login", usual, "name one with --login"))?;
        let file = args.logins.file(store, &name)?;
        let config = logins::application()?;
        // Whoever has none is told before anything is waited for.
        file.load().map_err(|error| unkept(&name, &error))?;
        Ok(Self { name, file, config, look_ups_per_day: args.look_ups, ended: None, quiet_until: Arc::default() })
    }

    /// Connects under its lease.
    pub(crate) async fn connect(&self, store: &SignalStore, grip: Grip) -> Result<(Telegram, TelegramSource), Stop> {
        let Self { name, file, config, look_ups_per_day, .. } = self;
        let blob = file.load().map_err(|error| unkept(name, &error))?;
        let failed = |error| self.unread(&error);
        let now = Instant::now();
        let quiet = || self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = quiet().and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero()) {
            return Err(failed(TelegramError::Flood { retry_after: left }));
        }
        let connected = Telegram::connect(blob, config.clone(), grip).await;
        let (telegram, me) = connected.map_err(|error| {
            *quiet() = error.retry_after().and_then(|pause| now.checked_add(pause));
            failed(error)
        })?;
        match TelegramSource::new(telegram.clone(), &me, store.clone()) {
            Ok(source) => Ok((telegram, source.looking_up_at_most(*look_ups_per_day))),
            Err(error) => {
                telegram.close().await;
                Err(failed(error))
            }
        }
    }

    /// Why nothing is read through it.
    pub(crate) fn unread(&self, error: &TelegramError) -> Stop {
        unanswered(format!("cannot read through the login `{}`", self.name), &self.name, error)
    }
}

/// Whether a person has to log in before anything can be read.
pub(crate) fn needs_login(sweep: &SweepReport) -> bool {
    sweep.channels.iter().any(|it| it.error.as_ref().is_some_and(|trouble| trouble.needs_login))
}
