//! Channels as they happen: what Telegram tells is kept at once, and whatever it may have left out is looked up.
//!
//! There is one way to come up to date, a pass of [`Collector::collect_channel`], whether it is the start, a gap, another
//! connection, a store that failed or a channel of which nothing is ever told. What is told meanwhile is only the faster
//! way: it is kept where it follows on what is kept, and else makes a pass due. So nothing that is lost on the way is
//! lost for good, and what does not fit into memory may be dropped.

mod latency;
mod line;
mod watched;

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use signals::lease::Lease;
use signals::message::{ChannelName, MessageId};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep_until, timeout};

use crate::collect::{CollectError, Collector};
use crate::holding::Grip;
use crate::report::{ChannelReport, Tally};
use crate::source::Changes;
use crate::telegram::connection::Telegram;
use crate::telegram::failure::TelegramError;
use crate::telegram::message::{Message, read};
use crate::telegram::source::TelegramSource;
use crate::telegram::told::{Listener, PushedChange, Told, What};

pub use latency::Latencies;
use watched::{Busy, Due, Watched};

/// How channels are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealtimeSettings {
    /// How often a channel is looked at of which nothing is told although something happens.
    pub poll_every: Duration,
    /// How often a channel is looked at of which everything seems to be told.
    pub check_every: Duration,
    /// How long is waited for a change that should have come before another one.
    pub gap_patience: Duration,
    /// How often is asked whether the connection still lives.
    pub ping_every: Duration,
    /// How often one of these questions is for the account: only then is seen that its login is over.
    pub ask_account_every: Duration,
    /// How long it is at least from one look at everything, because something may have been lost, to the next.
    pub between_losses: Duration,
    /// How many channels are looked at at once.
    pub most_passes: usize,
    /// How many channels are written of at once.
    pub most_keeps: usize,
    /// The most changes that wait to be kept, of all channels together; beyond them channels are looked at later instead.
    pub most_waiting: usize,
    /// How long is waited at the end for what is being kept.
    pub longest_drain: Duration,
}

impl Default for RealtimeSettings {
    fn default() -> Self {
        Self {
            poll_every: Duration::from_secs(60),
            check_every: Duration::from_secs(15 * 60),
            gap_patience: Duration::from_millis(500),
            ping_every: Duration::from_secs(25),
            ask_account_every: Duration::from_secs(300),
            between_losses: Duration::from_secs(5),
            most_passes: 4,
            most_keeps: 8,
            most_waiting: 5_000,
            longest_drain: Duration::from_secs(5),
        }
    }
}

/// Why channels are followed no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Whoever started it wanted so.
    Stopped,
    /// The login is over: a person has to log in again.
    LoginOver {
        /// What happened.
        why: String,
    },
    /// Somebody else may use the login now.
    LeaseLost,
}

/// Something that happened while channels were followed.
#[derive(Debug)]
pub enum Happened<'a> {
    /// A channel was looked at.
    Pass(&'a ChannelReport),
    /// What was told of a channel was kept, or could not be.
    Kept(&'a ChannelReport),
    /// The connection is there, again.
    Connected,
    /// The connection is not there, or not yet.
    NotConnected(&'a TelegramError),
}

/// What became of it all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RealtimeReport {
    /// What was kept, told or looked up.
    pub total: Tally,
    /// How long it took from a change being told to its being kept.
    pub latencies: Latencies,
    /// How many changes were told and kept without a look.
    pub n_told: u64,
    /// How many passes over channels there were.
    pub n_passes: u64,
    /// How often everything was looked up because something may have been lost.
    pub n_lost: u64,
}

/// Follows channels.
#[derive(Debug)]
pub struct Realtime {
    telegram: Telegram,
    source: TelegramSource,
    collector: Collector,
    lease: Lease,
    grip: Grip,
    settings: RealtimeSettings,
}

/// What a task brings back.
enum Done {
    Passed(usize, Box<ChannelReport>),
    Kept(usize, Box<ChannelReport>, Option<CollectError>, Vec<Instant>),
    Subscribed(Result<(), TelegramError>),
}

/// The state of the loop.
struct Following<'a, F> {
    realtime: &'a Realtime,
    watched: Vec<Watched>,
    by_number: HashMap<i64, usize>,
    /// Passes, and the question whether the connection lives and tells what happens.
    looking: JoinSet<Done>,
    keeping: JoinSet<Done>,
    /// When the connection is asked for next; none while the question is out.
    ask_at: Option<Instant>,
    /// When the account was asked last.
    asked_account_at: Instant,
    /// When everything was last found to be told again.
    connected_at: Option<Instant>,
    n_failures: u32,
    is_connected: bool,
    report: RealtimeReport,
    each: F,
}

impl Realtime {
    /// Whoever follows channels over this connection, under this lease.
    #[must_use]
    pub fn new(
        telegram: Telegram,
        source: TelegramSource,
        collector: Collector,
        (lease, grip): (Lease, Grip),
        settings: RealtimeSettings,
    ) -> Self {
        Self { telegram, source, collector, lease, grip, settings }
    }

    /// Follows these channels until `stop`, or until it may not go on. What was told by then is kept first, as far as that
    /// takes no longer than [`RealtimeSettings::longest_drain`]; the rest is looked up by whoever follows them next.
    ///
    /// `each` is told what happens, with what became of all of it so far.
    pub async fn follow(
        &self,
        channels: &[ChannelName],
        stop: impl Future<Output = ()>,
        each: impl FnMut(Happened<'_>, &RealtimeReport),
    ) -> (Ended, RealtimeReport) {
        let mut listener = self.telegram.listen();
        let mut following = Following {
            realtime: self,
            watched: channels.iter().map(|channel| Watched::new(channel.clone())).collect(),
            by_number: HashMap::new(),
            looking: JoinSet::new(),
            keeping: JoinSet::new(),
            ask_at: Some(Instant::now()),
            asked_account_at: Instant::now(),
            connected_at: None,
            n_failures: 0,
            is_connected: false,
            report: RealtimeReport::default(),
            each,
        };
        let ended = following.run(&mut listener, stop).await;
        following.looking.shutdown().await;
        if ended == Ended::Stopped {
            // What does not fit the time is looked up by whoever comes next.
            let _ = timeout(self.settings.longest_drain, following.drain()).await;
        }
        following.keeping.shutdown().await;
        (ended, following.report)
    }
}

impl<F: FnMut(Happened<'_>, &RealtimeReport)> Following<'_, F> {
    async fn run(&mut self, listener: &mut Listener, stop: impl Future<Output = ()>) -> Ended {
        let mut stop = pin!(stop);
        loop {
            if !self.realtime.grip.is_held() {
                return Ended::LeaseLost;
            }
            let next = self.begin_what_is_due(Instant::now());
            let done = tokio::select! {
                () = &mut stop => return Ended::Stopped,
                Some(done) = self.looking.join_next() => done,
                Some(done) = self.keeping.join_next() => done,
                told = listener.next() => {
                    // All that are there: what follows on one another is kept together.
                    told.into_iter().for_each(|told| self.told(told));
                    while let Some(told) = listener.next_now() {
                        self.told(told);
                    }
                    continue;
                }
                () = sleep_until(next.into()) => continue,
            };
            let ended = match done {
                Ok(done) => self.done(done),
                Err(error) => {
                    self.died(&error);
                    None
                }
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// Begins whatever may begin now; gives when something else may, a second from now at the latest.
    fn begin_what_is_due(&mut self, now: Instant) -> Instant {
        let RealtimeSettings { most_passes, most_keeps, most_waiting, .. } = self.realtime.settings;
        let mut next = now + Duration::from_secs(1);
        match self.ask_at {
            Some(at) if at <= now => {
                self.ask_at = None;
                let telegram = self.realtime.telegram.clone();
                let every = self.realtime.settings.ask_account_every;
                if self.is_connected && now.duration_since(self.asked_account_at) < every {
                    self.looking.spawn(async move { Done::Subscribed(telegram.ping().await) });
                } else {
                    self.asked_account_at = now;
                    self.looking.spawn(async move { Done::Subscribed(telegram.subscribe().await) });
                }
            }
            Some(at) => next = next.min(at),
            None => {}
        }
        let mut n_waiting: usize = self.watched.iter().map(|it| it.line.n_ready()).sum();
        while n_waiting > most_waiting
            && let Some(longest) = self.watched.iter_mut().max_by_key(|it| it.line.n_ready())
        {
            tracing::warn!(channel = %longest.channel, n_waiting, "realtime.too_much_waits");
            n_waiting -= longest.line.n_ready();
            longest.lose(now);
        }
        for n in 0..self.watched.len() {
            let watched = &mut self.watched[n];
            if watched.busy.is_some() {
                continue;
            }
            if watched.line.n_ready() > 0 {
                if self.keeping.len() < most_keeps {
                    self.keep(n);
                }
                continue;
            }
            match watched.due(now) {
                Due::Now if self.is_connected && self.looking.len() < most_passes => self.pass(n),
                Due::Now => {}
                Due::At(at) => next = next.min(at),
            }
        }
        next
    }

    fn pass(&mut self, n: usize) {
        let Realtime { source, collector, lease, .. } = self.realtime;
        let (mut source, collector, lease) = (source.clone(), collector.clone(), lease.clone());
        let watched = &mut self.watched[n];
        (watched.busy, watched.is_lost) = (Some(Busy::Looked), false);
        let channel = watched.channel.clone();
        self.looking.spawn(async move {
            let report = collector.collect_channel(&mut source, &channel, &lease, None).await;
            Done::Passed(n, Box::new(report))
        });
    }

    fn keep(&mut self, n: usize) {
        let Realtime { source, collector, lease, .. } = self.realtime;
        let (source, collector, lease) = (source.clone(), collector.clone(), lease.clone());
        let watched = &mut self.watched[n];
        watched.busy = Some(Busy::Kept);
        let (channel, key, changes) = (watched.channel.clone(), watched.key.clone(), watched.line.take_ready());
        self.keeping.spawn(async move {
            let came: Vec<Instant> = changes.iter().map(|change| change.came).collect();
            let mut report = ChannelReport::new(channel.clone());
            let key = key.unwrap_or(channel);
            report.key = Some(key.clone());
            let kept = keep(&source, &collector, &lease, changes, &key, &mut report).await;
            Done::Kept(n, Box::new(report), kept.err(), came)
        });
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Change(change) => {
                if let Some(n) = self.place_of(change.channel) {
                    self.watched[n].told(change, self.realtime.settings.gap_patience);
                }
            }
            Told::TooMuch { channel } => {
                if let Some(n) = self.place_of(channel) {
                    self.report.n_lost += 1;
                    self.watched[n].is_lost = true;
                }
            }
            Told::Lost => {
                self.report.n_lost += 1;
                self.is_connected = false;
                // What cannot be read may come again and again, and everything is looked at each time.
                let now = Instant::now();
                let earliest = self.connected_at.map_or(now, |at| now.max(at + self.realtime.settings.between_losses));
                self.ask_at = self.ask_at.map(|_| earliest);
            }
        }
    }

    /// The channel of this number, also where the first pass over it is still under way; the account may have joined
    /// others, too.
    fn place_of(&mut self, number: i64) -> Option<usize> {
        if let Some(&n) = self.by_number.get(&number) {
            return Some(n);
        }
        let source = &self.realtime.source;
        let unknown = self.watched.iter_mut().enumerate().filter(|(_, watched)| watched.number.is_none());
        for (n, watched) in unknown {
            watched.number = source.number(&watched.channel);
            if let Some(found) = watched.number {
                self.by_number.insert(found, n);
            }
        }
        self.by_number.get(&number).copied()
    }

    fn done(&mut self, done: Done) -> Option<Ended> {
        let now = Instant::now();
        match done {
            Done::Subscribed(answer) => self.subscribed(answer, now),
            Done::Passed(n, report) => {
                self.report.n_passes += 1;
                self.report.total.add(&report.tally);
                (self.each)(Happened::Pass(&report), &self.report);
                let watched = &mut self.watched[n];
                watched.busy = None;
                watched.passed(&report, &self.realtime.settings, now);
                let over = report.error.as_ref().filter(|trouble| trouble.needs_login);
                over.map(|trouble| Ended::LoginOver { why: trouble.text.clone() })
            }
            Done::Kept(n, report, error, came) => {
                self.report.total.add(&report.tally);
                let watched = &mut self.watched[n];
                watched.busy = None;
                if let Some(error) = &error {
                    tracing::warn!(channel = %watched.channel, %error, "realtime.not_kept");
                    watched.failed(now);
                } else {
                    self.report.n_told += came.len() as u64;
                    came.into_iter().for_each(|came| self.report.latencies.add(now.duration_since(came)));
                }
                (self.each)(Happened::Kept(&report), &self.report);
                // A later holder of the lease keeps positions now.
                matches!(error, Some(CollectError::LeaseLost)).then_some(Ended::LeaseLost)
            }
        }
    }

    fn subscribed(&mut self, answer: Result<(), TelegramError>, now: Instant) -> Option<Ended> {
        match answer {
            Ok(()) => {
                self.n_failures = 0;
                self.ask_at = Some(now + self.realtime.settings.ping_every);
                if !self.is_connected {
                    (self.is_connected, self.connected_at) = (true, Some(now));
                    (self.each)(Happened::Connected, &self.report);
                    self.watched.iter_mut().for_each(|watched| watched.is_lost = true);
                }
                None
            }
            Err(error) if error.is_end_of_login() => Some(Ended::LoginOver { why: error.to_string() }),
            Err(TelegramError::LeaseLost) => Some(Ended::LeaseLost),
            Err(error) => {
                (self.each)(Happened::NotConnected(&error), &self.report);
                self.is_connected = false;
                self.n_failures += 1;
                let pause = error.retry_after().unwrap_or_default().max(watched::backoff(self.n_failures));
                self.ask_at = now.checked_add(pause);
                None
            }
        }
    }

    /// Somebody's task panicked. Whose is not said, so that all begin anew; what is kept twice is kept once.
    fn died(&mut self, error: &JoinError) {
        if error.is_cancelled() {
            return;
        }
        tracing::error!(%error, "realtime.task_died");
        let now = Instant::now();
        (self.looking, self.keeping) = (JoinSet::new(), JoinSet::new());
        for watched in &mut self.watched {
            watched.busy = None;
            watched.failed(now);
        }
        self.ask_at = Some(now);
    }

    /// Keeps what was told, and begins nothing else.
    async fn drain(&mut self) {
        for watched in self.watched.iter_mut().filter(|it| it.busy == Some(Busy::Looked)) {
            watched.busy = None;
        }
        loop {
            for n in 0..self.watched.len() {
                if self.watched[n].busy.is_none() && self.watched[n].line.n_ready() > 0 {
                    self.keep(n);
                }
            }
            match self.keeping.join_next().await {
                Some(Ok(done)) => drop(self.done(done)),
                Some(Err(error)) => tracing::error!(%error, "realtime.task_died"),
                None => return,
            }
        }
    }
}

/// Keeps what was told of a channel.
async fn keep(
    source: &TelegramSource,
    collector: &Collector,
    lease: &Lease,
    told: Vec<PushedChange>,
    key: &ChannelName,
    report: &mut ChannelReport,
) -> Result<(), CollectError> {
    let channel = report.channel.clone();
    let position = told.last().map_or(0, |change| i64::from(change.pts));
    let (mut messages, mut new, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
    for change in told {
        match change.what {
            What::New(message) => {
                let message: Message = read(*message, &channel);
                new.extend(message.id());
                messages.push(message);
            }
            What::Edited(message) => messages.push(read(*message, &channel)),
            What::Deleted(ids) => deleted.extend(ids.into_iter().map(|id| MessageId(i64::from(id)))),
            What::Other => {}
        }
    }
    let posts = source.changed_posts(&channel, messages).await?;
    let changes = Changes { deleted, position, ..posts };
    collector.keep_told(changes, &new, key, lease, report).await
}
