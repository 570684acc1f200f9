//! A channel has one key, whichever way its posts arrive.

use signals::channel::{ChannelAlarm, Recognised, Sighting};
use signals::message::ChannelName;
use signals::store::SignalStore;

use crate::engine::{at, store};

fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("a spelling of a channel")
}

fn by_name(text: &str) -> Sighting {
    Sighting::of(name(text))
}

fn by_number(number: u64) -> Sighting {
    Sighting::with_number(number, None)
}

fn by_both(text: &str, number: u64) -> Sighting {
    Sighting::with_number(number, Some(name(text)))
}

async fn see(store: &SignalStore, sighting: Sighting) -> Recognised {
    store.channel_key(&sighting, at(0)).await.expect("an answer")
}

fn key(text: &str) -> Recognised {
    Recognised::Key(name(text))
}

#[tokio::test]
async fn a_preview_an_export_and_a_client_agree_on_the_key() {
    let orders = [
        (vec![by_name("Whales"), by_both("whales", 77), by_number(77)], "whales"),
        (vec![by_number(77), by_both("whales", 77), by_name("whales")], "77"),
        (vec![by_both("whales", 77), by_number(77), by_name("whales")], "whales"),
    ];
    for (sightings, expected) in orders {
        let store = store().await;
        for _ in 0..2 {
            for sighting in &sightings {
                assert_eq!(see(&store, sighting.clone()).await, key(expected), "{sighting}");
            }
        }
        let channels = store.channels().await.unwrap();
        assert_eq!(channels.len(), 1);
        assert_eq!((channels[0].number, &channels[0].names), (Some(77), &vec![name("whales")]));
    }
}

#[tokio::test]
async fn every_spelling_that_was_seen_finds_the_channel_and_looking_writes_nothing() {
    let store = store().await;
    assert_eq!(store.known_channel(&name("whales"), at(0)).await.unwrap(), None);
    assert_eq!(store.channels().await.unwrap(), []);
    assert_eq!(see(&store, by_both("whales", 77)).await, key("whales"));
    assert_eq!(see(&store, by_both("big_whales", 77)).await, key("whales"));
    let channels = store.channels().await.unwrap();
    for spelling in ["whales", "@Big_Whales", "-10077", "https://t.me/s/whales"] {
        let found = store.known_channel(&name(spelling), at(9)).await.unwrap();
        assert_eq!(found.as_ref(), channels.first(), "{spelling}");
    }
    assert_eq!(store.known_channel(&name("sharks"), at(9)).await.unwrap(), None);
}

#[tokio::test]
async fn a_renamed_channel_keeps_its_key_and_both_names_lead_to_it() {
    let store = store().await;
    assert_eq!(see(&store, by_both("whales", 77)).await, key("whales"));
    assert_eq!(see(&store, by_both("big_whales", 77)).await, key("whales"));
    assert_eq!(see(&store, by_name("big_whales")).await, key("whales"));
    assert_eq!(see(&store, by_name("whales")).await, key("whales"));
    assert_eq!(store.channels().await.unwrap()[0].names, [name("whales"), name("big_whales")]);
}

#[tokio::test]
async fn a_name_that_another_channel_took_is_refused_and_leaves_no_trace() {
    let store = store().await;
    assert_eq!(see(&store, by_both("whales", 77)).await, key("whales"));
    assert_eq!(see(&store, by_both("big_whales", 77)).await, key("whales"));
    let taken = ChannelAlarm::NameTaken { name: name("whales"), known: 77, seen: 88 };
    assert_eq!(see(&store, by_both("whales", 88)).await, Recognised::Alarm(taken.clone()));
    assert_eq!(store.channels().await.unwrap().len(), 1);
    // Also where the other channel was seen by number before.
    assert_eq!(see(&store, by_number(88)).await, key("88"));
    assert_eq!(see(&store, by_both("whales", 88)).await, Recognised::Alarm(taken));
    assert_eq!(see(&store, by_number(77)).await, key("whales"));
}

#[tokio::test]
async fn one_channel_that_got_two_keys_is_told() {
    let store = store().await;
    assert_eq!(see(&store, by_name("whales")).await, key("whales"));
    assert_eq!(see(&store, by_number(77)).await, key("77"));
    let Recognised::Alarm(ChannelAlarm::TwoKeys { name_key, number_key, .. }) =
        see(&store, by_both("whales", 77)).await
    else {
        panic!("there are two keys")
    };
    assert_eq!((name_key, number_key), (name("whales"), name("77")));
}

#[tokio::test]
async fn first_sightings_at_the_same_time_make_one_key() {
    for round in 0..8 {
        let store = store().await;
        let mut seers = tokio::task::JoinSet::new();
        for n in 0..8 {
            let (store, sighting) =
                (store.clone(), [by_name("whales"), by_both("whales", 77)][(n + round) % 2].clone());
            seers.spawn(async move { see(&store, sighting).await });
        }
        for answer in seers.join_all().await {
            assert_eq!(answer, key("whales"));
        }
        let channels = store.channels().await.unwrap();
        assert_eq!((channels.len(), channels[0].number), (1, Some(77)));
    }
}

#[tokio::test]
async fn a_sighting_by_number_and_one_by_both_at_the_same_time_agree() {
    let store = store().await;
    let mut seers = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (store, sighting) = (store.clone(), [by_number(77), by_both("whales", 77)][n % 2].clone());
        seers.spawn(async move { see(&store, sighting).await });
    }
    let mut answers = seers.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0] == key("77") || answers[0] == key("whales"));
    assert_eq!(store.channels().await.unwrap().len(), 1);
}

#[tokio::test]
async fn known_channels_are_listed() {
    let store = store().await;
    assert_eq!(store.channels().await.unwrap(), []);
    for n in 0..30u64 {
        see(&store, by_both(&format!("whales{n:02}"), 1_000 + n)).await;
    }
    let channels = store.channels().await.unwrap();
    let keys: Vec<String> = channels.iter().map(|it| it.key.to_string()).collect();
    assert_eq!(keys, (0..30).map(|n| format!("whales{n:02}")).collect::<Vec<_>>());
    assert!(channels.iter().all(|it| it.first_seen == at(0)));
}
