//! `scraper-batch`: a pass over all channels for each event of EventBridge Scheduler, as a function on Lambda.
//!
//! What an operator must mend before anything works (a variable, a missing table, a missing right) ends the process
//! before its first event. From then on an event fails only where the next one may fare better; everything else that
//! went wrong stands in the answer, the log and the metrics.

pub mod config;
mod time;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use program::lambda::{ended, in_span, not_started};
use program::metrics::{self, Figure};
use serde::{Deserialize, Serialize};
use signals::channel_run::ChannelRun;
use signals::lease::LeaseHolder;
use signals::message::ChannelName;
use signals::store::{Counting, SignalStore, StoreError};
use tokio::sync::OnceCell;
use tokio::time::timeout_at;
use tracing::Level;

use crate::collect::Collector;
use crate::holding::{Holding, NotHeld, WantedLease};
use crate::lambda::config::Config;
use crate::lambda::time::Time;
use crate::preview::Preview;
use crate::report::{ChannelReport, SweepReport};

/// Passes over the channels whenever Lambda has an event, until it ends the process.
pub async fn serve_sweeps() -> ExitCode {
    let config = Config::from_environment();
    program::lambda::log(config.as_ref().map_or(Level::INFO, |config| config.log_level));
    let config = match config {
        Ok(config) => config,
        Err(error) => return not_started("Config.Invalid", &error),
    };
    let function = &Function { config, store: OnceCell::new() };
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
    /// The store refuses, and will do so again.
    Refused {
        /// Why.
        error: String,
    },
}

/// What lives from event to event.
struct Function {
    config: Config,
    store: OnceCell<SignalStore>,
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
        let sweep = swept.as_ref().map(|(_, sweep)| sweep.clone()).unwrap_or_default();
        let is_success = swept.is_ok() && sweep.channels.iter().any(|it| it.error.is_none());
        metrics::to_stdout(&metrics::line(Timestamp::now(), "sweep", figures(&sweep, is_success, took)));
        let (outcome, sweep) =
            swept.inspect_err(|error| tracing::error!(error = error.error_message, "sweep.failed"))?;
        tracing::info!(?outcome, n_failed = sweep.n_failed(), n_left_out = sweep.left_out.len(), "sweep.ended");
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Ok(Answer { schema: "sweep/1", outcome, duration_ms, sweep })
    }

    async fn sweep(&self, owner: &str, time: &Time) -> Result<(Outcome, SweepReport), Diagnostic> {
        let all_left_out = || SweepReport { left_out: self.config.channels.clone(), ..SweepReport::default() };
        let taking = async {
            let store = self.store().await.map_err(NotHeld::Store)?;
            let holding = Holding::take(&store, WantedLease::of_collectors(owner, false), say_waiting).await?;
            let runs = store.channel_runs(Timestamp::now()).await.map_err(NotHeld::Store)?;
            Ok((holding, store, longest_unread_first(self.config.channels.clone(), &runs)))
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
        // A source of its own for each pass: connections do not outlive the freeze between two events.
        let mut source = match Preview::new(self.config.preview.clone()) {
            Ok(source) => source,
            Err(error) => return Ok((Outcome::Refused { error: error.to_string() }, all_left_out())),
        };
        let collector = Collector::new(store, self.config.collect, Arc::new(Timestamp::now));
        let mut told = SweepReport::default();
        let each = |report: &ChannelReport| {
            say(report);
            told.add(report.clone());
        };
        let deadline = Some(time.begin_nothing_after);
        let sweep = collector.sweep(&mut source, &channels, holding.lease(), deadline, each);
        let swept = timeout_at(time.stop_at.into(), sweep).await;
        let (outcome, sweep) = match swept {
            Ok(sweep) => (Outcome::Done, sweep),
            Err(_) => {
                let is_left = |it: &&_| !told.channels.iter().any(|report| report.channel == **it);
                told.left_out = channels.iter().filter(is_left).cloned().collect();
                (Outcome::CutShort, told)
            }
        };
        // Where there is no time for it, the next one waits.
        let _ = timeout_at(time.answer_at.into(), holding.give_back()).await;
        if sweep.channels.iter().any(|it| it.taken_over) {
            tracing::warn!("sweep.taken_over");
            return Ok((Outcome::TakenOver, sweep));
        }
        match nothing_read(&sweep) {
            Some(why) => Err(failed("Sweep.NothingRead", why)),
            None => Ok((outcome, sweep)),
        }
    }
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

/// Why a pass read nothing at all, where another one may.
fn nothing_read(sweep: &SweepReport) -> Option<String> {
    let may_help = |it: &ChannelReport| {
        it.error.as_ref().is_some_and(|trouble| trouble.is_retryable && trouble.retry_after_s.is_none())
    };
    let first = sweep.channels.first()?.error.as_ref()?;
    sweep.channels.iter().all(may_help).then(|| first.text.clone())
}

fn say_waiting(holder: &LeaseHolder) {
    tracing::warn!(holder = holder.owner, "sweep.waits_for_lease");
}

/// One line of the log for each channel as it is done.
fn say(report: &ChannelReport) {
    let ChannelReport { channel, tally, backlog, .. } = report;
    match &report.error {
        None => {
            tracing::info!(%channel, fetched = tally.fetched, stored = tally.stored, backlog, "channel.read");
        }
        Some(trouble) => tracing::warn!(%channel, error = trouble.text, "channel.failed"),
    }
}

/// What CloudWatch is told of a pass.
fn figures(sweep: &SweepReport, is_success: bool, took: Duration) -> Vec<Figure> {
    let n_failed = sweep.n_failed();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    vec![
        Figure::count("SweepsSucceeded", u64::from(is_success)),
        Figure::count("ChannelsRead", count(sweep.channels.len() - n_failed)),
        Figure::count("ChannelsFailed", count(n_failed)),
        Figure::count("PostsRead", sweep.total.fetched),
        Figure::count("PostsFailed", sweep.total.bad_posts),
        Figure::count("SignalsCollected", sweep.total.signals),
        Figure::count("SignalsStored", sweep.total.stored),
        Figure::duration("Latency", took),
    ]
}
