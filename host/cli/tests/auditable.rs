//! What the component and the program are built of can be read from them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use auditable_info::{Limits, audit_info_from_slice};
use auditable_serde::DependencyKind;
use stytch_host::COMPONENT;

/// The names of what runs, and of what only the build needed.
fn packages(binary: &[u8]) -> [Vec<String>; 2] {
    let info = audit_info_from_slice(binary, Limits::default().decompressed_json_size).unwrap();
    [DependencyKind::Runtime, DependencyKind::Build].map(|kind| {
        let packages = info.packages.iter().filter(|package| package.kind == kind);
        packages.map(|package| package.name.clone()).collect()
    })
}

#[test]
fn the_component_names_its_packages() {
    let [runtime, build] = packages(COMPONENT);
    assert_eq!(
        runtime.join(" "),
        "base64ct hifijson itoa memchr serde serde_core serde_json stytch-decode stytch-guest stytch-runtime stytch-time wit-bindgen zmij"
    );
    assert!(build.contains(&"serde_derive".to_owned()), "{build:?}");
}

#[test]
fn the_program_names_its_packages() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_stytch-host")).unwrap();
    let [runtime, build] = packages(&program);
    for name in ["stytch-host", "wasmtime", "rustls"] {
        assert!(runtime.contains(&name.to_owned()), "{name}: {runtime:?}");
    }
    for name in ["stytch-build", "wit-component", "clap_derive"] {
        assert!(build.contains(&name.to_owned()), "{name}: {build:?}");
    }
    // It is a dependency of tests.
    assert!(![runtime, build].concat().contains(&"proptest".to_owned()));
}
