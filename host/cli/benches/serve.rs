//! `serve` as a process: when it is ready, its memory, and a search for all users:
//!
//! ```sh
//! cargo bench --bench serve -- 1000000
//! ```
//!
//! The argument is the number of users. It runs on Linux, which reports the memory of a
//! process, and needs 3,000 open files (`ulimit -n`).

#![allow(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement that fails panics, and prints its figures"
)]

mod process;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use process::{Server, all_users, check_receipt};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use stytch_emulator::{PROJECT_ID, SECRET};
use tokio::time::sleep;

/// How often it is started; the median counts.
const STARTS: usize = 21;

/// How many requests are in flight.
const REQUESTS: usize = 1000;

/// How many credentials a service with many has.
const CREDENTIALS: usize = 10_000;

#[tokio::main]
async fn main() {
    let users = std::env::args().find_map(|text| text.parse().ok());
    let users: u64 = users.unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let base_url = |emulator: &Server| emulator.variable("STYTCH_BASE_URL").to_owned();

    let stalling = Server::emulator(&["--chaos", "stall@headers"], &cache);
    let one = folder.path().join("one");
    write_credential(&one.join("acme"), &base_url(&stalling));
    // Not measured: it compiles the component to a file.
    Service::start(&one, &cache);
    println!("ready after {:.0} ms", ready(&one, &cache));
    in_flight(&one, &cache).await;
    drop(stalling);

    let emulator = Server::emulator(&["--users", &users.to_string()], &cache);
    let many = folder.path().join("many");
    for number in 0..CREDENTIALS {
        let folder = many.join(format!("customer-{number}"));
        write_credential(&folder, &base_url(&emulator));
    }
    let few = folder.path().join("few");
    write_credential(&few.join("acme"), &base_url(&emulator));
    println!(
        "ready with {CREDENTIALS} credentials after {:.0} ms",
        ready(&many, &cache)
    );
    let added = idle_memory(&many, &cache).await - idle_memory(&few, &cache).await;
    println!("{CREDENTIALS} credentials add {added:.1} MB");

    all(users, &base_url(&emulator), &few, &cache).await;
}

/// Prints the memory of a service at rest, and with requests in flight.
async fn in_flight(credentials: &Path, cache: &Path) {
    let service = Service::start(credentials, cache);
    let client = client();
    settle().await;
    println!("at rest: {:.1} MB", service.memory());
    for _ in 0..REQUESTS {
        let request = service.get("/v1/credentials/acme/users/ada.lovelace");
        tokio::spawn(client.request(request));
    }
    let metric = format!("\nstytch_calls_in_flight {REQUESTS}\n");
    while !service.text(&client, "/metrics").await.contains(&metric) {
        sleep(Duration::from_millis(100)).await;
    }
    settle().await;
    println!("{REQUESTS} requests in flight: {:.1} MB", service.memory());
}

/// Compares a search for all users with the same one on the command line.
async fn all(users: u64, base_url: &str, credentials: &Path, cache: &Path) {
    // Not measured: the emulator makes its users.
    all_users(base_url, users, cache);
    let (on_command_line, _) = all_users(base_url, users, cache);
    let service = Service::start(credentials, cache);
    let request = service
        .request("/v1/credentials/acme/users/search/all")
        .method("POST")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{}").into());
    let started = Instant::now();
    let mut response = client().request(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let (mut lines, mut last) = (0, Vec::new());
    while let Some(frame) = response.frame().await {
        let bytes = frame.unwrap().into_data().unwrap();
        lines += bytes.split(|byte| *byte == b'\n').count() - 1;
        // The last line is not longer.
        last.extend_from_slice(&bytes);
        let start = last.len().saturating_sub(4096);
        last.drain(..start);
    }
    let time = started.elapsed();
    let last = String::from_utf8(last).unwrap();
    check_receipt(last.lines().last().unwrap(), users);
    assert_eq!(lines as u64, users + 1);
    println!(
        "{users} users: {:.0} a second, {:.2} times the command line's, at most {:.1} MB",
        users as f64 / time.as_secs_f64(),
        on_command_line.as_secs_f64() / time.as_secs_f64(),
        service.server.largest_memory() as f64 / 1e6,
    );
}

/// Writes a credential as a mounted secret.
fn write_credential(folder: &Path, base_url: &str) {
    fs::create_dir_all(folder).unwrap();
    for (name, value) in [
        ("project-id", PROJECT_ID),
        ("secret", SECRET),
        ("base-url", base_url),
    ] {
        fs::write(folder.join(name), value).unwrap();
    }
}

/// Returns after how many milliseconds a service is ready.
fn ready(credentials: &Path, cache: &Path) -> f64 {
    let mut times = [(); STARTS].map(|()| {
        let started = Instant::now();
        let _service = Service::start(credentials, cache);
        started.elapsed()
    });
    times.sort_unstable();
    times[STARTS / 2].as_secs_f64() * 1e3
}

async fn idle_memory(credentials: &Path, cache: &Path) -> f64 {
    let service = Service::start(credentials, cache);
    settle().await;
    service.memory()
}

/// Waits until allocators have returned what they return.
async fn settle() {
    sleep(Duration::from_secs(2)).await;
}

type HttpClient = Client<HttpConnector, Full<Bytes>>;

fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

struct Service {
    server: Server,
}

impl Service {
    fn start(credentials: &Path, cache: &Path) -> Self {
        let requests = REQUESTS.to_string();
        let arguments = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--max-calls",
            &requests,
            "--max-calls-per-credential",
            &requests,
            "--credentials-dir",
            credentials.to_str().unwrap(),
        ];
        Self {
            server: Server::start(&arguments, 2, cache),
        }
    }

    /// Returns its resident memory in megabytes.
    fn memory(&self) -> f64 {
        self.server.memory() as f64 / 1e6
    }

    fn request(&self, path: &str) -> http::request::Builder {
        let url = self.server.variable("STYTCH_HOST_URL");
        let token = self.server.variable("STYTCH_HOST_TOKEN");
        Request::builder()
            .uri(format!("{url}{path}"))
            .header("authorization", format!("Bearer {token}"))
    }

    fn get(&self, path: &str) -> Request<Full<Bytes>> {
        self.request(path).body(Full::default()).unwrap()
    }

    async fn text(&self, client: &HttpClient, path: &str) -> String {
        let response = client.request(self.get(path)).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }
}
