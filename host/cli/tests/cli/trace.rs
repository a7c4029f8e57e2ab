//! `-v`, which traces requests on standard error, and `-q`.

use crate::{HUSH, at, emulated, json_error, stderr, stdout};
use serde_json::Value;
use stytch_testkit::{Answer, ScriptedServer};

/// Replaces ports and times, which differ between runs.
fn pinned(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        if word.starts_with("http://127.0.0.1:") {
            let path = word.splitn(4, '/').nth(3).unwrap();
            format!("http://[server]/{path}")
        } else if word.starts_with("127.0.0.1:") {
            "[server]".to_owned()
        } else if word.parse::<f64>().is_ok() {
            "[n]".to_owned()
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Only the trace lines, without errors.
fn traced(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| line.starts_with(['>', '<', '*']));
    pinned(&lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn requests_are_traced_without_user_ids() {
    let args = ["-v", "retrieve-user", "ada.lovelace", "--output", "table"];
    let output = emulated(&args);
    insta::assert_snapshot!("trace-request", traced(stderr(&output)));
    assert!(stdout(&output).contains("Ada King Lovelace"));

    let output = emulated(&["-v", "retrieve-user", "nobody"]);
    insta::assert_snapshot!("trace-not-found", traced(stderr(&output)));
    let output = emulated(&["-vv", "search-users", "--email", "ada@example.com"]);
    insta::assert_snapshot!("trace-connection", traced(stderr(&output)));
}

#[test]
fn a_call_that_sends_no_request_is_traced() {
    let output = at("http://127.0.0.1:1", &["-v", "retrieve-user", "../x"]);
    assert!(
        stderr(&output).contains("< invalid_input and nothing was sent (call 1)"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_request_without_a_response_is_traced_with_its_outcome() {
    for answer in [Answer::Close, Answer::Stall(Vec::new())] {
        let server = ScriptedServer::start(answer);
        let output = at(&server.base_url(), &["-v", "--timeout", "1", "check"]);
        let message = traced(stderr(&output));
        assert!(
            message.contains("\n< unreachable in [n] ms (call"),
            "{message}"
        );
    }
}

#[test]
fn json_traces_are_one_object_per_line() {
    let output = emulated(&["-vv", "--output", "json", "check"]);
    let events = stderr(&output).lines().map(|line| {
        let document: Value = serde_json::from_str(line).unwrap();
        assert_eq!(document.as_object().unwrap().len(), 1);
        document["trace"].clone()
    });
    let events: Vec<_> = events.collect();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["request", "connection", "response"]);
    assert_eq!(events[0]["http.request.method"], "POST");
    assert_eq!(events[0]["url.template"], "/v1/users/search");
    assert_eq!(events[2]["http.response.status_code"], 200);
    assert_eq!(events[2]["stytch.call"], events[0]["stytch.call"]);
    assert!(events[2]["stytch.request_id"].is_string());
    assert!(events[2]["http.client.request.duration"].is_f64());
}

#[test]
fn traces_contain_no_request_or_response_data() {
    let body = r#"{"user_id":"u-own","name":{"first_name":"Grace"},"results":[{"user_id":"u-own","name":{"first_name":"Grace"}}]}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
    for args in [
        &["retrieve-user", "u-own"][..],
        &[
            "search-users",
            "--email",
            "grace@example.com",
            "--cursor",
            "c-own",
        ],
        &[
            "search-users",
            "--query",
            r#"{"operator":"AND","operands":[{"filter_name":"user_id","filter_value":["u-own"]}]}"#,
        ],
        &["check"],
    ] {
        for output in ["table", "json"] {
            // `at` checks that the secret is not printed.
            let output = at(
                &server.base_url(),
                &[&["-vv", "--output", output], args].concat(),
            );
            assert!(stderr(&output).contains("/v1/users/"));
            for own in ["u-own", "grace", "Grace", "c-own", HUSH] {
                assert!(!stderr(&output).contains(own), "{own}: {}", stderr(&output));
            }
        }
    }
}

#[test]
fn control_characters_in_a_request_id_are_escaped() {
    let body = r#"{"results":[],"request_id":"\u001b[2Jx"}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
    let output = at(&server.base_url(), &["-v", "check"]);
    assert!(
        stderr(&output).contains("\\u{1b}[2Jx"),
        "{}",
        stderr(&output)
    );
    assert!(!stderr(&output).contains('\u{1b}'));
}

#[test]
fn quiet_prints_only_the_first_line_of_an_error() {
    let output = emulated(&["-q", "retrieve-user", "nobody", "--output", "table"]);
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(
        stderr(&output),
        "error: not found (status 404): User could not be found.\n"
    );
    let output = emulated(&[
        "retrieve-user",
        "ada.lovelace",
        "nobody",
        "--quiet",
        "--output",
        "table",
    ]);
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    // The same for usage errors.
    let output = emulated(&["-q", "serch-users"]);
    assert_eq!(
        stderr(&output),
        "error: unrecognized subcommand 'serch-users'\n"
    );
    // JSON errors stay complete.
    let output = emulated(&["-q", "--output", "json", "retrieve-user", "nobody"]);
    assert!(json_error(&output, 6)["hint"].is_string());
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    let output = emulated(&["-q", "-v", "check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cannot be used with"));
}
