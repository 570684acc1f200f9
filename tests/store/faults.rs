//! What the store promises when answers are lost, late or wrong: nothing twice, and no failure that is none.

use std::collections::BTreeMap;
use std::time::Duration;

use signals::origin::SignalId;
use signals::query::SignalQuery;
use signals::record::{Cause, SignalRecord};
use signals::status::Status;
use signals::store::{Counting, Edit, Edited, NewSignal, Put, Shards, SignalStore, StoreError};
use tokio::time::Instant;

use crate::engine::{at, check_counters, edited, long, posted, walk};
use crate::wire::{Fault, Wire};

/// So many operations of each kind meet faults.
const N: i64 = 200;
/// How often in a hundred requests.
const PERCENT: u64 = 20;
/// A request is sent once, and so often again at most.
const MOST_RETRIES: u32 = 5;
/// How often the SDK sends a request before it gives up.
const SDK_ATTEMPTS: u32 = 4;

/// A store on a bad wire, and what should be in it.
struct Trial {
    wire: Wire,
    store: SignalStore,
    counting: Counting,
    expected: BTreeMap<String, (u32, Status)>,
}

impl Trial {
    async fn new(counting: Counting, forgets_tokens: bool) -> Self {
        let wire = Wire::new();
        let store = wire.store(Shards::LOCAL, counting).await;
        if forgets_tokens {
            wire.forgets_tokens();
        }
        Self { wire, store, counting, expected: BTreeMap::new() }
    }

    /// Asks until there is an answer, as every user of the store does; the flag says that it was asked again.
    async fn ask<T>(&self, operation: impl AsyncFn(&SignalStore) -> Result<T, StoreError>) -> (T, bool) {
        for asked in 0..20 {
            self.wire.counts_anew();
            let began = Instant::now();
            let answer = operation(&self.store).await;
            let worst = self.wire.worst();
            assert!(worst.n_sent <= 1 + MOST_RETRIES, "{worst:?}");
            // Of the paused clock: a request without an answer is given up long before the hour is over.
            assert!(began.elapsed() < Duration::from_secs(300), "{:?}", began.elapsed());
            match answer {
                Ok(answer) => return (answer, asked > 0),
                Err(error) => {
                    assert!(error.is_retryable(), "{error}");
                    assert!(worst.n_faults >= SDK_ATTEMPTS, "a false failure after {worst:?}: {error}");
                }
            }
        }
        panic!("no answer in twenty times");
    }

    /// What a put must answer: what it did, and after an outage perhaps only what is there.
    #[track_caller]
    fn check_put(put: &Put, asked_again: bool, is_new: bool, is_version: bool) {
        match put {
            Put::Created(_) => assert!(is_new, "a double: {put:?}"),
            Put::NewVersion(_) => assert!(is_version, "a double: {put:?}"),
            Put::Unchanged(_) => assert!(asked_again || !(is_new || is_version), "a write unknown to its writer"),
            Put::Deleted(_) => panic!("{put:?}"),
        }
    }

    async fn puts(&mut self) {
        for n in 0..N {
            // Every fifth comes twice, every seventh is edited.
            let id = if n % 5 == 4 { n - 1 } else { n };
            let new = posted("whalechart", id, &text(id));
            let (put, again) = self.ask(async |store| store.put(new.clone(), at(5_000)).await).await;
            Self::check_put(&put, again, id == n, false);
            self.expected.entry(id_of(&new)).or_insert((1, Status::Open));
            if n % 7 == 6 && id == n {
                let new = edited("whalechart", n, &text(n + 1), 1_000 + n);
                let (put, again) = self.ask(async |store| store.put(new.clone(), at(5_000)).await).await;
                Self::check_put(&put, again, false, true);
                self.expected.insert(id_of(&new), (2, Status::Open));
            }
        }
    }

    async fn put_manies(&mut self) {
        for n in 0..N {
            // The third is known, the last of the batch stands in it twice.
            let new = [3 * n, 3 * n + 1, (3 * n - 3).max(0), 3 * n + 2, 3 * n + 2];
            let new: Vec<NewSignal> = new.iter().map(|&id| posted("io_altsignals", id, &text(id))).collect();
            let mut known: Vec<String> = self.expected.keys().cloned().collect();
            let (answers, again) = self
                .ask(async |store| {
                    store.put_many(new.clone(), at(5_000)).await.into_iter().collect::<Result<Vec<_>, _>>()
                })
                .await;
            for (new, put) in new.iter().zip(&answers) {
                let id = id_of(new);
                Self::check_put(put, again, !known.contains(&id), false);
                known.push(id.clone());
                self.expected.insert(id, (1, Status::Open));
            }
        }
    }

    async fn edits(&mut self) {
        for n in 0..N {
            let (id, (version, _)) = self.nth(n);
            let status = if n % 2 == 0 { Status::Filled } else { Status::Cancelled };
            let edit = Edit { at_version: Some(version), cause: Cause::Client, now: at(6_000 + n) };
            let change = |it: SignalRecord| Ok::<_, ()>(SignalRecord { status, text: Some(text(n)), ..it });
            match self.ask(async |store| store.edit(&id, edit, change).await).await {
                (Edited::Done(now), _) => assert_eq!((now.version, now.status), (version + 1, status)),
                (Edited::Stale(now), true) => assert_eq!((now.version, now.status), (version + 1, status)),
                other => panic!("{other:?}"),
            }
            self.expected.insert(id.to_string(), (version + 1, status));
        }
    }

    async fn deletes(&mut self) {
        for n in 0..N {
            let (id, _) = self.nth(n);
            let edit = Edit { at_version: None, cause: Cause::Deleted, now: at(7_000) };
            match self.ask(async |store| store.delete(&id, edit).await).await {
                (Edited::Done(_), _) | (Edited::Missing, true) => {}
                other => panic!("{other:?}"),
            }
            self.expected.remove(&id.to_string());
        }
    }

    async fn reads(&self) {
        let symbol = SignalQuery { symbol: Some("BTCUSDT".to_owned()), ..SignalQuery::default() };
        for n in 0..N {
            let query = if n % 2 == 0 { SignalQuery::default() } else { symbol.clone() };
            let (page, _) = self.ask(async |store| store.list(&query, 20, &Default::default()).await).await;
            assert_eq!(page.signals.len(), 20);
            for record in page.signals {
                let expected = self.expected[&record.signal.id().to_string()];
                assert_eq!((record.version, record.status), expected);
                assert!(record.text.is_some(), "a text was left out");
            }
            let (stats, _) = self.ask(async |store| store.stats().await).await;
            let n_counted = stats.values().next().map_or(0, |all| all.signals);
            let n_expected = if self.counting == Counting::Inline { self.expected.len() } else { 0 };
            assert_eq!(n_counted, i64::try_from(n_expected).expect("few"));
        }
    }

    /// With the wire in order again: every signal once, with each of its versions once, and each counted once.
    async fn check(&self) {
        self.wire.fails(&[], 0);
        let all = walk(&self.store, &SignalQuery::default(), 100).await;
        let found: Vec<_> = all.iter().map(|it| (it.signal.id().to_string(), (it.version, it.status))).collect();
        assert_eq!(found.len(), self.expected.len());
        assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), self.expected);
        for record in &all {
            let former = self.store.former_versions(&record.signal.id()).await.expect("versions");
            let versions: Vec<u32> = former.iter().rev().map(|it| it.record.version).collect();
            assert_eq!(versions, (1..record.version).collect::<Vec<_>>());
        }
        if self.counting == Counting::Inline {
            check_counters(&self.store.stats().await.expect("counters"), &all);
        }
    }

    fn nth(&self, n: i64) -> (SignalId, (u32, Status)) {
        let place = usize::try_from(n).expect("0 or more") * 7 % self.expected.len();
        let (id, expected) = self.expected.iter().nth(place).expect("so many");
        (SignalId::parse(id).expect("an id"), *expected)
    }
}

fn id_of(new: &NewSignal) -> String {
    new.signal.id().to_string()
}

/// Every fourth text is too long for the indexes.
fn text(n: i64) -> String {
    let long_part = if n % 4 == 0 { "Read this before you trade. ".repeat(20) } else { String::new() };
    format!("{}\n\n{long_part}", long("BTC", 45_000 + u32::try_from(n).expect("a small number")))
}

async fn survives(faults: &[Fault]) {
    for counting in [Counting::Inline, Counting::FromStream] {
        // Tokens hide what the marks of writes must do, so the engine knows them in the mixture only.
        let mut trial = Trial::new(counting, faults.len() == 1).await;
        trial.wire.fails(faults, PERCENT);
        trial.puts().await;
        trial.put_manies().await;
        trial.edits().await;
        trial.reads().await;
        trial.deletes().await;
        trial.check().await;
    }
}

#[tokio::test(start_paused = true)]
async fn lost_answers_make_no_doubles_and_no_false_failures() {
    survives(&[Fault::LostAnswer]).await;
}

#[tokio::test(start_paused = true)]
async fn answers_that_never_come_make_no_doubles_and_no_false_failures() {
    survives(&[Fault::Silence]).await;
}

#[tokio::test(start_paused = true)]
async fn failures_after_the_fact_make_no_doubles_and_no_false_failures() {
    survives(&[Fault::FailedAfterwards]).await;
}

#[tokio::test(start_paused = true)]
async fn throttling_makes_no_doubles_and_no_false_failures() {
    survives(&[Fault::Throttled]).await;
}

#[tokio::test(start_paused = true)]
async fn conflicts_make_no_doubles_and_no_false_failures() {
    survives(&[Fault::Conflict]).await;
}

#[tokio::test(start_paused = true)]
async fn keys_left_unread_are_read_again() {
    survives(&[Fault::Unprocessed]).await;
}

#[tokio::test(start_paused = true)]
async fn all_faults_together_make_no_doubles_and_no_false_failures() {
    survives(&Fault::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn many_writers_of_one_signal_make_one_row_on_a_bad_wire_too() {
    for counting in [Counting::Inline, Counting::FromStream] {
        let trial = Trial::new(counting, true).await;
        trial.wire.fails(&Fault::ALL, PERCENT);
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..8 {
            let store = trial.store.clone();
            writers.spawn(async move {
                let (mut n_created, mut n_unknown) = (0, 0);
                for n in 0..100 {
                    let new = posted("whalechart", (n + writer * 10) % 100, &long("BTC", 45_000));
                    let mut asked_again = false;
                    loop {
                        match store.put(new.clone(), at(5_000)).await {
                            Ok(Put::Created(_)) => n_created += 1,
                            Ok(_) => n_unknown += usize::from(asked_again),
                            Err(error) => {
                                assert!(error.is_retryable(), "{error}");
                                asked_again = true;
                                continue;
                            }
                        }
                        break;
                    }
                }
                (n_created, n_unknown)
            });
        }
        let answers = writers.join_all().await;
        let n_created: usize = answers.iter().map(|it| it.0).sum();
        let n_unknown: usize = answers.iter().map(|it| it.1).sum();
        // Only who got no answer at all may miss that the row is theirs.
        assert!(
            (100usize.saturating_sub(n_unknown)..=100).contains(&n_created),
            "{n_created} created, {n_unknown} unknown"
        );
        trial.wire.fails(&[], 0);
        let all = walk(&trial.store, &SignalQuery::default(), 200).await;
        assert_eq!(all.len(), 100);
        if counting == Counting::Inline {
            check_counters(&trial.store.stats().await.unwrap(), &all);
        }
    }
}
