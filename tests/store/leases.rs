//! Leases: one holder at a time, and checkpoints that only the holder moves.

use std::time::Duration;

use signals::checkpoint::Advance;
use signals::lease::{Lease, LeaseAnswer, LeaseWatch, Renewal};
use signals::message::{ChannelName, MessageId};
use signals::store::SignalStore;

use crate::engine::{at, store};

const LEASE_TIME: Duration = Duration::from_secs(15);

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn watch() -> LeaseWatch {
    LeaseWatch::new(LEASE_TIME)
}

async fn ask(store: &SignalStore, owner: &str, watch: &mut LeaseWatch, seconds: u64) -> Option<Lease> {
    match store.acquire_lease("main", owner, watch, s(seconds), at(0)).await.expect("an answer") {
        LeaseAnswer::Held(lease) => Some(lease),
        LeaseAnswer::HeldByOther(_) => None,
    }
}

async fn held(store: &SignalStore, owner: &str) -> Lease {
    ask(store, owner, &mut watch(), 0).await.expect("the lease is free")
}

fn channel() -> ChannelName {
    ChannelName::parse("whalechart").expect("a channel")
}

#[tokio::test]
async fn of_many_contenders_one_holds_the_lease() {
    let store = store().await;
    let mut contenders = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = store.clone();
        contenders.spawn(async move { ask(&store, &format!("host/{n}"), &mut watch(), 0).await });
    }
    let leases: Vec<Lease> = contenders.join_all().await.into_iter().flatten().collect();
    assert_eq!(leases.len(), 1);
    let holder = store.lease_holder("main").await.unwrap().expect("somebody holds it");
    assert_eq!((holder.owner, holder.fence), (leases[0].owner.clone(), leases[0].fence));
}

#[tokio::test]
async fn a_lease_that_stands_still_is_taken_and_its_former_holder_can_do_nothing() {
    let store = store().await;
    let first = held(&store, "a").await;
    let mut b = watch();
    assert_eq!(ask(&store, "b", &mut b, 0).await, None);
    assert_eq!(ask(&store, "b", &mut b, 100).await, None);
    assert_eq!(ask(&store, "b", &mut b, 114).await, None);
    let second = ask(&store, "b", &mut b, 115).await.expect("it stood still");
    assert!(second.fence > first.fence);
    assert_eq!(store.renew_lease(&first, at(1)).await.unwrap(), Renewal::Lost);
    store.release_lease(&first).await.unwrap();
    assert_eq!(store.lease_holder("main").await.unwrap().map(|it| it.owner), Some("b".to_owned()));
    assert_eq!(store.renew_lease(&second, at(1)).await.unwrap(), Renewal::Renewed);
}

#[tokio::test]
async fn nobody_takes_a_lease_that_is_renewed_whatever_the_wall_clocks_say() {
    let store = store().await;
    let lease = held(&store, "a").await;
    let mut b = watch();
    for n in 0..40 {
        // The holder's wall clock goes backwards, by a minute each time.
        let now = at(-60 * i64::try_from(n).unwrap());
        assert_eq!(store.renew_lease(&lease, now).await.unwrap(), Renewal::Renewed);
        assert_eq!(ask(&store, "b", &mut b, n * 10).await, None);
        assert_eq!(ask(&store, "b", &mut b, n * 10 + 5).await, None);
    }
}

#[tokio::test]
async fn of_many_who_saw_it_stand_still_one_takes_it() {
    let store = store().await;
    let first = held(&store, "a").await;
    // All have seen it stand still before one may take it: who comes late sees the next holder, and waits for that one.
    let mut watches = Vec::new();
    for n in 0..8 {
        let (mut watch, owner) = (watch(), format!("host/{n}"));
        for seconds in [0, 1] {
            assert!(ask(&store, &owner, &mut watch, seconds).await.is_none());
        }
        watches.push((watch, owner));
    }
    let mut contenders = tokio::task::JoinSet::new();
    for (mut watch, owner) in watches {
        let store = store.clone();
        contenders.spawn(async move { ask(&store, &owner, &mut watch, 16).await });
    }
    let leases: Vec<Lease> = contenders.join_all().await.into_iter().flatten().collect();
    assert_eq!(leases.iter().map(|it| it.fence).collect::<Vec<_>>(), [first.fence + 1]);
}

#[tokio::test]
async fn the_fence_grows_over_a_released_lease_too() {
    let store = store().await;
    let mut fence = 0;
    for n in 0..5 {
        let lease = held(&store, &format!("host/{n}")).await;
        assert!(lease.fence > fence);
        fence = lease.fence;
        store.release_lease(&lease).await.unwrap();
        // Who gave it back has it no more.
        assert_eq!(store.renew_lease(&lease, at(1)).await.unwrap(), Renewal::Lost);
        assert_eq!(store.lease_holder("main").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_checkpoint_moves_only_forward() {
    let store = store().await;
    let lease = held(&store, "a").await;
    assert_eq!(store.checkpoint(&channel()).await.unwrap(), None);
    let advance = |to| {
        let (store, lease) = (&store, &lease);
        async move { store.advance_checkpoint(&channel(), MessageId(to), lease, at(to)).await.unwrap() }
    };
    assert_eq!(advance(9).await, Advance::Done);
    assert_eq!(advance(11).await, Advance::Done);
    for behind in [11, 10, 0] {
        let Advance::AlreadyThere(there) = advance(behind).await else { panic!("it is there") };
        assert_eq!((there.last, there.moved_at), (MessageId(11), at(11)));
    }
    assert_eq!(store.checkpoint(&channel()).await.unwrap().map(|it| it.last), Some(MessageId(11)));
}

#[tokio::test]
async fn who_lost_the_lease_cannot_move_the_checkpoint() {
    let store = store().await;
    let first = held(&store, "a").await;
    let advance = |to, lease: Lease| {
        let store = &store;
        async move { store.advance_checkpoint(&channel(), MessageId(to), &lease, at(to)).await.unwrap() }
    };
    assert_eq!(advance(9, first.clone()).await, Advance::Done);
    store.release_lease(&first).await.unwrap();
    let second = held(&store, "b").await;
    assert_eq!(store.claim_checkpoint(&channel(), &second, at(1)).await.unwrap(), Advance::Done);
    assert!(matches!(advance(10, first.clone()).await, Advance::Fenced(it) if it.fence == second.fence));
    assert_eq!(store.claim_checkpoint(&channel(), &first, at(2)).await.unwrap(), Advance::Lost);
    assert_eq!(advance(10, second).await, Advance::Done);
    assert_eq!(store.checkpoint(&channel()).await.unwrap().map(|it| it.last), Some(MessageId(10)));
}

#[tokio::test]
async fn a_channel_goes_over_to_another_login_by_a_claim() {
    let store = store().await;
    let main = held(&store, "a").await;
    let mut fences = Vec::new();
    // The other lease is younger: its fence says nothing about the first one's.
    store.release_lease(&main).await.unwrap();
    let main = held(&store, "a").await;
    let LeaseAnswer::Held(other) = store.acquire_lease("other", "b", &mut watch(), s(0), at(0)).await.unwrap() else {
        panic!("it is free")
    };
    fences.extend([main.fence, other.fence]);
    assert_eq!(fences, [2, 1]);
    assert_eq!(store.advance_checkpoint(&channel(), MessageId(5), &main, at(1)).await.unwrap(), Advance::Done);
    let refused = store.advance_checkpoint(&channel(), MessageId(6), &other, at(1)).await.unwrap();
    assert!(matches!(refused, Advance::Fenced(_)));
    assert_eq!(store.claim_checkpoint(&channel(), &other, at(2)).await.unwrap(), Advance::Done);
    assert_eq!(store.advance_checkpoint(&channel(), MessageId(6), &other, at(3)).await.unwrap(), Advance::Done);
    let refused = store.advance_checkpoint(&channel(), MessageId(7), &main, at(3)).await.unwrap();
    assert!(matches!(refused, Advance::Fenced(_)));
}

#[tokio::test]
async fn a_channel_may_be_claimed_before_anything_of_it_is_read() {
    let store = store().await;
    let lease = held(&store, "a").await;
    assert_eq!(store.claim_checkpoint(&channel(), &lease, at(1)).await.unwrap(), Advance::Done);
    assert_eq!(store.checkpoint(&channel()).await.unwrap().map(|it| it.last), Some(MessageId(0)));
    assert_eq!(store.advance_checkpoint(&channel(), MessageId(1), &lease, at(1)).await.unwrap(), Advance::Done);
}
