//! Tests of the real binary.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod cache;
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
mod encodings;
mod environment;
mod errors;
mod export;
mod fields;
mod filters;
mod help;
mod hostile;
mod interrupts;
mod invalid_values;
mod invoke;
mod jq;
mod jq_language;
mod jq_limits;
mod memory;
mod misplaced_secrets;
mod multiple_users;
mod output;
mod output_file;
mod pages;
mod pipes;
mod private_files;
mod progress;
mod queries;
mod readme;
mod require_complete;
mod responses;
mod resume;
mod retries;
mod schema;
mod screenshots;
mod sealed;
mod serve;
#[cfg(unix)]
mod serve_console;
#[cfg(unix)]
mod serve_load;
mod serve_outside;
mod served;
mod server;
mod server_errors;
mod streams;
mod tables;
mod trace;
mod unexpected_responses;
mod users;
mod worker;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use served::Served;
use std::process::Output;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::Cli;

/// A secret that must never be printed.
const HUSH: &str = "secret-test-hush4dGhpcyBpcyBub3QgYSBzZWNyZXQ=";

/// The body of an empty page.
const EMPTY_PAGE: &str = r#"{"results":[],"results_metadata":{"total":0,"next_cursor":null}}"#;

fn cli() -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_stytch-host")).with_cache(env!("CARGO_TARGET_TMPDIR"))
}

/// Runs a command against its own emulator.
fn emulated(args: &[&str]) -> Output {
    cli().run(&[&["--emulator"], args].concat())
}

/// Runs a command against `base_url`, and checks that the secret is not printed.
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

/// The output of a successful command.
fn succeeded(output: &Output) -> &str {
    assert_eq!((output.status.code(), stderr(output)), (Some(0), ""));
    stdout(output)
}

/// The output of a successful search of all pages, which also prints a receipt.
fn all_users(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    assert_eq!(stderr(output).lines().count(), 1, "{}", stderr(output));
    stdout(output)
}

/// The same, with the receipt, for JSON output.
fn all_pages(output: &Output) -> (&str, Value) {
    (all_users(output), receipt(output))
}

/// The receipt of a search with JSON output.
fn receipt(output: &Output) -> Value {
    let mut lines = stderr(output).lines().filter(|line| is_receipt(line));
    let line: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(lines.next(), None);
    line["receipt"].clone()
}

fn is_receipt(line: &str) -> bool {
    line.starts_with(r#"{"receipt":"#)
}

/// The JSON document of a successful command.
fn json(output: &Output) -> Value {
    serde_json::from_str(succeeded(output)).unwrap()
}

/// The errors on standard error, one per line; checks that each has the documented
/// members with their order and types.
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

/// The only error of a command that failed with `exit`.
fn json_error(output: &Output, exit: i32) -> Value {
    assert_eq!(output.status.code(), Some(exit), "{}", stderr(output));
    let mut errors = json_errors(output);
    assert_eq!(errors.len(), 1, "{}", stderr(output));
    errors.remove(0)
}

/// Checks that a command was rejected before a request was sent, with a message that
/// contains `expected`.
fn assert_refused(output: &Output, expected: &str) {
    let error = json_error(output, 2);
    assert_eq!(
        (&error["code"], &error["attempts"]),
        (&Value::from("invalid_input"), &Value::from(0))
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(expected), "{error}");
}
