//! `invoke`: JSON in, JSON out, for any language.

use crate::{
    Served, assert_refused, at_with_stdin, cli, emulated, json, json_error, stderr, stdout,
    succeeded,
};
use serde_json::{Value, json};
use std::fs;
use stytch_testkit::{Answer, ScriptedServer};

#[test]
fn every_operation_returns_stytchs_json() {
    let served = Served::start(&[]);
    let sent = |path: &str| -> Value { serde_json::from_str(&served.get(path)).unwrap() };

    let page = json(&served.run(&["invoke", "search-users", r#"{"limit":2}"#]));
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
    assert_eq!(page["results_metadata"]["total"], 200);
    let first = page["results"][0]["user_id"].as_str().unwrap();
    assert!(page["request_id"].is_string());

    let input = json!({"user_id": first}).to_string();
    let mut answer = json(&served.run(&["invoke", "retrieve-user", &input]));
    let mut expected = sent(&format!("/v1/users/{first}"));
    for answer in [&mut answer, &mut expected] {
        assert!(answer["request_id"].take().is_string());
    }
    expected.as_object_mut().unwrap().remove("status_code");
    assert_eq!(answer, expected);

    let report = json(&served.run(&["invoke", "check"]));
    assert_eq!(report["environment"], "test");
    assert_eq!(report["base_url"], served.base_url());
    assert!(report["request_id"].is_string());
}

#[test]
fn the_input_comes_from_the_argument_a_file_or_standard_input() {
    let page = r#"{"results":[]}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &[], page));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input.json");
    let input = json!({
        "limit": 5, "cursor": "c",
        "query": {"operator": "OR", "operands": [
            {"filter_name": "created_at_between",
             "filter_value": {"greater_than": "2024-01-01T00:00:00Z",
                              "less_than": "9999-12-31T23:59:59.000000000001Z"}}]},
    });
    let text = format!(" {input:#}\n");
    fs::write(&file, &text).unwrap();
    let at_file = format!("@{}", file.display());
    for (argument, stdin) in [(text.as_str(), ""), (&at_file, ""), ("-", &text)] {
        let args = ["invoke", "search-users", argument];
        succeeded(&at_with_stdin(&server.base_url(), &args, stdin));
        let request = server.request();
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), input);
    }
}

#[test]
fn an_input_that_does_not_fit_is_exit_2_in_json() {
    for (operation, input, expected) in [
        ("retrieve-user", "", "line 1"),
        ("retrieve-user", "{}", "missing field `user_id`"),
        ("retrieve-user", "{", "line 1"),
        ("retrieve-user", r#"{"user_id":5}"#, "expected a string"),
        ("retrieve-user", r#"{"user_id":null}"#, "expected a string"),
        (
            "retrieve-user",
            r#"{"user_id":"u","limit":1}"#,
            "unknown field `limit`",
        ),
        ("retrieve-user", r#"{"user_id":""}"#, "is empty"),
        (
            "retrieve-user",
            r#"{"user_id":"../x"}"#,
            "a character other than",
        ),
        ("retrieve-user", "user-test-1", "line 1"),
        ("search-users", "{\n\"limit\":}", "line 2, column 9"),
        ("search-users", r#"{"limit":0}"#, "1 to 1000"),
        ("search-users", r#"{"limit":1.5}"#, "column 12"),
        ("search-users", r#"{"limit":"5"}"#, "column 12"),
        ("search-users", r#"{"querry":{}}"#, "`query`"),
        (
            "search-users",
            r#"{"cursor":"\u0000"}"#,
            "control character",
        ),
        ("search-users", "null", "line 1"),
        ("check", r#"{"x":1}"#, "unknown field `x`"),
        ("check", "[", "line 1"),
        ("check", "@missing.json", "missing.json\" cannot be read"),
    ] {
        let output = emulated(&["invoke", operation, input]);
        assert_refused(&output, expected);
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn an_array_is_not_accepted_as_an_object() {
    for operation in ["retrieve-user", "search-users", "check"] {
        for input in ["[]", r#"["ada.lovelace"]"#, "[null,1,null]"] {
            let error = json_error(&emulated(&["invoke", operation, input]), 2);
            assert_eq!(error["code"], "invalid_input", "{operation} {input}");
        }
    }
}

#[test]
fn binary_standard_input_is_a_usage_error() {
    use std::io::Write;
    use std::process::Stdio;
    for args in [
        &["invoke", "check", "-"][..],
        &["search-users", "--query", "-"],
    ] {
        let mut child = cli()
            .command(&[&["--emulator", "--output", "json"], args].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"\xff\xfe").unwrap();
        let error = json_error(&child.wait_with_output().unwrap(), 2);
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("standard input")
        );
        assert_eq!(error["code"], "invalid_input");
    }
}

#[test]
fn errors_are_json_unless_a_table_is_requested() {
    let args = ["invoke", "retrieve-user", r#"{"user_id":"nobody"}"#];
    let error = json_error(&emulated(&args), 6);
    assert_eq!(error["code"], "not_found");
    let output = emulated(&[&args[..], &["--output", "table"]].concat());
    assert_eq!(output.status.code(), Some(6));
    assert!(stderr(&output).starts_with("error: not found"));
}
