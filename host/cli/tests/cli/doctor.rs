//! `doctor`: diagnoses problems, with advice.

use crate::credential::add_args;
use crate::{HUSH, Served, assert_no_secret, at, cli, emulated, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Output;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

/// The checks by name.
fn checks(output: &Output) -> BTreeMap<String, Value> {
    assert_eq!(stderr(output), "");
    let report: Value = serde_json::from_str(stdout(output)).unwrap();
    let checks = report["checks"].as_array().unwrap().iter().map(|check| {
        for member in ["name", "status", "found", "advice"] {
            assert!(check.get(member).is_some(), "{check}");
        }
        assert_eq!(check.as_object().unwrap().len(), 4);
        (check["name"].as_str().unwrap().to_owned(), check.clone())
    });
    checks.collect()
}

fn check_member(checks: &BTreeMap<String, Value>, name: &str, member: &str) -> String {
    checks[name][member].as_str().unwrap_or_default().to_owned()
}

/// The names of the checks with this status.
fn with_status(checks: &BTreeMap<String, Value>, status: &str) -> Vec<String> {
    let names = checks.iter().filter(|(_, check)| check["status"] == status);
    names.map(|(name, _)| name.clone()).collect()
}

/// The address of a closed port.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("127.0.0.1:{}", listener.local_addr().unwrap().port())
}

#[test]
fn every_check_passes_with_the_emulator() {
    let output = emulated(&["doctor", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let checks = checks(&output);
    let all = [
        "cache",
        "clock",
        "component",
        "configuration",
        "connection",
        "credential",
        "dns",
        "proxy",
    ];
    assert_eq!(with_status(&checks, "ok"), all);
    assert!(check_member(&checks, "credential", "found").contains("request-id-"));
    assert!(
        check_member(&checks, "configuration", "found")
            .contains("(test environment), from the credential of the emulator")
    );

    let table = emulated(&["doctor", "--output", "table"]);
    assert_eq!(
        stdout(&table)
            .lines()
            .filter(|line| line.starts_with("ok "))
            .count(),
        all.len()
    );
    let lines = emulated(&["doctor", "--output", "jsonl"]);
    assert_eq!(stdout(&lines).lines().count(), all.len());
}

#[test]
fn without_a_credential_the_other_checks_run() {
    let served = Served::start(&[]);
    let args = [
        "--base-url",
        served.base_url(),
        "doctor",
        "--output",
        "json",
    ];
    let output = cli().run(&args);
    assert_eq!(output.status.code(), Some(2));
    let checks = checks(&output);
    assert_eq!(with_status(&checks, "failure"), ["configuration"]);
    assert_eq!(with_status(&checks, "skipped"), ["credential"]);
    assert!(check_member(&checks, "configuration", "advice").contains("STYTCH_SECRET"));
}

#[test]
fn a_credential_that_stytch_refuses_is_exit_4() {
    let served = Served::start(&[]);
    let output = served.run_with_wrong_secret(&["doctor", "--output", "json"]);
    assert_eq!(output.status.code(), Some(4));
    let checks = checks(&output);
    assert_eq!(with_status(&checks, "failure"), ["credential"]);
    assert!(check_member(&checks, "credential", "advice").contains("same environment"));
}

#[test]
fn an_api_that_is_not_there_is_exit_3_and_the_credential_is_kept() {
    let url = format!("http://{}", closed_port());
    let output = at(&url, &["doctor", "--output", "json"]);
    assert_eq!(output.status.code(), Some(3));
    let checks = checks(&output);
    assert_eq!(with_status(&checks, "failure"), ["connection"]);
    assert_eq!(with_status(&checks, "skipped"), ["clock", "credential"]);
    assert!(check_member(&checks, "connection", "found").contains("refused"));

    let output = at("https://nowhere.invalid", &["doctor", "--output", "json"]);
    assert_eq!(output.status.code(), Some(3));
    let checks = self::checks(&output);
    assert_eq!(with_status(&checks, "failure"), ["dns"]);
}

#[test]
fn a_clock_that_is_wrong_is_a_warning_and_exit_0() {
    let headers = ["date: Mon, 01 Jan 2024 00:00:00 GMT", "connection: close"];
    let body = r#"{"results":[],"request_id":"r"}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &headers, body));
    let output = at(&server.base_url(), &["doctor", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let checks = checks(&output);
    assert_eq!(with_status(&checks, "warning"), ["clock"]);
    assert!(check_member(&checks, "clock", "found").contains("ahead of"));
    // The probe sends no credential, but the check does.
    let probe = server.request();
    assert!(
        probe.starts_with("GET / HTTP/1.1\r\n") && !probe.contains("authorization"),
        "{probe}"
    );
    assert!(server.request().starts_with("POST /v1/users/search "));
}

#[test]
fn a_component_that_cannot_be_run_is_exit_1() {
    let cli = cli();
    std::fs::write(cli.home().join("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    for (file, code) in [("empty.wasm", 1), ("missing.wasm", 2)] {
        let args = [
            "--emulator",
            "--component",
            file,
            "doctor",
            "--output",
            "json",
        ];
        let output = cli.run(&args);
        assert_eq!(output.status.code(), Some(code));
        let checks = checks(&output);
        assert_eq!(with_status(&checks, "failure"), ["component"]);
        assert_eq!(
            with_status(&checks, "skipped"),
            ["clock", "connection", "credential", "dns"]
        );
    }
}

#[test]
fn an_unusable_cache_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let cli = cli();
    let folder = cli.home().join("stytch-host");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let cache = [("XDG_CACHE_HOME", cli.home().to_str().unwrap())];
    let output = cli.run_with(&["--emulator", "doctor", "--output", "json"], &cache, "");
    assert_eq!(output.status.code(), Some(0));
    let checks = checks(&output);
    assert_eq!(with_status(&checks, "warning"), ["cache"]);
    assert!(check_member(&checks, "cache", "found").contains("others may write"));
}

#[test]
fn unreadable_authorities_are_reported() {
    let output = emulated(&["--ca-cert", "missing.pem", "doctor", "--output", "json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(check_member(&checks(&output), "authorities", "found").contains("missing.pem"));
}

#[test]
fn the_proxy_is_reported_without_its_password() {
    let proxy = format!("http://jane:{HUSH}@{}", closed_port());
    let credential = [("STYTCH_PROJECT_ID", PROJECT_ID), ("STYTCH_SECRET", HUSH)];
    for (variables, args, status, expected) in [
        (
            &[("HTTPS_PROXY", proxy.as_str())][..],
            &[][..],
            3,
            "from HTTPS_PROXY",
        ),
        (&[("ALL_PROXY", &proxy)], &[], 3, "from ALL_PROXY"),
        (
            &[("https_proxy", &proxy), ("no_proxy", "stytch.com")],
            &[],
            3,
            "NO_PROXY excludes this host",
        ),
        (
            &[("HTTPS_PROXY", &proxy)],
            &["--base-url", "http://127.0.0.1:1"],
            3,
            "plain http",
        ),
        (
            &[("HTTPS_PROXY", &proxy)],
            &["--emulator"],
            0,
            "none: the emulator",
        ),
        (&[("HTTP_PROXY", &proxy)], &["--emulator"], 0, "none"),
    ] {
        let variables = [&credential[..], variables].concat();
        let args = [args, &["--timeout", "5", "doctor", "--output", "json"]].concat();
        let output = cli().run_with(&args, &variables, "");
        assert_eq!(output.status.code(), Some(status), "{}", stdout(&output));
        assert_no_secret(&output);
        let found = check_member(&checks(&output), "proxy", "found");
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn an_unusable_proxy_is_a_usage_error() {
    let url = format!("socks5://jane:{HUSH}@a:1080");
    let variables = [
        ("STYTCH_PROJECT_ID", PROJECT_ID),
        ("STYTCH_SECRET", HUSH),
        ("HTTPS_PROXY", &url),
    ];
    for args in [
        &["check"][..],
        &["search-users"],
        &["retrieve-user", "x"],
        &["doctor"],
    ] {
        let output = cli().run_with(args, &variables, "");
        assert_eq!(output.status.code(), Some(2));
        let printed = [stdout(&output), stderr(&output)].concat();
        assert!(
            printed.contains("HTTPS_PROXY is a kind of proxy"),
            "{printed}"
        );
        assert_no_secret(&output);
    }
}

#[test]
fn checks_the_base_url_of_a_credential_without_a_secret() {
    let cli = cli();
    let base_url = format!("http://{}", closed_port());
    let args = [
        &["--base-url", &base_url],
        &add_args("acme", PROJECT_ID)[..],
        &["--no-test"],
    ]
    .concat();
    assert!(cli.run_with(&args, &[], HUSH).status.success());
    let file = cli.home().join(".config/stytch-host/credentials.json");
    let mut stored: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let entry = stored["credentials"]["acme"].as_object_mut().unwrap();
    assert!(entry.remove("secret").is_some());
    std::fs::write(&file, stored.to_string()).unwrap();

    let output = cli.run(&["doctor", "--output", "json"]);
    let checks = checks(&output);
    assert!(check_member(&checks, "configuration", "found").contains("has no secret"));
    assert_eq!(
        check_member(&checks, "dns", "found"),
        "127.0.0.1 resolves to 127.0.0.1"
    );
}
