//! Components that mean harm, built from `tests/guests/`.

use std::fs;
use std::path::{Path, PathBuf};

/// The file of the component that `tests/guests/{name}.wat` makes.
pub fn guest(name: &str) -> PathBuf {
    let path = Path::new(env!("OUT_DIR")).join(format!("{name}.wasm"));
    assert!(fs::exists(&path).unwrap_or_default(), "there is no {name}");
    path
}
