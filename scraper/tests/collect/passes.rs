//! What passes leave behind: after another one, after a crash between any two steps, after failures and edits.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use scraper::collect::CollectSettings;
use scraper::export::{Chat, ExportChunk};
use scraper::report::ChannelReport;
use scraper::source::{MessageSource as _, SourceError};
use signals::channel::Sighting;
use signals::message::MessageId;
use signals::query::{Cursor, SignalQuery};
use signals::status::Status;
use signals::store::SignalStore;

use crate::world::{CHANNEL, World, at, collector, collector_at, lease, name, store};

fn settings() -> CollectSettings {
    CollectSettings { edit_window: 10, ..CollectSettings::default() }
}

fn long(entry: i64) -> String {
    format!("BTC LONG ENTRY {entry} TARGET {} SL {}", entry + 1_000, entry - 1_000)
}

/// A channel of 60 posts with holes: signals, news of them, and chat.
fn lively() -> World {
    let mut world = World::new(7);
    for id in (1..=90).filter(|id| id % 3 != 0) {
        match id % 5 {
            0 => world.post(CHANNEL, id, "BTC target 1 hit ✅"),
            1 | 2 => world.post(CHANNEL, id, &long(40_000 + id)),
            _ => world.post(CHANNEL, id, "Good morning everyone"),
        }
    }
    world
}

async fn pass(store: &SignalStore, world: &mut World, settings: CollectSettings) -> ChannelReport {
    let lease = lease(store).await;
    let report = collector(store, settings).collect_channel(world, &name(CHANNEL), &lease, None).await;
    store.release_lease(&lease).await.expect("it works");
    report
}

/// Everything that a pass leaves behind, but for versions and times of the events' arrival.
async fn left_behind(store: &SignalStore) -> (Vec<String>, usize, String, Option<MessageId>) {
    let page = store.list(&SignalQuery::default(), 1_000, &Cursor::default()).await.expect("it works");
    let signal = |it: &signals::record::SignalRecord| {
        let events: Vec<_> = it.events.iter().map(|event| &event.id).collect();
        format!("{} {:?} {events:?}", it.signal.id(), it.status)
    };
    let passed_over = store.passed_over(&name(CHANNEL), None, 1_000, at(1_000_000)).await.expect("it works");
    let coverage = store.coverage(&name(CHANNEL)).await.expect("it works").to_string();
    let checkpoint = store.checkpoint(&name(CHANNEL)).await.expect("it works").map(|it| it.last);
    (page.signals.iter().map(signal).collect(), passed_over.len(), coverage, checkpoint)
}

#[tokio::test]
async fn a_second_pass_stores_nothing_and_passes_of_any_length_end_alike() {
    let whole = store().await;
    let report = pass(&whole, &mut lively(), settings()).await;
    assert_eq!((report.tally.fetched, report.backlog, report.error), (60, 0, None));
    assert_eq!((report.tally.signals, report.tally.updates, report.tally.not_signals["chat"]), (24, 12, 24));
    assert_eq!((report.tally.stored, report.checkpoint), (36, Some(MessageId(89))));
    let expected = left_behind(&whole).await;
    assert_eq!(expected.2, "1-89");
    for _ in 0..2 {
        let again = pass(&whole, &mut lively(), settings()).await;
        assert_eq!((again.tally.stored, again.tally.new_versions, again.error), (0, 0, None));
        assert_eq!(left_behind(&whole).await, expected);
    }
    // Without a checkpoint a pass begins with the newest, so it is the first one that says where.
    for most_posts in [1, 5, 7, 30, 59] {
        let parts = store().await;
        let mut world = World::new(7);
        world.post(CHANNEL, 1, &long(40_001));
        pass(&parts, &mut world, settings()).await;
        let mut world = lively();
        let mut n_passes = 0;
        loop {
            let report = pass(&parts, &mut world, CollectSettings { most_posts, ..settings() }).await;
            assert_eq!(report.error, None);
            n_passes += 1;
            if report.backlog == 0 {
                break;
            }
        }
        assert_eq!(n_passes, 59_usize.div_ceil(most_posts), "{most_posts}");
        assert_eq!(left_behind(&parts).await, expected, "{most_posts}");
    }
}

#[tokio::test]
async fn without_a_checkpoint_the_newest_posts_are_taken() {
    let store = store().await;
    let report = pass(&store, &mut lively(), CollectSettings { most_posts: 10, ..settings() }).await;
    assert_eq!((report.tally.fetched, report.checkpoint, report.backlog), (10, Some(MessageId(89)), 0));
    assert_eq!(store.coverage(&name(CHANNEL)).await.unwrap().to_string(), "76-89");
    // Nor does the look back for edits bring in what was left out.
    let settings = CollectSettings { most_posts: 10, edit_window: 60, ..settings() };
    let again = pass(&store, &mut lively(), settings).await;
    assert_eq!((again.tally.fetched, again.tally.stored), (10, 0));
}

/// Polls a future that often, and drops it: what a crash between any two steps leaves.
async fn crashed_after<F: Future>(n_polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..n_polls {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(done);
        }
        // The engine answers from a thread of its own.
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_dies_between_any_two_steps_loses_and_doubles_nothing() {
    let whole = store().await;
    pass(&whole, &mut lively(), settings()).await;
    let expected = left_behind(&whole).await;
    let store = store().await;
    let mut n_crashes = 0;
    for n_polls in (3..).step_by(2) {
        let mut world = lively();
        let lease = lease(&store).await;
        let collector = collector(&store, settings());
        let channel = name(CHANNEL);
        let pass = collector.collect_channel(&mut world, &channel, &lease, None);
        if let Some(report) = crashed_after(n_polls, pass).await {
            assert_eq!(report.error, None);
            break;
        }
        n_crashes += 1;
        let (checkpoint, coverage) =
            (store.checkpoint(&channel).await.unwrap(), store.coverage(&channel).await.unwrap());
        let last = checkpoint.map_or(0, |it| it.last.0);
        assert!(last == 0 || coverage.contains(MessageId(last)), "{last} is not in {coverage}");
    }
    assert!(n_crashes > 5, "{n_crashes}");
    assert_eq!(left_behind(&store).await, expected);
}

#[tokio::test]
async fn an_edit_before_the_checkpoint_is_found_and_what_was_passed_over_becomes_a_signal() {
    let store = store().await;
    let mut world = lively();
    pass(&store, &mut world, settings()).await;
    let n_passed_over = left_behind(&store).await.1;
    world.post(CHANNEL, 86, &long(50_000));
    world.post(CHANNEL, 88, &long(60_000));
    let report = pass(&store, &mut world, settings()).await;
    assert_eq!((report.tally.stored, report.tally.new_versions), (1, 1), "{report:?}");
    let record = store.get(&"whalechart_86_0".parse().unwrap()).await.unwrap().expect("it is there");
    assert_eq!(record.version, 2);
    assert_eq!(left_behind(&store).await.1, n_passed_over - 1);
    // Before the window nobody looks.
    world.post(CHANNEL, 2, &long(70_000));
    assert_eq!(pass(&store, &mut world, settings()).await.tally.new_versions, 0);
}

#[tokio::test]
async fn what_was_kept_of_a_post_is_forgotten_once_an_edit_makes_a_signal_of_it() {
    let store = store().await;
    let mut world = World::new(50);
    world.post(CHANNEL, 1, "BTC LONG ENTRY 45000 TARGET 46000 SL 45500");
    world.post(CHANNEL, 2, "Good morning everyone");
    pass(&store, &mut world, settings()).await;
    let kept = async || {
        let rejected = store.rejected(&name(CHANNEL), None, 9, at(2_000_000)).await.unwrap();
        let passed_over = store.passed_over(&name(CHANNEL), None, 9, at(2_000_000)).await.unwrap();
        (rejected.len(), passed_over.len())
    };
    assert_eq!(kept().await, (1, 1));
    world.post(CHANNEL, 1, &long(45_000));
    world.post(CHANNEL, 2, &long(46_000));
    assert_eq!(pass(&store, &mut world, settings()).await.tally.stored, 2);
    assert_eq!(kept().await, (0, 0));
}

#[tokio::test]
async fn a_post_that_cannot_be_read_is_named_and_passed_over() {
    let store = store().await;
    let mut world = lively();
    world.unreadable(CHANNEL, 50);
    let report = pass(&store, &mut world, settings()).await;
    assert_eq!((report.tally.bad_posts, report.bad[0].id, report.error.is_none()), (1, Some(MessageId(50)), true));
    assert_eq!(report.checkpoint, Some(MessageId(89)));
}

#[tokio::test]
async fn a_channel_that_fails_keeps_what_was_done_and_stops_no_other() {
    let store = store().await;
    let mut world = lively();
    world.post("sharkchart", 4, &long(41_000));
    let channels = ["whalechart", "nobodyhere", "sharkchart"].map(name);
    let lease = lease(&store).await;
    let mut told = Vec::new();
    let each = |report: &ChannelReport| told.push(report.channel.clone());
    let sweep = collector(&store, settings()).sweep(&mut world, &channels, &lease, None, each).await;
    assert_eq!((sweep.n_failed(), sweep.total.stored, sweep.channels.len()), (1, 37, 3));
    assert!(sweep.channels[1].error.as_ref().is_some_and(|it| !it.is_retryable && it.text.contains("nobodyhere")));
    assert_eq!(told, channels);

    let other = self::store().await;
    let mut world = lively();
    let retry_after = Duration::from_secs(60);
    world.fails_at = Some((3, SourceError::RateLimited { retry_after }));
    let report = pass(&other, &mut world, settings()).await;
    let trouble = report.error.expect("the source failed");
    assert_eq!((trouble.is_retryable, trouble.retry_after_s), (true, Some(60)));
    assert!(report.checkpoint.is_some() && report.backlog > 0);
    world.fails_at = None;

    // Another process knows of the pause, asks nothing before it is over, and goes on behind it.
    let lease = self::lease(&other).await;
    let n_chunks = world.n_chunks;
    let early = collector_at(&other, settings(), 1_000_059);
    let report = early.collect_channel(&mut world, &name(CHANNEL), &lease, None).await;
    let trouble = report.error.expect("it is too early");
    assert_eq!((trouble.is_retryable, trouble.retry_after_s, world.n_chunks), (true, Some(1), n_chunks));
    assert!(trouble.text.contains("2026-10-03T04:01:00Z"), "{}", trouble.text);
    let in_time = collector_at(&other, settings(), 1_000_060);
    assert_eq!(in_time.collect_channel(&mut world, &name(CHANNEL), &lease, None).await.error, None);
    assert_eq!(left_behind(&other).await.3, Some(MessageId(89)));
}

#[tokio::test]
async fn a_pause_that_was_asked_for_with_one_channel_holds_for_all_of_them() {
    let store = store().await;
    let (mut world, lease) = (World::new(50), lease(&store).await);
    world.post(CHANNEL, 1, &long(40_000));
    world.post("sharkchart", 4, &long(41_000));
    let channels = [CHANNEL, "sharkchart"].map(name);
    let sweep = async |world: &mut World, second| {
        collector_at(&store, settings(), second).sweep(world, &channels, &lease, None, |_| {}).await
    };
    world.fails_at = Some((2, SourceError::RateLimited { retry_after: Duration::from_secs(60) }));
    assert_eq!(sweep(&mut world, 1_000_000).await.n_failed(), 1);
    (world.fails_at, world.n_chunks) = (None, 0);
    let early = sweep(&mut world, 1_000_059).await;
    assert_eq!((early.n_failed(), world.n_chunks), (2, 0), "{early:?}");
    assert!(early.channels.iter().all(|it| it.error.as_ref().is_some_and(|it| it.retry_after_s == Some(1))));
    assert_eq!(sweep(&mut world, 1_000_060).await.n_failed(), 0);
}

#[tokio::test]
async fn how_a_pass_ended_is_kept_also_where_the_channel_was_not_found() {
    let store = store().await;
    let (mut world, lease) = (lively(), lease(&store).await);
    let run = async |channel: &str| store.channel_run(&name(channel)).await.unwrap().expect("it is kept");
    let collector = collector_at(&store, settings(), 1_000_000);
    let report = collector.collect_channel(&mut world, &name(CHANNEL), &lease, None).await;
    let good = run(CHANNEL).await;
    assert_eq!((good.succeeded_at, good.newest), (Some(at(1_000_000)), Some(MessageId(89))));
    assert_eq!((good.counts.fetched, good.counts.stored), (report.tally.fetched, report.tally.stored));
    collector.collect_channel(&mut world, &name("nobodyhere"), &lease, None).await;
    let missing = run("nobodyhere").await;
    assert_eq!((missing.succeeded_at, missing.not_before), (None, None));
    assert!(missing.trouble.is_some_and(|it| !it.is_retryable && it.text.contains("nobodyhere")));

    world.fails_at = Some((0, SourceError::Server { status: 502 }));
    let later = collector_at(&store, settings(), 1_000_100);
    later.collect_channel(&mut world, &name(CHANNEL), &lease, None).await;
    let failed = run(CHANNEL).await;
    assert_eq!((failed.ran_at, failed.succeeded_at), (at(1_000_100), Some(at(1_000_000))));
    assert!(failed.trouble.is_some_and(|it| it.is_retryable));
}

#[tokio::test]
async fn a_deadline_that_is_over_begins_nothing_and_saves_what_was_done() {
    let store = store().await;
    let lease = lease(&store).await;
    let channels = [name(CHANNEL)];
    let sweep =
        collector(&store, settings()).sweep(&mut lively(), &channels, &lease, Some(Instant::now()), |_| {}).await;
    assert_eq!(sweep.left_out, channels);
    // Over within a channel: its first chunk is kept.
    let mut world = lively();
    let report =
        collector(&store, settings()).collect_channel(&mut world, &channels[0], &lease, Some(Instant::now())).await;
    assert_eq!((report.error, world.n_chunks), (None, 1));
    assert!(report.backlog > 0 && report.checkpoint.is_some());
}

#[tokio::test]
async fn whoever_lost_the_lease_moves_no_checkpoint() {
    let store = store().await;
    let old = lease(&store).await;
    let _new = lease(&store).await;
    let report = collector(&store, settings()).collect_channel(&mut lively(), &name(CHANNEL), &old, None).await;
    assert!(report.error.is_some_and(|it| it.text.contains("took over")));
    assert_eq!(left_behind(&store).await, (Vec::new(), 0, String::new(), None));
}

#[tokio::test]
async fn news_move_the_signals_before_them() {
    let store = store().await;
    let mut world = World::new(50);
    world.post(CHANNEL, 1, &long(40_000));
    world.post(CHANNEL, 2, "BTC stop loss hit ❌");
    world.post(CHANNEL, 3, &long(41_000));
    pass(&store, &mut world, settings()).await;
    let status = async |id: &str| store.get(&id.parse().unwrap()).await.unwrap().expect("it is there").status;
    assert_eq!((status("whalechart_1_0").await, status("whalechart_3_0").await), (Status::Stopped, Status::Open));
}

#[tokio::test]
async fn news_whose_post_was_edited_to_chat_are_undone_and_a_signal_stays() {
    let store = store().await;
    let mut world = World::new(50);
    world.post(CHANNEL, 1, &long(40_000));
    world.post(CHANNEL, 2, "BTC stop loss hit ❌");
    pass(&store, &mut world, settings()).await;
    let record = async || store.get(&"whalechart_1_0".parse().unwrap()).await.unwrap().expect("it is there");
    assert_eq!(record().await.status, Status::Stopped);
    world.post(CHANNEL, 2, "Good morning everyone");
    world.post(CHANNEL, 1, "Good morning everyone");
    let report = pass(&store, &mut world, settings()).await;
    assert_eq!((report.tally.new_versions, report.tally.not_signals["chat"]), (1, 2));
    assert_eq!((record().await.status, record().await.events.len()), (Status::Open, 0));
    world.post(CHANNEL, 2, "BTC stop loss hit ❌");
    pass(&store, &mut world, settings()).await;
    assert_eq!(record().await.status, Status::Stopped);
    let passed_over = store.passed_over(&name(CHANNEL), None, 9, at(1_000_001)).await.expect("it works");
    assert_eq!(passed_over.iter().map(|it| it.post.id.0).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn an_import_leaves_out_a_chat_that_is_kept_as_two_and_reads_the_others() {
    let store = store().await;
    for sighting in [Sighting::with_number(77, None), Sighting::of(name("whales"))] {
        store.channel_key(&sighting, at(0)).await.unwrap();
    }
    let lease = lease(&store).await;
    let collector = collector(&store, settings());
    let mut pass = collector.import(&lease);
    let mut world = lively();
    let found = world.find(&name(CHANNEL)).await.unwrap();
    let chunk = world.after(&found, MessageId(0)).await.unwrap();
    let both = Sighting::with_number(77, Some(name("whales")));
    for sighting in [both, found.sighting] {
        let channel = sighting.username().expect("a name").clone();
        let chat = Chat { channel, sighting, title: String::new(), kind: "public_channel".to_owned() };
        pass.take(ExportChunk { chat, chunk: chunk.clone() }).await.unwrap();
    }
    let sweep = pass.finish().await;
    assert!(sweep.channels[0].error.as_ref().is_some_and(|it| it.text.contains("kept as two")), "{sweep:?}");
    assert_eq!((sweep.n_failed(), sweep.channels[0].tally.stored), (1, 0));
    assert!(sweep.channels[1].tally.stored > 0, "{sweep:?}");
}
