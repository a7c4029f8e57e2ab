//! Searches with several pages.

use crate::{Served, all_pages, at, emulated, json, json_error, receipt, stderr, stdout};
use serde_json::{Value, json};
use std::collections::HashSet;
use stytch_testkit::{Answer, ScriptedServer};

fn ids(users: &[Value]) -> Vec<&str> {
    let users = users.iter();
    users
        .map(|user| user["user_id"].as_str().unwrap())
        .collect()
}

/// A response with a page of these users.
fn page(user_ids: &[&str], next_cursor: &str, total: Option<u32>) -> Answer {
    let users: Vec<_> = user_ids.iter().map(|id| json!({"user_id": id})).collect();
    let metadata = json!({"total": total, "next_cursor": next_cursor});
    let body = json!({"results": users, "results_metadata": metadata});
    Answer::http("200 OK", &["connection: close"], body.to_string())
}

#[test]
fn all_pages_contain_every_user_once() {
    let served = Served::start(&[]);
    let lines = served.run(&["search-users", "--all", "--limit", "7", "--output", "jsonl"]);
    let (lines, receipt) = all_pages(&lines);
    assert_eq!(
        receipt,
        json!({
            "pages": 29, "users": 200, "unique_users": 200, "total_at_start": 200,
            "total_at_end": 200, "stopped": "end", "complete": true, "next_cursor": null,
        })
    );
    let users: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(users.len(), 200);
    assert_eq!(ids(&users).into_iter().collect::<HashSet<_>>().len(), 200);

    let document = served.run(&["search-users", "--all", "--limit", "7", "--output", "json"]);
    let document: Value = serde_json::from_str(all_pages(&document).0).unwrap();
    assert_eq!(*document["results"].as_array().unwrap(), users);
    assert_eq!(document["results_metadata"]["total"], 200);
    assert!(document["results_metadata"]["next_cursor"].is_null());

    let table = served.run(&["search-users", "--all", "--limit", "7", "--output", "table"]);
    assert_eq!(
        stderr(&table),
        "200 users in 29 pages: complete; Stytch counts 200\n"
    );
    let table = stdout(&table);
    assert!(ids(&users).iter().all(|id| table.contains(id)));
    assert!(table.ends_with("\n200 users of 200\n"), "{table}");
}

#[test]
fn a_cursor_continues_after_its_page() {
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
    // The rest, from the cursor.
    let lines = |more: &[&str]| {
        let args = ["search-users", "--status", "active", "--output", "jsonl"];
        let output = emulated(&[&args, more].concat());
        let (lines, receipt) = all_pages(&output);
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        (lines, receipt["complete"].as_bool().unwrap())
    };
    let (rest, rest_is_complete) = lines(&["--cursor", cursor, "--all"]);
    let (all, all_is_complete) = lines(&["--all"]);
    assert_eq!(rest[..], all[5..]);
    assert_eq!((rest_is_complete, all_is_complete), (false, true));
}

#[test]
fn stytch_rejects_the_cursor_of_another_query() {
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
        let once = ["--max-attempts", "1", "search-users"];
        let args = [&once[..], &["--all", "--limit", "50", "--output", output]].concat();
        let failed = served.run(&args);
        assert_eq!(failed.status.code(), Some(5), "{}", stderr(&failed));
        let found = stdout(&failed).matches("user-test-").count();
        assert!(found >= 100, "{output}: {found} users");
    }
}

#[test]
fn a_failure_leaves_an_incomplete_json_document() {
    let served = Served::start(&["--chaos", "503@3"]);
    let once = ["--max-attempts", "1", "search-users"];
    let failed = served.run(&[&once[..], &["--all", "--limit", "50", "--output", "json"]].concat());
    json_error(&failed, 5);
    // A caller that ignores the exit code must not mistake it for the complete result.
    let document = serde_json::from_str::<Value>(stdout(&failed));
    let says_more = |page: Value| page["results_metadata"]["next_cursor"].is_string();
    assert!(document.is_err() || document.is_ok_and(says_more));
}

#[test]
fn a_search_with_repeating_cursors_ends() {
    let to = |cursor: &str| page(&["u"], cursor, None);
    // A, B, C, B: the cycle is longer than one repeated cursor.
    let server = ScriptedServer::start_with(vec![to("A"), to("B"), to("C"), to("B"), to("D")]);
    let args = ["search-users", "--all", "--output", "jsonl"];
    let failed = at(&server.base_url(), &args);
    assert_eq!(json_error(&failed, 5)["code"], "malformed_response");
    assert_eq!(server.pending_requests(), 4);
    let receipt = receipt(&failed);
    assert_eq!(
        (&receipt["stopped"], &receipt["users"]),
        (&json!("circle"), &json!(4))
    );
    assert_eq!(
        (&receipt["unique_users"], &receipt["complete"]),
        (&json!(1), &json!(false))
    );
}

#[test]
fn an_emulated_cursor_cycle_ends_in_every_format() {
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
    assert!(stdout(&table).ends_with("\n1 user\n"), "{table:?}");
    assert_eq!(stderr(&table), "1 user in 1 page: complete\n");
    assert_eq!(server.pending_requests(), 1);
    let page = json(&at(
        &server.base_url(),
        &["search-users", "--output", "json"],
    ));
    assert!(page["results_metadata"]["total"].is_null());
    assert!(page["results_metadata"]["next_cursor"].is_null());
}

#[test]
fn empty_pages_do_not_end_a_search_and_repeated_users_are_counted() {
    let server = ScriptedServer::start_with(vec![
        page(&["a", "b"], "1", Some(4)),
        page(&[], "2", Some(4)),
        page(&["b", "c"], "3", Some(5)),
        page(&[], "", Some(5)),
    ]);
    let args = ["search-users", "--all", "--output", "jsonl"];
    let output = at(&server.base_url(), &args);
    let (lines, receipt) = all_pages(&output);
    assert_eq!(lines.lines().count(), 4);
    assert_eq!(
        receipt,
        json!({
            "pages": 4, "users": 4, "unique_users": 3, "total_at_start": 4, "total_at_end": 5,
            "stopped": "end", "complete": false, "next_cursor": null,
        })
    );
}

#[test]
fn max_users_limits_the_number_of_users() {
    let served = Served::start(&[]);
    let all = served.run(&["search-users", "--all", "--output", "jsonl"]);
    let all: Vec<_> = stdout(&all).lines().collect();
    for (limit, max_users, pages) in [("7", 20, 3), ("20", 20, 1), ("200", 1, 1), ("150", 200, 2)] {
        let max = max_users.to_string();
        let args = ["search-users", "--limit", limit, "--max-users", &max];
        let output = served.run(&[&args[..], &["--output", "jsonl"]].concat());
        let (lines, receipt) = all_pages(&output);
        assert_eq!(lines.lines().collect::<Vec<_>>(), all[..max_users]);
        assert_eq!(receipt["pages"], pages);
        let is_end = max_users == 200;
        assert_eq!(receipt["stopped"], if is_end { "end" } else { "max_users" });
        assert_eq!(receipt["complete"], is_end);
        // The cursor continues with the next user.
        if let Some(cursor) = receipt["next_cursor"].as_str() {
            let args = ["search-users", "--limit", "1", "--output", "jsonl"];
            let next = served.run(&[&args[..], &["--cursor", cursor]].concat());
            assert_eq!(stdout(&next).trim_end(), all[max_users]);
        }
    }
}

#[test]
fn a_page_larger_than_requested_is_truncated() {
    let server = ScriptedServer::start(page(&["a", "b", "c"], "1", None));
    let args = ["search-users", "--max-users", "2", "--output", "jsonl"];
    let output = at(&server.base_url(), &args);
    let (lines, receipt) = all_pages(&output);
    assert_eq!(lines.lines().count(), 2);
    assert_eq!(receipt["stopped"], "max_users");
    assert!(receipt["next_cursor"].is_null());
}
