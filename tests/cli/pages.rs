//! Searches of more than one page.

use crate::{Served, at, emulated, json, json_error, stderr, stdout, succeeded};
use serde_json::Value;
use std::collections::HashSet;
use stytch_testkit::{Answer, ScriptedServer};

fn ids(users: &[Value]) -> Vec<&str> {
    let users = users.iter();
    users
        .map(|user| user["user_id"].as_str().unwrap())
        .collect()
}

#[test]
fn all_pages_hold_every_user_once() {
    let served = Served::start(&[]);
    let lines = served.run(&["search-users", "--all", "--limit", "7", "--output", "jsonl"]);
    let users: Vec<Value> = succeeded(&lines)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(users.len(), 200);
    assert_eq!(ids(&users).into_iter().collect::<HashSet<_>>().len(), 200);

    let document =
        json(&served.run(&["search-users", "--all", "--limit", "7", "--output", "json"]));
    assert_eq!(*document["results"].as_array().unwrap(), users);
    assert_eq!(document["results_metadata"]["total"], 200);
    assert!(document["results_metadata"]["next_cursor"].is_null());

    let table = served.run(&["search-users", "--all", "--limit", "7", "--output", "table"]);
    let table = succeeded(&table);
    assert!(ids(&users).iter().all(|id| table.contains(id)));
    assert!(table.ends_with("\n200 users of 200\n"), "{table}");
}

#[test]
fn a_cursor_goes_on_where_the_page_ended() {
    let search = |more: &[&str]| {
        let args = ["search-users", "--status", "active", "--limit", "5"];
        json(&emulated(&[&args, more].concat()))
    };
    let first = search(&[]);
    let cursor = first["results_metadata"]["next_cursor"].as_str().unwrap();
    let second = search(&["--cursor", cursor]);
    let ten = json(&emulated(&[
        "search-users",
        "--status",
        "active",
        "--limit",
        "10",
    ]));
    let both = [
        first["results"].as_array().unwrap().clone(),
        second["results"].as_array().unwrap().clone(),
    ];
    assert_eq!(both.concat(), *ten["results"].as_array().unwrap());
    // The rest, from there on.
    let rest = search(&["--cursor", cursor, "--all"]);
    let all = search(&["--all"]);
    assert_eq!(
        rest["results"].as_array().unwrap()[..],
        all["results"].as_array().unwrap()[5..]
    );
}

#[test]
fn a_cursor_of_another_query_is_refused_by_stytch() {
    let page = json(&emulated(&["search-users", "--limit", "5"]));
    let cursor = page["results_metadata"]["next_cursor"].as_str().unwrap();
    let args = [
        "search-users",
        "--status",
        "active",
        "--cursor",
        cursor,
        "--output",
        "json",
    ];
    let error = json_error(&emulated(&args), 4);
    assert_eq!(error["error_type"], "user_search_invalid_cursor");
}

#[test]
fn users_found_before_a_failure_are_printed() {
    for output in ["jsonl", "table"] {
        let served = Served::start(&["--chaos", "503@3"]);
        let args = ["search-users", "--all", "--limit", "50", "--output", output];
        let failed = served.run(&args);
        assert_eq!(failed.status.code(), Some(5), "{}", stderr(&failed));
        let found = stdout(&failed).matches("user-test-").count();
        assert!(found >= 100, "{output}: {found} users");
    }
}

#[test]
fn a_document_that_a_failure_cut_short_is_not_a_whole_one() {
    let served = Served::start(&["--chaos", "503@3"]);
    let failed = served.run(&["search-users", "--all", "--limit", "50", "--output", "json"]);
    json_error(&failed, 5);
    // Who does not look at the exit code must not take it for everything.
    let document = serde_json::from_str::<Value>(stdout(&failed));
    let says_more = |page: Value| page["results_metadata"]["next_cursor"].is_string();
    assert!(document.is_err() || document.is_ok_and(says_more));
}

#[test]
fn a_search_that_goes_in_a_circle_ends() {
    for output in ["json", "jsonl"] {
        let served = Served::start(&["--chaos", "cursor-loop"]);
        let args = ["search-users", "--all", "--limit", "50", "--output", output];
        let error = json_error(&served.run(&args), 5);
        assert_eq!(error["code"], "malformed_response");
        assert!(error["message"].as_str().unwrap().contains("circle"));
    }
}

#[test]
fn without_totals_the_users_are_counted() {
    let page = r#"{"results":[{"user_id":"u"}],"results_metadata":{"total":-1,"next_cursor":""}}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &[], page));
    let table = at(
        &server.base_url(),
        &["search-users", "--all", "--output", "table"],
    );
    assert!(
        succeeded(&table).ends_with("\n1 user\n"),
        "{}",
        stdout(&table)
    );
    assert_eq!(server.pending_requests(), 1);
    let page = json(&at(
        &server.base_url(),
        &["search-users", "--output", "json"],
    ));
    assert!(page["results_metadata"]["total"].is_null());
    assert!(page["results_metadata"]["next_cursor"].is_null());
}
