//! The console in a browser: what people do with it, what goes wrong, what users wrote, and
//! how long it takes. Each state of each page is checked with axe-core.
//!
//! They need Node, its package registry and Chromium (`.ci/chromium` installs it), so they
//! are ignored unless asked for: `cargo test --workspace --test console -- --ignored`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod services;

use serde_json::Value;
use services::{Credentials, Running, store_with};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use stytch_emulator::{Emulator, Options};
use stytch_testkit::run;

/// The scripts, with their packages installed once.
fn scripts() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("console/browser");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console-browser");
        std::fs::create_dir_all(&folder).unwrap();
        for file in std::fs::read_dir(sources).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder));
        folder
    })
}

/// Runs a script with what it is given, and returns what it has measured.
fn script(running: &Running, arguments: &[&str]) -> Value {
    let printed = tokio::task::block_in_place(|| {
        run(Command::new("node")
            .args(arguments)
            .env("STYTCH_CONSOLE", running.given.to_string())
            .current_dir(scripts()))
    });
    println!("{arguments:?}: {printed}");
    serde_json::from_str(printed.trim()).unwrap_or_default()
}

fn scenario(running: &Running, name: &str) -> Value {
    script(running, &["scenarios.mjs", name])
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn from_an_empty_store_to_an_exported_search() {
    let emulator = services::emulator(Options::default()).await;
    let running = Running::of_store(&[], &emulator).await;
    let measured = scenario(&running, "story");
    // Twelve pages, at three widths, light and dark.
    assert_eq!(measured["states"], 12 * 3 * 2);
    assert_eq!(running.store_file(), services::EMPTY);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn each_error_says_what_to_do() {
    let mut credentials = Credentials::default();
    credentials.add("good", Options::default()).await;
    credentials.add("limited", chaos("429")).await;
    credentials.add("failing", chaos("500")).await;
    credentials.add("garbage", chaos("garbage")).await;
    credentials
        .add("breaking", chaos("403@3").users(2000))
        .await;
    credentials.add_with_wrong_secret("refused").await;
    credentials.add_unreachable("unreachable");
    let running = credentials.serve().await;
    scenario(&running, "errors");
}

fn chaos(spec: &str) -> Options {
    Options::default().chaos(spec.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn what_users_wrote_is_text() {
    let mut credentials = Credentials::default();
    let users = services::hostile_users();
    credentials
        .add("hostile", Options::default().load(users))
        .await;
    let running = credentials.serve().await;
    scenario(&running, "hostile");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn a_session_that_ends_leads_back_and_is_shared_by_tabs() {
    let running = good().await;
    scenario(&running, "sessions");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn it_works_without_scripts_and_with_the_keyboard_alone() {
    let running = good().await;
    scenario(&running, "withoutScripts");
    scenario(&running, "keyboard");
}

/// A service with the credential `good`.
async fn good() -> Running {
    let mut credentials = Credentials::default();
    credentials.add("good", Options::default()).await;
    credentials.serve().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn a_page_that_is_closed_ends_its_search() {
    let mut credentials = Credentials::default();
    let slow = chaos("slow=200ms").users(100_000);
    credentials.add("slow", slow).await;
    let running = credentials.serve().await;
    scenario(&running, "closed");
    let slow: &Emulator = running.emulator("slow");
    // What is in flight ends; nothing follows.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let ended = slow.requests();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(slow.requests(), ended);
    assert!((4..180).contains(&ended), "{ended}");
}

/// The times are printed, and not compared with anything: they are the machine's. With
/// `--release`, they are those of the README.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and chromium"]
async fn the_first_page_is_small_and_loads_in_one_round() {
    let mut credentials = Credentials::default();
    credentials.add("good", Options::default()).await;
    let many = Options::default().users(2000);
    credentials.add("many", many).await;
    let running = credentials.serve().await;
    let figures = scenario(&running, "figures");
    let at = |name: &str| figures[name].as_u64().unwrap();
    assert!(at("bytes") <= 60 << 10, "{figures}");
    assert!(at("requests") <= 4, "{figures}");
    assert_eq!(
        at("nested"),
        0,
        "one round: no file asks for another: {figures}"
    );
    for measured in ["form", "card", "thousand"] {
        assert!(at(measured) > 0, "{figures}");
    }
}

/// Makes the pictures of the README; with `STYTCH_CONSOLE_PICTURES=FOLDER`, those of each
/// width, light and dark.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "changes files of the repository"]
async fn screenshots() {
    let emulator = services::emulator(Options::default().users(4200)).await;
    let stored = store_with(&emulator);
    let running = Running::of_store(&stored, &emulator).await;
    if let Ok(folder) = std::env::var("STYTCH_CONSOLE_PICTURES") {
        let arguments = ["screenshots.mjs", &folder, "360", "1280", "1920"];
        script(&running, &arguments);
    } else {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.readme");
        script(&running, &["screenshots.mjs", folder.to_str().unwrap()]);
    }
}
