//! How an account logs in: each step, each way in which it fails, and what is kept of it.
//!
//! Telegram's public keys are built into the client library, so each login here goes on from a session that has a key
//! and no account yet, as one that was broken off.

use std::net::{SocketAddr, SocketAddrV4};
use std::time::Duration;

use scraper::telegram::{
    AccountPassword, ApiHash, CodeSent, DataCentre, Login, LoginCode, LoginConfig, LoginError, Me, PhoneNumber,
    SessionBlob, Standing, Telegram, TelegramConfig, TelegramError,
};
use telegram_server::world::{Account, AccountId};
use telegram_server::{Fault, Outcome, TelegramServer};

use crate::world::{held, store};

const PHONE: &str = "+9996621234";
const PASSWORD: &str = "not a real password";
const HASH: &str = "not-a-real-hash";

fn phone() -> PhoneNumber {
    PhoneNumber::parse(PHONE).expect("a number")
}

fn code(text: &str) -> LoginCode {
    LoginCode::parse(text).expect("a code")
}

fn password(text: &str) -> AccountPassword {
    AccountPassword::parse(text).expect("a password")
}

fn address(server: &TelegramServer, data_centre: i32) -> SocketAddrV4 {
    let SocketAddr::V4(address) = server.address(data_centre) else { panic!("the server listens on IPv4") };
    address
}

async fn begin(blob: SessionBlob, config: LoginConfig) -> Result<(Login, Standing), LoginError> {
    Login::begin(blob, config, held(&store().await, "telegram/test").await.grip()).await
}

async fn connect(blob: SessionBlob, config: TelegramConfig) -> Result<(Telegram, Me), TelegramError> {
    Telegram::connect(blob, config, held(&store().await, "telegram/test").await.grip()).await
}

/// A session with keys for the first two data centres that matter, and no account.
fn broken_off(server: &TelegramServer) -> SessionBlob {
    let mut blob = SessionBlob::empty(2, address(server, 2));
    blob.data_centres[0].key = Some(server.seed_key(2));
    blob.data_centres.push(DataCentre { id: 3, address: address(server, 3), key: Some(server.seed_key(3)) });
    blob
}

fn config() -> LoginConfig {
    let mut telegram = TelegramConfig::new(1);
    telegram.request_timeout = Duration::from_secs(20);
    let mut config = LoginConfig::new(telegram, ApiHash::parse(HASH).expect("a hash"));
    config.between_looks = Duration::from_millis(20);
    config
}

async fn begun(server: &TelegramServer) -> Login {
    let (login, standing) = begin(broken_off(server), config()).await.expect("a connection");
    assert_eq!(standing, Standing::Nobody);
    login
}

async fn with_account(change: impl FnOnce(Account) -> Account) -> (TelegramServer, AccountId) {
    let server = TelegramServer::start().await.expect("a port");
    let account = server.add_account(change(Account::new(7, PHONE)));
    (server, account)
}

fn me() -> Standing {
    Standing::LoggedIn(Me { id: 7, is_bot: false })
}

/// The login is kept as JSON, read back, used for reading, and nothing was done against the protocol.
async fn is_good(server: &TelegramServer, login: Login) -> SessionBlob {
    let kept = SessionBlob::from_json(login.blob().to_json().as_bytes()).expect("what was written");
    login.close().await;
    assert_eq!(kept.me, Some(7));
    let (telegram, me) = connect(kept.clone(), TelegramConfig::new(1)).await.expect("a connection");
    assert_eq!(me, Me { id: 7, is_bot: false });
    telegram.close().await;
    assert_eq!(server.violations(), []);
    kept
}

#[tokio::test]
async fn an_account_logs_in_by_the_code_that_it_was_sent() {
    let (server, _) = with_account(|account| account).await;
    let mut login = begun(&server).await;
    let before = login.blob();
    assert_eq!(login.ask_for_code(&phone()).await, Ok(CodeSent::ToApps));
    let wrong = login.enter_code(&code("99999")).await.expect_err("another code");
    assert!(wrong == LoginError::WrongCode && wrong.is_another_answer_due(), "{wrong}");
    assert_eq!(login.blob(), before, "nobody has logged in yet");
    assert_eq!(login.enter_code(&code(" 123-45 ")).await, Ok(me()));
    let kept = is_good(&server, login).await;
    assert_eq!(kept.data_centres[0].key, before.data_centres[0].key);
}

#[tokio::test]
async fn a_code_that_expired_is_told_from_a_wrong_one_and_another_is_asked_for() {
    let (server, _) = with_account(|account| account).await;
    let mut login = begun(&server).await;
    let expired = login.enter_code(&code("12345")).await;
    assert_eq!(expired, Err(LoginError::CodeExpired), "no code was asked for");
    login.ask_for_code(&phone()).await.expect("a code");
    server.fault("auth.signIn", Fault::Error(400, "PHONE_CODE_EXPIRED".to_owned()), 1);
    let expired = login.enter_code(&code("12345")).await.expect_err("too late");
    assert!(expired == LoginError::CodeExpired && !expired.is_another_answer_due(), "{expired}");
    login.ask_for_code(&phone()).await.expect("another code");
    assert_eq!(login.enter_code(&code("12345")).await, Ok(me()));
    is_good(&server, login).await;
}

#[tokio::test]
async fn the_password_is_asked_for_with_its_hint_and_checked() {
    let (server, _) = with_account(|account| account.with_password(PASSWORD).with_hint("the usual")).await;
    let mut login = begun(&server).await;
    login.ask_for_code(&phone()).await.expect("a code");
    let due = login.enter_code(&code("12345")).await;
    assert_eq!(due, Ok(Standing::PasswordDue { hint: Some("the usual".to_owned()) }));
    let wrong = login.enter_password(&password("another one")).await.expect_err("a wrong password");
    assert!(wrong == LoginError::WrongPassword && wrong.is_another_answer_due(), "{wrong}");
    assert_eq!(login.enter_password(&password(PASSWORD)).await, Ok(me()));
    is_good(&server, login).await;
}

#[tokio::test]
async fn a_login_that_was_broken_off_before_its_password_goes_on_there() {
    let (server, _) = with_account(|account| account.with_password(PASSWORD)).await;
    let mut login = begun(&server).await;
    login.ask_for_code(&phone()).await.expect("a code");
    login.enter_code(&code("12345")).await.expect("the password is due");
    let kept = login.blob();
    login.close().await;
    let error = connect(kept.clone(), TelegramConfig::new(1)).await.expect_err("half a login");
    assert_eq!(error, TelegramError::PasswordDue);

    let (mut login, standing) = begin(kept, config()).await.expect("a connection");
    assert_eq!(standing, Standing::PasswordDue { hint: None });
    assert_eq!(login.enter_password(&password(PASSWORD)).await, Ok(me()));
    let kept = is_good(&server, login).await;
    // And one that is done is not made again.
    let (_login, standing) = begin(kept, config()).await.expect("a connection");
    assert_eq!(standing, me());
}

#[tokio::test]
async fn an_account_of_another_data_centre_logs_in_there() {
    let (server, _) = with_account(|account| account.living_in(3)).await;
    let mut login = begun(&server).await;
    login.ask_for_code(&phone()).await.expect("a code");
    let asked: Vec<_> = server.calls_of("auth.sendCode").into_iter().map(|it| (it.data_centre, it.outcome)).collect();
    assert_eq!(asked, [(2, Outcome::Refused(303, "PHONE_MIGRATE_3".to_owned())), (3, Outcome::Answered)]);
    server.until("the connection to the former one is closed", |server| server.connections().0 == 1).await;
    assert_eq!(login.enter_code(&code("12345")).await, Ok(me()));
    assert_eq!(is_good(&server, login).await.home, 3);
}

#[tokio::test]
async fn an_account_in_a_data_centre_that_nobody_knows_breaks_nothing() {
    let (server, _) = with_account(|account| account).await;
    for (name, n_calls) in [("PHONE_MIGRATE_99", 1), ("PHONE_MIGRATE_2147483648", 1), ("PHONE_MIGRATE_3", 9)] {
        let mut login = begun(&server).await;
        server.forget_calls();
        server.fault("auth.sendCode", Fault::Error(303, name.to_owned()), n_calls);
        let error = login.ask_for_code(&phone()).await.expect_err("nowhere");
        assert!(matches!(error, LoginError::Telegram(TelegramError::Unreadable { .. })), "{error}");
        assert!(server.calls_of("auth.sendCode").len() <= 3);
        assert!(SessionBlob::from_json(login.blob().to_json().as_bytes()).is_ok(), "what is kept can be read again");
        server.clear_faults();
    }
}

#[tokio::test]
async fn a_qr_code_that_an_app_accepts_logs_in() {
    let (server, account) = with_account(|account| account).await;
    let mut login = begun(&server).await;
    let mut shown = Vec::new();
    let standing = login.by_qr(|link| {
        shown.push(link.url());
        assert!(server.accept_qr_token(&token(&link.url()), account));
    });
    assert_eq!(standing.await, Ok(me()));
    assert!(shown.len() == 1 && shown[0].starts_with("tg://login?token="), "{shown:?}");
    is_good(&server, login).await;
}

/// The token of a link, as an app reads it.
fn token(link: &str) -> Vec<u8> {
    use base64::Engine as _;
    let token = link.strip_prefix("tg://login?token=").expect("a link");
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).expect("base64")
}

#[tokio::test]
async fn a_qr_code_that_expires_is_replaced_by_another() {
    let (server, account) = with_account(|account| account).await;
    let mut login = begun(&server).await;
    let mut shown = Vec::new();
    let standing = login.by_qr(|link| {
        shown.push(token(&link.url()));
        if shown.len() == 1 {
            server.set_clock_ahead(31);
            assert!(!server.accept_qr_token(&shown[0], account), "it has expired");
        } else {
            assert!(server.accept_qr_token(&shown[1], account));
        }
    });
    assert_eq!(standing.await, Ok(me()));
    assert!(shown.len() == 2 && shown[0] != shown[1]);
    is_good(&server, login).await;
}

#[tokio::test]
async fn a_qr_code_that_nobody_scans_is_given_up_and_shown_once() {
    let (server, _) = with_account(|account| account).await;
    let mut config = config();
    config.longest_scan = Duration::from_millis(300);
    let (mut login, _) = begin(broken_off(&server), config).await.expect("a connection");
    let mut n_shown = 0;
    let error = login.by_qr(|_| n_shown += 1).await.expect_err("nobody came");
    assert!(matches!(error, LoginError::NotScanned { .. }) && error.is_retryable(), "{error}");
    assert!(n_shown == 1 && server.calls_of("auth.exportLoginToken").len() > 2);
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn a_qr_code_of_an_account_elsewhere_with_a_password_is_followed_there() {
    let (server, account) = with_account(|account| account.living_in(3).with_password(PASSWORD)).await;
    let mut login = begun(&server).await;
    let standing = login.by_qr(|link| assert!(server.accept_qr_token(&token(&link.url()), account)));
    assert_eq!(standing.await, Ok(Standing::PasswordDue { hint: None }));
    assert_eq!(login.enter_password(&password(PASSWORD)).await, Ok(me()));
    assert_eq!(is_good(&server, login).await.home, 3);
}

#[tokio::test]
async fn a_token_that_is_used_up_on_its_way_is_replaced_where_the_account_lives() {
    let (server, account) = with_account(|account| account.living_in(3)).await;
    let mut login = begun(&server).await;
    server.fault("auth.importLoginToken", Fault::Error(400, "AUTH_TOKEN_EXPIRED".to_owned()), 1);
    let mut n_shown = 0;
    let standing = login.by_qr(|link| {
        n_shown += 1;
        assert!(server.accept_qr_token(&token(&link.url()), account));
    });
    assert_eq!(standing.await, Ok(me()));
    assert_eq!(n_shown, 2);
    assert_eq!(is_good(&server, login).await.home, 3);
}

#[tokio::test]
async fn an_answer_that_is_lost_on_its_way_is_no_lost_login() {
    for (method, has_password) in [("auth.signIn", false), ("auth.checkPassword", true), ("auth.signIn", true)] {
        let change = |account: Account| if has_password { account.with_password(PASSWORD) } else { account };
        let (server, _) = with_account(change).await;
        let mut login = begun(&server).await;
        login.ask_for_code(&phone()).await.expect("a code");
        server.fault(method, Fault::ClosedAfter, 1);
        let mut standing = login.enter_code(&code("12345")).await.expect("found out");
        if has_password {
            assert_eq!(standing, Standing::PasswordDue { hint: None });
            standing = login.enter_password(&password(PASSWORD)).await.expect("found out");
        }
        assert_eq!(standing, me(), "{method}");
        is_good(&server, login).await;
    }
    for (method, data_centre) in [("auth.exportLoginToken", 2), ("auth.importLoginToken", 3)] {
        let (server, account) = with_account(|account| account.living_in(data_centre)).await;
        let mut login = begun(&server).await;
        let standing = login.by_qr(|link| {
            assert!(server.accept_qr_token(&token(&link.url()), account));
            server.fault(method, Fault::ClosedAfter, 1);
        });
        assert_eq!(standing.await, Ok(me()), "{method}");
        is_good(&server, login).await;
    }
}

#[tokio::test]
async fn a_code_that_did_not_arrive_at_telegram_can_be_entered_again() {
    let (server, _) = with_account(|account| account).await;
    let mut login = begun(&server).await;
    server.fault("auth.sendCode", Fault::ClosedBefore, 1);
    login.ask_for_code(&phone()).await.expect("over a new connection");
    server.fault("auth.signIn", Fault::ClosedBefore, 1);
    let error = login.enter_code(&code("12345")).await.expect_err("lost");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(login.enter_code(&code("12345")).await, Ok(me()));
    is_good(&server, login).await;
}

#[tokio::test]
async fn floods_are_told_at_once_and_waited_for_by_nobody() {
    let (server, _) = with_account(|account| account.with_password(PASSWORD)).await;
    let mut login = begun(&server).await;
    let is_flood = |error: LoginError| error.retry_after() == Some(Duration::from_secs(2)) && error.is_retryable();
    for method in ["auth.sendCode", "auth.signIn", "auth.checkPassword", "auth.exportLoginToken"] {
        server.flood(method, 2, 1);
        let error = match method {
            "auth.sendCode" => login.ask_for_code(&phone()).await.err(),
            "auth.signIn" => {
                login.ask_for_code(&phone()).await.expect("a code");
                login.enter_code(&code("12345")).await.err()
            }
            "auth.checkPassword" => {
                login.enter_code(&code("12345")).await.expect("the password is due");
                login.enter_password(&password(PASSWORD)).await.err()
            }
            _ => login.by_qr(|_| panic!("no token was given")).await.err(),
        };
        assert!(is_flood(error.expect("a flood")), "{method}");
        assert_eq!(server.calls_of(method).len(), 1, "{method}");
        server.forget_calls();
    }
    server.fault("auth.sendCode", Fault::Error(406, "PHONE_PASSWORD_FLOOD".to_owned()), 1);
    let error = login.ask_for_code(&phone()).await.expect_err("a flood without a length");
    assert!(matches!(error, LoginError::TooOften { .. }) && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn numbers_and_applications_that_telegram_refuses_are_told_apart() {
    let server = TelegramServer::start().await.expect("a port");
    let mut login = begun(&server).await;
    assert_eq!(login.ask_for_code(&phone()).await, Err(LoginError::SignUpRequired));
    for (code, name, expected) in [
        (406, "PHONE_NUMBER_INVALID", LoginError::PhoneUnknown),
        (400, "PHONE_NUMBER_BANNED", LoginError::PhoneBanned),
        (400, "API_ID_INVALID", LoginError::ApplicationRefused { name: "API_ID_INVALID".to_owned() }),
    ] {
        server.fault("auth.sendCode", Fault::Error(code, name.to_owned()), 1);
        assert_eq!(login.ask_for_code(&phone()).await, Err(expected));
    }
    server.assume(|assumptions| assumptions.offers_sign_up = true);
    login.ask_for_code(&phone()).await.expect("a code");
    assert_eq!(login.enter_code(&code("12345")).await, Err(LoginError::SignUpRequired));
    assert_eq!(server.violations(), []);
}

#[tokio::test]
async fn a_bot_is_no_reader() {
    let (server, bot) = with_account(|account| account.as_bot("1:not-a-real-token")).await;
    let mut blob = SessionBlob::empty(2, address(&server, 2));
    blob.data_centres[0].key = Some(server.seed_login(bot));
    assert_eq!(begin(blob, config()).await.err(), Some(LoginError::Telegram(TelegramError::IsABot)));
}

#[tokio::test]
async fn nobody_logs_in_without_the_lease() {
    let (server, _) = with_account(|account| account.with_password(PASSWORD)).await;
    let holding = held(&store().await, "telegram/test").await;
    let (mut login, _) = Login::begin(broken_off(&server), config(), holding.grip()).await.expect("a connection");
    login.ask_for_code(&phone()).await.expect("a code");
    login.enter_code(&code("12345")).await.expect("the password is due");
    holding.give_back().await;
    server.forget_calls();
    let lost = LoginError::Telegram(TelegramError::LeaseLost);
    assert_eq!(login.enter_password(&password(PASSWORD)).await, Err(lost.clone()));
    assert_eq!(login.by_qr(|_| panic!("no token was given")).await, Err(lost.clone()));
    assert_eq!(login.ask_for_code(&phone()).await, Err(lost.clone()));
    server.until("the connection is closed", |server| server.connections().0 == 0).await;
    let (n_calls, n_connections) = (server.calls().len(), server.connections().1);
    assert_eq!(Login::begin(broken_off(&server), config(), holding.grip()).await.err(), Some(lost));
    assert_eq!((n_calls, server.connections().1), (0, n_connections));
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let (server, _) = with_account(|account| account.with_password(PASSWORD)).await;
    let mut short = config();
    short.telegram.request_timeout = Duration::from_secs(2);
    let (mut login, _) = begin(broken_off(&server), short.clone()).await.expect("a connection");
    server.fault("auth.sendCode", Fault::Silent, 1);
    let error = login.ask_for_code(&phone()).await.expect_err("silence");
    assert!(matches!(error, LoginError::Telegram(TelegramError::TimedOut { .. })) && error.is_retryable(), "{error}");
    login.ask_for_code(&phone()).await.expect("a code");
    server.fault("auth.signIn", Fault::Silent, 1);
    let error = login.enter_code(&code("12345")).await.expect_err("silence");
    assert!(matches!(error, LoginError::Telegram(TelegramError::TimedOut { .. })), "{error}");
    login.close().await;

    server.be_deaf(true);
    short.telegram.connect_timeout = Duration::from_millis(200);
    let error = begin(broken_off(&server), short).await.expect_err("silence");
    assert!(matches!(error, LoginError::Telegram(TelegramError::TimedOut { .. })), "{error}");
}

#[tokio::test]
async fn answers_that_nobody_can_read_end_no_process() {
    let (server, _) = with_account(|account| account.with_password(PASSWORD)).await;
    let mut login = begun(&server).await;
    let is_unreadable = |error: Option<LoginError>| {
        matches!(error, Some(LoginError::Telegram(TelegramError::Unreadable { .. }))).then_some(()).ok_or(error)
    };
    server.fault("auth.sendCode", Fault::UnknownConstructor, 1);
    assert_eq!(is_unreadable(login.ask_for_code(&phone()).await.err()), Ok(()));
    login.ask_for_code(&phone()).await.expect("a code");
    login.enter_code(&code("12345")).await.expect("the password is due");
    server.fault("auth.checkPassword", Fault::UnknownConstructor, 1);
    assert_eq!(is_unreadable(login.enter_password(&password(PASSWORD)).await.err()), Ok(()));
    server.with_world(|world| world.accounts.values_mut().for_each(|account| account.password = None));
    assert_eq!(is_unreadable(login.enter_password(&password(PASSWORD)).await.err()), Ok(()), "a question of nothing");
}

#[tokio::test]
async fn a_login_that_is_ended_is_over_for_every_copy_of_it() {
    let (server, account) = with_account(|account| account).await;
    let mut login = begun(&server).await;
    login.ask_for_code(&phone()).await.expect("a code");
    login.enter_code(&code("12345")).await.expect("a login");
    let kept = is_good(&server, login).await;

    let (telegram, _) = connect(kept.clone(), TelegramConfig::new(1)).await.expect("a connection");
    telegram.log_out().await.expect("logged out");
    telegram.log_out().await.expect("it is over already");
    telegram.close().await;
    let error = connect(kept.clone(), TelegramConfig::new(1)).await.expect_err("an old copy");
    assert!(error.is_end_of_login(), "{error}");
    // The key is free, and a login can begin under it.
    let (login, standing) = begin(kept, config()).await.expect("a connection");
    assert_eq!((standing, login.blob().me), (Standing::Nobody, None), "what is kept of it names nobody either");
    assert_eq!(server.violations(), []);

    // Where the answer is lost, it is over all the same.
    let mut blob = SessionBlob::empty(2, address(&server, 2));
    blob.data_centres[0].key = Some(server.seed_login(account));
    let (telegram, _) = connect(blob, TelegramConfig::new(1)).await.expect("a connection");
    server.fault("auth.logOut", Fault::ClosedAfter, 1);
    telegram.log_out().await.expect("found out");
}

#[tokio::test]
async fn a_kept_login_that_is_dead_is_told_as_such() {
    let over = |name: &str| TelegramError::LoginOver { name: name.to_owned() };
    let gone = |name: &str| TelegramError::AccountGone { name: name.to_owned() };
    for (status, name, expected) in [
        (401, "SESSION_REVOKED", over("SESSION_REVOKED")),
        (406, "AUTH_KEY_DUPLICATED", over("AUTH_KEY_DUPLICATED")),
        (401, "USER_DEACTIVATED", gone("USER_DEACTIVATED")),
    ] {
        let (server, account) = with_account(|account| account).await;
        let mut blob = SessionBlob::empty(2, address(&server, 2));
        blob.data_centres[0].key = Some(server.seed_login(account));
        server.end_logins(account, status, name);
        let error = begin(blob.clone(), config()).await.expect_err("dead");
        assert_eq!(error, LoginError::Telegram(expected));
        assert!(error.is_end_of_login());
        // Anew, a key is agreed on, which the client does with Telegram alone.
        let error = begin(blob.without_keys(), config()).await.expect_err("a stranger");
        assert!(matches!(error, LoginError::NoKey { .. }) && !error.is_end_of_login(), "{error}");
    }
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let (server, account) = with_account(|account| account.with_password(PASSWORD)).await;
    let mut login = begun(&server).await;
    let mut shown = format!("{login:?} {:?} ", config());
    login.ask_for_code(&phone()).await.expect("a code");
    shown += &format!("{login:?} ");
    let standing = login.by_qr(|link| {
        shown += &format!("{link:?}");
        assert!(server.accept_qr_token(&token(&link.url()), account));
    });
    standing.await.expect("the password is due");
    let wrong = login.enter_password(&password("another one")).await.expect_err("wrong");
    shown += &format!("{login:?} {wrong} {wrong:?} {:?}", login.blob().data_centres);
    for secret in ["999", HASH, "12345", "another", PASSWORD] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}
