//! `scraper-realtime`: follows channels as they happen until it is stopped, as a task in a container.
//!
//! It ends where only somebody else can go on: stopped (0), the login is over (4), the lease is somebody else's (5), what
//! its environment says is wrong (2), or another thing that only an operator can mend (1). Whatever passes by itself it
//! waits for.

pub mod config;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use program::metrics::{self, Figure};
use signals::lease::LeaseHolder;
use signals::store::{Counting, SignalStore};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::Level;

use crate::collect::Collector;
use crate::container::config::Config;
use crate::holding::{Holding, NotHeld, WantedLease};
use crate::report::Tally;
use crate::telegram::{
    Ended, Happened, Latencies, Me, Realtime, RealtimeReport, RealtimeSettings, SessionBlob, SessionSecret, Telegram,
    TelegramError, TelegramSource,
};

/// How the process ends where something only an operator can mend is wrong.
const FAILED: u8 = 1;
/// How it ends where its environment is wrong.
const MISCONFIGURED: u8 = 2;
/// How it ends where a person has to log in.
const LOGIN_NEEDED: u8 = 4;
/// How it ends where somebody else holds the lease.
const BUSY: u8 = 5;

/// How often CloudWatch is told.
const BETWEEN_FIGURES: Duration = Duration::from_secs(60);
/// The pauses between tries of what passes by itself.
const PAUSES: [u64; 6] = [1, 2, 5, 10, 30, 60];

/// Why it ends before it is stopped.
struct End {
    code: u8,
    event: &'static str,
    why: String,
}

impl End {
    fn failed(event: &'static str, why: impl ToString) -> Self {
        Self { code: FAILED, event, why: why.to_string() }
    }

    fn login_needed(why: impl ToString) -> Self {
        Self { code: LOGIN_NEEDED, event: "login.over", why: why.to_string() }
    }
}

/// Follows the channels that the environment names until the process is told to stop.
pub async fn follow_channels() -> ExitCode {
    let config = Config::from_environment();
    program::logs::install(config.as_ref().map_or(Level::INFO, |config| config.log_level));
    let pause = config.as_ref().map_or(Duration::ZERO, |config| config.login_pause);
    let ended = match config {
        Ok(config) => until_stopped(&config).await,
        Err(error) => Err(End { code: MISCONFIGURED, event: "config.invalid", why: error.to_string() }),
    };
    let Err(End { code, event, why }) = ended else {
        tracing::info!("realtime.stopped");
        return ExitCode::SUCCESS;
    };
    if code == LOGIN_NEEDED {
        metrics::to_stdout(&metrics::line(Timestamp::now(), "realtime", vec![Figure::count("LoginOver", 1)]));
        let next = "sigtower login realtime, and put the login into its secret";
        tracing::error!(why, next, "login.over");
        // Whoever starts it again would do so at once, and each start asks Telegram under a login that is over.
        if let Ok(mut stop) = stopped() {
            let _ = tokio::time::timeout(pause, stop.wait_for(|is_over| *is_over)).await;
        }
    } else {
        tracing::error!(kind = event, why, "realtime.ended");
    }
    ExitCode::from(code)
}

async fn until_stopped(config: &Config) -> Result<(), End> {
    let stopped = stopped()?;
    let mut stop = stopped.clone();
    // Whoever is stopped before it holds anything has nothing to end in order.
    let holding = tokio::select! {
        holding = begin(config) => holding?,
        _ = stop.wait_for(|is_over| *is_over) => return Ok(()),
    };
    let (store, holding) = holding;
    let ended = follow(config, store, &holding, stopped).await;
    holding.give_back().await;
    ended
}

/// What the process is told to stop by: true once it is.
fn stopped() -> Result<watch::Receiver<bool>, End> {
    let listen = |kind| signal(kind).map_err(|error| End::failed("signals.unheard", error));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = tell.send(true);
    });
    Ok(told)
}

/// The table, and the lease of the login.
async fn begin(config: &Config) -> Result<(SignalStore, Holding), End> {
    let Config { table, shards, login, lease_time, .. } = config;
    let store = with_patience("store.unavailable", async || {
        let opened = SignalStore::connect_to_write(table, *shards, Counting::FromStream).await;
        opened.map_err(|error| {
            (passing(error.is_retryable()), End::failed("store.unusable", format!("{table}: {error}")))
        })
    })
    .await?;
    let owner = format!("scraper-realtime, {}", owner());
    let holding = with_patience("store.unavailable", async || {
        let name = login.lease_name();
        let wanted = WantedLease { name: &name, owner: &owner, lease_time: *lease_time, is_alone: false };
        let waits =
            |holder: &LeaseHolder| tracing::warn!(holder = holder.owner, lease = name, "realtime.waits_for_lease");
        Holding::take(&store, wanted, waits).await.map_err(|error| match error {
            NotHeld::Store(error) => (passing(error.is_retryable()), End::failed("store.unusable", error)),
            NotHeld::ByOther(holder) => {
                let why = format!("`{}` holds the lease of the login, last at {}", holder.owner, holder.renewed_at);
                (None, End { code: BUSY, event: "lease.held_by_other", why })
            }
        })
    })
    .await?;
    Ok((store, holding))
}

/// Who this is, for people: the host, which in a container is its name, and the process.
fn owner() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {}", host.trim(), std::process::id())
}

async fn follow(
    config: &Config,
    store: SignalStore,
    holding: &Holding,
    stopped: watch::Receiver<bool>,
) -> Result<(), End> {
    let mut stop = stopped.clone();
    let (telegram, me) = tokio::select! {
        connected = connect(config, holding) => connected?,
        _ = stop.wait_for(|is_over| *is_over) => return Ok(()),
    };
    let source = TelegramSource::new(telegram.clone(), &me, store.clone()).map_err(End::login_needed)?;
    let source = source.looking_up_at_most(config.look_ups_per_day);
    let collector = Collector::new(store, config.collect, Arc::new(Timestamp::now));
    let held = (holding.lease().clone(), holding.grip());
    let realtime = Realtime::new(telegram.clone(), source, collector, held, RealtimeSettings::default());
    let mut figures = Figures::new();
    let each = |happened: Happened<'_>, report: &RealtimeReport| {
        say(&happened);
        figures.add(&happened, report);
    };
    let stop = async { drop(stop.wait_for(|is_over| *is_over).await) };
    let (ended, report) = realtime.follow(&config.channels, stop, each).await;
    figures.tell(&report);
    telegram.close().await;
    match ended {
        Ended::Stopped => Ok(()),
        Ended::LoginOver { why } => Err(End::login_needed(why)),
        Ended::LeaseLost => {
            let why = "the lease of the login is no longer held; whoever holds it goes on".to_owned();
            Err(End { code: BUSY, event: "lease.lost", why })
        }
    }
}

async fn connect(config: &Config, holding: &Holding) -> Result<(Telegram, Me), End> {
    let secret = SessionSecret::of_environment(config.secret.clone()).await;
    let login: SessionBlob = with_patience("secret.unavailable", async || {
        secret.load().await.map_err(|error| match error.needs_login() {
            true => (None, End::login_needed(error)),
            false => (passing(error.is_retryable()), End::failed("secret.unusable", error)),
        })
    })
    .await?;
    with_patience("telegram.unavailable", async || {
        let connected = Telegram::connect(login.clone(), config.telegram.clone(), holding.grip()).await;
        connected.map_err(|error| match error {
            error if error.is_end_of_login() => (None, End::login_needed(error)),
            TelegramError::LeaseLost => (None, End { code: BUSY, event: "lease.lost", why: error.to_string() }),
            error => {
                let pause = error.is_retryable().then(|| error.retry_after().unwrap_or_default());
                (pause, End::failed("telegram.unusable", error))
            }
        })
    })
    .await
}

/// How long is waited at least before another try, if one may help.
type Pause = Option<Duration>;

/// Of what passes by itself, and did not say when.
fn passing(may_pass: bool) -> Pause {
    may_pass.then_some(Duration::ZERO)
}

/// Tries until it succeeds, or fails for a reason that does not pass by itself.
async fn with_patience<T>(
    event: &'static str,
    mut act: impl AsyncFnMut() -> Result<T, (Pause, End)>,
) -> Result<T, End> {
    let mut pauses = PAUSES.iter();
    loop {
        match act().await {
            Ok(done) => return Ok(done),
            Err((None, end)) => return Err(end),
            Err((Some(pause), end)) => {
                let usual = pauses.next().copied().unwrap_or(PAUSES[PAUSES.len() - 1]);
                let seconds = usual.max(pause.as_secs() + u64::from(pause.subsec_nanos() > 0));
                tracing::warn!(why = end.why, seconds, kind = event, "realtime.waits");
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
        }
    }
}

fn say(happened: &Happened<'_>) {
    match happened {
        Happened::Connected => tracing::info!("telegram.connected"),
        Happened::NotConnected(error) => tracing::warn!(%error, "telegram.not_connected"),
        Happened::Kept(report) => {
            tracing::debug!(channel = %report.channel, stored = report.tally.stored, "channel.told")
        }
        Happened::Pass(report) => match &report.error {
            None => {
                let (fetched, stored) = (report.tally.fetched, report.tally.stored);
                tracing::info!(channel = %report.channel, fetched, stored, backlog = report.backlog, "channel.read");
            }
            Some(trouble) => tracing::warn!(channel = %report.channel, error = trouble.text, "channel.failed"),
        },
    }
}

/// What CloudWatch is told every minute: what happened since the last time.
struct Figures {
    since: Instant,
    told: Tally,
    read: u64,
    failed: u64,
    n_told: u64,
}

impl Figures {
    fn new() -> Self {
        Self { since: Instant::now(), told: Tally::default(), read: 0, failed: 0, n_told: 0 }
    }

    fn add(&mut self, happened: &Happened<'_>, report: &RealtimeReport) {
        if let Happened::Pass(pass) = happened {
            let counted = if pass.error.is_none() { &mut self.read } else { &mut self.failed };
            *counted += 1;
        }
        if self.since.elapsed() >= BETWEEN_FIGURES {
            self.tell(report);
        }
    }

    fn tell(&mut self, report: &RealtimeReport) {
        let RealtimeReport { total, latencies, n_told, .. } = report;
        let mut figures = vec![
            Figure::count("ChangesTold", n_told - self.n_told),
            Figure::count("ChannelsRead", self.read),
            Figure::count("ChannelsFailed", self.failed),
            Figure::count("PostsRead", total.fetched - self.told.fetched),
            Figure::count("PostsFailed", total.bad_posts - self.told.bad_posts),
            Figure::count("SignalsCollected", total.signals - self.told.signals),
            Figure::count("SignalsStored", total.stored - self.told.stored),
            Figure::count("LoginOver", 0),
        ];
        figures.extend(latency(latencies));
        metrics::to_stdout(&metrics::line(Timestamp::now(), "realtime", figures));
        *self = Self { told: total.clone(), n_told: *n_told, ..Self::new() };
    }
}

/// How long the last changes took from being told to being stored.
fn latency(latencies: &Latencies) -> Option<Figure> {
    Some(Figure::duration("Latency", latencies.percentile(99)?))
}
