//! `sigtower status`: how far each channel is read, and whether anything is wrong.

pub(crate) mod channel;
mod shown;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use signals::message::ChannelName;
use signals::stats::Cell;
use signals::store::{MOST_UNLINKED, SignalStore, StoreError};

use crate::backend::SinkStatus;
use crate::channels::chosen;
use crate::cli::desk::StatusArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::session::kept::KeptLogin;
use crate::status::channel::ChannelStatus;
use crate::{log, open_store, output, runtime};

/// How many pages of news that wait are counted; more are told as that many at least.
const MOST_PAGES: usize = 5;

/// Everything that is told.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    schema: &'static str,
    at: Timestamp,
    channels: Vec<ChannelStatus>,
    store: StoreStatus,
    /// Who collects without a login, or did not say that it ended.
    collector: Option<CollectorStatus>,
    /// The logins that are kept, and who uses each.
    logins: Vec<KeptLogin>,
    /// Where signals go.
    sinks: Vec<SinkStatus>,
}

#[derive(Debug, Default, Serialize)]
struct StoreStatus {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signals_total: Option<i64>,
    /// News that wait for their signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlinked: Option<usize>,
    /// Whether there are more of them than were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlinked_and_more: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct CollectorStatus {
    owner: String,
    active_at: Timestamp,
}

/// Tells.
pub(crate) fn run(args: &StatusArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let now = Timestamp::now();
    let told = runtime::run(async {
        let named = chosen::named()?;
        let opened = open_store::open(&args.store).await?;
        let status = Status::of(&opened.store, args, &named, now).await.map_err(|error| {
            Stop::failed("the store does not tell how it is", error, "see what is wrong: sigtower doctor")
        })?;
        let logins = KeptLogin::all_in(&args.logins.folder(&args.store)?, &opened.store, None).await?;
        Ok(Status { logins, ..status })
    });
    let status = match told {
        Ok(status) => status,
        Err(stop) => {
            if let (Stop::Failed(failure), true) = (&stop, args.json) {
                output::print_json(&Status::of_failed(format!("{}: {}", failure.what, failure.why), now))?;
            }
            return Err(stop);
        }
    };
    if args.json {
        output::print_json(&status)?
    } else {
        output::print(&shown::table(&status))?
    }
    Ok(status.exit())
}

impl Status {
    async fn of(
        store: &SignalStore,
        args: &StatusArgs,
        named: &[ChannelName],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut channels = Vec::new();
        for run in store.channel_runs(now).await? {
            let is_meant = match args.channel.is_empty() {
                true => chosen::is_in_use(&run, named, now),
                false => args.channel.contains(&run.channel),
            };
            if is_meant {
                let checkpoint = store.checkpoint(run.key.as_ref().unwrap_or(&run.channel)).await?;
                channels.push(ChannelStatus::of(run, checkpoint, args.every, now));
            }
        }
        for name in if args.channel.is_empty() { named } else { &args.channel } {
            if !channels.iter().any(|it| it.channel == *name) {
                channels.push(ChannelStatus::unread(name.clone()));
            }
        }
        let signals_total = store.stats().await?.get(&Cell::All).map_or(0, |all| all.signals);
        let (n_unlinked, and_more) = unlinked(store).await?;
        let holder = store.lease_holder(scraper::holding::NAME).await?;
        Ok(Self {
            schema: "status/1",
            at: now,
            channels,
            store: StoreStatus {
                ok: true,
                signals_total: Some(signals_total),
                unlinked: Some(n_unlinked),
                unlinked_and_more: Some(and_more),
                error: None,
            },
            collector: holder.map(|it| CollectorStatus { owner: it.owner, active_at: it.renewed_at }),
            logins: Vec::new(),
            sinks: vec![args.backend.status(store).await?],
        })
    }

    /// What is known where the store failed.
    fn of_failed(error: String, at: Timestamp) -> Self {
        let store = StoreStatus { error: Some(error), ..StoreStatus::default() };
        let sinks = vec![SinkStatus::store(false)];
        let (channels, logins) = (Vec::new(), Vec::new());
        Self { schema: "status/1", at, channels, store, collector: None, logins, sinks }
    }

    fn exit(&self) -> Exit {
        let is_well = self.channels.iter().all(ChannelStatus::is_well)
            && self.logins.iter().all(KeptLogin::is_well)
            && self.sinks.iter().all(SinkStatus::is_well);
        if is_well { Exit::Ok } else { Exit::Partial }
    }
}

/// How many news wait for their signal, and whether there are more.
async fn unlinked(store: &SignalStore) -> Result<(usize, bool), StoreError> {
    let (mut n, mut after) = (0, None);
    for _ in 0..MOST_PAGES {
        let page = store.unlinked(MOST_UNLINKED, after.as_deref()).await?;
        n += page.events.len();
        after = page.next;
        if after.is_none() {
            return Ok((n, false));
        }
    }
    Ok((n, true))
}

/// A length of time for people: the two largest units would be one too many.
pub(crate) fn about(time: Duration) -> String {
    match time.as_secs() {
        s @ ..120 => format!("{s} s"),
        s @ ..7_200 => format!("{} min", s / 60),
        s @ ..172_800 => format!("{} h", s / 3_600),
        s => format!("{} days", s / 86_400),
    }
}
