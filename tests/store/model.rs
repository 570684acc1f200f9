//! After any history, the store holds what a plain map would hold, and its counters equal a full count.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use signals::event::{EventId, SignalEvent};
use signals::message::{ChannelName, MessageId};
use signals::origin::{Origin, SignalId};
use signals::query::SignalQuery;
use signals::record::{Cause, SignalRecord};
use signals::status::Status;
use signals::store::{Counting, Edit, NewSignal, Shards, SignalStore};
use signals::update::UpdateEvent;

use crate::engine::{at, check_counters, edited, long, posted, sized, store_of, walk};
use crate::tape::Tape;
use crate::telling::{answering, naming, news};

const CHANNEL: &str = "whalechart";
const COINS: [&str; 3] = ["BTC", "ETH", "SOL"];
/// Signals stand in posts below this number, news in posts from it on.
const FIRST_NEWS: i64 = 1_000;

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<(i64, usize, u32)>),
    EditPost(i64, usize, u32, i64),
    Close(i64),
    Delete(i64),
    DeletePost(i64),
    Tell(i64, UpdateEvent, Option<i64>, Option<usize>),
    Link(i64),
    Count,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let signal = || (0..40i64, 0..COINS.len(), prop::sample::select(vec![1_000u32, 2_000]));
    let event = prop::sample::select(vec![
        UpdateEvent::TargetHit,
        UpdateEvent::StopHit,
        UpdateEvent::EntryFilled,
        UpdateEvent::Other,
    ]);
    let told = (0..80i64, event, prop::option::of(0..40i64), prop::option::of(0..COINS.len()));
    let step = prop_oneof![
        4 => prop::collection::vec(signal(), 1).prop_map(Step::Put),
        1 => prop::collection::vec(signal(), 1..12).prop_map(Step::Put),
        3 => (signal(), 0..50i64).prop_map(|((post, coin, entry), when)| Step::EditPost(post, coin, entry, when)),
        2 => (0..40i64).prop_map(Step::Close),
        1 => (0..40i64).prop_map(Step::Delete),
        1 => (0..40i64).prop_map(Step::DeletePost),
        4 => told.prop_map(|(post, event, reply, coin)| Step::Tell(post, event, reply, coin)),
        2 => (0..80i64).prop_map(Step::Link),
        1 => Just(Step::Count),
    ];
    prop::collection::vec(step, usize::try_from(sized(500, 100)).expect("a small number"))
}

/// What the store should hold.
#[derive(Default)]
struct Model {
    /// `None` where a client deleted it.
    signals: BTreeMap<SignalId, Option<SignalRecord>>,
    events: BTreeMap<EventId, (SignalEvent, Option<SignalId>)>,
}

impl Model {
    fn put(&mut self, new: NewSignal, now: i64) {
        let origin = new.signal.origin().clone();
        let edited_at = origin.edited_at();
        match self.signals.get_mut(&new.signal.id()) {
            None => {
                let record = SignalRecord {
                    valid_from: edited_at.unwrap_or(origin.posted_at()),
                    signal: new.signal,
                    text: new.text,
                    version: 1,
                    status: Status::Open,
                    below_threshold: new.below_threshold,
                    events: Vec::new(),
                    stored_at: at(now),
                    changed_at: at(now),
                };
                self.signals.insert(record.signal.id(), Some(record));
            }
            Some(None) => {}
            Some(Some(old)) => {
                let known = old.signal.origin().edited_at();
                if old.text == new.text || (known.is_some() && edited_at < known) {
                    return;
                }
                old.valid_from = edited_at.filter(|_| known < edited_at).unwrap_or(at(now)).max(old.valid_from);
                (old.signal, old.text, old.below_threshold) = (new.signal, new.text, new.below_threshold);
                (old.version, old.changed_at) = (old.version + 1, at(now));
            }
        }
    }

    fn change(&mut self, post: i64, now: i64, status: Status) {
        if let Some(Some(record)) = self.signals.get_mut(&id(post))
            && record.status != status
        {
            (record.status, record.version, record.changed_at) = (status, record.version + 1, at(now));
            record.valid_from = at(now).max(record.valid_from);
        }
    }

    fn tell(&mut self, event: &SignalEvent, now: i64) {
        let (id, meant) = (event.id(), self.meant(event));
        match self.events.entry(id.clone()) {
            Entry::Vacant(place) => {
                place.insert((event.clone(), None));
                self.link(&id, now);
            }
            Entry::Occupied(mut place) => {
                let (known, linked) = place.get().clone();
                if !event.corrects(&known) {
                    return;
                }
                match linked {
                    None => drop(place.insert((event.clone(), None))),
                    Some(old) if meant.as_ref().is_none_or(|meant| *meant == old) => {
                        let Some(Some(record)) = self.signals.get_mut(&old) else { return };
                        place.insert((event.clone(), Some(old)));
                        happened(record, event, now, |record| event.applied_to(known.taken_from(record)));
                        return;
                    }
                    Some(old) => {
                        place.insert((event.clone(), None));
                        if let Some(Some(record)) = self.signals.get_mut(&old) {
                            happened(record, event, now, |record| known.taken_from(record));
                        }
                    }
                }
                if let Some(meant) = meant {
                    self.link_to(&id, meant, now);
                }
            }
        }
    }

    /// The signal that news speak of.
    fn meant(&self, event: &SignalEvent) -> Option<SignalId> {
        let there = |id: &SignalId| self.signals.get(id).is_some_and(Option::is_some);
        let replied = event.link.reply_to.map(|post| id(post.0)).filter(there);
        let symbol = event.symbol.as_ref();
        let is_meant = |it: &&SignalRecord| it.status.is_live() && Some(&it.signal.fields().symbol.compact()) == symbol;
        let newest = self.signals.values().flatten().filter(is_meant).max_by_key(|it| it.signal.origin().posted_at());
        replied.or(newest.map(|it| it.signal.id()))
    }

    fn link(&mut self, event: &EventId, now: i64) {
        let meant = self.events.get(event).and_then(|(event, _)| self.meant(event));
        if let Some(meant) = meant {
            self.link_to(event, meant, now);
        }
    }

    fn link_to(&mut self, event: &EventId, signal: SignalId, now: i64) {
        let Some((event, linked)) = self.events.get_mut(event).filter(|(_, linked)| linked.is_none()) else { return };
        *linked = Some(signal.clone());
        if let Some(Some(record)) = self.signals.get_mut(&signal) {
            happened(record, event, now, |record| event.applied_to(record));
        }
    }
}

/// The next version of a signal, which news made.
fn happened(
    record: &mut SignalRecord,
    event: &SignalEvent,
    now: i64,
    change: impl FnOnce(SignalRecord) -> SignalRecord,
) {
    let valid_from = event.origin.posted_at().max(record.valid_from);
    *record = SignalRecord { version: record.version + 1, valid_from, changed_at: at(now), ..change(record.clone()) };
}

fn id(post: i64) -> SignalId {
    SignalId::parse(&format!("{CHANNEL}_{post}_0")).expect("an id")
}

async fn run(store: &SignalStore, counting: Counting, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let (mut tape, mut n_counted) = (Tape::default(), 0);
    for (n, step) in steps.into_iter().enumerate() {
        let now = 10_000 + i64::try_from(n).expect("a small number");
        let edit = Edit { at_version: None, cause: Cause::Client, now: at(now) };
        match step {
            Step::Put(new) => {
                let new = new.into_iter().map(|(post, coin, entry)| posted(CHANNEL, post, &long(COINS[coin], entry)));
                let mut new: Vec<NewSignal> = new.collect();
                new.iter().cloned().for_each(|it| model.put(it, now));
                match (new.len(), new.pop()) {
                    (1, Some(one)) => drop(store.put(one, at(now)).await.expect("stored")),
                    (_, Some(last)) => {
                        new.push(last);
                        store.put_many(new, at(now)).await.into_iter().for_each(|it| drop(it.expect("stored")));
                    }
                    _ => {}
                }
            }
            Step::EditPost(post, coin, entry, when) => {
                // Some edits are older than others that were read before.
                let new = edited(CHANNEL, post, &long(COINS[coin], entry), now - 9_000 + when);
                model.put(new.clone(), now);
                store.put(new, at(now)).await.expect("stored");
            }
            Step::Close(post) => {
                let close = |it| Ok::<_, ()>(SignalRecord { status: Status::Closed, ..it });
                store.edit(&id(post), edit, close).await.expect("changed");
                model.change(post, now, Status::Closed);
            }
            Step::Delete(post) => {
                store.delete(&id(post), Edit { cause: Cause::Deleted, ..edit }).await.expect("deleted");
                model.signals.entry(id(post)).and_modify(|it| *it = None);
            }
            Step::DeletePost(post) => {
                let channel = ChannelName::parse(CHANNEL).expect("a channel");
                store.mark_deleted(&channel, &[MessageId(post)], at(now)).await.expect("marked");
                model.change(post, now, Status::Deleted);
            }
            Step::Tell(post, event, reply, coin) => {
                let mut told = news(FIRST_NEWS + post, event, Some(1));
                if let Some(reply) = reply {
                    told = answering(reply, told);
                }
                if let Some(coin) = coin {
                    told = naming(&format!("{}USDT", COINS[coin]), told);
                }
                store.put_event(told.clone(), at(now)).await.expect("told");
                model.tell(&told, now);
            }
            Step::Link(post) => {
                let event = news(FIRST_NEWS + post, UpdateEvent::Other, None).id();
                store.link_event(&event, None, at(now)).await.expect("tried");
                model.link(&event, now);
            }
            Step::Count if counting == Counting::FromStream => {
                tape.record(store).await;
                // What was delivered last comes again with what is new.
                store.count_records("shard", tape.play(n_counted / 2, tape.len()), at(0)).await.expect("counted");
                n_counted = tape.len();
            }
            Step::Count => {}
        }
    }
    if counting == Counting::FromStream {
        tape.record(store).await;
        store.count_records("shard", tape.play(n_counted, tape.len()), at(0)).await.expect("counted");
    }
    for (id, expected) in &model.signals {
        prop_assert_eq!(&store.get(id).await.expect("an answer"), expected);
    }
    let mut expected: Vec<SignalRecord> = model.signals.into_values().flatten().collect();
    expected.sort_by_key(|it| std::cmp::Reverse(it.signal.origin().posted_at()));
    let all = walk(store, &SignalQuery::default(), 30).await;
    prop_assert_eq!(&all, &expected);
    check_counters(&store.stats().await.expect("counters"), &all);
    let waiting = model.events.into_values().filter(|(_, linked)| linked.is_none()).map(|(event, _)| event);
    let mut waiting: Vec<SignalEvent> = waiting.collect();
    waiting.sort_by_key(|it| match &it.origin {
        Origin::Message(origin) => std::cmp::Reverse(origin.message_id),
        Origin::Api(_) => std::cmp::Reverse(MessageId(0)),
    });
    let queue = store.unlinked(200, None).await.expect("a page").events.into_iter().map(|it| it.event);
    prop_assert_eq!(queue.collect::<Vec<_>>(), waiting);
    Ok(())
}

fn any_history_ends_as_in_the_model(shards: Shards, counting: Counting) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let config = Config {
        cases: u32::try_from(sized(4, 1)).expect("a small number"),
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&steps(), |steps| {
        runtime.block_on(async { run(&store_of(shards, counting).await, counting, steps).await })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn any_history_counted_by_each_write_ends_as_in_the_model() {
    any_history_ends_as_in_the_model(Shards { feed: 3, symbol: 2, stats: 2 }, Counting::Inline);
}

#[test]
fn any_history_counted_from_the_stream_ends_as_in_the_model() {
    any_history_ends_as_in_the_model(Shards::LOCAL, Counting::FromStream);
}
