//! Logging in: by code, by second factor, in another data centre; and how logins end.

use grammers_client::session::updates::UpdatesLike;
use grammers_client::{InvocationError, SignInError, tl};
use telegram_server::world::Account;
use telegram_server::{Outcome, TelegramServer};

use crate::client::{TestClient, assert_no_violation, with_channel};

const PHONE: &str = "+9996621234";

#[tokio::test]
async fn an_account_logs_in_by_the_right_code_alone() {
    let server = TelegramServer::start().await.expect("a port");
    server.add_account(Account::new(7, PHONE));
    let client = TestClient::with_keys(&server, &[(2, server.seed_key(2))]);

    assert!(!client.client.is_authorized().await.expect("an answer"));
    let token = client.client.request_login_code(PHONE, "hash").await.expect("a token");
    assert!(matches!(client.client.sign_in(&token, "99999").await, Err(SignInError::InvalidCode)));
    let user = client.client.sign_in(&token, "12345").await.expect("the right code");
    assert_eq!(user.phone(), Some("9996621234"));
    assert!(client.client.is_authorized().await.expect("an answer"));

    client.client.sign_out().await.expect("signed out");
    assert!(!client.client.is_authorized().await.expect("an answer"));
    assert_no_violation(&server);
}

#[tokio::test]
async fn the_second_factor_is_asked_for_and_checked() {
    let server = TelegramServer::start().await.expect("a port");
    server.add_account(Account::new(7, PHONE).with_password("correct horse"));
    let client = TestClient::with_keys(&server, &[(2, server.seed_key(2))]);

    let token = client.client.request_login_code(PHONE, "hash").await.expect("a token");
    let Err(SignInError::PasswordRequired(password)) = client.client.sign_in(&token, "12345").await else {
        panic!("no second factor was asked for");
    };
    let Err(SignInError::InvalidPassword(password)) = client.client.check_password(password, "battery").await else {
        panic!("a wrong password was taken");
    };
    let user = client.client.check_password(password, "correct horse").await.expect("the right password");
    assert_eq!(user.phone(), Some("9996621234"));
    assert_no_violation(&server);
}

#[tokio::test]
async fn a_number_without_an_account_is_refused() {
    let server = TelegramServer::start().await.expect("a port");
    let client = TestClient::with_keys(&server, &[(2, server.seed_key(2))]);
    let refused = client.client.request_login_code("+9996629999", "hash").await.err().expect("refused");
    assert!(refused.is("PHONE_NUMBER_UNOCCUPIED"), "{refused}");
}

#[tokio::test]
async fn an_account_of_another_data_centre_is_sent_there() {
    let server = TelegramServer::start().await.expect("a port");
    server.add_account(Account::new(7, PHONE).living_in(3));
    let client = TestClient::with_keys(&server, &[(2, server.seed_key(2)), (3, server.seed_key(3))]);

    let token = client.client.request_login_code(PHONE, "hash").await.expect("a token");
    client.client.sign_in(&token, "12345").await.expect("the right code");
    let calls: Vec<_> =
        server.calls_of("auth.sendCode").into_iter().map(|call| (call.data_centre, call.outcome)).collect();
    assert_eq!(calls, [(2, Outcome::Refused(303, "PHONE_MIGRATE_3".to_owned())), (3, Outcome::Answered)]);
}

#[tokio::test]
async fn a_login_that_ended_is_refused_for_good() {
    for (code, name) in [(401, "SESSION_REVOKED"), (401, "AUTH_KEY_UNREGISTERED"), (406, "AUTH_KEY_DUPLICATED")] {
        let (server, account, _) = with_channel(1).await;
        let client = TestClient::logged_in(&server, account);
        client.client.get_me().await.expect("logged in");
        server.end_logins(account, code, name);
        for _ in 0..2 {
            match client.client.get_me().await {
                Err(InvocationError::Rpc(error)) => assert_eq!((error.code, &error.name[..]), (code, name)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_account_that_moved_is_told_where() {
    let (server, account, _) = with_channel(1).await;
    let client = TestClient::logged_in(&server, account);
    client.client.get_me().await.expect("logged in");
    server.with_world(|world| world.accounts.get_mut(&account).expect("the account").data_centre = 3);
    let error = client.client.get_me().await.expect_err("elsewhere");
    assert!(error.is("USER_MIGRATE"), "{error}");
}

#[tokio::test]
async fn a_key_that_is_used_twice_at_once_is_dead_where_that_is_assumed() {
    let (server, account, _) = with_channel(1).await;
    let key = server.seed_login(account);
    let first = TestClient::with_keys(&server, &[(2, key)]);
    first.client.get_me().await.expect("logged in");
    let second = TestClient::with_keys(&server, &[(2, key)]);
    second.client.get_me().await.expect("two connections from one address");

    server.assume(|assumptions| assumptions.one_connection_per_key = true);
    let third = TestClient::with_keys(&server, &[(2, key)]);
    for client in [&third, &first] {
        let error = client.client.get_me().await.expect_err("dead");
        assert!(error.is("AUTH_KEY_DUPLICATED"), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_an_app_accepts_logs_its_client_in() {
    let server = TelegramServer::start().await.expect("a port");
    let account = server.add_account(Account::new(7, PHONE));
    let mut client = TestClient::with_keys(&server, &[(2, server.seed_key(2))]);
    let export = tl::functions::auth::ExportLoginToken { api_id: 1, api_hash: "hash".to_owned(), except_ids: vec![] };
    let shown = client.client.invoke(&export).await.expect("a token");
    let tl::enums::auth::LoginToken::Token(shown) = shown else { panic!("{shown:?}") };

    assert!(!server.accept_qr_token(b"another", account));
    assert!(server.accept_qr_token(&shown.token, account));
    let told = client.update().await;
    let UpdatesLike::Updates(tl::enums::Updates::UpdateShort(told)) = told else { panic!("another kind of update") };
    assert_eq!(told.update, tl::enums::Update::LoginToken);
    let accepted = client.client.invoke(&export).await.expect("a login");
    assert!(matches!(accepted, tl::enums::auth::LoginToken::Success(_)));
    assert!(client.client.is_authorized().await.expect("an answer"));
    assert_no_violation(&server);
}

#[tokio::test]
async fn a_token_of_an_account_elsewhere_is_taken_there_and_wants_its_second_factor() {
    let server = TelegramServer::start().await.expect("a port");
    let account = server.add_account(Account::new(7, PHONE).living_in(3).with_password("correct horse"));
    let here = TestClient::with_keys(&server, &[(2, server.seed_key(2))]);
    let there = TestClient::with_keys(&server, &[(3, server.seed_key(3))]);
    let export = tl::functions::auth::ExportLoginToken { api_id: 1, api_hash: "hash".to_owned(), except_ids: vec![] };
    let shown = here.client.invoke(&export).await.expect("a token");
    let tl::enums::auth::LoginToken::Token(shown) = shown else { panic!("{shown:?}") };
    assert!(server.accept_qr_token(&shown.token, account));

    let moved = here.client.invoke(&export).await.expect("the other centre");
    let tl::enums::auth::LoginToken::MigrateTo(moved) = moved else { panic!("{moved:?}") };
    assert_eq!(moved.dc_id, 3);
    let import = tl::functions::auth::ImportLoginToken { token: moved.token };
    let error = there.client.invoke(&import).await.expect_err("the second factor");
    assert!(error.is("SESSION_PASSWORD_NEEDED"), "{error}");
    let again = there.client.invoke(&import).await.expect_err("used up");
    assert!(again.is("AUTH_TOKEN_INVALID"), "{again}");
}

#[tokio::test]
async fn a_bot_logs_in_by_its_token_and_reads_no_history() {
    let (server, _, channel) = with_channel(1).await;
    let bot = server.add_account(Account::new(9, "").as_bot("1:false").reading([channel]));
    let client = TestClient::with_keys(&server, &[(2, server.seed_key(2))]);
    assert!(client.client.bot_sign_in("2:other", "hash").await.is_err_and(|error| error.is("ACCESS_TOKEN_INVALID")));
    client.client.bot_sign_in("1:false", "hash").await.expect("the bot");
    let peer = crate::client::input_peer(&server, bot, channel);
    let error = client.history(peer, (0, 0, 1), 0).await.expect_err("refused");
    assert!(error.is("BOT_METHOD_INVALID"), "{error}");
}
