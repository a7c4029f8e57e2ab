//! `search-users --all` over many users, against two loops of plain hyper over the
//! same pages: one throws them away, and the other reads their users with serde, as
//! an SDK does:
//!
//! ```sh
//! cargo bench --bench all_pages -- 1000000
//! ```
//!
//! Prints users per second of each, the time of the command in times of each loop's,
//! and the peak memory of the command; ends with an error when a user is missing or
//! came twice.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::struct_field_names,
    reason = "a measurement that fails panics, and prints its figures; names are Stytch's"
)]

#[path = "../../library/benches/sandbox/plain.rs"]
#[expect(dead_code, reason = "there is more than pages in it")]
mod plain;

use serde::Deserialize;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use stytch_emulator::{PROJECT_ID, SECRET};

const BINARY: &str = env!("CARGO_BIN_EXE_stytch-host");

fn main() {
    let users = std::env::args().find_map(|arg| arg.parse().ok());
    let users: u64 = users.unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    // Not measured: it compiles the component and keeps it.
    command(&Emulator::start(1).base_url, 1, folder.path());
    println!("users        thrown away/s   read/s     command/s   times           peak memory");
    for users in [users / 10, users] {
        let emulator = Emulator::start(users);
        // Not measured either: the first time that the emulator makes its users.
        all_pages(&emulator.base_url, users, throw_away);
        let thrown_away = all_pages(&emulator.base_url, users, throw_away);
        let read = all_pages(&emulator.base_url, users, read);
        let (command, peak) = command(&emulator.base_url, users, folder.path());
        let per_second = |time: Duration| users as f64 / time.as_secs_f64();
        let times = |time: Duration| command.as_secs_f64() / time.as_secs_f64();
        println!(
            "{users:<12} {:<15.0} {:<10.0} {:<11.0} {:<7.2} {:<7.2} {:.1} MB",
            per_second(thrown_away),
            per_second(read),
            per_second(command),
            times(thrown_away),
            times(read),
            peak as f64 / 1e6
        );
    }
}

/// An emulator in a process of its own.
struct Emulator {
    child: Child,
    base_url: String,
}

impl Emulator {
    fn start(users: u64) -> Self {
        let mut child = Command::new(BINARY)
            .args(["emulator", "--listen", "127.0.0.1:0", "--users"])
            .arg(users.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // All three of them, so that the pipe is not closed before it is done.
        let lines: Vec<_> = lines.take(3).map(Result::unwrap).collect();
        let base_url = lines[0].split_once('=').unwrap().1.to_owned();
        Self { child, base_url }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fetches every page with one client; `next` makes a cursor of one. The time.
fn all_pages(
    base_url: &str,
    users: u64,
    next: impl AsyncFn(&plain::Client, Option<&str>) -> Option<String>,
) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = plain::Client::new(base_url);
        let started = Instant::now();
        let mut cursor = None;
        for page in 1.. {
            cursor = next(&client, cursor.as_deref()).await;
            if cursor.is_none() {
                assert_eq!(page, users.div_ceil(PAGE.into()));
                break;
            }
        }
        started.elapsed()
    })
}

const PAGE: u32 = 1000;

async fn throw_away(client: &plain::Client, cursor: Option<&str>) -> Option<String> {
    next_cursor(&client.page_body(PAGE, cursor).await)
}

async fn read(client: &plain::Client, cursor: Option<&str>) -> Option<String> {
    let page = client.search(PAGE, cursor).await;
    page.results_metadata.next_cursor
}

/// Reads the cursor of a page and passes over its users.
fn next_cursor(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Page {
        results_metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        next_cursor: Option<String>,
    }
    let page: Page = serde_json::from_slice(body).unwrap();
    page.results_metadata.next_cursor
}

/// Runs the command; its time, and the most memory that it had.
fn command(base_url: &str, users: u64, folder: &std::path::Path) -> (Duration, u64) {
    let output = folder.join("users.jsonl");
    let started = Instant::now();
    let mut child = Command::new(BINARY)
        .args(["search-users", "--all", "--output", "jsonl"])
        .env("STYTCH_BASE_URL", base_url)
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", SECRET)
        .env("XDG_CACHE_HOME", folder)
        .stdout(File::create(&output).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // The kernel keeps the highest value; it is gone with the process.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(kilobytes.map_or(0, |kilobytes: u64| kilobytes * 1024));
        std::thread::sleep(Duration::from_millis(20));
    }
    let time = started.elapsed();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let receipt: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(receipt["receipt"]["unique_users"], users, "{said}");
    assert_eq!(receipt["receipt"]["complete"], true, "{said}");
    let lines = BufReader::new(File::open(output).unwrap()).lines().count();
    assert_eq!(lines as u64, users);
    (time, peak)
}
