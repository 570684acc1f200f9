//! What a pass over a channel costs on AWS, above all where nothing was posted. The table in ARCHITECTURE.md is made of
//! these figures.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use scraper::collect::{CollectSettings, Collector};
use scraper::source::{Chunk, Found, MessageSource, SourceError};
use signals::channel::Sighting;
use signals::lease::{Lease, LeaseAnswer, LeaseWatch};
use signals::message::{ChannelMessage, ChannelName, MessageId};
use signals::store::{Counting, Shards, SignalStore};

use crate::cost::Measured;
use crate::engine::{at, long};
use crate::wire::Wire;

/// A channel whose posts a test writes, and tells no changes, as the preview of one.
struct Channel(Vec<ChannelMessage>);

impl Channel {
    /// One post in five is a signal, and one news of it, as it is assumed for what a month costs.
    fn of(n_posts: i64) -> Self {
        let mut channel = Self(Vec::new());
        (1..=n_posts).for_each(|id| match id % 5 {
            1 => channel.post(id, &long("BTC", 45_000 + u32::try_from(id).expect("a small number"))),
            2 => channel.post(id, "BTC target 1 hit ✅"),
            _ => channel.post(id, "Good morning everyone"),
        });
        channel
    }

    fn post(&mut self, id: i64, text: &str) {
        self.0.retain(|post| post.id != MessageId(id));
        self.0.push(ChannelMessage {
            channel: name(),
            id: MessageId(id),
            posted_at: at(id),
            edited_at: None,
            text: text.to_owned(),
            reply_to: None,
        });
        self.0.sort_by_key(|post| post.id);
    }
}

impl MessageSource for Channel {
    async fn find(&mut self, channel: &ChannelName) -> Result<Found, SourceError> {
        let newest = self.0.last().map(|post| post.id);
        let sighting = Sighting::of(channel.clone());
        Ok(Found { channel: channel.clone(), sighting, title: String::new(), newest, position: None })
    }

    async fn after(&mut self, found: &Found, after: MessageId) -> Result<Chunk, SourceError> {
        let posts = self.0.iter().filter(|post| post.id > after).cloned().collect();
        let covers = MessageId(after.0 + 1)..=found.newest.unwrap_or(after);
        Ok(Chunk { posts, bad: Vec::new(), covers, is_last: true })
    }

    async fn newest(&mut self, found: &Found, _: usize) -> Result<Chunk, SourceError> {
        self.after(found, MessageId(0)).await
    }
}

fn name() -> ChannelName {
    ChannelName::parse("whalechart").expect("a name")
}

async fn lease(store: &SignalStore) -> Lease {
    let mut watch = LeaseWatch::new(Duration::ZERO);
    match store.acquire_lease("collect", "test", &mut watch, Duration::ZERO, at(0)).await.expect("an answer") {
        LeaseAnswer::Held(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// The same post as before is known by what is kept of it, and edits and new posts cost what they are.
#[tokio::test]
async fn the_table_of_passes_says_what_the_engine_counts() {
    let wire = Wire::new();
    let store = wire.store(Shards::AWS, Counting::FromStream).await;
    let clock = Arc::new(Mutex::new(1_000));
    let now = {
        let clock = clock.clone();
        move || at(*clock.lock().expect("no panic"))
    };
    let collector = Collector::new(store.clone(), CollectSettings::default(), Arc::new(now));
    let mut channel = Channel::of(40);
    let mut measured = Vec::new();
    let mut pass = async |channel: &mut Channel, what| {
        *clock.lock().expect("no panic") += 300;
        wire.counts_anew();
        let lease = lease(&store).await;
        let taking = Measured::since_then(&wire, "taking and giving back the lease, each pass over all channels");
        let report = collector.collect_channel(channel, &name(), &lease, None).await;
        assert_eq!((&report.error, report.backlog), (&None, 0), "{what}");
        measured.push(Measured::since_then(&wire, what));
        store.release_lease(&lease).await.expect("it works");
        let giving = Measured::since_then(&wire, "");
        (report.tally, taking.with(&giving))
    };
    let (tally, _) = pass(&mut channel, "the first one, of 40 posts with 8 signals").await;
    assert_eq!((tally.stored, tally.fetched), (16, 40));
    let (tally, _) = pass(&mut channel, "the next one, which looks at all of them again").await;
    assert_eq!((tally.stored, tally.unchanged, tally.fetched), (0, 16, 40));
    let (tally, of_lease) = pass(&mut channel, "one over a channel where nothing happened").await;
    assert_eq!((tally.stored, tally.unchanged, tally.fetched, tally.not_signals["chat"]), (0, 16, 40, 24));
    channel.post(41, &long("BTC", 45_041));
    let (tally, _) = pass(&mut channel, "one that finds a new signal").await;
    assert_eq!((tally.stored, tally.new_versions), (1, 0));
    pass(&mut channel, "the next one, which looks at it again").await;
    channel.post(41, &long("BTC", 45_042));
    let (tally, _) = pass(&mut channel, "one that finds it edited").await;
    assert_eq!((tally.stored, tally.new_versions), (0, 1));
    let (tally, _) = pass(&mut channel, "").await;
    assert_eq!((tally.stored, tally.new_versions, tally.unchanged), (0, 0, 16));
    measured.pop();
    measured.push(of_lease);
    assert_eq!(measured[5].what, "one that finds it edited");
    let table = measured.iter().fold(String::new(), |table, it| table + &it.row() + "\n");
    let document = include_str!("../../ARCHITECTURE.md");
    assert!(document.contains(&table), "ARCHITECTURE.md does not have these rows:\n{table}");
}
