//! What expires is gone at its time, though the table has not removed it yet. Nothing here removes rows.

use signals::message::{ChannelMessage, ChannelName, MessageId};
use signals::origin::{MessageOrigin, Origin};
use signals::parser::Reason;
use signals::passed_over::{BrokenRule, KeptPost, PassedOver, RejectedDraft, RetentionDays};
use signals::price::Price;
use signals::signal::Signal;
use signals::store::SignalStore;

use crate::engine::{at, draft, store};

const DAY: i64 = 24 * 60 * 60;

fn channel() -> ChannelName {
    ChannelName::parse("whalechart").expect("a channel")
}

fn post(id: i64, text: &str) -> KeptPost {
    KeptPost::from(&ChannelMessage {
        channel: channel(),
        id: MessageId(id),
        posted_at: at(id),
        edited_at: None,
        text: text.to_owned(),
        reply_to: None,
    })
}

fn chat(id: i64, text: &str) -> PassedOver {
    PassedOver { post: post(id, text), reason: Reason::Chat }
}

/// What the door says to a long whose stop lies above its entry.
fn rejected(id: i64, ordinal: u8) -> RejectedDraft {
    let text = "BTC/USDT LONG\nEntry: 100\nTargets: 110\nStop loss: 90";
    let mut draft = draft(text);
    draft.stop_loss = signals::stop_loss::StopLoss::Price { price: Price::parse("105").expect("a price") };
    let origin =
        MessageOrigin { channel: channel(), message_id: MessageId(id), ordinal, posted_at: at(id), edited_at: None };
    let refused = Signal::from_draft(draft, Origin::Message(origin)).expect_err("the stop is on the wrong side");
    let violations = refused.violations.iter().map(BrokenRule::from).collect();
    RejectedDraft { post: post(id, text), ordinal, violations }
}

async fn keep(store: &SignalStore, it: &PassedOver, days: u16, seconds: i64) {
    store.keep_passed_over(it, RetentionDays(days), at(seconds)).await.expect("kept");
}

async fn ids(store: &SignalStore, before: Option<i64>, limit: usize, seconds: i64) -> Vec<i64> {
    let posts = store.passed_over(&channel(), before.map(MessageId), limit, at(seconds)).await.expect("a list");
    posts.iter().map(|it| it.post.id.0).collect()
}

#[tokio::test]
async fn posts_that_were_passed_over_are_listed_newest_first_until_their_time_is_over() {
    let store = store().await;
    for id in 1..=30 {
        keep(&store, &chat(id, "good morning"), if id % 3 == 0 { 2 } else { 1 }, 0).await;
    }
    assert_eq!(ids(&store, None, 100, 0).await, (1..=30).rev().collect::<Vec<_>>());
    assert_eq!(ids(&store, None, 4, DAY - 1).await, [30, 29, 28, 27]);
    assert_eq!(ids(&store, Some(27), 4, DAY - 1).await, [26, 25, 24, 23]);
    // A page is full, however many of the rows between are over.
    assert_eq!(ids(&store, None, 4, DAY).await, [30, 27, 24, 21]);
    assert_eq!(ids(&store, Some(6), 4, DAY).await, [3]);
    assert_eq!(ids(&store, None, 100, 2 * DAY).await, Vec::<i64>::new());
    assert_eq!(ids(&store, None, 0, 0).await, Vec::<i64>::new());
    let kept = store.passed_over(&channel(), None, 1, at(0)).await.unwrap();
    assert_eq!(kept, [chat(30, "good morning")]);
}

#[tokio::test]
async fn a_row_whose_time_is_over_does_not_block_its_place() {
    let store = store().await;
    keep(&store, &chat(7, "good morning"), 1, 0).await;
    // The same post again changes nothing, not even the time that it is kept.
    keep(&store, &chat(7, "good morning"), 1, DAY - 1).await;
    assert_eq!(ids(&store, None, 10, DAY).await, Vec::<i64>::new());
    keep(&store, &chat(7, "good morning"), 1, DAY).await;
    assert_eq!(ids(&store, None, 10, 2 * DAY - 1).await, [7]);
    assert_eq!(ids(&store, None, 10, 2 * DAY).await, Vec::<i64>::new());
}

#[tokio::test]
async fn a_later_state_of_a_post_takes_the_place_of_an_earlier_one() {
    let store = store().await;
    let edited = |seconds, text| {
        let mut it = chat(7, text);
        it.post.edited_at = Some(at(seconds));
        it
    };
    keep(&store, &edited(50, "second"), 1, 100).await;
    keep(&store, &chat(7, "first"), 1, 200).await;
    let text = |it: &[PassedOver]| it.iter().map(|it| (it.post.text.clone(), it.reason)).collect::<Vec<_>>();
    let list = || async { store.passed_over(&channel(), None, 10, at(300)).await.unwrap() };
    assert_eq!(text(&list().await), [("second".to_owned(), Reason::Chat)]);
    // A better reader gives another reason for the same state.
    keep(&store, &PassedOver { reason: Reason::Advert, ..edited(50, "second") }, 1, 300).await;
    assert_eq!(text(&list().await), [("second".to_owned(), Reason::Advert)]);
    keep(&store, &edited(60, "third"), 1, 300).await;
    assert_eq!(text(&list().await), [("third".to_owned(), Reason::Chat)]);
    for _ in 0..2 {
        store.forget_passed_over(&channel(), MessageId(7)).await.unwrap();
    }
    assert_eq!(list().await, []);
}

#[tokio::test]
async fn no_days_keep_nothing() {
    let store = store().await;
    keep(&store, &chat(7, "good morning"), 0, 0).await;
    store.keep_rejected(&rejected(8, 0), RetentionDays(0), at(0)).await.unwrap();
    assert_eq!(ids(&store, None, 10, 0).await, Vec::<i64>::new());
    assert_eq!(store.rejected(&channel(), None, 10, at(0)).await.unwrap(), []);
}

#[tokio::test]
async fn rejected_drafts_are_kept_with_every_rule_that_they_break() {
    let store = store().await;
    for (id, ordinal) in [(7, 0), (7, 1), (9, 0)] {
        for _ in 0..2 {
            store.keep_rejected(&rejected(id, ordinal), RetentionDays(1), at(0)).await.unwrap();
        }
    }
    let list = |before| {
        let store = &store;
        async move { store.rejected(&channel(), before, 2, at(DAY - 1)).await.unwrap() }
    };
    assert_eq!(list(None).await, [rejected(9, 0), rejected(7, 1)]);
    assert_eq!(list(None).await[0].violations[0].rule, "stop_on_wrong_side");
    assert_eq!(list(Some((MessageId(7), 1))).await, [rejected(7, 0)]);
    assert_eq!(store.rejected(&channel(), None, 10, at(DAY)).await.unwrap(), []);
    store.forget_rejected(&channel(), MessageId(9), 0).await.unwrap();
    assert_eq!(list(None).await, [rejected(7, 1), rejected(7, 0)]);
    assert_eq!(ids(&store, None, 10, 0).await, Vec::<i64>::new());
}
