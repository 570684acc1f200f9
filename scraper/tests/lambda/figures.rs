//! What a pass takes of the machine: printed for the README, and bounded where that depends on no clock.

use std::time::{Duration, Instant};

use crate::account_world::World;
use crate::dynamodb::DynamoDb;
use crate::runtime_api::Function;
use crate::world::Server;
use crate::{answer, event, function, whalechart};

const N_STARTS: usize = 20;

/// The function has 256 MiB.
const MOST_RESIDENT_KIB: u64 = 64 * 1024;

/// How long the first pass took from the start of the process on, and the memory after it.
async fn first_pass(began: Instant, mut function: Function) -> (Duration, u64) {
    let told = answer(function.invoke(&event()).await);
    let time = began.elapsed();
    assert_eq!(told["outcome"], "done", "{told}");
    let id = function.process.id().expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    (time, line.trim().trim_end_matches("kB").trim().parse().expect("a number"))
}

fn tell(source: &str, mut passes: Vec<(Duration, u64)>) {
    passes.sort_unstable();
    let time = passes[N_STARTS / 2].0;
    passes.sort_unstable_by_key(|(_, resident)| *resident);
    eprintln!("{source}, of {N_STARTS}: first answer after {time:.1?}, {} KiB resident", passes[N_STARTS / 2].1);
    assert!(passes[N_STARTS - 1].1 < MOST_RESIDENT_KIB, "{passes:?} KiB");
}

#[tokio::test]
async fn a_pass_over_a_preview_is_small() {
    let (database, server) = (DynamoDb::start().await, Server::start().await);
    whalechart(&server);
    let mut passes = Vec::new();
    for _ in 0..N_STARTS {
        let began = Instant::now();
        passes.push(first_pass(began, function(&database, &server.url, "whalechart").await).await);
    }
    tell("preview", passes);
}

#[tokio::test]
async fn a_pass_through_an_account_is_small() {
    let world = World::with_login("figures").await;
    let mut passes = Vec::new();
    for _ in 0..N_STARTS {
        let began = Instant::now();
        passes.push(first_pass(began, world.function("signals", &[]).await).await);
    }
    tell("telegram", passes);
}
