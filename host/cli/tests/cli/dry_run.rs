//! `--dry-run`: prints the request, and sends nothing.

use crate::{EMPTY_PAGE, HUSH, assert_no_secret, at, cli, json_error, stderr, stdout};
use serde_json::{Value, json};
use stytch_testkit::{Answer, ScriptedServer};

fn documents(text: &str) -> Vec<Value> {
    let documents = text.lines().map(|line| {
        let mut document: Value = serde_json::from_str(line).unwrap();
        document["dry_run"].take()
    });
    documents.collect()
}

#[test]
fn it_prints_the_request_that_would_be_sent() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    for args in [
        &["search-users", "--status", "active", "--limit", "3"][..],
        &["search-users", "--all", "--email", "a@example.com"],
        &["invoke", "search-users", r#"{"cursor":"c"}"#],
        &["check"],
        &["invoke", "check"],
    ] {
        let dry = at(
            &server.base_url(),
            &[&["--dry-run", "--output", "json"], args].concat(),
        );
        assert_eq!((dry.status.code(), stderr(&dry)), (Some(0), ""));
        assert_eq!(server.pending_requests(), 0);
        let shown = documents(stdout(&dry)).remove(0);

        at(&server.base_url(), args);
        let sent = server.request();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let method = shown["method"].as_str().unwrap();
        let url = shown["url"].as_str().unwrap();
        let path = url.strip_prefix(&server.base_url()).unwrap();
        assert!(
            head.starts_with(&format!("{method} {path} HTTP/1.1\r\n")),
            "{head}"
        );
        assert_eq!(shown["body"], serde_json::from_str::<Value>(body).unwrap());
        for (name, value) in shown["headers"].as_object().unwrap() {
            let value = value.as_str().unwrap().replace("<hidden>", "");
            assert!(head.contains(&format!("{name}: {value}")), "{name}: {head}");
        }
    }
}

#[test]
fn the_request_is_text_on_a_terminal() {
    let args = ["--dry-run", "--output", "table"];
    let url = "https://login.example.com";
    let search = ["search-users", "--status", "active"];
    let output = at(url, &[&args[..], &search].concat());
    insta::assert_snapshot!("dry-run", stdout(&output));
    assert_eq!(stderr(&output), "dry run: nothing was sent\n");
    let quiet = at(url, &[&args[..], &search, &["-q"]].concat());
    assert_eq!((stdout(&quiet), stderr(&quiet)), (stdout(&output), ""));
}

#[test]
fn each_user_id_has_its_own_request() {
    let args = ["--dry-run", "--output", "json", "retrieve-user", "a|b", "c"];
    let output = at("https://login.example.com", &args);
    let urls: Vec<_> = documents(stdout(&output))
        .iter()
        .map(|shown| shown["url"].clone())
        .collect();
    assert_eq!(
        urls,
        [
            "https://login.example.com/v1/users/a%7Cb",
            "https://login.example.com/v1/users/c"
        ]
    );
    assert_eq!(documents(stdout(&output))[0]["body"], Value::Null);
}

#[test]
fn a_placeholder_replaces_a_missing_credential() {
    let output = cli().run(&["--dry-run", "check", "--output", "table"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("POST https://test.stytch.com/v1/users/search\n"));
    assert!(stderr(&output).contains("there is no credential; the project ID is a placeholder"));
    // Half a credential is still an error.
    let half = cli().run_with(&["--dry-run", "check"], &[("STYTCH_SECRET", HUSH)], "");
    assert_eq!((half.status.code(), stdout(&half)), (Some(2), ""));
    assert_no_secret(&half);
}

#[test]
fn input_that_the_component_rejects_is_rejected() {
    let output = at(
        "https://login.example.com",
        &[
            "--dry-run",
            "--output",
            "json",
            "search-users",
            "--limit",
            "0",
        ],
    );
    assert_eq!(json_error(&output, 2)["code"], json!("invalid_input"));
    let output = at(
        "https://login.example.com",
        &["--dry-run", "--output", "json", "retrieve-user", "a/b"],
    );
    assert_eq!(json_error(&output, 2)["code"], json!("invalid_input"));
}

#[test]
fn commands_that_send_no_requests_reject_it() {
    for args in [
        &["inspect"][..],
        &["export", "x.wasm"],
        &["doctor"],
        &["emulator"],
        &["man"],
        &["completions", "bash"],
    ] {
        let cli = cli();
        let output = cli.run(&[&["--dry-run"], args].concat());
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), ""),
            "{args:?}"
        );
        assert!(
            stderr(&output).contains("--dry-run is for"),
            "{}",
            stderr(&output)
        );
        assert!(!cli.home().join("x.wasm").exists());
    }
}
