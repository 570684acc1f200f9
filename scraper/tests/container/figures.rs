//! What it takes to run: printed for the README, and bounded where that depends on no clock.

use std::time::{Duration, Instant};

use crate::program::World;

const N_STARTS: usize = 10;

/// The smallest task on Fargate has 512 MiB, and an image must fit beside what it reads.
const MOST_RESIDENT_KIB: u64 = 30 * 1024;

#[tokio::test]
async fn it_starts_rests_and_ends_within_bounds() {
    let world = World::with_posts("figures", 20).await;
    let (mut starts, mut stops, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..N_STARTS {
        let began = Instant::now();
        let mut program = world.program(&[]);
        program.until("telegram.connected").await;
        starts.push(began.elapsed());
        world.until_stored(20).await;
        program.until("channel.read").await;
        resident.push(program.resident_kib());
        let stopped = Instant::now();
        program.signal("-TERM");
        assert_eq!(program.ended().await.code(), Some(0));
        stops.push(stopped.elapsed());
        assert!(world.is_free().await);
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[N_STARTS / 2]
    };
    resident.sort_unstable();
    let (start, stop) = (median(starts), median(stops));
    println!(
        "of {N_STARTS}: connected after {start:.1?}, {} KiB resident, ended after {stop:.1?}",
        resident[N_STARTS / 2]
    );
    assert!(resident[N_STARTS - 1] < MOST_RESIDENT_KIB, "{resident:?} KiB");
}
