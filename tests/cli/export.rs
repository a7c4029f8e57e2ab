//! The component as a file, and what a component is made of.

use crate::{cli, emulated, json, stderr, stdout, succeeded};
use serde_json::Value;
use std::fs;
use stytch_host::{COMPONENT, COMPONENT_WITH_ENVIRONMENT};

#[test]
fn the_exported_component_is_the_librarys_own() {
    let cli = cli();
    let file = cli.home().join("stytch.wasm");
    let output = cli.run(&["export", "stytch.wasm"]);
    assert_eq!(succeeded(&output), "");
    assert!(fs::read(&file).unwrap() == COMPONENT);

    let output = cli.run(&["export", "-"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    assert!(output.stdout == COMPONENT);

    let output = cli.run(&["export", "--environment", "-"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    assert!(output.stdout == COMPONENT_WITH_ENVIRONMENT);
}

#[test]
fn the_composed_component_asks_for_the_environment_instead_of_configuration() {
    let cli = cli();
    succeeded(&cli.run(&["export", "--environment", "stytch.wasm"]));
    // It is for other hosts: this one gives no environment, so that it says 1.
    let output = cli.run(&["inspect", "stytch.wasm", "--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let inspection: Value = serde_json::from_str(stdout(&output)).unwrap();
    let names = |kind: &str| -> Vec<_> {
        let items = inspection[kind].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let imports = names("imports");
    assert!(
        imports.contains(&"wasi:cli/environment@0.2.0".to_owned()),
        "{imports:?}"
    );
    assert!(
        !imports.iter().any(|name| name.starts_with("wasi:config")),
        "{imports:?}"
    );
    assert!(names("exports").contains(&"stytch:users/users@0.1.0".to_owned()));
}

#[test]
fn an_exported_component_runs_as_the_built_in_one_does() {
    let cli = cli();
    succeeded(&cli.run(&["export", "stytch.wasm"]));
    let search = ["--emulator", "search-users", "--limit", "3"];
    let loaded = cli.run(&[&search[..], &["--component", "stytch.wasm"]].concat());
    assert_eq!(succeeded(&loaded), succeeded(&emulated(&search[1..])));
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let cli = cli();
    for path in ["no/such/folder.wasm", "."] {
        let output = cli.run(&["export", path]);
        assert_eq!(output.status.code(), Some(1));
        let expected = format!("error: {path} cannot be written: ");
        assert!(
            stderr(&output).starts_with(&expected),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn inspect_shows_imports_and_exports() {
    let size = COMPONENT.len().to_string();
    let output = cli().run(&["inspect", "--output", "table"]);
    let text = succeeded(&output).replace(&size, "[size]");
    insta::assert_snapshot!("inspect", text);

    let inspection = json(&cli().run(&["inspect", "--output", "json"]));
    assert_eq!(inspection["size"], COMPONENT.len());
    assert!(inspection["problem"].is_null());
    let imports = inspection["imports"].as_array().unwrap().iter();
    for name in imports.map(|import| import["name"].as_str().unwrap()) {
        let allowed = ["wasi:io/", "wasi:http/", "wasi:config/store@"];
        assert!(
            allowed.iter().any(|prefix| name.starts_with(prefix)),
            "{name}"
        );
    }
    let lines = cli().run(&["inspect", "--output", "jsonl"]);
    assert_eq!(succeeded(&lines).lines().count(), 1);
    assert_eq!(json(&lines), inspection);
}

#[test]
fn inspect_says_why_a_component_cannot_be_run() {
    let cli = cli();
    fs::write(cli.home().join("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    for args in [
        &["inspect", "empty.wasm"][..],
        &["inspect", "--component", "empty.wasm"],
    ] {
        let said = cli.run(&[args, &["--output", "table"]].concat());
        assert_eq!((said.status.code(), stderr(&said)), (Some(1), ""));
        assert!(stdout(&said).contains("cannot be run: "));
        let report = cli.run(&[args, &["--output", "json"]].concat());
        assert_eq!(report.status.code(), Some(1));
        let inspection: Value = serde_json::from_str(stdout(&report)).unwrap();
        assert!(inspection["problem"].is_string());
        assert_eq!(inspection["size"], 8);
    }
}
