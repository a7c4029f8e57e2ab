//! What takes minutes: `cargo test --manifest-path host/worker/Cargo.toml --test temporal --
//! --ignored`

use crate::caller::{Caller, repeat};
use crate::processes::{Process, Temporal, wait_for};
use crate::stytch;
use serde_json::json;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use stytch_emulator::Options;
use tokio::time::sleep;

/// How many searches of a limit the server gives out can be told while all of its
/// partitions of the task queue have some left: each has a quarter of the limit.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes three minutes"]
async fn four_workers_together_stay_within_stytchs_limit_and_use_it() {
    const PER_MINUTE: u32 = 150;
    const WAITING: usize = 600;
    const MEASURED: Duration = Duration::from_mins(2);
    let stytch = stytch(Options::default().rate_limit(PER_MINUTE)).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let workers: Vec<_> = (0..4).map(|_| server.worker(&[])).collect();
    let caller = Caller::connect(&server).await;
    let found = AtomicU32::new(0);
    let searches = repeat(WAITING, WAITING, |_| async {
        let latency = caller.search("acme").await?;
        found.fetch_add(1, Ordering::Relaxed);
        Ok(latency)
    });
    let measurement = async {
        while found.load(Ordering::Relaxed) == 0 {
            sleep(Duration::from_millis(50)).await;
        }
        let (start, before) = (Instant::now(), found.load(Ordering::Relaxed));
        sleep(MEASURED).await;
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        f64::from(found.load(Ordering::Relaxed) - before) / minutes
    };
    let rate = tokio::select! {
        rate = measurement => rate,
        _ = searches => panic!("all searches are done before the end of the measurement"),
    };
    let logs: Vec<_> = workers.into_iter().map(Process::kill).collect();
    let all: usize = logs.iter().map(|log| log.matches("code=").count()).sum();
    let rejected: usize = logs
        .iter()
        .map(|log| log.matches("code=\"rate_limited\"").count())
        .sum();
    println!("{rate:.1} searches a minute; {rejected} of {all} responses were 429");
    assert!(rate >= 0.95 * f64::from(PER_MINUTE));
    assert!(all > 280 && rejected * 100 <= all);
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
