//! A connection under a login: what it knows, what it waits for, and what each failure is taken for.

use std::time::Duration;

use scraper::telegram::{Me, SessionBlob, Telegram, TelegramConfig, TelegramError};
use telegram_server::world::{Account, AccountId, Channel};
use telegram_server::{Fault, TelegramServer};

use crate::world::{config, held, login, store};

const NAMES: &str = "contacts.resolveUsername";

async fn with_channel() -> (TelegramServer, AccountId) {
    let server = TelegramServer::start().await.expect("a port");
    let channel = server.add_channel(Channel::new(1001, "signals"));
    let account = server.add_account(Account::new(7, "+9996621234").reading([channel]));
    (server, account)
}

async fn connect(blob: SessionBlob, config: TelegramConfig) -> Result<(Telegram, Me), TelegramError> {
    Telegram::connect(blob, config, held(&store().await, "telegram:test").await.grip()).await
}

async fn connected(server: &TelegramServer, account: AccountId) -> Telegram {
    connect(login(server, account), config()).await.expect("a connection").0
}

#[tokio::test]
async fn a_login_is_used_and_kept_as_it_was() {
    let (server, account) = with_channel().await;
    let blob = login(&server, account);
    let (telegram, me) = connect(blob.clone(), config()).await.expect("a connection");
    assert_eq!(me, Me { id: 7, is_bot: false });
    let channel = telegram.resolve("Signals").await.expect("the channel");
    let hash = server.access_hash(account, telegram_server::world::ChannelId(1001));
    assert_eq!((channel.number, channel.access_hash, &channel.title[..]), (1001, hash, "Channel signals"));
    assert_eq!(telegram.blob().data_centres[0], blob.data_centres[0]);
    telegram.close().await;
    server.until("the connection is closed", |server| server.connections().0 == 0).await;
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_told() {
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    assert_eq!(telegram.resolve("nobody_here").await, Err(TelegramError::NameFree));
}

#[tokio::test]
async fn short_floods_are_waited_for_and_long_ones_told_at_once() {
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    server.flood(NAMES, 1, 1);
    telegram.resolve("signals").await.expect("after a second");
    assert_eq!(server.calls_of(NAMES).len(), 2);
    server.flood(NAMES, 66_000, 1);
    let error = telegram.resolve("signals").await.expect_err("a long pause");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(66_000)));
    assert_eq!(server.calls_of(NAMES).len(), 3);
}

#[tokio::test]
async fn floods_that_follow_one_another_are_not_waited_for_without_end() {
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    server.flood(NAMES, 0, 1000);
    let error = telegram.resolve("signals").await.expect_err("again and again");
    assert!(error.retry_after().is_some() && server.calls_of(NAMES).len() < 5, "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let (server, account) = with_channel().await;
    let mut config = config();
    config.request_timeout = Duration::from_secs(2);
    let (telegram, _) = connect(login(&server, account), config.clone()).await.expect("a connection");
    server.fault(NAMES, Fault::Silent, 1);
    let error = telegram.resolve("signals").await.expect_err("silence");
    assert!(error.wants_a_new_connection() && error.is_retryable(), "{error}");
    telegram.resolve("signals").await.expect("the next one is answered");

    server.be_deaf(true);
    config.connect_timeout = Duration::from_millis(200);
    let error = connect(login(&server, account), config).await.expect_err("silence");
    assert!(matches!(error, TelegramError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_opened_again_once() {
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    server.fault(NAMES, Fault::ClosedBefore, 1);
    telegram.resolve("signals").await.expect("over a new connection");
    server.fault(NAMES, Fault::ClosedBefore, 2);
    let error = telegram.resolve("signals").await.expect_err("twice");
    assert!(matches!(error, TelegramError::Unreachable { .. }) && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn the_end_of_a_login_is_told_as_such_and_overwrites_no_key() {
    for (code, name) in [(401, "SESSION_REVOKED"), (406, "AUTH_KEY_DUPLICATED"), (401, "SESSION_EXPIRED")] {
        let (server, account) = with_channel().await;
        let telegram = connected(&server, account).await;
        server.end_logins(account, code, name);
        let error = telegram.resolve("signals").await.expect_err("over");
        assert_eq!(error, TelegramError::LoginOver { name: name.to_owned() });
        assert!(error.is_end_of_login() && !error.is_retryable());
    }
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    server.end_logins(account, 401, "USER_DEACTIVATED");
    let error = telegram.resolve("signals").await.expect_err("gone");
    assert_eq!(error, TelegramError::AccountGone { name: "USER_DEACTIVATED".to_owned() });
    assert!(error.is_end_of_login() && !error.is_retryable());
    let (server, account) = with_channel().await;
    let (blob, telegram) = (login(&server, account), connected(&server, account).await);
    let key = telegram.blob().data_centres[0].key;
    server.forget_keys(account);
    let error = telegram.resolve("signals").await.expect_err("forgotten while connected");
    assert!(error.is_end_of_login(), "{error}");
    let error = connect(blob, config()).await.expect_err("forgotten before");
    assert!(error.is_end_of_login(), "{error}");
    assert!(key.is_some() && telegram.blob().data_centres[0].key == key, "another key was agreed on");
}

#[tokio::test]
async fn an_account_that_moved_and_answers_that_nobody_knows_are_told_apart() {
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    server.fault(NAMES, Fault::UnknownConstructor, 1);
    let error = telegram.resolve("signals").await.expect_err("unreadable");
    assert!(matches!(error, TelegramError::Unreadable { .. }) && !error.is_retryable(), "{error}");
    server.with_world(|world| world.accounts.get_mut(&account).expect("the account").data_centre = 3);
    assert_eq!(telegram.resolve("signals").await, Err(TelegramError::Elsewhere(3)));
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let (server, account) = with_channel().await;
    let blob = login(&server, account);
    let key = blob.data_centres[0].key.expect("a key");
    let (telegram, _) = connect(blob, config()).await.expect("a connection");
    let channel = telegram.resolve("signals").await.expect("the channel");
    let shown = format!("{telegram:?} {channel:?}");
    assert!(!shown.contains(&format!("{}, {}", key[0], key[1])) && !shown.contains(&channel.access_hash.to_string()));
}

#[tokio::test]
async fn nobody_asks_anything_once_the_lease_is_over() {
    let (server, account) = with_channel().await;
    let store = store().await;
    let holding = held(&store, "telegram:test").await;
    let (telegram, _) =
        Telegram::connect(login(&server, account), config(), holding.grip()).await.expect("a connection");
    holding.give_back().await;
    server.forget_calls();
    assert_eq!(telegram.resolve("signals").await, Err(TelegramError::LeaseLost));
    server.until("the connection is closed", |server| server.connections().0 == 0).await;
    assert_eq!(server.calls_of(NAMES).len(), 0);
    let again = Telegram::connect(login(&server, account), config(), holding.grip()).await;
    assert_eq!(again.map(drop), Err(TelegramError::LeaseLost));
    assert_eq!(server.connections().0, 0);
}

#[tokio::test]
async fn a_long_flood_is_kept_for_its_kind_of_request_alone() {
    let (server, account) = with_channel().await;
    let telegram = connected(&server, account).await;
    server.flood(NAMES, 66_000, 1);
    for _ in 0..3 {
        let error = telegram.resolve("signals").await.expect_err("a long pause");
        assert!(error.retry_after().is_some_and(|it| it > Duration::from_secs(65_000)), "{error}");
    }
    assert_eq!(server.calls_of(NAMES).len(), 1);
    telegram.me().await.expect("another kind of request");
}
