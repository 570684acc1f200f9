//! Fifty channels that are followed while everything that can go wrong does, by chance: nothing is lost, nothing doubled.
//!
//! A seed that fails is printed; `SIGTOWER_SEED=<seed>` runs it alone. `SIGTOWER_LONG=1` runs 200 of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use scraper::telegram::RealtimeSettings;
use signals::query::{Cursor, SignalQuery};
use signals::store::SignalStore;
use telegram_server::assumptions::Announced;
use telegram_server::world::{Account, Channel, ChannelId, Draft, Visibility};
use telegram_server::{Delivery, Push, TelegramServer};

use crate::live::{Live, until, without_looks};
use crate::world::{held, long, name, store, stored};

const CHANNELS: i64 = 50;
const POSTS: usize = 10_000;
const EDITS: usize = 1_000;
const DELETIONS: usize = 200;
const DISCONNECTS: usize = 20;
const TOO_LONG: usize = 9;
const NAMELESS: usize = 5;
const PRIVATE: usize = 2;
/// Within how many percent of changes each happens to one.
const LOST: u64 = 5;
const DOUBLED: u64 = 5;
const HELD: u64 = 2;

/// Numbers by chance, the same for the same seed (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len())) }
    }
}

/// What a channel published.
#[derive(Default)]
struct Published {
    /// Each post with a signal: its entry as it was edited last, and whether it is deleted.
    signals: BTreeMap<i64, (i32, bool)>,
    /// Posts with news, but deleted ones.
    news: BTreeSet<i64>,
    last: i32,
    is_private: bool,
}

enum Step {
    Post,
    Edit,
    Delete,
    Disconnect,
    TooLong,
    Nameless,
    Private,
}

fn steps(chance: &mut Chance) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |n: usize, step: fn() -> Step| steps.extend((0..n).map(|_| step()));
    add(POSTS, || Step::Post);
    add(EDITS, || Step::Edit);
    add(DELETIONS, || Step::Delete);
    add(DISCONNECTS, || Step::Disconnect);
    add(TOO_LONG, || Step::TooLong);
    add(NAMELESS, || Step::Nameless);
    add(PRIVATE, || Step::Private);
    for at in (1..steps.len()).rev() {
        steps.swap(at, chance.below(at + 1));
    }
    steps
}

fn delivery(chance: &mut Chance) -> Delivery {
    let percent = chance.next() % 100;
    match percent {
        _ if percent < LOST => Delivery::Lost,
        _ if percent < LOST + DOUBLED => Delivery::Doubled,
        _ if percent < LOST + DOUBLED + HELD => Delivery::Held,
        _ => Delivery::Pushed,
    }
}

/// Everything that happens, one after the other.
struct Story<'a> {
    server: &'a TelegramServer,
    chance: Chance,
    channels: BTreeMap<ChannelId, Published>,
}

impl Story<'_> {
    fn some_channel(&mut self) -> ChannelId {
        ChannelId(1_000 + self.chance.below(CHANNELS as usize) as i64)
    }

    fn some_signal(&mut self, channel: ChannelId) -> Option<i64> {
        let there = self.channels[&channel].signals.iter().filter(|(_, (_, is_deleted))| !is_deleted);
        let ids: Vec<i64> = there.map(|(id, _)| *id).collect();
        self.chance.one_of(&ids).copied()
    }

    fn post(&mut self, channel: ChannelId, delivery: Delivery) {
        let kind = self.chance.below(10);
        let answered = self.some_signal(channel);
        let entry = 100 + self.chance.below(100_000) as i32;
        let draft = match (kind, answered) {
            (0, _) => Draft::text("Good morning everyone"),
            (1, Some(answered)) => Draft::text("✅ Target 1 hit").replying_to(answered as i32),
            _ => Draft::text(long("BTC", entry)),
        };
        let (is_news, is_signal) = (draft.reply_to.is_some(), kind > 1 || (kind == 1 && answered.is_none()));
        let id = self.server.post(channel, draft, delivery);
        let published = self.channels.get_mut(&channel).expect("the channel");
        published.last = id;
        if is_news {
            published.news.insert(i64::from(id));
        }
        if is_signal {
            published.signals.insert(i64::from(id), (entry, false));
        }
    }

    fn step(&mut self, step: &Step) {
        let (channel, delivery) = (self.some_channel(), delivery(&mut self.chance));
        match step {
            Step::Post => self.post(channel, delivery),
            Step::Edit => {
                let Some(id) = self.some_signal(channel) else { return };
                let entry = 100 + self.chance.below(100_000) as i32;
                assert!(self.server.edit(channel, id as i32, &long("BTC", entry), delivery));
                self.channels.get_mut(&channel).expect("the channel").signals.insert(id, (entry, false));
            }
            Step::Delete => {
                let Some(id) = self.some_signal(channel) else { return };
                assert!(self.server.delete(channel, &[id as i32], delivery));
                let signals = &mut self.channels.get_mut(&channel).expect("the channel").signals;
                signals.get_mut(&id).expect("the signal").1 = true;
            }
            Step::Disconnect => {
                let announced = [Announced::Nothing, Announced::WithPts, Announced::WithoutPts][self.chance.below(3)];
                self.server.assume(|it| it.announced = announced);
                self.server.disconnect_all();
            }
            Step::TooLong => match self.chance.below(3) {
                0 => self.server.push_too_long(channel, true),
                1 => self.server.push_too_long(channel, false),
                _ => self.server.forget_events(channel),
            },
            Step::Nameless => {
                self.post(channel, Delivery::Held);
                self.server.release(|held| held.iter_mut().for_each(Push::leave_out_the_channel));
            }
            Step::Private => {
                self.server.with_world(|it| {
                    it.channels.get_mut(&channel).expect("the channel").visibility = Visibility::Nobody;
                });
                self.channels.get_mut(&channel).expect("the channel").is_private = true;
            }
        }
        if self.chance.below(40) == 0 {
            self.server.release(|held| held.reverse());
        }
    }
}

/// The posts with news that are kept, with a signal or waiting for one.
async fn kept_news(store: &SignalStore) -> BTreeSet<String> {
    let (mut ids, mut cursor) = (BTreeSet::new(), Cursor::default());
    loop {
        let page = store.list(&SignalQuery::default(), 200, &cursor).await.expect("a page");
        for event in page.signals.into_iter().flat_map(|record| record.events) {
            assert!(ids.insert(event.id.clone()), "{} is kept twice", event.id);
        }
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let mut after = None;
    loop {
        let page = store.unlinked(200, after.as_deref()).await.expect("a page");
        ids.extend(page.events.iter().map(|it| it.event.id().to_string()));
        match page.next {
            Some(next) => after = Some(next),
            None => return ids,
        }
    }
}

async fn tell(seed: u64) {
    let server = TelegramServer::start().await.expect("a port");
    let mut story = Story { server: &server, chance: Chance(seed), channels: BTreeMap::new() };
    let ids: Vec<ChannelId> = (0..CHANNELS).map(|n| ChannelId(1_000 + n)).collect();
    for id in &ids {
        server.add_channel(Channel::new(id.0, &format!("channel{}", id.0)));
        story.channels.insert(*id, Published::default());
    }
    let account = server.add_account(Account::new(7, "+9996621234").reading(ids.iter().copied()));
    let store = store().await;
    let holding = held(&store, "telegram:realtime").await;
    let names = ids.iter().map(|id| name(&format!("channel{}", id.0))).collect();
    // What is lost at the very end is told by nothing, and found by a look.
    let settings =
        RealtimeSettings { check_every: Duration::from_secs(1), poll_every: Duration::from_secs(1), ..without_looks() };
    let mut live = Live::start(&server, account, &store, holding, names, settings).await;
    // A channel that is private before anybody looked is none that anybody knows.
    for _ in 0..CHANNELS {
        live.until_told("looked at").await;
    }
    let steps = steps(&mut story.chance);
    for (n, step) in steps.iter().enumerate() {
        story.step(step);
        if n % 50 == 0 {
            // So that what follows changes is between them, and not behind them all.
            tokio::time::sleep(Duration::from_millis(1 + (story.chance.next() % 4))).await;
        }
    }
    server.release(|_| {});
    for (id, published) in story.channels.iter().filter(|(_, it)| !it.is_private) {
        let channel = format!("channel{}", id.0);
        let mut wrong = String::new();
        for _ in 0..3_000 {
            wrong = what_is_wrong(&store, &channel, published).await;
            if wrong.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let run = store.channel_run(&name(&channel)).await;
        assert!(wrong.is_empty(), "seed {seed}: {channel}: {wrong}; its last pass: {run:?}");
    }
    for id in story.channels.iter().filter(|(_, it)| it.is_private).map(|(id, _)| id) {
        until(&format!("seed {seed}: it is told that channel{} is private", id.0), async || {
            let run = store.channel_run(&name(&format!("channel{}", id.0))).await.expect("an answer");
            run.and_then(|run| run.trouble).is_some_and(|it| it.text.contains("private"))
        })
        .await;
    }
    live.stop().await;
    let news = kept_news(&store).await;
    for (id, published) in story.channels.iter().filter(|(_, it)| !it.is_private) {
        let channel = format!("channel{}", id.0);
        let kept = |post: &i64| news.contains(&format!("{channel}_{post}_0"));
        assert!(published.news.iter().all(kept), "seed {seed}: news of {channel} are lost");
    }
    assert_eq!(server.violations(), [], "seed {seed}");
}

/// What of a channel is not as it was published: every signal is there once, as it was edited last; of deleted ones either
/// nothing is, or that they are.
async fn what_is_wrong(store: &SignalStore, channel: &str, published: &Published) -> String {
    let coverage = store.coverage(&name(channel)).await.expect("it is read").to_string();
    if coverage != format!("1-{}", published.last) {
        return format!("of 1-{} it covers {coverage}", published.last);
    }
    let stored = stored(store, channel).await;
    let ids: BTreeSet<i64> = stored.iter().map(|(id, ..)| *id).collect();
    if ids.len() != stored.len() {
        return "a post is stored twice".to_owned();
    }
    let mut wrong = String::new();
    for (id, (entry, is_deleted)) in &published.signals {
        let there = stored.iter().find(|it| it.0 == *id);
        let is_right = match there {
            None => *is_deleted,
            Some((_, _, true)) => *is_deleted,
            Some((_, stored, false)) => !is_deleted && *stored == entry.to_string(),
        };
        if !is_right {
            wrong += &format!("{id}: published {entry}, deleted {is_deleted}, stored {there:?}; ");
        }
    }
    let strange: Vec<_> = ids.iter().filter(|id| !published.signals.contains_key(id)).collect();
    if strange.is_empty() { wrong } else { format!("{wrong}never published: {strange:?}") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_by_chance_everything_published_is_stored_once() {
    let is_long = std::env::var("SIGTOWER_LONG").is_ok_and(|it| it == "1");
    let seeds: Vec<u64> = match std::env::var("SIGTOWER_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => {
            let mut byte = [0; 8];
            getrandom::fill(&mut byte).expect("random bytes");
            let first = u64::from_le_bytes(byte) >> 1;
            (0..if is_long { 200 } else { 5 }).map(|n| first + n).collect()
        }
    };
    for seed in seeds {
        eprintln!("seed {seed}");
        tell(seed).await;
    }
}
