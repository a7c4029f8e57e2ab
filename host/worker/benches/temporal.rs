//! What Temporal adds to a call, how many calls workers make, and what a credential whose
//! Stytch hangs costs the others:
//!
//! cargo bench --manifest-path host/worker/Cargo.toml

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
use processes::{Process, Temporal};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, Secret};

/// Calls of a row, and those in flight.
const CALLS: usize = 2000;
const AT_ONCE: usize = 64;

/// Credentials, of which the first hangs.
const CREDENTIALS: usize = 10;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        one_caller().await;
        throughput().await;
        hanging_neighbour().await;
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

async fn hanging_neighbour() {
    let healthy = stytch("").await;
    let hanging = stytch("stall@headers").await;
    let server = Temporal::start();
    let name = |number: usize| format!("tenant-{number}");
    server.add_credential(&name(0), &hanging);
    for number in 1..CREDENTIALS {
        server.add_credential(&name(number), &healthy);
    }
    let _worker = server.worker(&[]);
    let caller = Caller::connect(&server).await;
    // Each of the others has one call in flight.
    let others = || {
        repeat(900, CREDENTIALS - 1, |call| {
            let name = name(1 + call % (CREDENTIALS - 1));
            let caller = &caller;
            async move { caller.retrieve(&name).await }
        })
    };
    others().await;
    println!("nine credentials                  p50         p99");
    for _ in 0..3 {
        let alone = others().await;
        let queue = format!("stytch.{}", name(0));
        let input = json!({"credential": name(0), "user_id": "ada.lovelace"});
        let mut calls = Vec::new();
        // As many as a worker makes at once, and as many that wait.
        for _ in 0..2 * AT_ONCE {
            calls.push(caller.start("stytch.retrieve_user", &queue, &input).await);
        }
        let beside = others().await;
        for (what, latencies) in [("alone", alone), ("beside one that hangs", beside)] {
            let (p50, p99) = (percentile(&latencies, 50), percentile(&latencies, 99));
            println!("  {what:24} {p50:>11.1?} {p99:>11.1?}");
        }
        for call in calls {
            call.terminate(Default::default()).await.unwrap();
        }
    }
}
