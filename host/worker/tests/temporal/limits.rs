//! What takes minutes: `cargo test --manifest-path host/worker/Cargo.toml --test temporal --
//! --ignored`

use crate::caller::{Caller, repeat};
use crate::processes::{Temporal, wait_for};
use crate::stytch;
use serde_json::json;
use std::fs;
use std::time::Instant;
use stytch_emulator::Options;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes three minutes"]
async fn four_workers_together_stay_within_stytchs_limit_and_use_it() {
    const PER_MINUTE: u32 = 150;
    const SEARCHES: usize = 450;
    let stytch = stytch(Options::default().rate_limit(PER_MINUTE)).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let workers: Vec<_> = (0..4).map(|_| server.worker(&[])).collect();
    let caller = Caller::connect(&server).await;
    let start = Instant::now();
    repeat(SEARCHES, SEARCHES, |_| caller.search("acme")).await;
    let seconds = start.elapsed().as_secs_f64();
    let rejected = stytch.requests() - SEARCHES as u64;
    let of_limit = SEARCHES as f64 / seconds / (f64::from(PER_MINUTE) / 60.0);
    println!(
        "{SEARCHES} searches in {seconds:.1} s: {:.1} % of the limit; {rejected} responses were 429",
        100.0 * of_limit
    );
    for worker in &workers {
        let log = worker.log();
        let pauses = log
            .lines()
            .filter(|line| line.contains("paused") || line.contains("resumed"));
        pauses.for_each(|line| println!("{line}"));
    }
    assert!(of_limit >= 0.95);
    assert!(rejected as f64 <= 0.01 * SEARCHES as f64);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn all_of_200_000_users_are_written_once_though_the_worker_is_killed_5_times() {
    let stytch = stytch(Options::default().users(200_000)).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let folder = server.folder.path().join("exports");
    let destination = folder.to_str().unwrap().to_owned();
    let arguments = [
        "--destination",
        &destination,
        "--pages-per-minute",
        "600",
        "--searches-per-minute",
        "6000",
    ];
    let search = |file: &str| {
        let input = json!({"credential": "acme", "file": file});
        server.begin("stytch.search_all", "stytch.acme.search-all", &input)
    };
    let mut worker = server.worker(&arguments);
    let undisturbed = server.result(&search("undisturbed.jsonl")).unwrap();
    let pages = stytch.requests();
    let id = search("disturbed.jsonl");
    let partial = folder.join("acme/disturbed.jsonl.partial");
    let whole = fs::metadata(folder.join("acme/undisturbed.jsonl"))
        .unwrap()
        .len();
    for part in 1..=5 {
        let size = || fs::metadata(&partial).map_or(0, |file| file.len());
        wait_for("progress", || (size() > part * whole / 6).then_some(()));
        worker.kill();
        worker = server.worker(&arguments);
    }
    let disturbed = server.result(&id).unwrap();
    assert_eq!(disturbed["bytes"], undisturbed["bytes"]);
    assert_eq!(disturbed["receipt"]["unique_users"], 200_000);
    let read = |file: &str| fs::read(folder.join("acme").join(file)).unwrap();
    assert!(read("disturbed.jsonl") == read("undisturbed.jsonl"));
    println!(
        "{whole} bytes; {pages} pages undisturbed, {} with five workers killed",
        stytch.requests() - pages
    );
}
