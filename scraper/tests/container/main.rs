//! `scraper-realtime` as it is deployed: the built program, run as a process, with a DynamoDB, a Telegram and a Secrets
//! Manager on loopback.

#[path = "../../../functions/tests/e2e/dynamodb.rs"]
#[expect(dead_code, reason = "the functions of the API need more of it")]
mod dynamodb;
mod ending;
mod figures;
mod handing_over;
mod identity;
#[path = "../lambda/kept_secret.rs"]
mod kept_secret;
#[path = "../../../tests/moto/process.rs"]
mod moto;
mod program;
mod slow_store;
mod stopping;
#[path = "../telegram/world.rs"]
#[expect(dead_code, reason = "passes within this process need more of it")]
mod telegram_world;
