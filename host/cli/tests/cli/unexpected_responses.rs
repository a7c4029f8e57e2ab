//! Unexpected successful responses: with additional members, with invalid text, or of
//! another endpoint.

use crate::{at, json, json_error, receipt, stderr, stdout, succeeded};
use serde_json::{Value, json};
use stytch_testkit::{Answer, ScriptedServer};

fn ok(body: &str) -> ScriptedServer {
    ScriptedServer::start(Answer::http("200 OK", &["connection: close"], body))
}

#[test]
fn unknown_members_of_a_page_keep_their_place() {
    let server = ok(
        r#"{"warnings":["w"],"status_code":200,"request_id":"r","results":[{"user_id":"u"}],
            "results_metadata":{"total":1,"next_cursor":null,"page_size":10}}"#,
    );
    for args in [
        &["search-users"][..],
        &["search-users", "--jq", "."],
        &["search-users", "--all", "--output", "json"],
        &["invoke", "search-users"],
    ] {
        let output = at(&server.base_url(), args);
        let page: Value = serde_json::from_str(stdout(&output)).unwrap();
        assert_eq!(page["warnings"], json!(["w"]), "{args:?}");
        let metadata = json!({"total": 1, "next_cursor": null, "page_size": 10});
        assert_eq!(page["results_metadata"], metadata, "{args:?}");
        assert!(page.get("status_code").is_none(), "{args:?}");
    }
}

/// A B2B project's page, or a session's response with its tokens.
#[test]
fn a_success_of_another_endpoint_is_malformed() {
    let page = r#"{"members":[{"member_id":"m"}],"results_metadata":{"total":1}}"#;
    let session = r#"{"user_id":"u","session_token":"t0ken","session_jwt":"t0ken"}"#;
    let both = r#"{"user_id":"u","results":[],"user":{"user_id":"t0ken"},"session":{}}"#;
    let retrieval = ["retrieve-user", "u"];
    for (body, args) in [
        (page, &["search-users"][..]),
        (page, &["search-users", "--all"]),
        (page, &["check"]),
        (page, &retrieval),
        (session, &retrieval),
        (session, &["search-users"]),
        (both, &retrieval),
        ("{}", &retrieval),
    ] {
        let output = at(
            &ok(body).base_url(),
            &[args, &["--output", "jsonl"]].concat(),
        );
        let error = json_error(&output, 5);
        assert_eq!(error["code"], "malformed_response", "{body}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("B2B"), "{message}");
        for stream in [stdout(&output), stderr(&output)] {
            assert!(
                !stream.contains("t0ken") && !stream.contains("\"m\""),
                "{stream}"
            );
        }
    }
}

#[test]
fn an_unpaired_surrogate_does_not_lose_a_user() {
    let server = ok(
        r#"{"results":[{"user_id":"a","name":{"first_name":"\ud83dA"},"trusted_metadata":{"m":"\ude00","\ud83d":1}},
            {"user_id":"b","untrusted_metadata":{"m":"\ud83d"}}],"results_metadata":{"total":2,"next_cursor":null}}"#,
    );
    let search = |args: &[&str]| at(&server.base_url(), &[&["search-users"], args].concat());
    // JSON output keeps the text as it was sent, although some parsers reject it.
    let page = search(&[]);
    let page = succeeded(&page);
    assert!(page.contains("\"first_name\":\"\u{fffd}A\""), "{page}");
    assert!(page.contains(r#"{"m":"\ude00","\ud83d":1}"#), "{page}");

    let args = ["--all", "--output", "jsonl", "--jq"];
    let lines = search(&[&args[..], &["[.user_id, .trusted_metadata.m]"]].concat());
    assert_eq!(lines.status.code(), Some(0), "{}", stderr(&lines));
    assert_eq!(stdout(&lines), "[\"a\",\"\u{fffd}\"]\n[\"b\",null]\n");
    let notes = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("note: "))
            .count()
    };
    assert_eq!(notes(stderr(&lines)), 1, "{}", stderr(&lines));
    assert_eq!(receipt(&lines)["complete"], true);
    let quiet = search(&[&args[..], &[".user_id", "--quiet"]].concat());
    assert_eq!((stdout(&quiet), stderr(&quiet)), ("a\nb\n", ""));

    let fields = search(&["--fields", "user_id,trusted_metadata.m", "--output", "csv"]);
    assert_eq!(
        succeeded(&fields),
        "user_id,trusted_metadata.m\na,\u{fffd}\nb,\n"
    );
    for output in ["table", "csv", "jsonl"] {
        let output = search(&["--output", output]);
        assert!(succeeded(&output).contains("\u{fffd}A"));
    }
}

#[test]
fn a_repeated_cursor_is_not_suggested_for_resuming() {
    let page = |cursor: &str| {
        let metadata = json!({"total": null, "next_cursor": cursor});
        let body = json!({"results": [{"user_id": "u"}], "results_metadata": metadata});
        Answer::http("200 OK", &["connection: close"], body.to_string())
    };
    let pages = || ScriptedServer::start_with(vec![page("A"), page("B"), page("A")]);
    let args = ["search-users", "--all", "--output"];
    let jsonl = at(&pages().base_url(), &[&args[..], &["jsonl"]].concat());
    let error = json_error(&jsonl, 5);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("the search goes in a circle"),
        "{message}"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("the users found so far are printed"),
        "{hint}"
    );
    assert!(!hint.contains("--cursor"), "{hint}");
    let csv = at(&pages().base_url(), &[&args[..], &["csv"]].concat());
    let hint = stderr(&csv).lines().find(|line| line.starts_with("hint: "));
    assert!(!hint.unwrap().contains("--cursor"), "{}", stderr(&csv));
}

#[test]
fn a_user_excludes_response_metadata_only() {
    let user = json(&at(
        &ok(r#"{"user_id":"u","status_code":200,"sessions_count":3}"#).base_url(),
        &["retrieve-user", "u"],
    ));
    assert_eq!(
        (&user["user_id"], &user["sessions_count"]),
        (&json!("u"), &json!(3))
    );
}
