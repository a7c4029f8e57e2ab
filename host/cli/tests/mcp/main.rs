//! The tools of agents, with a client that sends bytes and with clients that this project
//! did not write: the official Python SDK and the MCP inspector.
//!
//! Those need Python, Node and their package registries, so they are ignored unless asked
//! for: `cargo test --workspace --test mcp -- --ignored`.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics; what is sent is written in place"
)]

mod agent;
mod client;
mod config;
mod end;
mod http;
mod inspector;
mod malformed;
mod python;
mod size;
mod stdio;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Secret};
use stytch_testkit::{Cli, ScriptedServer};

/// Longer than anything takes, even where the component is compiled first.
const PATIENCE: Duration = Duration::from_mins(2);

fn cli() -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_stytch-host")).with_cache(env!("CARGO_TARGET_TMPDIR"))
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcp")
}

/// Waits until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not so: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The variables of the credential `env`, at an emulator or another server.
fn variables(base_url: &str) -> [(&'static str, String); 3] {
    [
        ("STYTCH_PROJECT_ID", PROJECT_ID.to_owned()),
        ("STYTCH_SECRET", SECRET.to_owned()),
        ("STYTCH_BASE_URL", base_url.to_owned()),
    ]
}

/// The credential at a server.
fn credential(base_url: &str) -> Credential {
    Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(base_url)
        .unwrap()
}

async fn emulator(options: Options) -> Emulator {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    emulator.await.unwrap()
}

/// Waits until a server has no connection any more, after a request has arrived.
fn until_left(stytch: &ScriptedServer) {
    until("nobody is connected", || stytch.open_connections() == 0);
}
