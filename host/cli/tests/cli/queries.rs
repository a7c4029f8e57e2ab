//! `--query`: Stytch's own query JSON.

use crate::{EMPTY_PAGE, at_with_stdin, emulated, json_error, stderr, succeeded};
use serde_json::{Value, json};
use std::fs;
use stytch_testkit::{Answer, ScriptedServer};

const QUERY: &str = r#"{"operator":"OR","operands":[
    {"filter_name":"status","filter_value":"pending"},
    {"filter_name":"brand_new","filter_value":{"deep":[1.50,null,"ä"]}}]}"#;

#[test]
fn a_query_comes_from_the_argument_a_file_or_standard_input() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("query.json");
    fs::write(&file, QUERY).unwrap();
    let at_file = format!("@{}", file.display());
    let expected: Value = serde_json::from_str(QUERY).unwrap();
    for (argument, stdin) in [(QUERY, ""), (&at_file, ""), ("-", QUERY)] {
        let args = ["search-users", "--limit", "3", "--query", argument];
        succeeded(&at_with_stdin(&server.base_url(), &args, stdin));
        let request = server.request();
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body, json!({"limit": 3, "query": expected}), "{argument}");
    }
}

#[test]
fn the_error_for_an_invalid_query_names_the_position() {
    for (query, expected) in [
        ("", "line 1, column 0: EOF"),
        ("{", "line 1, column 1: EOF"),
        (
            "{\"operator\":\"AND\",\n \"operands\":[}",
            "line 2, column 14",
        ),
        (
            "[1]",
            "line 1, column 0: invalid type: sequence, expected an object",
        ),
        ("status=active", "line 1, column 1: expected value"),
        ("{\"operator\":\"and\"}", "`and`, expected `AND` or `OR`"),
        (
            "{\"operator\":\"AND\",\"operand\":[]}",
            "unknown field `operand`",
        ),
        (
            r#"{"operator":"AND","operands":[{"filter_name":"email_verified","filter_value":"yes"}]}"#,
            "operands[0]: the filter email_verified takes true or false",
        ),
        ("{\"operator\":\"AND\"} x", "line 1, column 20: trailing"),
        ("\u{feff}{}", "line 1, column 1"),
        (&"[".repeat(100_000), "expected an object"),
        (
            "{\"operator\":\"AND\",\"\u{1b}[2J\":1}",
            "control character",
        ),
    ] {
        let output = emulated(&["search-users", "--output", "json", "--query", query]);
        let error = json_error(&output, 2);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("--query is not a search query: "));
        assert!(message.contains(expected), "{message}");
        assert_eq!(
            (&error["code"], &error["attempts"]),
            (&json!("invalid_input"), &json!(0))
        );
        assert!(error["hint"].as_str().unwrap().contains("filter_name"));
    }
}

#[test]
fn an_error_names_an_unreadable_query_file() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("binary");
    fs::write(&binary, [0xff, 0xfe]).unwrap();
    for (file, expected) in [
        (
            "does-not-exist.json",
            "does-not-exist.json\" cannot be read",
        ),
        (folder.path().to_str().unwrap(), "irectory"),
        (binary.to_str().unwrap(), "UTF-8"),
        #[cfg(unix)]
        ("/dev/zero", "larger than 16 MiB"),
    ] {
        let output = emulated(&["search-users", "--query", &format!("@{file}")]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn a_query_and_filters_exclude_each_other() {
    for (flags, expected) in [
        (
            &["--query", "{}", "--status", "active"][..],
            "--query cannot be combined with filters such as --status",
        ),
        (
            &["--query", "{}", "--any"],
            "--query cannot be combined with --any",
        ),
        (&["--any"], "--any needs at least one filter"),
    ] {
        let output = emulated(&[&["search-users"], flags].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn a_misspelt_filter_gets_a_suggestion() {
    let query = |name: &str| {
        format!(
            r#"{{"operator":"AND","operands":[{{"filter_name":"{name}","filter_value":["a"]}}]}}"#
        )
    };
    for (name, expected) in [
        ("emial_address", Some("did you mean email_address?")),
        ("user-id", Some("did you mean user_id?")),
        ("shoe_size", None),
    ] {
        for args in [
            &["search-users", "--query", &query(name)][..],
            &[
                "invoke",
                "search-users",
                &format!(r#"{{"query":{}}}"#, query(name)),
            ],
        ] {
            let output = emulated(&[args, &["--output", "json"]].concat());
            let error = json_error(&output, 4);
            let hint = error["hint"].as_str();
            match expected {
                Some(expected) => assert!(hint.unwrap().contains(expected), "{error}"),
                None => assert_eq!(hint, None),
            }
        }
    }
}
