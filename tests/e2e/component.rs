//! The imports and exports of the component.

use crate::builder;
use stytch_host::{COMPONENT, Error};

#[test]
fn it_imports_only_io_http_and_config() {
    let inspection = builder().inspect().unwrap();
    let imports: Vec<_> = inspection
        .imports
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(
        imports,
        [
            "wasi:io/poll@0.2.0",
            "wasi:io/error@0.2.0",
            "wasi:io/streams@0.2.0",
            "wasi:http/types@0.2.0",
            "wasi:http/outgoing-handler@0.2.0",
            "wasi:config/store@0.2.0-rc.1",
        ]
    );
    assert_eq!(inspection.problem, None);
}

#[test]
fn it_exports_the_contract() {
    let inspection = builder().inspect().unwrap();
    let exports: Vec<_> = inspection
        .exports
        .iter()
        .map(|item| {
            let names = item.functions.iter().map(|function| &*function.name);
            (item.name.as_str(), names.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        exports,
        [
            ("stytch:users/types@0.1.0", String::new()),
            (
                "stytch:users/users@0.1.0",
                "retrieve-user search-users".to_owned()
            ),
            ("stytch:users/credential@0.1.0", "check".to_owned()),
        ]
    );
}

#[test]
fn unusable_files_are_rejected_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let truncated = &COMPONENT[..COMPONENT.len() / 2];
    for (name, bytes, reason) in [
        ("empty", &b""[..], "is not a WebAssembly component"),
        ("text", b"hello", "is not a WebAssembly component"),
        ("module", b"\0asm\x01\0\0\0", "core WebAssembly module"),
        (
            "bare",
            b"\0asm\x0d\0\x01\0",
            "no exported instance named `stytch:users/",
        ),
        ("truncated", truncated, "unexpected end-of-file"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = builder().component_file(&path).build().unwrap_err();
        assert!(matches!(error, Error::Load(_)), "{name}: {error:?}");
        assert!(error.to_string().contains(reason), "{name}: {error}");
        assert_eq!(error.code(), "plugin_failed");
    }
    let missing = folder.path().join("missing");
    let error = builder().component_file(missing).build().unwrap_err();
    assert!(matches!(error, Error::Read { .. }), "{error:?}");
}

#[test]
fn a_component_from_a_file_works_like_the_embedded_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stytch.wasm");
    std::fs::write(&path, COMPONENT).unwrap();
    builder().component_file(path).build().unwrap();
}
