//! `scraper-batch` as it is deployed: the built program, run as a process by a Lambda of this test's own, with a
//! DynamoDB, a server of previews, a Telegram and a Secrets Manager on loopback.

mod account;
mod account_world;
#[path = "../../../functions/tests/e2e/dynamodb.rs"]
#[expect(dead_code, reason = "the functions of the API need more of it")]
mod dynamodb;
mod ending_login;
mod figures;
mod kept_secret;
mod living;
#[path = "../../../tests/moto/process.rs"]
mod moto;
#[path = "../../../functions/tests/e2e/runtime_api.rs"]
mod runtime_api;
mod secret;
mod starting;
mod sweeping;
#[path = "../telegram/world.rs"]
#[expect(dead_code, reason = "passes without Lambda need more of it")]
mod telegram_world;
#[path = "../sources/world.rs"]
#[expect(dead_code, reason = "the sources need more of it")]
mod world;

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use signals::lease::Lease;
use signals::store::SignalStore;

use crate::dynamodb::DynamoDb;
use crate::runtime_api::{Function, Told};
use crate::world::{Post, Server};

/// The program: the one that was built with the tests, or what `SIGTOWER_TEST_BATCH` names, such as one built for Lambda.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    std::env::var_os("SIGTOWER_TEST_BATCH").unwrap_or_else(|| env!("CARGO_BIN_EXE_scraper-batch").into()).into()
});

/// The function over this database and these previews, with these channels.
async fn function(database: &DynamoDb, preview_url: &str, channels: &str) -> Function {
    let variables = [
        ("SIGNALS_TABLE", "signals"),
        ("SIGTOWER_CHANNELS", channels),
        ("SIGTOWER_PREVIEW_URL", preview_url),
        ("SIGTOWER_PREVIEW_DELAY", "0s"),
        ("METRICS_NAMESPACE", "sigtower-e2e"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &database.endpoint()),
        // It has its own rights and no others.
        ("AWS_ACCESS_KEY_ID", "scraper-batch"),
    ];
    Function::start(&PROGRAM, &variables).await
}

/// What the schedule says.
fn event() -> Value {
    json!({"command": "sweep"})
}

/// A channel with a signal, a chat and an advert.
fn whalechart(server: &Server) {
    server.channel(
        "whalechart",
        20,
        vec![
            Post::text(1, "BTC LONG ENTRY 45000 TARGET 46000 SL 44000"),
            Post::text(2, "Good morning everyone"),
            Post::text(3, "ETH SHORT ENTRY 3100 TARGET 3000 SL 3180"),
        ],
    );
}

/// What the function tells of an event while somebody holds this lease, and is alive.
async fn told_beside(function: &mut Function, store: &SignalStore, lease: &Lease) -> Told {
    function.hand_over(event().to_string());
    let renew = async {
        let mut looks = tokio::time::interval(Duration::from_millis(200));
        loop {
            looks.tick().await;
            store.renew_lease(lease, jiff::Timestamp::now()).await.expect("it is held");
        }
    };
    tokio::select! {
        told = function.told() => told,
        () = renew => unreachable!("it renews as long as it is asked"),
    }
}

#[track_caller]
fn answer(told: Told) -> Value {
    let Told::Answer(answer) = told else { panic!("no answer: {told:?}") };
    assert_eq!(answer["schema"], "sweep/1");
    answer
}
