//! `search-users --all` over many users, against a loop of plain hyper that
//! fetches the same pages and throws them away:
//!
//! ```sh
//! cargo bench --bench all_pages -- 1000000
//! ```
//!
//! Prints users per second of both, their ratio, and the peak memory of the
//! command; ends with an error when a user is missing or came twice.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a measurement that fails panics, and prints its figures"
)]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use stytch_host::emulator::{PROJECT_ID, SECRET};

const BINARY: &str = env!("CARGO_BIN_EXE_stytch-host");

fn main() {
    let users = std::env::args().find_map(|arg| arg.parse().ok());
    let users: u64 = users.unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    // Not measured: it compiles the component and keeps it.
    command(&Emulator::start(1).base_url, 1, folder.path());
    println!("users        plain hyper/s   command/s   ratio   peak memory");
    for users in [users / 10, users] {
        let emulator = Emulator::start(users);
        // Not measured either: the first time that the emulator makes its users.
        plain(&emulator.base_url, users);
        let plain = plain(&emulator.base_url, users);
        let (command, peak) = command(&emulator.base_url, users, folder.path());
        let per_second = |time: Duration| users as f64 / time.as_secs_f64();
        println!(
            "{users:<12} {:<15.0} {:<11.0} {:<7.2} {:.1} MB",
            per_second(plain),
            per_second(command),
            command.as_secs_f64() / plain.as_secs_f64(),
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

/// Fetches every page over one connection, and drops all of it but the cursor.
fn plain(base_url: &str, users: u64) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let pair = BASE64_STANDARD.encode(format!("{PROJECT_ID}:{SECRET}"));
        let started = Instant::now();
        let mut cursor = Value::Null;
        let mut pages = 0;
        loop {
            let body = serde_json::json!({"limit": 1000, "cursor": cursor}).to_string();
            let request = Request::post(format!("{base_url}/v1/users/search"))
                .header("authorization", format!("Basic {pair}"))
                .header("content-type", "application/json")
                .body(Full::from(body))
                .unwrap();
            let response = client.request(request).await.unwrap();
            assert!(response.status().is_success());
            let body = response.into_body().collect().await.unwrap().to_bytes();
            pages += 1;
            match next_cursor(&body) {
                Some(next) => cursor = next.into(),
                None => break,
            }
        }
        assert_eq!(pages, users.div_ceil(1000));
        started.elapsed()
    })
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
