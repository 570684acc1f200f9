//! What goes wrong on purpose, as a client sees it.

use std::time::Duration;

use futures_util::future::join_all;
use grammers_client::{InvocationError, tl};
use telegram_server::{Fault, Outcome};

use crate::client::{TestClient, assert_no_violation, input_peer, with_channel};

const HISTORY: &str = "messages.getHistory";

#[tokio::test]
async fn a_flood_names_its_seconds_and_is_over_after_its_calls() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    let peer = input_peer(&server, account, channel);
    server.flood(HISTORY, 66_000, 2);
    for _ in 0..2 {
        match client.history(peer.clone(), (0, 0, 10), 0).await {
            Err(InvocationError::Rpc(e)) => {
                assert_eq!((e.code, &e.name[..], e.value), (420, "FLOOD_WAIT", Some(66_000)))
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(client.history(peer, (0, 0, 10), 0).await.expect("a page").messages.len(), 3);
    let outcomes: Vec<_> = server.calls_of(HISTORY).into_iter().map(|call| call.outcome).collect();
    let flood = || Outcome::Refused(420, "FLOOD_WAIT_66000".to_owned());
    assert_eq!(outcomes, [flood(), flood(), Outcome::Answered]);
}

#[tokio::test]
async fn a_call_can_stay_without_an_answer_while_others_are_answered() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    let peer = input_peer(&server, account, channel);
    server.fault(HISTORY, Fault::Silent, 1);
    tokio::select! {
        answer = client.history(peer.clone(), (0, 0, 10), 0) => panic!("answered: {answer:?}"),
        () = server.until("the silent call came", |server| server.calls_of(HISTORY).len() == 1) => {}
    }
    client.history(peer, (0, 0, 10), 0).await.expect("a page");
}

#[tokio::test]
async fn a_slow_answer_is_overtaken_by_others() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    let peer = input_peer(&server, account, channel);
    server.fault(HISTORY, Fault::Slow(Duration::from_secs(2)), 1);
    let slow = client.history(peer, (0, 0, 10), 0);
    let others = async {
        server.until("the slow call came", |server| server.calls_of(HISTORY).len() == 1).await;
        client.client.get_me().await.expect("another answer");
        std::time::Instant::now()
    };
    let slow = async { (slow.await, std::time::Instant::now()) };
    let ((answer, slow_at), others_at) = tokio::join!(slow, others);
    assert!(answer.is_ok() && others_at < slow_at);
}

#[tokio::test]
async fn a_connection_closed_instead_of_an_answer_is_opened_anew() {
    for fault in [Fault::ClosedBefore, Fault::ClosedAfter, Fault::Garbage] {
        let (server, account, channel) = with_channel(3).await;
        let client = TestClient::logged_in(&server, account);
        let peer = input_peer(&server, account, channel);
        server.fault(HISTORY, fault.clone(), 1);
        let error = client.history(peer.clone(), (0, 0, 10), 0).await.expect_err("no answer");
        assert!(!matches!(error, InvocationError::Rpc(_)), "{fault:?}: {error}");
        client.history(peer, (0, 0, 10), 0).await.expect("a page");
        assert_eq!(server.connections().1, 2, "{fault:?}");
        assert_no_violation(&server);
    }
}

#[tokio::test]
async fn an_answer_that_no_schema_has_spoils_no_other() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    let peer = input_peer(&server, account, channel);
    server.fault(HISTORY, Fault::UnknownConstructor, 1);
    let error = client.history(peer.clone(), (0, 0, 10), 0).await.expect_err("unreadable");
    assert!(matches!(error, InvocationError::Deserialize(_)), "{error}");
    client.history(peer, (0, 0, 10), 0).await.expect("a page");
    assert_eq!(server.connections().1, 1);
}

#[tokio::test]
async fn a_transport_error_is_told_by_its_number() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    server.fault(HISTORY, Fault::Transport(429), 1);
    let error = client.history(input_peer(&server, account, channel), (0, 0, 10), 0).await.expect_err("429");
    assert!(matches!(error, InvocationError::Transport(_)) && error.to_string().contains("429"), "{error}");
}

#[tokio::test]
async fn a_key_that_the_server_forgot_is_transport_error_404() {
    let (server, account, _) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    client.client.get_me().await.expect("logged in");
    server.forget_keys(account);
    let error = client.client.get_me().await.expect_err("404");
    assert!(error.to_string().contains("404"), "{error}");
}

#[tokio::test]
async fn new_salts_cost_a_client_nothing_but_a_round_trip() {
    let (server, account, _) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    for _ in 0..3 {
        server.rotate_salts();
        client.client.get_me().await.expect("answered under the new salt");
    }
    assert_eq!(server.connections().1, 1);
    assert_no_violation(&server);
}

// The other way round grammers 0.11 does not come out of: it never gives a message a smaller id than the last one.
#[tokio::test]
async fn a_clock_that_is_behind_is_corrected_by_the_server() {
    let (server, account, _) = with_channel(3).await;
    server.set_clock_ahead(4000);
    let client = TestClient::logged_in(&server, account);
    client.client.get_me().await.expect("answered after the clocks agree");
    assert_no_violation(&server);
}

#[tokio::test]
async fn connections_that_end_or_are_refused_are_seen_as_that() {
    let (server, account, _) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    client.client.get_me().await.expect("logged in");
    server.refuse_connections(true);
    server.disconnect_all();
    server.until("the connection is gone", |server| server.connections().0 == 0).await;
    assert!(client.client.get_me().await.is_err());
    server.refuse_connections(false);
    let mut tries = 0;
    while client.client.get_me().await.is_err() {
        tries += 1;
        assert!(tries < 3, "connected again after so many tries");
    }
}

#[tokio::test]
async fn a_deaf_server_answers_nothing_until_it_hears_again() {
    let (server, account, _) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    client.client.get_me().await.expect("logged in");
    server.be_deaf(true);
    let n_calls = server.calls().len();
    let waiting = tokio::time::timeout(Duration::from_millis(100), client.client.get_me()).await;
    assert!(waiting.is_err() && server.calls().len() == n_calls);
    server.be_deaf(false);
    client.client.get_me().await.expect("answered again");
}

#[tokio::test]
async fn sixty_calls_at_once_are_all_answered() {
    let (server, account, channel) = with_channel(60).await;
    let client = TestClient::logged_in(&server, account);
    let peer = input_peer(&server, account, channel);
    let pages = (1..=60).map(|i| client.history(peer.clone(), (i + 1, 0, 1), 0));
    let ids = join_all(pages.map(async |page| page.await.expect("a page").messages[0].id())).await;
    assert_eq!(ids, (1..=60).collect::<Vec<_>>());
    assert_no_violation(&server);
}

#[tokio::test]
async fn a_request_is_logged_as_it_was_asked() {
    let (server, account, channel) = with_channel(3).await;
    let client = TestClient::logged_in(&server, account);
    client.history(input_peer(&server, account, channel), (3, -1, 10), 1).await.expect("a page");
    let call = &server.calls_of(HISTORY)[0];
    let request = call.read::<tl::functions::messages::GetHistory>().expect("the request");
    assert_eq!((request.offset_id, request.add_offset, request.limit, request.min_id), (3, -1, 10, 1));
    assert_eq!((call.account, call.data_centre, call.layer), (Some(account), 2, Some(tl::LAYER)));
    assert!(call.read::<tl::functions::updates::GetState>().is_none());
}
