//! A backup holds everything, is read back as it was, and tells when it is damaged.

use std::collections::BTreeSet;
use std::time::Duration;

use signals::api_key::{ApiSecret, KeyPresented, NewApiKey, Scope};
use signals::channel::{Recognised, Sighting};
use signals::checkpoint::Advance;
use signals::coverage::Coverage;
use signals::lease::{Lease, LeaseAnswer, LeaseWatch};
use signals::message::{ChannelName, MessageId};
use signals::origin::SignalId;
use signals::outbox::{OutboxEntry, OutboxKind};
use signals::parser::Reason;
use signals::passed_over::{KeptPost, PassedOver, RetentionDays};
use signals::query::SignalQuery;
use signals::record::Cause;
use signals::store::backup::{BackupError, Imported};
use signals::store::{Counting, Edit, Shards, SignalStore};
use signals::update::UpdateEvent;

use crate::engine::{at, check_counters, edited, handed_in, long, posted, sized, store, store_of, walk};
use crate::telling::{answering, news};

/// A store with every kind of row that has to do with signals.
async fn lived_in() -> SignalStore {
    let store = store().await;
    for n in 0..sized(150, 60) {
        let coin = ["BTC", "ETH", "SOL"][usize::try_from(n % 3).expect("it works")];
        store.put(posted("whalechart", n, &long(coin, 2_000)), at(200)).await.expect("it works");
    }
    for n in 0..sized(20, 6) {
        let text = format!("{}\n\n{}", long("ETH", 3_000), "Read this before you trade. ".repeat(50));
        store.put(edited("whalechart", n, &text, 300), at(301)).await.expect("it works");
        store.put(handed_in("my-desk", n, &long("SOL", 150)), at(302)).await.expect("it works");
        store.put_event(answering(n * 2, news(400 + n, UpdateEvent::StopHit, None)), at(500)).await.expect("it works");
        store.put_event(answering(900, news(600 + n, UpdateEvent::StopHit, None)), at(700)).await.expect("it works");
    }
    let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(800) };
    store.delete(&posted("whalechart", 50, &long("BTC", 2_000)).signal.id(), edit).await.expect("it works");
    let channel = ChannelName::parse("whalechart").expect("it works");
    store.mark_deleted(&channel, &[MessageId(51)], at(801)).await.expect("it works");
    let sighting = Sighting::with_number(77, Some(channel.clone()));
    store.channel_key(&sighting, at(802)).await.expect("it works");
    let read = Coverage::parse("1-400").expect("ranges");
    store.add_coverage(&channel, &read).await.expect("it works");
    let lease = lease(&store, "old/1").await;
    assert_eq!(lease.fence, 1);
    let again = lease_again(&store, lease).await;
    assert_eq!(store.claim_checkpoint(&channel, &again, at(803)).await.expect("it works"), Advance::Done);
    assert_eq!(
        store.advance_checkpoint(&channel, MessageId(400), &again, at(804)).await.expect("it works"),
        Advance::Done
    );
    for (id, days) in [(301, 1), (302, 30)] {
        let text = "Good morning".to_owned();
        let post = KeptPost { channel: channel.clone(), id: MessageId(id), posted_at: at(id), edited_at: None, text };
        let passed_over = PassedOver { post: post.clone(), reason: Reason::Chat };
        store.keep_passed_over(&passed_over, RetentionDays(days), at(805)).await.expect("it works");
    }
    let place = SignalId::parse("whalechart_399_0").expect("an id");
    let unsent = OutboxEntry { kind: OutboxKind::Signal, place, revision: 0, body: "{}".to_owned() };
    store.keep_waiting(&unsent).await.expect("it works");
    for n in [1, 2] {
        let new = NewApiKey::new(&format!("key {n}"), BTreeSet::from([Scope::Read]), None, at(806)).expect("a key");
        store.create_key(new, &ApiSecret::of_random([n; 32]), at(806)).await.expect("it works");
    }
    store
}

async fn lease(store: &SignalStore, owner: &str) -> Lease {
    let answer = store.acquire_lease("main", owner, &mut LeaseWatch::new(Duration::ZERO), Duration::ZERO, at(0)).await;
    match answer.expect("it works") {
        LeaseAnswer::Held(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// The next acquisition of a lease that was given back.
async fn lease_again(store: &SignalStore, lease: Lease) -> Lease {
    store.release_lease(&lease).await.expect("it works");
    self::lease(store, "old/2").await
}

async fn backup(store: &SignalStore, seconds: i64) -> String {
    let mut file = Vec::new();
    let n = store.export(&mut file, at(seconds), |_| {}).await.expect("it works");
    let text = String::from_utf8(file).expect("it works");
    assert_eq!(text.lines().count() as u64, n + 2);
    text
}

async fn import(store: &SignalStore, text: &str) -> Result<Imported, BackupError> {
    store.import(&mut text.as_bytes(), at(2_000), |_| {}).await
}

fn without_header(text: &str) -> &str {
    text.split_once('\n').expect("a header").1
}

#[tokio::test]
async fn what_is_imported_is_what_was_exported_whatever_the_shards() {
    let store = lived_in().await;
    let text = backup(&store, 1_000).await;
    for shards in [Shards::LOCAL, Shards { feed: 5, symbol: 3, stats: 2 }] {
        let other = store_of(shards, Counting::Inline).await;
        let imported = import(&other, &text).await.unwrap();
        assert_eq!(imported.written, text.lines().count() as u64 - 2);
        assert_eq!(without_header(&backup(&other, 3_000).await), without_header(&text));
        let all = walk(&other, &SignalQuery::default(), 50).await;
        assert_eq!(all, walk(&store, &SignalQuery::default(), 50).await);
        let query = SignalQuery { symbol: Some("ETHUSDT".to_owned()), ..SignalQuery::default() };
        assert_eq!(walk(&other, &query, 50).await, walk(&store, &query, 50).await);
        assert_eq!(other.stats().await.unwrap(), store.stats().await.unwrap());
        check_counters(&other.stats().await.unwrap(), &all);
        assert_eq!(other.unlinked(50, None).await.unwrap(), store.unlinked(50, None).await.unwrap());
        // Life goes on: what was known stays known, and a version finds its place free.
        let known = posted("whalechart", 50, &long("BTC", 2_000));
        assert!(matches!(other.put(known, at(3_001)).await.unwrap(), signals::store::Put::Deleted(_)));
        let new = edited("whalechart", 0, &long("BTC", 9_000), 3_002);
        assert!(matches!(other.put(new, at(3_002)).await.unwrap(), signals::store::Put::NewVersion(_)));
    }
}

#[tokio::test]
async fn importing_again_changes_nothing_and_another_table_is_left_alone() {
    let store = lived_in().await;
    let text = backup(&store, 1_000).await;
    let n = text.lines().count() as u64 - 2;
    // Into the table from which it came, and twice into an empty one.
    assert_eq!(import(&store, &text).await.unwrap(), Imported { unchanged: n, ..Imported::default() });
    let other = crate::engine::store().await;
    import(&other, &text).await.unwrap();
    assert_eq!(import(&other, &text).await.unwrap(), Imported { unchanged: n, ..Imported::default() });
    assert_eq!(other.stats().await.unwrap(), store.stats().await.unwrap());

    let occupied = crate::engine::store().await;
    occupied.put(handed_in("my-desk", 7, &long("BTC", 1_000)), at(7)).await.unwrap();
    assert!(matches!(import(&occupied, &text).await, Err(BackupError::Occupied { .. })));
    assert_eq!(walk(&occupied, &SignalQuery::default(), 50).await.len(), 1);
    other.put(edited("whalechart", 3, &long("BTC", 9_000), 3_000), at(3_000)).await.unwrap();
    assert!(matches!(import(&other, &text).await, Err(BackupError::Differs { .. })));
}

#[tokio::test]
async fn an_import_that_was_broken_off_goes_on() {
    let store = lived_in().await;
    let text = backup(&store, 1_000).await;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let other = crate::engine::store().await;
    for n in [1, 40, 41, lines.len() - 1] {
        let error = import(&other, &lines[..n].concat()).await.unwrap_err();
        assert!(matches!(error, BackupError::CutShort { line } if line == n as u64), "{error}");
        check_counters(&other.stats().await.unwrap(), &walk(&other, &SignalQuery::default(), 50).await);
    }
    import(&other, &text).await.unwrap();
    assert_eq!(other.stats().await.unwrap(), store.stats().await.unwrap());
    assert_eq!(without_header(&backup(&other, 3_000).await), without_header(&text));
}

#[tokio::test]
async fn a_damaged_line_is_told_by_its_number() {
    let text = backup(&lived_in().await, 1_000).await;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines.len() - 1;
    let spoilt = |at: usize, line: String| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n")
    };
    let cases = [
        (10, spoilt(9, lines[9].replacen("USDT", "USDC", 1))),
        (10, spoilt(9, lines[9][..lines[9].len() / 2].to_owned())),
        (10, spoilt(9, lines[10].clone())),
        (10, spoilt(9, String::new())),
        (last + 1, spoilt(last, lines[last].replacen("\"rows\":", "\"rows\":1", 1))),
        (last + 2, format!("{text}{}\n", lines[9])),
    ];
    for (number, text) in cases {
        let error = import(&store().await, &text).await.unwrap_err();
        assert!(matches!(error, BackupError::Damaged { line, .. } if line == number as u64), "{number}: {error}");
    }
    lines.remove(9);
    let error = import(&store().await, &lines.join("\n")).await.unwrap_err();
    assert!(matches!(error, BackupError::Damaged { line: 10, .. }), "{error}");
}

#[tokio::test]
async fn a_backup_of_a_newer_program_and_what_is_no_backup_are_refused() {
    let store = store().await;
    let newer = r#"{"schema":"sigtower-backup/2","something":["new"]}"#;
    let error = import(&store, newer).await.unwrap_err();
    assert!(matches!(error, BackupError::Newer { found: 2 }) && error.to_string().contains("update"), "{error}");
    for text in ["", "{}", "[1]", "\u{0}", r#"{"schema":"sigtower-backup/x"}"#, r#"{"schema":"other/1"}"#] {
        assert!(matches!(import(&store, text).await, Err(BackupError::NoBackup(_))), "{text}");
    }
}

#[tokio::test]
async fn a_channel_goes_on_where_it_stood_though_the_leases_begin_anew() {
    let store = lived_in().await;
    let other = crate::engine::store().await;
    import(&other, &backup(&store, 1_000).await).await.unwrap();
    let channel = ChannelName::parse("whalechart").unwrap();
    assert_eq!(other.checkpoint(&channel).await.unwrap().map(|it| it.last), Some(MessageId(400)));
    assert_eq!(other.coverage(&channel).await.unwrap().to_string(), "1-400");
    let known = other.channel_key(&Sighting::with_number(77, None), at(3_000)).await.unwrap();
    assert_eq!(known, Recognised::Key(channel.clone()));
    assert_eq!(other.n_waiting().await.unwrap(), 1);
    let lease = lease(&other, "new/1").await;
    assert_eq!(lease.fence, 1);
    assert_eq!(other.claim_checkpoint(&channel, &lease, at(3_001)).await.unwrap(), Advance::Done);
    assert_eq!(other.advance_checkpoint(&channel, MessageId(401), &lease, at(3_002)).await.unwrap(), Advance::Done);
}

#[tokio::test]
async fn keys_open_and_are_revoked_after_an_import_and_what_expired_stays_away() {
    let store = lived_in().await;
    let text = backup(&store, 1_000).await;
    let other = crate::engine::store().await;
    let a_day_later = at(806 + 2 * 24 * 3_600);
    let imported = other.import(&mut text.as_bytes(), a_day_later, |_| {}).await.unwrap();
    assert_eq!(imported.expired, 1);
    assert_eq!(
        other.passed_over(&ChannelName::parse("whalechart").unwrap(), None, 9, a_day_later).await.unwrap().len(),
        1
    );
    assert_eq!(other.keys().await.unwrap(), store.keys().await.unwrap());
    let secret = ApiSecret::of_random([1; 32]);
    let KeyPresented::Valid(key) = other.key_of(&secret, a_day_later).await.unwrap() else {
        panic!("it opened before")
    };
    other.revoke_key(&key.id, a_day_later).await.unwrap();
    assert!(matches!(other.key_of(&secret, a_day_later).await.unwrap(), KeyPresented::Revoked(_)));
}

#[tokio::test]
async fn a_table_that_knows_channels_but_no_signal_is_not_empty() {
    let text = backup(&lived_in().await, 1_000).await;
    let other = crate::engine::store().await;
    let seen = Sighting::of(ChannelName::parse("sharkchart").unwrap());
    other.channel_key(&seen, at(1_500)).await.unwrap();
    assert!(matches!(import(&other, &text).await, Err(BackupError::Occupied { .. })));
    assert!(walk(&other, &SignalQuery::default(), 50).await.is_empty());
}
