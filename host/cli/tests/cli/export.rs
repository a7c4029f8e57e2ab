//! `export` and `inspect`.

use crate::{HUSH, assert_no_secret, cli, emulated, json, stderr, stdout, succeeded};
use serde_json::{Value, json};
use std::fs;
use stytch_host::{COMPONENT, COMPONENT_WITH_ENVIRONMENT};

#[test]
fn the_exported_component_is_the_embedded_one() {
    let cli = cli();
    let file = cli.home().join("stytch.wasm");
    let exported = json(&cli.run(&["export", "stytch.wasm"]));
    assert!(fs::read(&file).unwrap() == COMPONENT);
    assert_eq!(exported["file"], "stytch.wasm");
    assert_eq!(exported["size"], COMPONENT.len());
    assert_eq!(exported["media_type"], "application/wasm");
    assert_eq!(exported["metadata"]["name"], "stytch:users");
    assert_eq!(exported["metadata"]["version"], "0.1.0");
    assert_eq!(exported["metadata"]["licenses"], "Apache-2.0");

    // The digest matches an independent computation.
    let digest = cli.shell("sha256sum < stytch.wasm | cut -d ' ' -f 1");
    let digest = format!("sha256:{}", stdout(&digest));
    assert_eq!(
        format!("{}\n", exported["digest"].as_str().unwrap()),
        digest
    );
    let output = cli.run(&["export", "stytch.wasm", "--output", "table"]);
    assert_eq!(succeeded(&output), digest);
    let output = cli.run(&["export", "stytch.wasm", "--jq", ".digest"]);
    assert_eq!(succeeded(&output), digest);

    let output = cli.run(&["export", "-", "--jq", ".digest"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    let output = cli.run(&["export", "-"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    assert!(output.stdout == COMPONENT);

    let output = cli.run(&["export", "--environment", "-"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    assert!(output.stdout == COMPONENT_WITH_ENVIRONMENT);
}

#[test]
fn the_composed_component_imports_the_environment_instead_of_configuration() {
    let cli = cli();
    succeeded(&cli.run(&["export", "--environment", "stytch.wasm"]));
    // It is for other hosts: this one does not support the environment, so it is exit 1.
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
fn an_exported_component_works_like_the_embedded_one() {
    let cli = cli();
    succeeded(&cli.run(&["export", "stytch.wasm"]));
    let search = ["--emulator", "search-users", "--limit", "3"];
    let loaded = cli.run(&[&search[..], &["--component", "stytch.wasm"]].concat());
    assert_eq!(succeeded(&loaded), succeeded(&emulated(&search[1..])));
}

#[test]
fn an_error_names_an_unwritable_path() {
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
    let inspection = json(&cli().run(&["inspect", "--output", "json"]));
    let sha256 = inspection["sha256"].as_str().unwrap();
    let output = cli().run(&["inspect", "--output", "table"]);
    let text = succeeded(&output)
        .replace(&size, "[size]")
        .replace(sha256, "[digest]");
    insta::assert_snapshot!("inspect", text);

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
fn inspect_shows_why_a_component_cannot_run() {
    let cli = cli();
    fs::write(cli.home().join("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    for args in [
        &["inspect", "empty.wasm"][..],
        &["inspect", "--component", "empty.wasm"],
    ] {
        let printed = cli.run(&[args, &["--output", "table"]].concat());
        assert_eq!((printed.status.code(), stderr(&printed)), (Some(1), ""));
        assert!(stdout(&printed).contains("cannot run: "));
        let report = cli.run(&[args, &["--output", "json"]].concat());
        assert_eq!(report.status.code(), Some(1));
        let inspection: Value = serde_json::from_str(stdout(&report)).unwrap();
        assert!(inspection["problem"].is_string());
        assert_eq!(inspection["size"], 8);
    }
}

#[test]
fn inspect_shows_where_requests_may_go() {
    let reach = |args: &[&str], variables: &[(&str, &str)]| {
        let output = cli().run_with(
            &[args, &["inspect", "--jq", ".reach"]].concat(),
            variables,
            "",
        );
        assert_no_secret(&output);
        json(&output)
    };
    let both = [
        ("STYTCH_PROJECT_ID", "project-live-1"),
        ("STYTCH_SECRET", HUSH),
    ];
    let none = "there is no credential, which would choose one";
    let of_variables = "the credential of STYTCH_PROJECT_ID and STYTCH_SECRET";
    let url = ["--base-url", "https://login.example.com"];
    for (args, variables, origins, of) in [
        (
            &[][..],
            &[][..],
            json!(["https://test.stytch.com", "https://api.stytch.com"]),
            none,
        ),
        (&[], &both, json!(["https://api.stytch.com"]), of_variables),
        (
            &url,
            &both,
            json!(["https://login.example.com"]),
            of_variables,
        ),
        (
            &url,
            &[],
            json!(["https://login.example.com"]),
            "the base URL; there is no credential",
        ),
        (
            &["--emulator"],
            &both,
            json!(["http://127.0.0.1:{port}"]),
            "the emulator of this command",
        ),
    ] {
        let expected = json!({"origins": origins, "of": of});
        assert_eq!(reach(args, variables), expected, "{args:?}");
    }
    let output = cli().run(&["--credential", "nobody", "inspect"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn inspect_reads_the_origin_of_a_stored_credential_but_not_its_secret() {
    let cli = cli();
    let args = [
        "credential",
        "add",
        "acme",
        "--project-id",
        "project-test-1",
    ];
    let flags = [
        "--no-test",
        "--store",
        "file",
        "--base-url",
        "https://login.example.com",
    ];
    let added = cli.run_with(&[&args[..], &flags].concat(), &[], HUSH);
    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    for args in [&["inspect"][..], &["--credential", "acme", "inspect"]] {
        let output = cli.run(&[args, &["--output", "table"]].concat());
        assert_no_secret(&output);
        let expected = "may reach https://login.example.com: the credential acme (test)\n";
        assert!(succeeded(&output).contains(expected), "{}", stdout(&output));
    }
}

#[test]
fn inspect_shows_whether_the_secret_is_readable() {
    let reads =
        |args: &[&str]| json(&cli().run(&[args, &["inspect", "--jq", ".reads_secret"]].concat()));
    assert_eq!(
        (reads(&[]), reads(&["--sealed"])),
        (json!(true), json!(false))
    );
}
