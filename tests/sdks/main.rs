//! Stytch's own SDKs against the emulator: it is as faithful as they find it.
//!
//! They need Python, Node and the package registries, so they are ignored
//! unless asked for: `cargo test --workspace --test sdks -- --ignored`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_testkit::{python, run};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks")
}

/// A folder for installed packages, kept between runs.
fn packages(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a script that ends with one line of JSON: the steps that passed.
async fn flow(command: &mut Command) {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default())
        .await
        .unwrap();
    command
        .env("STYTCH_BASE_URL", emulator.base_url())
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", SECRET);
    let stdout = tokio::task::block_in_place(|| run(command));
    println!("{stdout}");
    let last = stdout.lines().last().unwrap();
    let summary: serde_json::Value = serde_json::from_str(last).unwrap();
    let passed = summary["passed"].as_array().unwrap();
    for step in [
        "create",
        "search",
        "update",
        "get",
        "delete",
        "delete each part",
        "delete external id",
        "exchange primary factor",
        "connected apps",
    ] {
        assert!(
            passed.iter().any(|name| name == step),
            "{step} did not pass: {last}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 and its package registry"]
async fn the_python_sdk_works_unchanged() {
    let requirements = sources().join("requirements.txt");
    let python = python(&packages("python"), &requirements);
    flow(Command::new(&python).arg(sources().join("flow.py"))).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and its package registry"]
async fn the_node_sdk_works_unchanged() {
    let folder = packages("node");
    for file in ["package.json", "package-lock.json", "flow.mjs"] {
        fs::copy(sources().join(file), folder.join(file)).unwrap();
    }
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder));
    flow(Command::new("node").arg(folder.join("flow.mjs"))).await;
}
