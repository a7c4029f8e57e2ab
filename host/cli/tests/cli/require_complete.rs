//! `--require-complete`: a search that ends without every user is a failure.

use crate::resume::Lookup;
use crate::{Served, assert_refused, at, json_error, receipt, stderr, stdout};
use serde_json::{Value, json};
use std::fs;
use std::process::Output;
use stytch_testkit::{Answer, ScriptedServer};

/// Searches a server whose only page has these users, with this total.
fn search(user_ids: &[&str], total: u64, args: &[&str]) -> Output {
    let users: Vec<_> = user_ids.iter().map(|id| json!({"user_id": id})).collect();
    let metadata = json!({"total": total, "next_cursor": null});
    let body = json!({"results": users, "results_metadata": metadata});
    let answer = Answer::http("200 OK", &["connection: close"], body.to_string());
    let server = ScriptedServer::start(answer);
    at(
        &server.base_url(),
        &[&["search-users", "--output", "jsonl"], args].concat(),
    )
}

fn message(output: &Output, code: i32) -> String {
    let error = json_error(output, code);
    assert_eq!(error["code"], "incomplete");
    assert_eq!(error["retryable"], Value::Bool(false));
    error["message"].as_str().unwrap().to_owned()
}

#[test]
fn missing_users_are_counted() {
    for (user_ids, missing) in [(&["a", "b"][..], 3), (&["a", "b", "b", "c", "c"], 2)] {
        let output = search(user_ids, 5, &["--all", "--require-complete"]);
        assert_eq!(
            message(&output, 8),
            format!("the search is not complete: {missing} of 5 users are missing")
        );
        // The users are still printed.
        assert_eq!(stdout(&output).lines().count(), user_ids.len());
        assert_eq!(receipt(&output)["complete"], false);
        // Without the flag, the exit code is 0.
        assert_eq!(search(user_ids, 5, &["--all"]).status.code(), Some(0));
    }
    let whole = search(&["a", "b"], 2, &["--all", "--require-complete"]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let quiet = ["--all", "--require-complete", "-q", "--output", "csv"];
    let quiet = at_csv(&quiet);
    assert_eq!(
        stderr(&quiet),
        "error: the search is not complete: 1 of 2 users is missing\n"
    );
}

fn at_csv(args: &[&str]) -> Output {
    let body = r#"{"results":[{"user_id":"a"}],"results_metadata":{"total":2}}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
    at(&server.base_url(), &[&["search-users"], args].concat())
}

#[test]
fn a_search_stopped_by_max_users_is_incomplete() {
    let served = Served::start(&[]);
    let run = |args: &[&str]| {
        let all = ["search-users", "--output", "jsonl", "--require-complete"];
        served.run(&[&all, args].concat())
    };
    let some = run(&["--max-users", "50"]);
    assert_eq!(
        message(&some, 8),
        "the search is not complete because of --max-users: 150 of 200 users are missing"
    );
    assert_eq!(receipt(&some)["stopped"], "max_users");
    let all = run(&["--max-users", "500"]);
    assert_eq!(all.status.code(), Some(0), "{}", stderr(&all));
    let cursor = receipt(&some)["next_cursor"].as_str().unwrap().to_owned();
    let rest = run(&["--all", "--cursor", &cursor]);
    assert!(message(&rest, 8).contains("50 of 200 users are missing"));
    let hint = json_error(&rest, 8)["hint"].clone();
    assert_eq!(hint, "for all users, start without --cursor");
    // An empty cursor means the first page.
    let empty = run(&["--all", "--cursor", ""]);
    assert_eq!(empty.status.code(), Some(0), "{}", stderr(&empty));
    assert_refused(
        &run(&["--limit", "3"]),
        "--require-complete needs a search of all pages",
    );
}

#[test]
fn incomplete_output_does_not_replace_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    fs::write(&file, "before").unwrap();
    let name = file.to_str().unwrap();
    let output = search(
        &["a"],
        2,
        &["--all", "--require-complete", "--output-file", name],
    );
    let hint = json_error(&output, 8)["hint"].clone();
    assert!(
        hint.as_str().unwrap().contains("users.jsonl.partial"),
        "{hint}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "before");
    let partial = fs::read_to_string(folder.path().join("users.jsonl.partial"));
    assert_eq!(partial.unwrap().lines().count(), 1);
}

#[test]
fn a_resumed_search_can_become_complete() {
    let lookup = Lookup::new(&[]);
    let file = lookup.path("users.jsonl");
    let args = [
        "--require-complete",
        "--output-file",
        file.to_str().unwrap(),
    ];
    let some = lookup.run(&[&args[..], &["--max-users", "60"]].concat());
    assert_eq!(some.status.code(), Some(8), "{}", stderr(&some));
    assert!(
        stderr(&some).contains("to resume, repeat the command"),
        "{}",
        stderr(&some)
    );
    assert!(!file.exists());
    let all = lookup.run(&args);
    assert_eq!(all.status.code(), Some(0), "{}", stderr(&all));
    assert!(lookup.users() == lookup.expected());
}
