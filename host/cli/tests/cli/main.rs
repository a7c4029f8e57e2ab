//! The real binary, as a person or a program calls it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod answers;
mod attempts;
mod cache;
mod complete;
mod completions;
mod credential;
mod credential_input;
mod credential_keyring;
mod credential_storage;
mod credentials;
mod csv;
mod cursors;
mod doctor;
mod dry_run;
mod errors;
mod export;
mod fields;
mod filters;
mod help;
mod hostile;
mod interrupts;
mod invoke;
mod jq;
mod jq_language;
mod jq_limits;
mod memory;
mod misplaced;
mod odd_values;
mod output;
mod output_file;
mod pages;
mod pipes;
mod private_files;
mod progress;
mod queries;
mod readme;
mod refusals;
mod resume;
mod schema;
mod screens;
mod sealed;
mod served;
mod server;
mod several;
mod streams;
mod surroundings;
mod tables;
mod texts;
mod trace;
mod unexpected;
mod users;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use served::Served;
use std::process::Output;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::Cli;

/// A secret that must not turn up in anything that is printed.
const HUSH: &str = "secret-test-hush4dGhpcyBpcyBub3QgYSBzZWNyZXQ=";

/// What every answer needs to be an empty page.
const EMPTY_PAGE: &str = r#"{"results":[],"results_metadata":{"total":0,"next_cursor":null}}"#;

fn cli() -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_stytch-host")).with_cache(env!("CARGO_TARGET_TMPDIR"))
}

/// Runs against an emulator of its own.
fn emulated(args: &[&str]) -> Output {
    cli().run(&[&["--emulator"], args].concat())
}

/// Runs against `base_url`, with a credential whose secret stays unseen.
fn at(base_url: &str, args: &[&str]) -> Output {
    at_with_stdin(base_url, args, "")
}

fn at_with_stdin(base_url: &str, args: &[&str], stdin: &str) -> Output {
    let variables = [
        ("STYTCH_PROJECT_ID", PROJECT_ID),
        ("STYTCH_SECRET", HUSH),
        ("STYTCH_BASE_URL", base_url),
    ];
    let output = cli().run_with(args, &variables, stdin);
    assert_no_secret(&output);
    output
}

fn assert_no_secret(output: &Output) {
    for stream in [stdout(output), stderr(output)] {
        assert_no_secret_in(stream);
    }
}

fn assert_no_secret_in(text: &str) {
    let encoded = [
        HUSH.to_owned(),
        HUSH.replace('=', "%3D"),
        HUSH.replace('=', "%3d"),
        BASE64_STANDARD.encode(HUSH),
        BASE64_STANDARD.encode(format!("{PROJECT_ID}:{HUSH}")),
    ];
    for secret in &encoded {
        assert!(!text.contains(secret), "the secret is in: {text}");
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// What a command that worked printed.
fn succeeded(output: &Output) -> &str {
    assert_eq!((output.status.code(), stderr(output)), (Some(0), ""));
    stdout(output)
}

/// What a search for all pages that worked printed; a receipt is beside it.
fn all_users(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    assert_eq!(stderr(output).lines().count(), 1, "{}", stderr(output));
    stdout(output)
}

/// The same, and the receipt, where the output is JSON.
fn all_pages(output: &Output) -> (&str, Value) {
    (all_users(output), receipt(output))
}

/// The receipt of a search whose output is JSON.
fn receipt(output: &Output) -> Value {
    let mut lines = stderr(output).lines().filter(|line| is_receipt(line));
    let line: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(lines.next(), None);
    line["receipt"].clone()
}

fn is_receipt(line: &str) -> bool {
    line.starts_with(r#"{"receipt":"#)
}

/// The one JSON document that a command that worked printed.
fn json(output: &Output) -> Value {
    serde_json::from_str(succeeded(output)).unwrap()
}

/// The errors on standard error, one a line, each with all the members that
/// programs are promised, in their order and with their types.
fn json_errors(output: &Output) -> Vec<Value> {
    let lines = stderr(output).lines().filter(|line| !is_receipt(line));
    let errors = lines.map(|line| {
        let at = |member: &str| line.find(&format!("\"{member}\":"));
        let members = [
            "error",
            "code",
            "message",
            "retryable",
            "retry_after_ms",
            "attempts",
            "status_code",
            "error_type",
            "request_id",
            "error_url",
            "error_details",
            "hint",
        ];
        let places: Vec<_> = members.map(at).into();
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "{line}"
        );
        let document: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(document.as_object().unwrap().len(), 1, "{line}");
        let error = document["error"].clone();
        assert_eq!(error.as_object().unwrap().len(), 11, "{line}");
        let optional = |member: &str, is: fn(&Value) -> bool| {
            assert!(error[member].is_null() || is(&error[member]), "{line}");
        };
        assert!(error["code"].is_string() && error["message"].is_string());
        assert!(error["retryable"].is_boolean() && error["attempts"].is_u64());
        optional("retry_after_ms", Value::is_u64);
        optional("status_code", Value::is_u64);
        for member in ["error_type", "request_id", "error_url", "hint"] {
            optional(member, Value::is_string);
        }
        error
    });
    errors.collect()
}

/// The one error of a command that failed with `exit`.
fn json_error(output: &Output, exit: i32) -> Value {
    assert_eq!(output.status.code(), Some(exit), "{}", stderr(output));
    let mut errors = json_errors(output);
    assert_eq!(errors.len(), 1, "{}", stderr(output));
    errors.remove(0)
}

/// A command that was refused before anything was sent, for a reason that says
/// `expected`.
fn assert_refused(output: &Output, expected: &str) {
    let error = json_error(output, 2);
    assert_eq!(
        (&error["code"], &error["attempts"]),
        (&Value::from("invalid_input"), &Value::from(0))
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(expected), "{error}");
}
