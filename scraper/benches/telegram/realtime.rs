//! How long it takes from a post being pushed to its being kept, in a burst and at a steady rate.

use std::collections::VecDeque;
use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use scraper::collect::{CollectSettings, Collector};
use scraper::holding::{Holding, LEASE_TIME, WantedLease};
use scraper::report::ChannelReport;
use scraper::telegram::{
    Ended, Happened, Realtime, RealtimeReport, RealtimeSettings, SessionBlob, Telegram, TelegramConfig, TelegramSource,
};
use serde::Serialize;
use signals::message::ChannelName;
use signals::stats::Cell;
use signals::store::SignalStore;
use signals::store::embedded::Engine;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{interval, timeout};

use crate::served::{Control, Served, name};

/// How many channels are followed.
const CHANNELS: usize = 10;
/// How many posts each has before anybody follows it.
const POSTS_BEFORE: i32 = 20;
/// Every change raises the pts of a channel by one, which begins at 1.
const FIRST_PTS: i64 = 1;
/// How long all that was posted may take to be kept; only a run that fails waits so long.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How posts come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// All at once.
    Burst,
    /// So many a second.
    PerSecond(u32),
}

/// Where what is read is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// In a file: a post counts as kept once it is on the disk.
    OnDisk,
    /// In memory.
    InMemory,
}

/// What a run took.
#[derive(Debug, Serialize)]
struct Said {
    posts: usize,
    pace: String,
    kept: String,
    /// From the first post to the last one kept.
    seconds_to_all_kept: f64,
    /// From the command to post to its being kept, the way to the server included.
    command_to_kept_ms: Quantiles,
    /// The same from its coming out of the client's library.
    told_to_kept_ms: Quantiles,
    /// How many of them were kept as they were told, and not by a look at the channel.
    kept_as_told: u64,
}

#[derive(Debug, Serialize)]
struct Quantiles {
    p50: f64,
    p99: f64,
    most: f64,
}

impl Quantiles {
    fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).checked_sub(1)?).copied();
        Some(Self { p50: ms(at(50)?), p99: ms(at(99)?), most: ms(at(100)?) })
    }

    fn told(report: &RealtimeReport) -> Option<Self> {
        let at = |percent| report.latencies.percentile(percent).map(ms);
        Some(Self { p50: at(50)?, p99: at(99)?, most: at(100)? })
    }
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// What a channel's report says of how far it is kept, and when that was.
type KeptTo = (ChannelName, i64, Instant);

/// Posts so many posts into ten channels at this pace while they are followed, and says what that took.
pub(crate) async fn measure(n_posts: usize, pace: Pace, keeping: Keeping) -> Result<(), Box<dyn Error>> {
    let mut served = Served::start(CHANNELS, POSTS_BEFORE, 1).await?;
    let folder = tempfile::tempdir()?;
    let engine = match keeping {
        Keeping::OnDisk => Engine::open(&folder.path().join("signals.db"))?,
        Keeping::InMemory => Engine::in_memory()?,
    };
    let store = engine.store().await?;
    let (stop, stopped) = oneshot::channel();
    let (tell, mut told) = mpsc::unbounded_channel();
    let following = tokio::spawn(follow(store.clone(), served.address.take_login()?, stopped, tell));
    for _ in 0..CHANNELS {
        timeout(LONGEST_WAIT, told.recv()).await?.ok_or("nobody follows")?;
    }

    let began = Instant::now();
    let posting = tokio::spawn(post_all(served.control().await?, n_posts, pace));
    let times = async {
        let mut kept = Vec::new();
        let mut next = [FIRST_PTS + i64::from(POSTS_BEFORE) + 1; CHANNELS];
        while kept.len() < n_posts {
            let (channel, to, at) = told.recv().await.ok_or("nobody follows any more")?;
            let n = (0..CHANNELS).find(|n| name(*n) == channel.as_str()).ok_or("a channel of nobody")?;
            while next[n] <= to {
                kept.push((n, next[n], at));
                next[n] += 1;
            }
        }
        Ok::<_, &str>(kept)
    };
    let kept = timeout(LONGEST_WAIT + Duration::from_secs(n_posts as u64), times).await??;
    let seconds_to_all_kept = kept.last().map_or(0.0, |(_, _, at)| at.duration_since(began).as_secs_f64());
    let mut sent = posting.await?.map_err(|error| error.to_string())?;
    let mut times = Vec::new();
    for (channel, _, at) in kept {
        times.push(at.duration_since(sent[channel].pop_front().ok_or("more is kept than was posted")?));
    }
    stop.send(()).map_err(|()| "it ended by itself")?;
    let report = following.await?.map_err(|error| error.to_string())?;
    served.end().await?;
    check(&store, n_posts).await?;

    let said = Said {
        posts: n_posts,
        pace: match pace {
            Pace::Burst => "burst".to_owned(),
            Pace::PerSecond(rate) => format!("{rate} a second"),
        },
        kept: format!("{keeping:?}"),
        seconds_to_all_kept,
        command_to_kept_ms: Quantiles::of(times).ok_or("nothing was posted")?,
        told_to_kept_ms: Quantiles::told(&report).ok_or("nothing was told")?,
        kept_as_told: report.n_told,
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&said)?)?;
    Ok(())
}

/// Posts in turn into all channels; gives when each post of each channel was sent.
async fn post_all(
    mut control: Control,
    n_posts: usize,
    pace: Pace,
) -> Result<[VecDeque<Instant>; CHANNELS], Box<dyn Error + Send + Sync>> {
    let failed = |error: Box<dyn Error>| error.to_string();
    let mut sent: [VecDeque<Instant>; CHANNELS] = std::array::from_fn(|_| VecDeque::new());
    let place =
        |n: usize| Ok::<_, std::num::TryFromIntError>((n % CHANNELS, POSTS_BEFORE + 1 + i32::try_from(n / CHANNELS)?));
    let mut ticks = match pace {
        Pace::Burst => None,
        Pace::PerSecond(rate) => Some(interval(Duration::from_secs(1) / rate)),
    };
    for n in 0..n_posts {
        let (channel, id) = place(n)?;
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        sent[channel].push_back(Instant::now());
        control.post(channel, id).await.map_err(failed)?;
        if ticks.is_some() {
            control.answered(id).await.map_err(failed)?;
        }
    }
    if ticks.is_none() {
        for n in 0..n_posts {
            control.answered(place(n)?.1).await.map_err(failed)?;
        }
    }
    Ok(sent)
}

/// Follows all channels until it is told to stop, and tells how far each is kept, whenever that is known.
async fn follow(
    store: SignalStore,
    login: SessionBlob,
    stopped: oneshot::Receiver<()>,
    tell: mpsc::UnboundedSender<KeptTo>,
) -> Result<RealtimeReport, Box<dyn Error + Send + Sync>> {
    let wanted = WantedLease { name: "telegram/realtime", owner: "bench", lease_time: LEASE_TIME, is_alone: true };
    let holding = Holding::take(&store, wanted, |_| {}).await.map_err(|error| format!("no lease: {error:?}"))?;
    let (telegram, me) = Telegram::connect(login, TelegramConfig::new(1), holding.grip()).await?;
    let source = TelegramSource::new(telegram.clone(), &me, store.clone())?;
    let collector = Collector::new(store, CollectSettings::default(), Arc::new(Timestamp::now));
    let held = (holding.lease().clone(), holding.grip());
    let realtime = Realtime::new(telegram.clone(), source, collector, held, RealtimeSettings::default());
    let channels: Vec<ChannelName> = (0..CHANNELS).map(|n| ChannelName::parse(&name(n))).collect::<Result<_, _>>()?;
    let each = |happened: Happened<'_>, _: &RealtimeReport| {
        let (Happened::Pass(report) | Happened::Kept(report)) = happened else { return };
        let ChannelReport { channel, position: Some(position), error: None, .. } = report else { return };
        // Nobody asks any more once everything is kept.
        let _ = tell.send((channel.clone(), *position, Instant::now()));
    };
    let (ended, report) = realtime.follow(&channels, async { drop(stopped.await) }, each).await;
    telegram.close().await;
    if ended == Ended::Stopped { Ok(report) } else { Err(format!("{ended:?}").into()) }
}

/// That every post of every channel was read, and every signal of them is there.
async fn check(store: &SignalStore, n_posts: usize) -> Result<(), Box<dyn Error>> {
    let mut n_signals = 0;
    for channel in 0..CHANNELS {
        let n_pushed = (n_posts + CHANNELS - 1 - channel) / CHANNELS;
        let last = POSTS_BEFORE + i32::try_from(n_pushed)?;
        let read = store.coverage(&ChannelName::parse(&name(channel))?).await?.to_string();
        if read != format!("1-{last}") {
            return Err(format!("of channel {channel} 1-{last} was posted, and {read} was read").into());
        }
        n_signals += i64::try_from(crate::posts::Count::of(last).signals)?;
    }
    let stored = store.stats().await?.get(&Cell::All).map_or(0, |tally| tally.signals);
    if stored != n_signals {
        return Err(format!("{stored} signals are stored, and {n_signals} were posted").into());
    }
    Ok(())
}
