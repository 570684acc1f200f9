//! Channels that are followed while a test changes them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use scraper::collect::{CollectSettings, Collector};
use scraper::holding::Holding;
use scraper::telegram::{
    Ended, Happened, Realtime, RealtimeReport, RealtimeSettings, Telegram, TelegramConfig, TelegramSource,
};
use signals::message::ChannelName;
use signals::store::SignalStore;
use telegram_server::TelegramServer;
use telegram_server::world::AccountId;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::world::{config, login};

/// Looks that come by themselves never come: whatever is found is found by other means.
pub(crate) fn without_looks() -> RealtimeSettings {
    let never = Duration::from_secs(100_000);
    RealtimeSettings {
        poll_every: never,
        check_every: never,
        ping_every: never,
        gap_patience: Duration::from_millis(100),
        between_losses: Duration::from_millis(100),
        ..RealtimeSettings::default()
    }
}

/// A task that follows channels.
pub(crate) struct Live {
    stop: oneshot::Sender<()>,
    task: JoinHandle<(Ended, RealtimeReport)>,
    /// What was told of passes, one line each.
    pub(crate) told: mpsc::UnboundedReceiver<String>,
}

impl Live {
    /// Begins to follow.
    pub(crate) async fn start(
        server: &TelegramServer,
        account: AccountId,
        store: &SignalStore,
        holding: &Holding,
        channels: Vec<ChannelName>,
        settings: RealtimeSettings,
    ) -> Self {
        Self::with_config(server, account, store, holding, channels, settings, config()).await
    }

    pub(crate) async fn with_config(
        server: &TelegramServer,
        account: AccountId,
        store: &SignalStore,
        holding: &Holding,
        channels: Vec<ChannelName>,
        settings: RealtimeSettings,
        config: TelegramConfig,
    ) -> Self {
        let connected = Telegram::connect(login(server, account), config, holding.grip()).await;
        let (telegram, me) = connected.expect("a connection");
        let source = TelegramSource::new(telegram.clone(), &me, store.clone()).expect("no bot");
        let collect = CollectSettings { most_posts: 10_000, ..CollectSettings::default() };
        let collector = Collector::new(store.clone(), collect, Arc::new(Timestamp::now));
        let held = (holding.lease().clone(), holding.grip());
        let realtime = Realtime::new(telegram.clone(), source, collector, held, settings);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let each = |happened: Happened<'_>, _: &RealtimeReport| {
                let line = match happened {
                    Happened::Pass(report) => match &report.error {
                        None => format!("{}: looked at", report.channel),
                        Some(trouble) => format!("{}: {}", report.channel, trouble.text),
                    },
                    Happened::Kept(report) => format!("{}: kept", report.channel),
                    Happened::Connected => "connected".to_owned(),
                    Happened::NotConnected(error) => format!("not connected: {error}"),
                };
                drop(tell.send(line));
            };
            let ended = realtime.follow(&channels, async { drop(stopped.await) }, each).await;
            telegram.close().await;
            ended
        });
        Self { stop, task, told }
    }

    /// Waits for a line that has these words.
    pub(crate) async fn until_told(&mut self, words: &str) -> String {
        let wanted = async {
            while let Some(line) = self.told.recv().await {
                if line.contains(words) {
                    return line;
                }
            }
            panic!("it ended before `{words}` was told");
        };
        tokio::time::timeout(Duration::from_secs(30), wanted).await.expect(words)
    }

    /// Stops it in order.
    pub(crate) async fn stop(self) -> RealtimeReport {
        self.stop.send(()).expect("it runs");
        let (ended, report) = self.task.await.expect("no panic");
        assert_eq!(ended, Ended::Stopped);
        report
    }

    /// Lets it fall, as a process that is killed: nothing more is done.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()));
    }

    /// Waits for its end.
    pub(crate) async fn ended(self) -> Ended {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.task).await.expect("its end");
        ended.expect("no panic").0
    }
}

/// Waits until it holds; only a test that fails waits long.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to pass that {what}");
}
