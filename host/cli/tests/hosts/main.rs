//! The component, unchanged, in hosts that this project did not write: what they
//! answer is what this project's own host answers.
//!
//! They need Python, Node, package registries, or minutes to build, so they are
//! ignored unless asked for: `cargo test --workspace --test hosts -- --ignored`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod answer;
mod cases;
mod command;
mod node;
mod python;
mod readme;
mod wasmtime;
mod wave;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use stytch_testkit::run;

/// What a host is given for one call: the variables of the environment that the
/// examples read.
type Variables = [(&'static str, String)];

/// Runs an operation with Stytch's JSON, and gives what the component returned:
/// `{"ok": …}` or `{"err": {"tag": …, "val": …}}`.
trait Host {
    fn call(&self, variables: &Variables, operation: &str, input: &Value) -> Value;
}

/// The examples beside this file.
fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join("hosts")
        .join(name)
}

/// A folder for what is installed, kept between runs.
fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("hosts")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes a component into a folder.
fn component(folder: &Path, bytes: &[u8]) -> PathBuf {
    let file = folder.join("stytch.wasm");
    fs::write(&file, bytes).unwrap();
    file
}
