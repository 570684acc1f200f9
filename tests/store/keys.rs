//! Keys of the API: made, presented, listed, revoked.

use std::collections::BTreeSet;

use signals::api_key::{ApiKey, ApiSecret, KeyId, KeyPresented, NewApiKey, Scope};
use signals::store::{KeyMade, SignalStore};

use crate::engine::{at, store};

fn secret(n: u8) -> ApiSecret {
    ApiSecret::of_random([n; 32])
}

async fn make(store: &SignalStore, n: u8, name: &str, scopes: &[Scope], ends: Option<i64>) -> ApiKey {
    let scopes: BTreeSet<Scope> = scopes.iter().copied().collect();
    let new = NewApiKey::new(name, scopes, ends.map(at), at(0)).expect("a key");
    match store.create_key(new, &secret(n), at(0)).await.expect("an answer") {
        KeyMade::Created(key) => key,
        KeyMade::SecretTaken => panic!("it is new"),
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_secret_and_opens_its_scopes() {
    let store = store().await;
    let key = make(&store, 1, "desk", &[Scope::Read, Scope::Write], None).await;
    let presented = store.key_of(&secret(1), at(10)).await.unwrap();
    assert_eq!(presented, KeyPresented::Valid(key.clone()));
    assert_eq!(Scope::ALL.map(|scope| presented.allows(scope)), [true, true, false]);
    assert_eq!((key.name.as_str(), key.created_at, key.last_four.as_str()), ("desk", at(0), secret(1).last_four()));
    assert_eq!(store.key_of(&secret(2), at(10)).await.unwrap(), KeyPresented::Unknown);
}

#[tokio::test]
async fn what_is_over_is_told_apart_from_what_never_was_and_opens_nothing() {
    let store = store().await;
    let ends = make(&store, 1, "ends", &Scope::ALL, Some(100)).await;
    let revoked = make(&store, 2, "revoked", &Scope::ALL, None).await;
    assert!(store.key_of(&secret(1), at(99)).await.unwrap().allows(Scope::Admin));
    let presented = store.key_of(&secret(1), at(100)).await.unwrap();
    assert_eq!(presented, KeyPresented::Expired(ends));
    assert!(!presented.allows(Scope::Read));
    let revoked = ApiKey { revoked_at: Some(at(50)), ..revoked };
    assert_eq!(store.revoke_key(&revoked.id, at(50)).await.unwrap(), Some(revoked.clone()));
    assert_eq!(store.revoke_key(&revoked.id, at(60)).await.unwrap(), Some(revoked.clone()));
    let presented = store.key_of(&secret(2), at(70)).await.unwrap();
    assert_eq!(presented, KeyPresented::Revoked(revoked));
    assert!(!presented.allows(Scope::Read));
    let nobody = KeyId::parse("0123456789abcdef").unwrap();
    assert_eq!(store.revoke_key(&nobody, at(60)).await.unwrap(), None);
}

#[tokio::test]
async fn every_key_is_listed_without_its_secret() {
    let store = store().await;
    let mut made = vec![
        make(&store, 1, "desk", &[Scope::Read], None).await,
        make(&store, 2, "bot", &[Scope::Write], Some(100)).await,
    ];
    let third = make(&store, 3, "old", &[Scope::Admin], None).await;
    made.extend(store.revoke_key(&third.id, at(5)).await.unwrap());
    made.sort_by(|one, other| one.id.cmp(&other.id));
    let listed = store.keys().await.unwrap();
    assert_eq!(listed, made);
    let shown = format!("{listed:?}");
    assert!((1..4).all(|n| !shown.contains(&secret(n).expose()[4..20])));
}

#[tokio::test]
async fn a_secret_belongs_to_one_key() {
    let store = store().await;
    let first = make(&store, 1, "desk", &[Scope::Read], None).await;
    let again = NewApiKey::new("admin", BTreeSet::from([Scope::Admin]), None, at(1)).unwrap();
    assert_eq!(store.create_key(again, &secret(1), at(1)).await.unwrap(), KeyMade::SecretTaken);
    assert_eq!(store.key_of(&secret(1), at(1)).await.unwrap(), KeyPresented::Valid(first));
}

#[tokio::test]
async fn revocations_at_the_same_time_agree_on_when_it_was() {
    let store = store().await;
    let key = make(&store, 1, "desk", &[Scope::Read], None).await;
    let mut revokers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (store, id) = (store.clone(), key.id.clone());
        revokers.spawn(async move { store.revoke_key(&id, at(n)).await.unwrap().and_then(|it| it.revoked_at) });
    }
    let mut times = revokers.join_all().await;
    times.dedup();
    assert_eq!(times.len(), 1);
    assert_eq!(store.keys().await.unwrap()[0].revoked_at, times[0]);
}
