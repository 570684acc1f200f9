//! A source whose channels a test writes, and a collector over an engine in memory.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use scraper::collect::{CollectSettings, Collector};
use scraper::source::{BadPost, Chunk, Found, MOST_HELD, MessageSource, SourceError};
use signals::channel::Sighting;
use signals::lease::{Lease, LeaseAnswer, LeaseWatch};
use signals::message::{ChannelMessage, ChannelName, MessageId};
use signals::store::SignalStore;
use signals::store::embedded::Engine;

pub(crate) const CHANNEL: &str = "whalechart";

pub(crate) fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("a name")
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
}

/// A post, unless it cannot be read.
type Post = Option<ChannelMessage>;

/// Channels with their posts.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    channels: BTreeMap<ChannelName, BTreeMap<i64, Post>>,
    /// How many posts a chunk has at most.
    pub(crate) page: usize,
    /// How many chunks were asked for.
    pub(crate) n_chunks: usize,
    /// From that chunk on the source fails so.
    pub(crate) fails_at: Option<(usize, SourceError)>,
}

impl World {
    pub(crate) fn new(page: usize) -> Self {
        Self { page, ..Self::default() }
    }

    pub(crate) fn post(&mut self, channel: &str, id: i64, text: &str) {
        let post = ChannelMessage {
            channel: name(channel),
            id: MessageId(id),
            posted_at: at(id),
            edited_at: None,
            text: text.to_owned(),
            reply_to: None,
        };
        self.channels.entry(name(channel)).or_default().insert(id, Some(post));
    }

    pub(crate) fn unreadable(&mut self, channel: &str, id: i64) {
        self.channels.entry(name(channel)).or_default().insert(id, None);
    }

    fn chunk(&mut self, found: &Found, ids: RangeInclusive<i64>, n: usize) -> Result<Chunk, SourceError> {
        self.n_chunks += 1;
        if let Some((_, error)) = self.fails_at.as_ref().filter(|(n, _)| self.n_chunks >= *n) {
            return Err(error.clone());
        }
        let all = &self.channels[&found.channel];
        let newest = all.keys().next_back().copied().unwrap_or(0);
        let here: Vec<(i64, Post)> = all.range(ids.clone()).take(n).map(|(id, post)| (*id, post.clone())).collect();
        let is_last = here.last().is_none_or(|(id, _)| *id == newest);
        let end = here.last().map_or(newest.max(ids.start() - 1), |(id, _)| *id);
        let mut chunk =
            Chunk { posts: Vec::new(), bad: Vec::new(), covers: MessageId(*ids.start())..=MessageId(end), is_last };
        for (id, post) in here {
            match post {
                Some(post) => chunk.posts.push(post),
                None => chunk.bad.push(BadPost { id: Some(MessageId(id)), why: "it has no date".to_owned() }),
            }
        }
        Ok(chunk)
    }
}

impl MessageSource for World {
    async fn find(&mut self, channel: &ChannelName) -> Result<Found, SourceError> {
        let none = || SourceError::NoSuchChannel { channel: channel.clone() };
        let posts = self.channels.get(channel).ok_or_else(none)?;
        Ok(Found {
            channel: channel.clone(),
            sighting: Sighting::of(channel.clone()),
            title: String::new(),
            newest: posts.keys().next_back().copied().map(MessageId),
            position: None,
        })
    }

    async fn after(&mut self, found: &Found, after: MessageId) -> Result<Chunk, SourceError> {
        self.chunk(found, after.0 + 1..=i64::MAX, self.page)
    }

    async fn newest(&mut self, found: &Found, n: usize) -> Result<Chunk, SourceError> {
        let all = &self.channels[&found.channel];
        let first = all.keys().nth_back(n.saturating_sub(1)).or(all.keys().next()).copied().unwrap_or(1);
        self.chunk(found, first..=i64::MAX, n.min(MOST_HELD).min(self.page))
    }
}

pub(crate) async fn store() -> SignalStore {
    Engine::in_memory().expect("an engine").store().await.expect("a store")
}

pub(crate) fn collector(store: &SignalStore, settings: CollectSettings) -> Collector {
    collector_at(store, settings, 1_000_000)
}

/// A collector whose clock stands at that second.
pub(crate) fn collector_at(store: &SignalStore, settings: CollectSettings, second: i64) -> Collector {
    Collector::new(store.clone(), settings, Arc::new(move || at(second)))
}

/// The lease, from whoever holds it: time is the test's.
pub(crate) async fn lease(store: &SignalStore) -> Lease {
    let mut watch = LeaseWatch::new(Duration::ZERO);
    for n in 0..3 {
        let elapsed = Duration::from_secs(n);
        let answer = store.acquire_lease("collect", "test", &mut watch, elapsed, at(0)).await.expect("an answer");
        if let LeaseAnswer::Held(lease) = answer {
            return lease;
        }
    }
    panic!("somebody else renews it")
}
