//! Files that are no component of this contract.

use super::{attack, hostile, nowhere};
use crate::builder;
use std::fs;
use std::path::PathBuf;
use stytch_host::{COMPONENT, Error};
use stytch_testkit::guest;

/// Why these bytes cannot be used.
fn refusal_of(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    fs::write(&path, bytes).unwrap();
    refusal(path)
}

/// Why the file cannot be used.
fn refusal(path: PathBuf) -> String {
    let error = builder().component_file(path).build().unwrap_err();
    assert!(matches!(error, Error::Load(_)), "{error:?}");
    error.to_string()
}

#[test]
fn an_import_that_is_not_offered_is_named() {
    let refusal = refusal(guest("import"));
    assert!(refusal.contains("evil:plugin/files@1.0.0"), "{refusal}");
}

#[tokio::test]
async fn exports_of_another_type_are_refused() {
    let error = attack(&hostile("types", builder()), &nowhere(), "u").await;
    assert!(matches!(error, Error::Load(_)), "{error:?}");
    assert!(error.to_string().contains("found `u32`"), "{error}");
}

#[test]
fn a_component_that_is_cut_anywhere_is_refused() {
    for cut in (8..COMPONENT.len()).step_by(COMPONENT.len() / 40) {
        refusal_of(&COMPONENT[..cut]);
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..50 {
        let mut bytes = COMPONENT[..8].to_vec();
        for _ in 0..100 {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(state.to_le_bytes());
        }
        refusal_of(&bytes);
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_not_read_to_it() {
    let error = builder().component_file("/dev/zero").build().unwrap_err();
    assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
}
