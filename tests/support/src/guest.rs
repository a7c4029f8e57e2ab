//! Components that mean harm, built from `tests/support/guests/`.

use std::fs;
use std::path::{Path, PathBuf};

/// The file of the component that `tests/support/guests/{name}.wat` makes.
pub fn guest(name: &str) -> PathBuf {
    let path = Path::new(env!("OUT_DIR")).join(format!("{name}.wasm"));
    assert!(fs::exists(&path).unwrap_or_default(), "there is no {name}");
    path
}

/// What the spy says, as it saw it. It masks it, so that nobody takes out of its
/// words what it must not know.
pub fn unmasked(said: &str) -> String {
    let unmask = |character: char| match u8::try_from(character) {
        Ok(byte @ 0x20..=0x7e) => char::from((byte - 0x20 + 48) % 95 + 0x20),
        _ => character,
    };
    said.chars().map(unmask).collect()
}
