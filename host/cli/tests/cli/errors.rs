//! Usage errors.

use crate::{assert_refused, at, cli, emulated, json_error, stderr, stdout};
use serde_json::json;
use std::fs;
use stytch_testkit::{Answer, ScriptedServer};

#[test]
fn the_error_for_a_wrong_argument_suggests_the_right_one() {
    for (args, expected) in [
        (&["frob"][..], "unrecognized subcommand 'frob'"),
        (&["retrieve-usr", "x"], "'retrieve-user'"),
        (&["retrieve-user"], "<ID>..."),
        (&["check", "--timout", "3"], "'--timeout'"),
        (&["search-users", "--emial", "x"], "'--email'"),
        (&["check", "x"], "unexpected argument 'x'"),
        (&["check", "--output", "xml"], "table, json, jsonl, csv"),
        (&["check", "--output"], "value is required"),
        (
            &["check", "--emulator", "--base-url", "https://a"],
            "'--base-url <URL>'",
        ),
        (&["check", "--timeout", "x"], "a number of seconds above 0"),
        (&["check", "--timeout", "5s"], "a number of seconds above 0"),
        (&["check", "--timeout", "0"], "a number of seconds above 0"),
        (
            &["check", "--timeout", "nan"],
            "a number of seconds above 0",
        ),
        (
            &["check", "--timeout", "1e-12"],
            "a number of seconds above 0",
        ),
        (&["check", "--timeout=-1"], "a number of seconds above 0"),
        (&["search-users", "--limit", "x"], "'--limit <N>'"),
        (&["search-users", "--limit=-1"], "'--limit <N>'"),
        (&["search-users", "--limit", "99999999999"], "'--limit <N>'"),
        (
            &["search-users", "--email-verified", "yes"],
            "[possible values: true, false]",
        ),
        (
            &["search-users", "--created-after", "yesterday"],
            "2026-01-31T00:00:00Z",
        ),
        (
            &["search-users", "--created-before", "2026-01-31"],
            "2026-01-31T00:00:00Z",
        ),
        (
            &["search-users", "--created-after", "2026-02-30T00:00:00Z"],
            "not an RFC 3339 time",
        ),
        (
            &["search-users", "--created-after", "20260131T000000Z"],
            "2026-01-31T00:00:00Z",
        ),
        (
            &["search-users", "--created-before", "2026-01-31 00:00:00Z"],
            "2026-01-31T00:00:00Z",
        ),
        (
            &["search-users", "--created-between", "2026-01-31T00:00:00Z"],
            "comma",
        ),
        (
            &["search-users", "--created-between", ","],
            "not an RFC 3339 time",
        ),
        (
            &["search-users", "--status", "a", "--status", "b"],
            "multiple times",
        ),
        (
            &["invoke", "frob"],
            "[possible values: retrieve-user, search-users, check]",
        ),
        (&["invoke", "check", "{}", "{}"], "unexpected argument"),
        (&["export"], "<FILE>"),
    ] {
        let output = cli().run(args);
        let printed = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), ""),
            "{args:?}"
        );
        assert!(printed.starts_with("error: "), "{printed}");
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn usage_errors_are_json_if_requested() {
    for args in [
        &["--output", "json", "retrieve-user"][..],
        &["--output=jsonl", "search-users", "--limit", "x"],
        &["check", "--frob", "--output", "json"],
    ] {
        assert_eq!(json_error(&cli().run(args), 2)["code"], "invalid_input");
    }
}

#[test]
fn the_error_for_an_invalid_value_names_its_flag() {
    for (args, flag, expected) in [
        (
            &["search-users", "--limit", "0"][..],
            "--limit",
            "1 to 1000",
        ),
        (&["search-users", "--limit", "1e3"], "--limit", "1 to 1000"),
        (&["search-users", "--limit", "-x"], "--limit", "1 to 1000"),
        (
            &["search-users", "--created-between", "-1,2"],
            "--created-between",
            "RFC 3339",
        ),
        (
            &["emulator", "--listen", "localhost:0"],
            "--listen",
            "such as 127.0.0.1:4010",
        ),
        (
            &["emulator", "--listen", "-x"],
            "--listen",
            "such as 127.0.0.1:4010",
        ),
    ] {
        let output = cli().run(args);
        let printed = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(
            printed.contains(flag) && printed.contains(expected),
            "{printed}"
        );
    }
}

#[test]
fn bidirectional_controls_in_a_value_are_escaped() {
    for args in [
        &["search-users", "--output", "a\u{202e}b\u{200b}"][..],
        &["search-users", "--fields", "a\u{202e}b\u{200b}"],
        &["completions", "a\u{202e}b\u{200b}"],
    ] {
        let output = cli().run(args);
        let printed = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(printed.contains("a\\u{202e}b\\u{200b}"), "{printed:?}");
        assert!(!printed.contains(['\u{202e}', '\u{200b}']), "{printed:?}");
    }
}

/// A hint that is pasted as root must not move a device.
#[cfg(unix)]
#[test]
fn no_hint_advises_moving_a_device() {
    let output = emulated(&[
        "search-users",
        "--resume",
        "/dev/null",
        "--output-file",
        "x",
    ]);
    let printed = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(printed.contains("/dev/null is not a file"), "{printed}");
    assert!(printed.contains("name another file"), "{printed}");
    assert!(!printed.contains("mv "), "{printed}");
}

#[test]
fn values_that_stytch_would_reject_are_not_sent() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    for (args, expected) in [
        (&["--limit", "0"][..], "1 to 1000"),
        (&["--limit", "1001"], "1 to 1000"),
        (&["--cursor", "a\nb"], "control character"),
        (&["--email", "a\u{1b}[31m"], "control character"),
        (&["--name-fuzzy", "\u{7f}"], "control character"),
    ] {
        let args = [&["search-users", "--output", "json"], args].concat();
        assert_refused(&at(&server.base_url(), &args), expected);
    }
    assert_eq!(server.pending_requests(), 0);
}

#[test]
fn a_base_url_must_be_an_origin() {
    for (url, expected) in [
        ("x", "not a URL with a host"),
        ("https://", "not a URL with a host"),
        ("https://a b", "a space"),
        ("https://a:99999", "port"),
        ("http://[::1", "not a URL with a host"),
        ("https://a\n.b", "a line break"),
        ("ftp://a", "scheme"),
        ("file:///etc/passwd", ""),
        ("https://user:hunter2@a", "user name"),
        ("https://a/v1", "path or a query"),
        ("https://a?x", "path or a query"),
        ("https://a#f", "path or a query"),
        ("http://login.example.com", "plain http"),
        ("http://8.8.8.8", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://127.1", "a number as its host"),
        ("http://169.254.169.254", "metadata service"),
    ] {
        // Both from the flag and from the variable.
        let flag = at("", &["--base-url", url, "check", "--output", "json"]);
        let error = json_error(&flag, 2);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("--base-url: the base URL ") && message.contains(expected),
            "{url}: {message}"
        );
        assert!(!message.contains("hunter2"));
        assert_eq!(error["attempts"], 0);
        let variable = at(url, &["check", "--output", "json"]);
        let of_variable = message.replace("--base-url:", "STYTCH_BASE_URL:");
        assert_eq!(json_error(&variable, 2)["message"], of_variable);
    }
}

#[test]
fn an_authority_file_is_read_before_a_request_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    for (file, expected) in [
        ("missing.pem", "missing.pem"),
        (empty.to_str().unwrap(), "it is empty"),
        #[cfg(unix)]
        ("/dev/zero", "/dev/zero"),
        (
            folder.path().to_str().unwrap(),
            folder.path().to_str().unwrap(),
        ),
    ] {
        let args = ["--ca-cert", file, "check", "--output", "json"];
        let error = json_error(&at(&server.base_url(), &args), 2);
        assert_eq!(error["code"], "misconfigured");
        assert!(
            error["message"].as_str().unwrap().contains(expected),
            "{error}"
        );
    }
    assert_eq!(server.pending_requests(), 0);
}

#[test]
fn the_hint_for_an_authority_file_is_about_that_file() {
    let args = ["--ca-cert", "x.pem", "check", "--output", "json"];
    let error = json_error(&emulated(&args), 2);
    let hint = error["hint"].as_str().unwrap_or("--ca-cert");
    assert!(hint.contains("--ca-cert"), "{hint}");
}

#[test]
fn a_missing_component_is_a_usage_error() {
    for args in [
        &["--component", "missing.wasm", "check"][..],
        &["inspect", "missing.wasm"],
    ] {
        let output = emulated(args);
        assert!(stderr(&output).contains("missing.wasm cannot be read"));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_file_that_is_no_fitting_component_is_exit_1_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.wasm");
    for (bytes, expected) in [
        (&b""[..], "is not a WebAssembly component"),
        (b"hello", "is not a WebAssembly component"),
        (b"\0asm\x01\0\0\0", "a core WebAssembly module"),
        (b"\0asm\x0d\0\x01\0", "stytch:users/users@0.1.0"),
        (b"\0asm\x0d\0\x01\0\x01\xff", "component"),
    ] {
        fs::write(&file, bytes).unwrap();
        let args = [
            "--component",
            file.to_str().unwrap(),
            "check",
            "--output",
            "json",
        ];
        let error = json_error(&emulated(&args), 1);
        assert_eq!(
            (&error["code"], &error["attempts"]),
            (&json!("plugin_failed"), &json!(0))
        );
        assert!(
            error["message"].as_str().unwrap().contains(expected),
            "{error}"
        );
    }
}
