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
mod process;

use process::{Server, all_users};
use serde::Deserialize;
use std::time::{Duration, Instant};

fn main() {
    let users = std::env::args().find_map(|arg| arg.parse().ok());
    let users: u64 = users.unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    // Not measured: it compiles the component and keeps it.
    let emulator = Server::emulator(&["--users", "1"], folder.path());
    all_users(emulator.variable("STYTCH_BASE_URL"), 1, folder.path());
    drop(emulator);
    println!("users        thrown away/s   read/s     command/s   times           peak memory");
    for users in [users / 10, users] {
        let emulator = Server::emulator(&["--users", &users.to_string()], folder.path());
        let base_url = emulator.variable("STYTCH_BASE_URL");
        // Not measured either: the first time that the emulator makes its users.
        all_pages(base_url, users, throw_away);
        let thrown_away = all_pages(base_url, users, throw_away);
        let read = all_pages(base_url, users, read);
        let (command, peak) = all_users(base_url, users, folder.path());
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
