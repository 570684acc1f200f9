//! How the last pass over a channel ended: one row per spelling, and nobody's is lost.

use jiff::Timestamp;
use signals::channel_run::{ChannelRun, RunCounts, RunTrouble};
use signals::message::{ChannelName, MessageId};

use crate::engine::{at, store};

fn run(channel: &str, ran_at: Timestamp) -> ChannelRun {
    ChannelRun {
        channel: ChannelName::parse(channel).expect("a channel"),
        key: None,
        ran_at,
        succeeded_at: None,
        trouble: None,
        not_before: None,
        newest: None,
        backlog: 0,
        counts: RunCounts::default(),
    }
}

#[tokio::test]
async fn a_run_is_kept_as_it_was_and_takes_over_what_was_reached() {
    let store = store().await;
    let counts = RunCounts { fetched: 6, signals: 1, updates: 2, not_signals: 3, stored: 4, bad_posts: 5 };
    let good = ChannelRun {
        key: Some(ChannelName::parse("1234").unwrap()),
        succeeded_at: Some(at(100)),
        newest: Some(MessageId(42)),
        backlog: 7,
        counts,
        ..run("whalechart", at(100))
    };
    assert_eq!(store.channel_run(&good.channel).await.unwrap(), None);
    store.keep_channel_run(&good).await.unwrap();
    assert_eq!(store.channel_run(&good.channel).await.unwrap().as_ref(), Some(&good));
    let trouble = Some(RunTrouble { text: "a pause".to_owned(), is_retryable: true });
    let bad = ChannelRun { trouble, not_before: Some(at(500)), ..run("whalechart", at(200)) };
    store.keep_channel_run(&bad).await.unwrap();
    let kept = store.channel_run(&good.channel).await.unwrap().expect("it is there");
    assert_eq!((kept.ran_at, kept.succeeded_at, kept.not_before), (at(200), Some(at(100)), Some(at(500))));
    assert_eq!((kept.newest, kept.backlog, kept.counts), (Some(MessageId(42)), 7, RunCounts::default()));
    assert!(kept.trouble.is_some_and(|it| it.is_retryable && it.text == "a pause"));
}

#[tokio::test]
async fn runs_stand_in_the_order_of_spellings_and_what_was_never_read_is_forgotten() {
    let store = store().await;
    let good = ChannelRun { succeeded_at: Some(at(0)), ..run("whalechart", at(0)) };
    store.keep_channel_run(&good).await.unwrap();
    store.keep_channel_run(&run("nobodyhere", at(0))).await.unwrap();
    let names = async |now| {
        let runs = store.channel_runs(now).await.unwrap();
        runs.iter().map(|run| run.channel.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(at(1)).await, ["nobodyhere", "whalechart"]);
    assert_eq!(names(at(31 * 24 * 3600)).await, ["whalechart"]);
}

#[tokio::test]
async fn runs_of_many_channels_at_the_same_time_are_all_kept() {
    let store = store().await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for second in 0..5 {
                let run = run(&format!("channel_{n}"), at(second));
                while let Err(error) = store.keep_channel_run(&run).await {
                    assert!(error.is_retryable(), "{error}");
                }
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let runs = store.channel_runs(at(5)).await.unwrap();
    assert!(runs.len() == 8 && runs.iter().all(|run| run.ran_at == at(4)), "{runs:?}");
}
