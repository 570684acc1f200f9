//! `scraper-batch`: a pass over all channels for each event of EventBridge Scheduler, as a function on Lambda.
//!
//! What an operator must mend before anything works (a variable, a missing table, a missing right) ends the process
//! before its first event. From then on an event fails only where the next one may fare better; everything else that
//! went wrong stands in the answer, the log and the metrics.

mod account;
pub mod config;
mod telling;
mod time;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use program::lambda::{ended, in_span, not_started};
use program::metrics;
use serde::{Deserialize, Serialize};
use signals::channel_run::ChannelRun;
use signals::message::ChannelName;
use signals::store::{Counting, SignalStore, StoreError};
use tokio::sync::OnceCell;
use tokio::time::timeout_at;
use tracing::Level;

use crate::collect::Collector;
use crate::holding::{Holding, LEASE_TIME, NotHeld, WantedLease};
use crate::lambda::account::{AccountSource, EndedLogin};
use crate::lambda::config::{BatchSource, Config};
use crate::lambda::telling::{figures, nothing_read, say, say_waiting};
use crate::lambda::time::Time;
use crate::preview::Preview;
use crate::report::{ChannelReport, SweepReport};
use crate::source::MessageSource;

/// Of the time of a pass, a pause that is waited for takes at most one part of so many; a longer one is kept for the next
/// passes, which would not know of it when this one is cut short.
const MOST_PAUSES: u32 = 4;

/// Passes over the channels whenever Lambda has an event, until it ends the process.
pub async fn serve_sweeps() -> ExitCode {
    let config = Config::from_environment();
    program::logs::install(config.as_ref().map_or(Level::INFO, |config| config.log_level));
    let config = match config {
        Ok(config) => config,
        Err(error) => return not_started("Config.Invalid", &error),
    };
    let function = &Function { config, store: OnceCell::new(), ended: Mutex::default() };
    match function.store().await {
        Err(error) if !error.is_retryable() => {
            let table = &function.config.table;
            return not_started("Store.Unusable", &format!("the table `{table}` cannot be used: {error}"));
        }
        // A store that cannot be reached now is asked again by the first event.
        Err(error) => tracing::warn!(%error, "store.unavailable"),
        Ok(_) => {}
    }
    let handle = async |event: LambdaEvent<SweepEvent>| function.answer(event).await;
    ended(lambda_runtime::run(service_fn(|event| in_span(event, handle))).await)
}

/// What the schedule says. Nothing else is an event of this function, so that one that was wired to it by mistake
/// reads no channels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SweepEvent {
    #[serde(rename = "command")]
    _command: Command,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Command {
    Sweep,
}

/// What became of an event.
#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    outcome: Outcome,
    duration_ms: u64,
    #[serde(flatten)]
    sweep: SweepReport,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// Each channel was passed over, or left out in time.
    Done,
    /// The time was up in the middle of a channel; the next pass goes on from there.
    CutShort,
    /// Somebody else took the lease in the middle of it, and goes on from there.
    TakenOver,
    /// Somebody else collects.
    Busy {
        /// Who.
        holder: String,
    },
    /// Nothing can be read until a person has logged in.
    LoginNeeded {
        /// What became of the login.
        why: String,
    },
    /// The store refuses, or whoever keeps the login, and will do so again.
    Refused {
        /// Why.
        error: String,
    },
}

/// What lives from event to event.
struct Function {
    config: Config,
    store: OnceCell<SignalStore>,
    /// The login that the last pass saw end.
    ended: Mutex<Option<EndedLogin>>,
}

impl Function {
    async fn store(&self) -> Result<SignalStore, StoreError> {
        let Config { table, shards, .. } = &self.config;
        let connect = async || SignalStore::connect_to_write(table, *shards, Counting::FromStream).await;
        self.store.get_or_try_init(connect).await.cloned()
    }

    async fn answer(&self, event: LambdaEvent<SweepEvent>) -> Result<Answer, Diagnostic> {
        let began = Instant::now();
        let time = Time::until(event.context.deadline(), SystemTime::now(), began);
        let owner = format!("scraper-batch, invocation {}", event.context.request_id);
        let swept = self.sweep(&owner, &time).await;
        let took = began.elapsed();
        let line = figures(&self.config.source, &swept, took);
        metrics::to_stdout(&metrics::line(Timestamp::now(), "sweep", line));
        let (outcome, sweep) =
            swept.inspect_err(|error| tracing::error!(error = error.error_message, "sweep.failed"))?;
        if let Outcome::LoginNeeded { why } = &outcome {
            tracing::error!(error = why, "login.over");
        }
        tracing::info!(?outcome, n_failed = sweep.n_failed(), n_left_out = sweep.left_out.len(), "sweep.ended");
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Ok(Answer { schema: "sweep/1", outcome, duration_ms, sweep })
    }

    async fn sweep(&self, owner: &str, time: &Time) -> Result<(Outcome, SweepReport), Diagnostic> {
        let all_left_out = || SweepReport { left_out: self.config.channels.clone(), ..SweepReport::default() };
        let lease = self.config.source.lease_name();
        let wanted = WantedLease { name: &lease, owner, lease_time: LEASE_TIME, is_alone: false };
        let taking = async {
            let store = self.store().await.map_err(NotHeld::Store)?;
            let runs = store.channel_runs(Timestamp::now()).await.map_err(NotHeld::Store)?;
            let channels = longest_unread_first(self.config.channels.clone(), &runs);
            // The last step: what is held when the time is up is given back.
            Ok((Holding::take(&store, wanted, say_waiting).await?, store, channels))
        };
        let (holding, store, channels) = match timeout_at(time.begin_nothing_after.into(), taking).await {
            Ok(Ok(taken)) => taken,
            Ok(Err(NotHeld::ByOther(holder))) => {
                tracing::warn!(holder = holder.owner, "sweep.busy");
                return Ok((Outcome::Busy { holder: holder.owner }, all_left_out()));
            }
            Ok(Err(NotHeld::Store(error))) if error.is_retryable() => {
                return Err(failed("Store.Unavailable", error.to_string()));
            }
            Ok(Err(NotHeld::Store(error))) => {
                tracing::error!(%error, "sweep.refused");
                return Ok((Outcome::Refused { error: error.to_string() }, all_left_out()));
            }
            Err(_) => return Err(failed("Sweep.NoTime", "the time was up before the lease was held".to_owned())),
        };
        let pass = Pass { collector: self.collector(&store), channels: &channels, holding: &holding, time };
        // A source of its own for each pass: connections do not outlive the freeze between two events.
        let ((outcome, sweep), refusal) = match &self.config.source {
            BatchSource::Preview(config) => match Preview::new(config.clone()) {
                Ok(mut source) => (pass.over(&mut source).await, None),
                Err(error) => ((Outcome::Refused { error: error.to_string() }, all_left_out()), None),
            },
            BatchSource::Telegram(settings) => {
                let time_left = time.begin_nothing_after.saturating_duration_since(Instant::now());
                let settings = settings.waiting_at_most(time_left / MOST_PAUSES);
                let mut source = AccountSource::new(&settings, store, holding.grip(), self.ended().clone());
                let passed = pass.over(&mut source).await;
                // Before the lease goes: whoever has it next connects under the same login.
                let _ = timeout_at(time.answer_at.into(), source.close()).await;
                let refusal = source.refusal();
                *self.ended() = needs_login(&passed.1).and_then(|why| source.ended(why));
                (passed, refusal)
            }
        };
        // Where there is no time for it, the next one waits.
        let _ = timeout_at(time.answer_at.into(), holding.give_back()).await;
        if sweep.channels.iter().any(|it| it.taken_over) {
            tracing::warn!("sweep.taken_over");
            return Ok((Outcome::TakenOver, sweep));
        }
        if let Some(why) = needs_login(&sweep) {
            return Ok((Outcome::LoginNeeded { why }, sweep));
        }
        if let Some(error) = refusal {
            tracing::error!(error, "sweep.refused");
            return Ok((Outcome::Refused { error }, sweep));
        }
        match nothing_read(&sweep) {
            Some(why) => Err(failed("Sweep.NothingRead", why)),
            None => Ok((outcome, sweep)),
        }
    }

    fn ended(&self) -> MutexGuard<'_, Option<EndedLogin>> {
        // Whoever panicked with it held a whole value.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collector(&self, store: &SignalStore) -> Collector {
        Collector::new(store.clone(), self.config.collect, Arc::new(Timestamp::now))
    }
}

/// One pass over the channels, under the lease and within the time.
struct Pass<'a> {
    collector: Collector,
    channels: &'a [ChannelName],
    holding: &'a Holding,
    time: &'a Time,
}

impl Pass<'_> {
    /// Passes over the channels of this source. What was done when the time was up is kept and told.
    async fn over(&self, source: &mut impl MessageSource) -> (Outcome, SweepReport) {
        let mut told = SweepReport::default();
        let each = |report: &ChannelReport| {
            say(report);
            told.add(report.clone());
        };
        let deadline = Some(self.time.begin_nothing_after);
        let sweep = self.collector.sweep(source, self.channels, self.holding.lease(), deadline, each);
        // On the heap: the clients of the sources lie deeper in it than the compiler looks into one future.
        let sweep = Box::pin(sweep);
        let grip = self.holding.grip();
        // Whoever has the lease now connects under the same login, or reads the same channels.
        let swept = async {
            tokio::select! { sweep = sweep => Some(sweep), () = grip.lost() => None }
        };
        let outcome = match timeout_at(self.time.stop_at.into(), swept).await {
            Ok(Some(sweep)) => return (Outcome::Done, sweep),
            Ok(None) => Outcome::TakenOver,
            Err(_) => Outcome::CutShort,
        };
        if let (Outcome::CutShort, Some(channel)) = (&outcome, self.channels.get(told.channels.len())) {
            // It has had its turn, and the others come first in the next pass.
            let remembered = self.collector.remember_cut_short(channel);
            let _ = timeout_at(self.time.answer_at.into(), remembered).await;
        }
        let is_left = |it: &&_| !told.channels.iter().any(|report| report.channel == **it);
        told.left_out = self.channels.iter().filter(is_left).cloned().collect();
        (outcome, told)
    }
}

/// Why nothing more can be read until a person has logged in, where that is so.
fn needs_login(sweep: &SweepReport) -> Option<String> {
    let trouble = sweep.channels.iter().filter_map(|it| it.error.as_ref()).find(|trouble| trouble.needs_login)?;
    Some(trouble.text.clone())
}

/// The channels so that those which were not read for the longest come first: where the time is too short for all, each
/// has its turn in some pass.
fn longest_unread_first(mut channels: Vec<ChannelName>, runs: &[ChannelRun]) -> Vec<ChannelName> {
    channels.sort_by_key(|channel| runs.iter().find(|run| run.channel == *channel).map(|run| run.ran_at));
    channels
}

fn failed(kind: &str, why: String) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: why }
}
