//! How responses determine the exit code and the message.

use crate::{EMPTY_PAGE, at, emulated, json_error, stderr, stdout};
use serde_json::json;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use stytch_testkit::{Answer, ScriptedServer};

const BUSY: &str = r#"{"status_code":429,"request_id":"request-id-1","error_type":"too_many_requests","error_message":"Slow down.","error_url":"https://stytch.com/docs/api/errors/429"}"#;
const WRONG: &str = r#"{"status_code":401,"request_id":"request-id-2","error_type":"unauthorized_credentials","error_message":"Unauthorized credentials.","error_url":"https://stytch.com/docs/api/errors/401"}"#;
const HTML: &str = "<html><body>Bad Gateway</body></html>";

#[expect(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn the_response_determines_the_exit_code() {
    let raw = |text: &str| Answer::Bytes(text.into());
    for (answer, exit, code, expected) in [
        (
            Answer::http("401 Unauthorized", &[], WRONG),
            4,
            "unauthorized",
            "Unauthorized credentials.",
        ),
        (
            Answer::http("403 Forbidden", &[], HTML),
            4,
            "rejected",
            "something other than Stytch's API responded (status 403)",
        ),
        (
            Answer::http("400 Bad Request", &[], "{}"),
            4,
            "rejected",
            "status 400",
        ),
        (
            Answer::http("404 Not Found", &[], HTML),
            4,
            "rejected",
            "something other than Stytch's API responded (status 404)",
        ),
        (
            Answer::http("429 Too Many Requests", &[], BUSY),
            7,
            "rate_limited",
            "Slow down.",
        ),
        (
            Answer::http("500 Oops", &[], ""),
            5,
            "unavailable",
            "status 500",
        ),
        (
            Answer::http("502 Bad Gateway", &[], HTML),
            5,
            "unavailable",
            "status 502",
        ),
        (
            Answer::http("503 Service Unavailable", &[], "{}"),
            5,
            "unavailable",
            "status 503",
        ),
        (
            Answer::http("302 Found", &["location: /x"], ""),
            5,
            "malformed_response",
            "redirect",
        ),
        (
            Answer::http("200 OK", &[], "{\"results\":[}"),
            5,
            "malformed_response",
            "documents",
        ),
        (
            Answer::http("200 OK", &[], HTML),
            5,
            "malformed_response",
            "documents",
        ),
        (
            Answer::http("200 OK", &[], ""),
            5,
            "malformed_response",
            "documents",
        ),
        (Answer::Close, 3, "unreachable", "not reached"),
        (
            raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
            3,
            "unreachable",
            "not reached",
        ),
        (
            raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"),
            3,
            "unreachable",
            "not reached",
        ),
    ] {
        let server = ScriptedServer::start(answer);
        let text = at(
            &server.base_url(),
            &["search-users", "--max-attempts", "1", "--output", "table"],
        );
        assert_eq!((text.status.code(), stdout(&text)), (Some(exit), ""));
        assert!(stderr(&text).starts_with("error: "), "{}", stderr(&text));
        assert!(stderr(&text).contains(expected), "{}", stderr(&text));

        let json = at(
            &server.base_url(),
            &["search-users", "--max-attempts", "1", "--output", "jsonl"],
        );
        let error = json_error(&json, exit);
        assert_eq!((stdout(&json), &error["code"]), ("", &json!(code)));
        assert_eq!(error["attempts"], 1);
        assert!(error["message"].as_str().unwrap().contains(expected));
    }
}

#[test]
fn stytchs_error_for_a_wrong_secret_is_printed() {
    let server = ScriptedServer::start(Answer::http("401 Unauthorized", &[], WRONG));
    let text = at(&server.base_url(), &["check", "--output", "table"]);
    insta::assert_snapshot!("wrong-secret", stderr(&text));
    let error = json_error(&at(&server.base_url(), &["check", "--output", "json"]), 4);
    assert_eq!(error["status_code"], 401);
    assert_eq!(error["error_type"], "unauthorized_credentials");
    assert_eq!(error["request_id"], "request-id-2");
    assert_eq!(error["error_url"], "https://stytch.com/docs/api/errors/401");
    assert_eq!(error["retryable"], false);
    assert!(error["hint"].as_str().unwrap().contains("STYTCH_SECRET"));
}

#[test]
fn json_errors_include_retry_after() {
    let answer = Answer::http("429 Too Many Requests", &["retry-after: 7"], BUSY);
    let server = ScriptedServer::start(answer);
    let args = ["--max-attempts", "1", "check", "--output", "json"];
    let error = json_error(&at(&server.base_url(), &args), 7);
    assert_eq!(error["retry_after_ms"], 7_000);
    assert_eq!(error["retryable"], true);
}

#[test]
fn an_unknown_user_is_exit_6_with_stytchs_message() {
    let text = emulated(&["retrieve-user", "nobody", "--output", "table"]);
    assert_eq!((text.status.code(), stdout(&text)), (Some(6), ""));
    insta::assert_snapshot!("unknown-user", stderr(&text));
    let json = emulated(&["retrieve-user", "nobody", "--output", "json"]);
    assert_eq!(json_error(&json, 6)["error_type"], "user_not_found");
}

#[test]
fn nothing_listening_is_exit_3() {
    // Bind a free port, and close it again.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let output = at(&format!("http://{address}"), &["check", "--output", "json"]);
    let error = json_error(&output, 3);
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("unreachable"), &json!(true))
    );
    assert!(error["message"].as_str().unwrap().contains("refused"));
}

#[test]
fn a_stalled_server_times_out() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    for sent in ["", head] {
        let server = ScriptedServer::start(Answer::Stall(sent.into()));
        let started = Instant::now();
        let args = ["--timeout", "0.3", "check", "--output", "json"];
        let error = json_error(&at(&server.base_url(), &args), 3);
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(error["message"], "no result within 300ms");
        assert!(error["hint"].as_str().unwrap().contains("--timeout"));
    }
}

#[test]
fn the_base_url_flag_overrides_the_variable() {
    let wanted = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    let other = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    at(
        &other.base_url(),
        &["--base-url", &wanted.base_url(), "search-users"],
    );
    assert!(wanted.request().starts_with("POST "));
    assert_eq!(other.pending_requests(), 0);
}
