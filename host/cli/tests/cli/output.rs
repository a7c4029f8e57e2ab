//! Output formats.

use crate::{Served, emulated, json, succeeded};
use serde_json::{Value, json};

/// The ID of a user who has every attribute.
fn ada(served: &Served) -> String {
    let user = json(&served.run(&["retrieve-user", "ada.lovelace"]));
    user["user_id"].as_str().unwrap().to_owned()
}

#[test]
fn one_user_is_printed_as_an_object_a_line_or_a_card() {
    let served = Served::start(&[]);
    let id = ada(&served);
    let retrieve = |output: &str| served.run(&["retrieve-user", &id, "--output", output]);
    insta::assert_snapshot!("user-json", succeeded(&retrieve("json")));
    insta::assert_snapshot!("user-card", succeeded(&retrieve("table")));
    let lines = retrieve("jsonl");
    assert_eq!(succeeded(&lines).lines().count(), 1);
    assert_eq!(json(&lines), json(&retrieve("json")));
}

#[test]
fn several_users_are_printed_as_an_array_lines_or_rows() {
    let served = Served::start(&[]);
    let first_three = ["search-users", "--created-before", "2020-02-10T00:00:00Z"];
    let page = json(&served.run(&first_three));
    let users = page["results"].as_array().unwrap();
    let ids = users.iter().map(|user| user["user_id"].as_str().unwrap());
    let ids: Vec<_> = ids.collect();
    let retrieve = |output| {
        let args = [&["retrieve-user", "--output", output], &ids[..]].concat();
        served.run(&args)
    };
    assert_eq!(json(&retrieve("json")), json!(users));
    assert_eq!(lines(succeeded(&retrieve("jsonl"))), *users);
    insta::assert_snapshot!("users-table", succeeded(&retrieve("table")));
}

fn lines(text: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}

#[test]
fn a_page_is_printed_as_stytchs_object_lines_or_a_table() {
    let search = ["search-users", "--limit", "12", "--output"];
    let page = json(&emulated(&[&search[..], &["json"]].concat()));
    let members: Vec<_> = page.as_object().unwrap().keys().collect();
    assert_eq!(members, ["results", "results_metadata"]);
    assert_eq!(page["results_metadata"]["total"], 200);
    assert!(page["results_metadata"]["next_cursor"].is_string());
    let users = emulated(&[&search[..], &["jsonl"]].concat());
    assert_eq!(json!(lines(succeeded(&users))), page["results"]);
    let table = emulated(&[&search[..], &["table"]].concat());
    insta::assert_snapshot!("page-table", succeeded(&table));
}

#[test]
fn the_default_format_for_a_pipe_is_json() {
    for args in [
        &["search-users", "--limit", "2"][..],
        &["search-users", "--email", "nobody@x.org"],
    ] {
        let asked = emulated(&[args, &["--output", "json"]].concat());
        assert_eq!(succeeded(&emulated(args)), succeeded(&asked));
    }
    assert!(json(&emulated(&["check"]))["environment"].is_string());
}

#[test]
fn an_empty_result_is_valid_in_every_format() {
    let search = ["search-users", "--email", "nobody@x.org", "--output"];
    let found = |output| emulated(&[&search[..], &[output]].concat());
    assert_eq!(json(&found("json"))["results"], json!([]));
    assert_eq!(json(&found("json"))["results_metadata"]["total"], 0);
    assert_eq!(succeeded(&found("jsonl")), "");
    assert_eq!(succeeded(&found("table")).trim(), "0 users of 0");
}

#[test]
fn check_names_the_project_and_its_environment() {
    let served = Served::start(&[]);
    let check = |output| served.run(&["check", "--output", output]);
    let text = check("table");
    let text = succeeded(&text).replace(served.base_url(), "[base URL]");
    insta::assert_snapshot!("check", text);
    let report = json(&check("json"));
    assert_eq!(report["environment"], "test");
    assert_eq!(report["base_url"], served.base_url());
    let line = check("jsonl");
    assert_eq!(succeeded(&line).lines().count(), 1);
    assert!(json(&line)["request_id"].is_string());
}

#[test]
fn every_output_ends_with_a_line_break() {
    for args in [
        &["search-users", "--limit", "2"][..],
        &["check"],
        &["inspect"],
    ] {
        for output in ["json", "jsonl", "table"] {
            let printed = emulated(&[args, &["--output", output]].concat());
            let printed = succeeded(&printed);
            assert!(
                printed.ends_with('\n') && !printed.ends_with("\n\n"),
                "{args:?} {output}"
            );
        }
    }
}
