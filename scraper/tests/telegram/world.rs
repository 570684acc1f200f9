//! A login at the test server, a store in memory, and a source over both.

use std::net::{SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use scraper::collect::{CollectSettings, Collector};
use scraper::holding::{Holding, LEASE_TIME, WantedLease};
use scraper::report::ChannelReport;
use scraper::telegram::{SessionBlob, Telegram, TelegramConfig, TelegramSource};
use signals::message::ChannelName;
use signals::origin::{Origin, Source};
use signals::query::{Cursor, SignalQuery};
use signals::record::SignalRecord;
use signals::status::Status;
use signals::store::SignalStore;
use signals::store::embedded::Engine;
use telegram_server::TelegramServer;
use telegram_server::world::{Account, AccountId, Channel, ChannelId};

/// A text that is a signal of this coin.
pub(crate) fn long(coin: &str, entry: i32) -> String {
    format!("#{coin}/USDT LONG\nEntry: {entry}\nTarget: {}\nStop: {}", entry * 2, entry / 2)
}

pub(crate) fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("a name")
}

fn address(server: &TelegramServer) -> SocketAddrV4 {
    let SocketAddr::V4(address) = server.address(2) else { panic!("the server listens on IPv4") };
    address
}

/// A new login of the account, as it would be kept.
pub(crate) fn login(server: &TelegramServer, account: AccountId) -> SessionBlob {
    let mut blob = SessionBlob::empty(2, address(server));
    blob.data_centres[0].key = Some(server.seed_login(account));
    blob
}

/// The usual limits, but for short waits.
pub(crate) fn config() -> TelegramConfig {
    let mut config = TelegramConfig::new(1);
    config.longest_inline_wait = Duration::from_secs(2);
    config
}

pub(crate) async fn store() -> SignalStore {
    Engine::in_memory().expect("an engine").store().await.expect("a store")
}

/// The lease of a login. It stays held when this is dropped: whoever works under it may outlive it.
pub(crate) async fn held(store: &SignalStore, name: &str) -> &'static Holding {
    let wanted = WantedLease { name, owner: "test", lease_time: LEASE_TIME, is_alone: true };
    let holding = Holding::take(store, wanted, |_| {}).await.expect("the lease");
    Box::leak(Box::new(holding))
}

/// A server with an account that reads one channel, and whoever collects from it.
pub(crate) struct World {
    pub(crate) server: TelegramServer,
    pub(crate) store: SignalStore,
    pub(crate) account: AccountId,
    pub(crate) channel: ChannelId,
    pub(crate) settings: CollectSettings,
    pub(crate) holding: &'static Holding,
}

impl World {
    /// One channel, named `signals`, with so many posts, all of them signals.
    pub(crate) async fn with_posts(n_posts: i32) -> Self {
        Self::of(Channel::new(1001, "signals").with_posts(n_posts, |i| long("BTC", i * 10))).await
    }

    pub(crate) async fn of(channel: Channel) -> Self {
        let server = TelegramServer::start().await.expect("a port");
        let channel = server.add_channel(channel);
        let account = server.add_account(Account::new(7, "+9996621234").reading([channel]));
        let store = store().await;
        let settings = CollectSettings { most_posts: 10_000, ..CollectSettings::default() };
        let holding = held(&store, "telegram:batch").await;
        Self { server, store, account, channel, settings, holding }
    }

    /// A new connection, as each run of a batch opens one.
    pub(crate) async fn source(&self) -> TelegramSource {
        let connected = Telegram::connect(login(&self.server, self.account), config(), self.holding.grip()).await;
        let (telegram, me) = connected.expect("a connection");
        TelegramSource::new(telegram, &me, self.store.clone()).expect("no bot")
    }

    pub(crate) fn collector(&self) -> Collector {
        Collector::new(self.store.clone(), self.settings, Arc::new(Timestamp::now))
    }

    /// One pass over a channel over a new connection.
    pub(crate) async fn pass_over(&self, channel: &str) -> ChannelReport {
        let mut source = self.source().await;
        self.collector().collect_channel(&mut source, &name(channel), self.holding.lease(), None).await
    }

    /// The same over the channel, which comes to its end.
    pub(crate) async fn pass(&self) -> ChannelReport {
        let report = self.pass_over("signals").await;
        assert_eq!(report.error, None);
        report
    }

    /// What is stored of the channel: the number of each post with a signal, its entry, and whether it is deleted.
    pub(crate) async fn stored(&self) -> Vec<(i64, String, bool)> {
        stored(&self.store, "signals").await
    }
}

/// What is stored of a channel.
pub(crate) async fn stored(store: &SignalStore, channel: &str) -> Vec<(i64, String, bool)> {
    let query = SignalQuery { source: Source::parse(&format!("telegram_{channel}")).ok(), ..SignalQuery::default() };
    let (mut all, mut cursor) = (Vec::new(), Cursor::default());
    loop {
        let page = store.list(&query, 200, &cursor).await.expect("a page");
        all.extend(page.signals);
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let mut seen: Vec<(i64, String, bool)> = all.iter().map(seen).collect();
    seen.sort();
    seen
}

fn seen(record: &SignalRecord) -> (i64, String, bool) {
    let Origin::Message(origin) = record.signal.origin() else { panic!("it is of a post") };
    let entry = record.signal.fields().entry.range().map(|(low, _)| low.to_string()).unwrap_or_default();
    (origin.message_id.0, entry, record.status == Status::Deleted)
}
