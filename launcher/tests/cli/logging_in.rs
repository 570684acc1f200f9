//! `sigtower login`: by lines on stdin, at a terminal, and by a QR code; and every way in which it stops.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use scraper::telegram::{NO_LOGIN_YET, SecretId, SessionSecret};
use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::desk::Desk;
use crate::moto::Moto;
use crate::running::Up;
use crate::telegram::{ACCOUNT, CODE, HASH, PASSWORD, PHONE, Telegram, rights, set_rights};
use crate::{exits_with, says, sigtower, stderr, stdout};

#[test]
fn lines_on_stdin_log_in_and_what_is_kept_is_its_users_alone() {
    let telegram = Telegram::start(|it| it.with_password(PASSWORD).with_hint("the usual\u{1b}[2J")).with_begun("batch");
    set_rights(&telegram.logins(), 0o755);
    let answers = format!("{PHONE}\n11111\n{CODE}\nwrong-password\n{PASSWORD}\n");
    let output = telegram.run(&["login", "--json"], &answers);
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    let file = telegram.kept("batch").path().display().to_string();
    let expected = json!({
        "schema": "login/1", "name": "batch", "account": ACCOUNT.0, "data_centre": 2, "file": file, "is_new": true
    });
    assert_eq!(told, expected);
    says(
        stderr(&output),
        &["the code is wrong", "the password is wrong", "apps that are logged in", "(hint: the usual␛"],
    );
    assert!(!stderr(&output).contains("11111") && !stderr(&output).contains("wrong-password"), "{}", stderr(&output));
    assert_eq!(rights(telegram.kept("batch").path()), 0o600);
    assert_eq!(telegram.kept("batch").load().unwrap().me, Some(ACCOUNT.0));

    // Once is enough: the second time nobody is asked.
    let again = telegram.run(&["login"], "");
    exits_with(&again, 0);
    says(stdout(&again), &["logged in already: account 7000001", &file, "sigtower session revoke batch"]);
    telegram.was_asked_properly();
}

#[test]
fn an_account_of_another_data_centre_logs_in_with_the_number_as_a_flag() {
    let telegram = Telegram::start(|it| it.living_in(3)).with_begun("realtime-2");
    let output = telegram.run(&["login", "realtime-2", "--phone", "+999 662 8151"], CODE);
    exits_with(&output, 0);
    says(stdout(&output), &["`realtime-2` is logged in: account 7000001, in data centre 3"]);
    telegram.was_asked_properly();
}

/// Makes a secret; gives its ARN.
fn secret_with(moto: &Moto, name: &str, value: &str) -> String {
    let body = json!({"Name": name, "SecretString": value, "ClientRequestToken": "0".repeat(32)}).to_string();
    let address = moto.endpoint.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).expect("moto listens");
    let credential = "AWS4-HMAC-SHA256 Credential=test/20261123/eu-central-1/secretsmanager/aws4_request";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\
         x-amz-target: secretsmanager.CreateSecret\r\ncontent-type: application/x-amz-json-1.1\r\n\
         authorization: {credential}, SignedHeaders=host, Signature=none\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).expect("moto reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("text");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    body["ARN"].as_str().expect("an ARN").to_owned()
}

/// With a Secrets Manager on loopback, in which the secret is as the template makes it.
#[test]
fn a_login_for_aws_goes_into_its_secret_and_nothing_of_it_stays_here() {
    let moto = Moto::start(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests")));
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let named =
        |name: &str| SessionSecret::at(&moto.endpoint, "AKIANOBODY", "not-real", SecretId::parse(name).unwrap());
    let run = |secret: &str, endpoint: &str, more: &[(&str, &str)], answers: &str| {
        let mut command = sigtower(&["login", "--json", "-vv", "--secret", secret]);
        command.envs(telegram.variables()).env("AWS_ENDPOINT_URL", endpoint).current_dir(telegram.folder.path());
        command.env("AWS_ACCESS_KEY_ID", "AKIANOBODY").env("AWS_SECRET_ACCESS_KEY", "not-real");
        let output = command.envs(more.iter().copied()).write_stdin(answers).output().expect("the command starts");
        telegram.shows_no_secret(stdout(&output));
        telegram.shows_no_secret(stderr(&output));
        output
    };
    let (answers, region) = (format!("{PHONE}\n{CODE}\n"), [("AWS_REGION", "eu-central-1")]);
    // Whoever could not keep it is not asked for anything.
    let asked_for_nothing = |output: &std::process::Output, words: &[&str]| {
        exits_with(output, 1);
        says(stderr(output), words);
        assert!(telegram.server.calls_of("auth.sendCode").is_empty());
    };
    asked_for_nothing(&run("telegram", &moto.endpoint, &region, &answers), &["there is no secret telegram"]);
    asked_for_nothing(&run("telegram", &moto.endpoint, &[], &answers), &["AWS_REGION is not set"]);
    asked_for_nothing(&run("telegram", "http://127.0.0.1:9", &region, &answers), &["cannot be reached"]);
    exits_with(&run("not a secret", &moto.endpoint, &region, &answers), 2);

    let arn = secret_with(&moto, "telegram", NO_LOGIN_YET);
    let output = run(&arn, &moto.endpoint, &[], &answers);
    exits_with(&output, 0);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    let expected = json!({
        "schema": "login/1", "name": "batch", "account": ACCOUNT.0, "data_centre": 2, "secret": arn, "is_new": true
    });
    assert_eq!(told, expected);
    assert!(!telegram.kept("batch").path().exists());
    let kept = tokio::runtime::Runtime::new().unwrap().block_on(named("telegram").load()).expect("a login");
    assert_eq!(kept.me, Some(ACCOUNT.0));
    telegram.was_asked_properly();
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_each_answer_is_asked_for_and_no_secret_stays_on_the_screen() {
    let telegram = Telegram::start(|it| it.with_password(PASSWORD)).with_begun("batch");
    let mut desk = Desk::sit_down(telegram.folder.path(), &["login"], &telegram.variables());
    desk.sees("Please type the phone number, with its country code:");
    desk.types("12\r");
    desk.sees("a phone number has its country code");
    desk.sees("Please type the phone number");
    desk.types("1234567:not-a-real-token\r");
    desk.sees("lets no bot read the history");
    desk.sees("Please type the phone number");
    desk.types(&format!("{PHONE}\r"));
    desk.sees("sent a code");
    desk.sees("Please type the code:");
    desk.types("11111\r");
    desk.sees("the code is wrong");
    desk.sees("Please type the code:");
    desk.types(&format!("{CODE}\r"));
    desk.sees("Please type the account's password:");
    desk.types(&format!("{PASSWORD}\r"));
    desk.sees("`batch` is logged in: account 7000001");
    desk.sees("sigtower session revoke batch");
    // What is typed where all can see it is the number alone.
    telegram.shows_no_secret(&desk.text().replace(PHONE, ""));
    assert_eq!(desk.code(), Some(0));
    telegram.was_asked_properly();
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_stops_a_login_at_a_terminal_loses_nothing_and_blocks_nobody() {
    let telegram = Telegram::start(|it| it.with_password(PASSWORD)).with_begun("batch");
    for (keys, code) in [("\u{3}", 130), ("\u{1b}", 130), ("TERM", 143)] {
        let args = ["login", "--phone", PHONE];
        let mut desk = Desk::sit_down(telegram.folder.path(), &args, &telegram.variables());
        desk.sees("Please type the code:");
        if keys == "TERM" {
            // `script` has one child, which is the command once the shell has become it.
            let parent = desk.id().to_string();
            let sent = std::process::Command::new("pkill").args(["-TERM", "--parent", &parent]).status();
            assert!(sent.expect("pkill(1) starts").success());
        } else {
            desk.types(keys);
        }
        assert_eq!(desk.code(), Some(code), "{keys:?}");
    }
    let output = telegram.run(&["login", "--phone", PHONE], &format!("{CODE}\n{PASSWORD}\n"));
    exits_with(&output, 0);
    assert!(!stderr(&output).contains("waiting up to"), "the lease was given back: {}", stderr(&output));
}

#[test]
fn a_qr_code_is_shown_until_an_app_accepts_it_and_its_link_only_where_it_is_asked_for() {
    for (flags, has_link) in [(&["--qr"][..], false), (&["--qr", "--link"], true)] {
        let telegram = Telegram::start(|it| it.living_in(3).with_password(PASSWORD)).with_begun("batch");
        let mut command = telegram.started(&[&["login", "-vv"], flags].concat());
        telegram.until("a token was asked for", |server| !server.calls_of("auth.exportLoginToken").is_empty());
        assert!(telegram.server.accept_shown_qr_token(ACCOUNT));
        writeln!(command.stdin.take().unwrap(), "{PASSWORD}").expect("it reads");
        let output = command.wait_with_output().expect("it ends");
        exits_with(&output, 0);
        let said = stderr(&output);
        telegram.shows_no_secret(said);
        says(said, &["Link Desktop Device", "█", "▀", "▄"]);
        assert_eq!(said.contains("tg://login?token="), has_link, "{said}");
        says(stdout(&output), &["is logged in: account 7000001, in data centre 3"]);
        telegram.was_asked_properly();
    }
}

#[test]
fn a_login_that_was_broken_off_before_its_password_goes_on_with_the_password_alone() {
    let telegram = Telegram::start(|it| it.with_password(PASSWORD)).with_begun("batch");
    let n_known = telegram.kept("batch").load().unwrap().data_centres.len();
    exits_with(&telegram.run(&["login", "--phone", PHONE], ""), 1);
    let kept = telegram.kept("batch").load().unwrap();
    assert!(kept.me.is_none() && kept.data_centres.len() > n_known, "what the first connection taught is kept");
    let output = telegram.run(&["login", "--phone", PHONE], CODE);
    exits_with(&output, 1);
    says(stderr(&output), &["password was not given", "stdin has ended", "what was begun is kept"]);
    telegram.server.forget_calls();
    let output = telegram.run(&["login"], PASSWORD);
    exits_with(&output, 0);
    assert_eq!(telegram.server.calls_of("auth.sendCode").len(), 0);
    telegram.was_asked_properly();
}

#[test]
fn what_is_wrong_too_often_is_given_up_and_another_code_is_sent_for_one_that_expired() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let output = telegram.run(&["login", "--phone", PHONE], "1\n2\n3\n4\n");
    exits_with(&output, 1);
    says(stderr(&output), &["the code is wrong", "next: ask for another code", "sigtower login batch"]);
    assert_eq!(telegram.server.calls_of("auth.signIn").len(), 3);

    telegram.server.forget_calls();
    let expired = telegram_server::Fault::Error(400, "PHONE_CODE_EXPIRED".to_owned());
    telegram.server.fault("auth.signIn", expired.clone(), 1);
    let output = telegram.run(&["login", "--phone", PHONE], &format!("{CODE}\n{CODE}\n"));
    exits_with(&output, 0);
    says(stderr(&output), &["The code is no longer valid."]);
    assert_eq!(telegram.server.calls_of("auth.sendCode").len(), 2);
}

#[test]
fn each_refusal_says_what_to_do_and_ends_with_its_own_code() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    for (status, name, code, words) in [
        (420, "FLOOD_WAIT_3600", 6, &["pause of 3600 s", "try again in 3600 s"][..]),
        (406, "PHONE_PASSWORD_FLOOD", 6, &["too many logins", "wait a day"]),
        (406, "PHONE_NUMBER_INVALID", 1, &["no such phone number", "check the number"]),
        (400, "PHONE_NUMBER_BANNED", 1, &["banned", "recover@telegram.org"]),
        (400, "PHONE_NUMBER_UNOCCUPIED", 1, &["no account", "own app on a phone"]),
        (400, "API_ID_INVALID", 1, &["API_ID_INVALID", "TELEGRAM_API_ID and TELEGRAM_API_HASH"]),
        (500, "AUTH_RESTART", 1, &["AUTH_RESTART"]),
    ] {
        telegram.server.fault("auth.sendCode", telegram_server::Fault::Error(status, name.to_owned()), 1);
        let output = telegram.run(&["login", "--phone", PHONE], CODE);
        exits_with(&output, code);
        says(stderr(&output), words);
        says(stderr(&output), &["error: cannot log in to Telegram as `batch`", "why:", "next:"]);
    }
    telegram.server.refuse_connections(true);
    let output = telegram.run(&["login", "--phone", PHONE], CODE);
    exits_with(&output, 1);
    says(stderr(&output), &["no connection to Telegram", "see that this machine reaches Telegram"]);
    telegram.was_asked_properly();
}

#[test]
fn what_is_not_set_is_named_and_nothing_is_connected_to() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let data = telegram.folder.path().to_str().unwrap();
    for (id, hash, code, words) in [
        ("", "", 4, "TELEGRAM_API_ID and TELEGRAM_API_HASH are not set"),
        ("4711", "", 4, "TELEGRAM_API_HASH is not set"),
        ("", HASH, 4, "TELEGRAM_API_ID is not set"),
        ("0x12", HASH, 2, "TELEGRAM_API_ID cannot be right"),
        ("-1", HASH, 2, "TELEGRAM_API_ID cannot be right"),
    ] {
        let variables = [("TELEGRAM_API_ID", id), ("TELEGRAM_API_HASH", hash), ("XDG_DATA_HOME", data)];
        // Whoever is logged in shows the number of the application alone.
        let others: &[&[&str]] = match (id, code) {
            ("4711", _) => &[],
            _ => {
                &[&["session", "revoke", "batch", "--yes"], &["session", "status", "--online"], &["channels", "joined"]]
            }
        };
        for (args, words) in
            [(&["login"][..], words)].into_iter().chain(others.iter().map(|it| (*it, "TELEGRAM_API_ID")))
        {
            let output = sigtower(args).envs(variables).write_stdin("").output().expect("the command starts");
            exits_with(&output, code);
            says(stderr(&output), &[words, "https://my.telegram.org"]);
            assert!(!stderr(&output).contains(HASH), "{}", stderr(&output));
        }
    }
    assert_eq!(telegram.server.connections(), (0, 0));
    assert!(telegram.kept("batch").load().is_ok(), "what is kept stays");
    // The hash may stand in a file of its own.
    let file = telegram.folder.path().join("hash");
    std::fs::write(&file, format!("{HASH}\n")).unwrap();
    set_rights(&file, 0o600);
    let variables =
        [("TELEGRAM_API_ID", "4711"), ("TELEGRAM_API_HASH_FILE", file.to_str().unwrap()), ("XDG_DATA_HOME", data)];
    let output = sigtower(&["login", "--phone", PHONE]).envs(variables).write_stdin(CODE).output().unwrap();
    exits_with(&output, 0);
}

#[test]
fn a_bot_is_told_that_it_may_not_read() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let token = "1234567:not-a-real-token";
    let output = telegram.run(&["login", "--phone", token], "");
    exits_with(&output, 1);
    says(stderr(&output), &["lets no bot read the history of channels"]);
    assert!(!stderr(&output).contains(token), "{}", stderr(&output));
    let mut command = sigtower(&["login", "--phone", PHONE]);
    let command = command.envs(telegram.variables()).env("TELEGRAM_BOT_TOKEN", token).write_stdin(CODE);
    let output = command.output().expect("the command starts");
    exits_with(&output, 0);
    says(stderr(&output), &["TELEGRAM_BOT_TOKEN is not used", "lets no bot read"]);
    assert!(!stderr(&output).contains(token), "{}", stderr(&output));
}

#[test]
fn what_others_can_read_is_not_used_and_says_so() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let file = telegram.kept("batch");
    set_rights(file.path(), 0o644);
    let output = telegram.run(&["login", "--phone", PHONE], CODE);
    exits_with(&output, 1);
    says(stderr(&output), &["others on this machine can read", &format!("chmod 600 {}", file.path().display())]);
    set_rights(file.path(), 0o600);
    set_rights(&telegram.logins(), 0o777);
    let output = telegram.run(&["login", "--phone", PHONE], CODE);
    exits_with(&output, 1);
    says(stderr(&output), &[&format!("chmod 700 {}", telegram.logins().display())]);
    assert_eq!(telegram.server.connections(), (0, 0));
}

#[test]
fn a_kept_login_that_is_dead_is_not_used_again_and_a_stranger_is_no_telegram() {
    let telegram = Telegram::start(|it| it).with_login("batch");
    let before = std::fs::read(telegram.kept("batch").path()).unwrap();
    telegram.server.end_logins(ACCOUNT, 401, "SESSION_REVOKED");
    let output = telegram.run(&["login", "--phone", PHONE], CODE);
    exits_with(&output, 1);
    says(stderr(&output), &["of no more use", "SESSION_REVOKED", "no key could be agreed on", "proxy or a filter"]);
    assert_eq!(
        std::fs::read(telegram.kept("batch").path()).unwrap(),
        before,
        "what was kept stays until there is more"
    );
}

#[test]
fn a_login_that_cannot_be_kept_is_ended_and_one_that_was_kept_before_is_not() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let mut command = telegram.started(&["login", "--phone", PHONE]);
    telegram.until("a code was asked for", |server| !server.calls_of("auth.sendCode").is_empty());
    set_rights(&telegram.logins(), 0o777);
    writeln!(command.stdin.take().unwrap(), "{CODE}").expect("it reads");
    let output = command.wait_with_output().expect("it ends");
    exits_with(&output, 1);
    says(
        stderr(&output),
        &["cannot use the kept login `batch`", &format!("chmod 700 {}", telegram.logins().display())],
    );
    assert_eq!(telegram.server.calls_of("auth.logOut").len(), 1);

    // The other one is read and asked for under other addresses, which cannot be kept either.
    let telegram = Telegram::start(|it| it).with_login("batch");
    let mut kept = telegram.kept("batch").load().unwrap();
    kept.data_centres.pop();
    telegram.kept("batch").save(&kept).unwrap();
    telegram.server.fault("users.getUsers", telegram_server::Fault::Slow(std::time::Duration::from_secs(5)), 1);
    let command = telegram.started(&["login"]);
    telegram.until("somebody connects", |server| server.connections().1 > 0);
    set_rights(&telegram.logins(), 0o777);
    let output = command.wait_with_output().expect("it ends");
    exits_with(&output, 1);
    says(stderr(&output), &["chmod 700 "]);
    assert_eq!(telegram.server.calls_of("auth.logOut").len(), 0);
}

#[test]
fn a_second_one_is_refused_before_it_connects_and_told_who_is_at_it() {
    let telegram = Telegram::start(|it| it).with_begun("batch");
    let _up = Up::start(&telegram.data_dir(), &[]);
    let mut first = telegram.started(&["login", "--phone", PHONE]);
    let mut said = BufReader::new(first.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Reading the code from stdin") {
        line.clear();
        assert!(said.read_line(&mut line).expect("text") > 0, "it ended before it asked");
    }
    let connections = telegram.server.connections().1;
    for args in [&["login", "--phone", PHONE][..], &["session", "revoke", "batch", "--yes"]] {
        let output = telegram.run(args, CODE);
        exits_with(&output, 5);
        says(
            stderr(&output),
            &["the login `batch` is in use", &format!("process {}", first.id()), "waiting up to 5 s"],
        );
    }
    assert_eq!(telegram.server.connections().1, connections, "the second one connected");
    assert!(telegram.kept("batch").load().is_ok());
    // Who it is, is told by `status`, which asks Telegram nothing then either.
    let output = telegram.run(&["session", "status"], "");
    exits_with(&output, 0);
    says(stdout(&output), &["batch: used by sigtower, process", &first.id().to_string(), "last active at"]);

    writeln!(first.stdin.take().unwrap(), "{CODE}").expect("it reads");
    let mut told = String::new();
    first.stdout.take().unwrap().read_to_string(&mut told).expect("text");
    assert!(first.wait().expect("it ends").success(), "{told}");
    let output = telegram.run(&["login"], "");
    exits_with(&output, 0);
    assert!(!stderr(&output).contains("waiting up to"), "the lease was given back: {}", stderr(&output));
    telegram.was_asked_properly();
}
