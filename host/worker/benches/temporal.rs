//! What Temporal adds to a call, how many calls workers make, and what a credential whose
//! Stytch hangs costs the others:
//!
//! cargo bench --manifest-path host/worker/Cargo.toml
//!
//! An argument chooses a part: `-- latency`, `-- throughput` or `-- neighbour`.

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark panics and prints"
)]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/temporal/caller.rs"]
mod caller;
#[path = "../tests/temporal/processes.rs"]
mod processes;

use caller::{Caller, repeat};
use futures::future::join_all;
use processes::{Process, Temporal};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, Secret};
use temporalio_client::ActivityTerminateOptions;

/// Calls of a row, and those in flight.
const CALLS: usize = 2000;
const AT_ONCE: usize = 64;

/// Credentials beside the one that hangs, and the calls that each of them makes: for
/// longer than a call hangs, which is 15 seconds.
const OTHERS: usize = 9;
const CALLS_OF_EACH: usize = 100;
const ROUNDS: usize = 3;

/// How long it takes until heartbeats have told the worker that all calls are terminated.
const SETTLE: Duration = Duration::from_secs(5);

fn main() {
    // Cargo adds `--bench`.
    let arguments = std::env::args().skip(1);
    let chosen: Vec<_> = arguments.filter(|part| part != "--bench").collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        if is_chosen("latency") {
            one_caller().await;
        }
        if is_chosen("throughput") {
            throughput().await;
        }
        if is_chosen("neighbour") {
            hanging_neighbour().await;
        }
    });
}

async fn stytch(chaos: &str) -> Emulator {
    let options = Options::default().chaos(chaos.parse().unwrap());
    let listen = ([127, 0, 0, 1], 0).into();
    Emulator::start(listen, options).await.unwrap()
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// The resident memory of a process, in MB.
fn memory(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() / 1000
}

async fn one_caller() {
    let stytch = stytch("").await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let _worker = server.worker(&[]);
    let caller = Caller::connect(&server).await;
    let plugin = Plugin::new().unwrap();
    let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(&stytch.base_url())
        .unwrap();
    let direct = repeat(200, 1, |_| async {
        let start = Instant::now();
        let retrieved = plugin.retrieve_user(&credential, "ada.lovelace").await;
        retrieved.unwrap();
        Ok(start.elapsed())
    });
    let direct = direct.await;
    let activities = repeat(200, 1, |_| caller.retrieve("acme")).await;
    println!("one caller, 200 retrievals        p50         p99");
    for (name, latencies) in [("library", direct), ("activity", activities)] {
        let (p50, p99) = (percentile(&latencies, 50), percentile(&latencies, 99));
        println!("  {name:24} {p50:>11.1?} {p99:>11.1?}");
    }
}

async fn throughput() {
    println!("{CALLS} retrievals, {AT_ONCE} at once     calls/s   worker's memory");
    for workers in [1, 4] {
        let stytch = stytch("").await;
        let server = Temporal::start();
        server.add_credential("acme", &stytch);
        let workers: Vec<_> = (0..workers).map(|_| server.worker(&[])).collect();
        let caller = Caller::connect(&server).await;
        repeat(AT_ONCE, AT_ONCE, |_| caller.retrieve("acme")).await;
        let start = Instant::now();
        repeat(CALLS, AT_ONCE, |_| caller.retrieve("acme")).await;
        let rate = CALLS as f64 / start.elapsed().as_secs_f64();
        let memory = workers.iter().map(memory).max().unwrap();
        println!(
            "  {} worker(s) {:>22.0} {memory:>12} MB",
            workers.len(),
            rate
        );
    }
}

/// The longest call that succeeded, in milliseconds, of those in a part of a worker's log.
fn longest(log: &str) -> u64 {
    let successes = log.lines().filter(|line| line.contains("code=\"ok\""));
    let times = successes.filter_map(|line| {
        let (_, rest) = line.split_once("milliseconds=")?;
        rest.split_whitespace().next()?.parse().ok()
    });
    times.max().unwrap()
}

async fn hanging_neighbour() {
    let healthy = stytch("").await;
    let hanging = stytch("stall@headers").await;
    let server = Temporal::start();
    server.add_credential("hanging", &hanging);
    let others: Vec<_> = (1..=OTHERS).map(|n| format!("tenant-{n}")).collect();
    for name in &others {
        server.add_credential(name, &healthy);
    }
    let worker = server.worker(&[]);
    let caller = Caller::connect(&server).await;
    let caller = &caller;
    // Each of the others has one call in flight.
    let make_calls = async || {
        let before = worker.log().len();
        let calls = others
            .iter()
            .map(|name| repeat(CALLS_OF_EACH, 1, move |_| caller.retrieve(name)));
        let latencies = join_all(calls).await.concat();
        (latencies, longest(&worker.log()[before..]))
    };
    make_calls().await;
    println!("nine credentials                  p50         p99   longest in the worker");
    let row = |what: &str, mut latencies: Vec<Duration>, longest: u64| {
        latencies.sort_unstable();
        let (p50, p99) = (percentile(&latencies, 50), percentile(&latencies, 99));
        println!("  {what:24} {p50:>11.1?} {p99:>11.1?} {longest:>20} ms");
    };
    let (mut all_alone, mut all_beside) = (Vec::new(), Vec::new());
    let (mut longest_alone, mut longest_beside) = (0, 0);
    for _ in 0..ROUNDS {
        let (alone, longest) = make_calls().await;
        row("alone", alone.clone(), longest);
        longest_alone = longest.max(longest_alone);
        all_alone.extend(alone);
        let input = json!({"credential": "hanging", "user_id": "ada.lovelace"});
        let mut calls = Vec::new();
        // As many as a worker makes at once, and as many that wait.
        for _ in 0..2 * AT_ONCE {
            let call = caller.start("stytch.retrieve_user", "stytch.hanging", &input);
            calls.push(call.await);
        }
        let (beside, longest) = make_calls().await;
        row("beside one that hangs", beside.clone(), longest);
        longest_beside = longest.max(longest_beside);
        all_beside.extend(beside);
        for call in calls {
            call.terminate(ActivityTerminateOptions::default())
                .await
                .unwrap();
        }
        tokio::time::sleep(SETTLE).await;
    }
    row("alone, all rounds", all_alone, longest_alone);
    row("beside, all rounds", all_beside, longest_beside);
}
