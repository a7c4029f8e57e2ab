//! Retries.

use crate::{HUSH, Served, all_pages, at, cli, json_error, stderr};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

#[test]
fn a_search_retries_a_failed_page() {
    for chaos in ["503@3", "reset@headers@2", "truncate@3"] {
        let served = Served::start(&["--chaos", chaos]);
        let args = ["search-users", "--all", "--limit", "50", "--output", "json"];
        let output = served.run(&args);
        let (_, receipt) = all_pages(&output);
        assert_eq!(
            (&receipt["users"], &receipt["complete"]),
            (&json!(200), &json!(true)),
            "{chaos}"
        );
    }
}

#[test]
fn a_permanent_failure_reports_its_attempts() {
    let server = ScriptedServer::start(Answer::Close);
    let error = json_error(&at(&server.base_url(), &["check", "--output", "json"]), 3);
    assert_eq!(error["attempts"], 3);
    let args = ["--max-attempts", "2", "-v", "check", "--output", "table"];
    let output = at(&server.base_url(), &args);
    let output_text = stderr(&output);
    assert!(
        output_text.contains("the connection was cut (after 2 attempts)\n"),
        "{output_text}"
    );
    assert!(
        output_text.contains(", attempt 1)\n") && output_text.contains(", attempt 2)\n"),
        "{output_text}"
    );
    assert!(!output_text.contains("attempt 3"), "{output_text}");
}

#[test]
fn a_search_rate_limit_reports_when_to_retry() {
    let served = Served::start(&["--rate-limit", "0"]);
    let args = ["--max-attempts", "1", "check", "--output", "json"];
    let error = json_error(&served.run(&args), 7);
    let left = error["retry_after_ms"].as_u64().unwrap();
    assert!((1..=60_000).contains(&left), "{error}");
    let message = error["message"].as_str().unwrap();
    let shown = format!("; try again in {} s", left.div_ceil(1000));
    assert!(message.ends_with(&shown), "{message}");
}

#[test]
fn a_number_of_attempts_is_1_to_10() {
    for number in ["0", "11", "-1", "x", ""] {
        let output = cli().run(&["check", "--max-attempts", number]);
        assert_eq!(output.status.code(), Some(2), "{number}");
        assert!(stderr(&output).contains("--max-attempts"), "{number}");
    }
}

#[test]
fn a_secret_echoed_by_a_server_is_not_printed() {
    let pair = BASE64_STANDARD.encode(format!("{PROJECT_ID}:{HUSH}"));
    let echo = format!("you sent Authorization: Basic {pair} ({HUSH})");
    let body = json!({"error_type": echo, "error_message": echo, "request_id": echo,
        "error_url": echo, "error_details": {"echo": echo}});
    for status in ["400 Bad Request", "401 Unauthorized", "404 Not Found"] {
        let server = ScriptedServer::start(Answer::http(status, &[], body.to_string()));
        for output in ["table", "json"] {
            // `at` checks that the secret is not printed.
            let args = ["-vv", "retrieve-user", "x", "--output", output];
            let output_text = at(&server.base_url(), &args);
            let hidden = "you sent Authorization: Basic <hidden>";
            assert!(
                stderr(&output_text).contains(hidden),
                "{}",
                stderr(&output_text)
            );
        }
    }
}
