//! Retrieving several users: a failure does not lose the others.

use crate::{
    Served, assert_refused, at_with_stdin, emulated, json, json_errors, stderr, stdout, succeeded,
};
use serde_json::{Value, json};
use std::process::Output;

/// The IDs of the first three users.
fn three(served: &Served) -> Vec<String> {
    let page = json(&served.run(&["search-users", "--limit", "3"]));
    let users = page["results"].as_array().unwrap().iter();
    let id = |user: &Value| user["user_id"].as_str().unwrap().to_owned();
    users.map(id).collect()
}

#[test]
fn users_are_printed_in_the_order_of_their_ids() {
    let served = Served::start(&["--chaos", "slow=20ms@50%"]);
    let ids = three(&served);
    let [a, b, c] = [&*ids[0], &*ids[1], &*ids[2]];
    let mut wanted = vec![c, a, b, a];
    wanted.extend([b; 16]);
    let lines = served.run(&[&["retrieve-user", "--output", "jsonl"], &wanted[..]].concat());
    let printed: Vec<_> = succeeded(&lines)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["user_id"].clone())
        .collect();
    assert_eq!(printed, wanted);
    let array = served.run(&[&["retrieve-user", "--output", "json"], &wanted[..]].concat());
    let printed = json(&array);
    assert_eq!(printed.as_array().unwrap().len(), wanted.len());
}

#[test]
fn the_first_failure_decides_the_exit_code_and_the_rest_is_printed() {
    let served = Served::start(&[]);
    let ids = three(&served);
    let [a, b] = [&*ids[0], &*ids[1]];
    for (wanted, exit, found) in [
        (&[a, "nobody", b][..], 6, vec![a, b]),
        (&["a b", "nobody", b], 2, vec![b]),
        (&["nobody", "", a], 6, vec![a]),
        (&["nobody", "nothing"], 6, vec![]),
    ] {
        let output = served.run(&[&["retrieve-user", "--output", "json"], wanted].concat());
        assert_eq!(output.status.code(), Some(exit));
        assert_eq!(json_errors(&output).len(), wanted.len() - found.len());
        let printed: Value = serde_json::from_str(stdout(&output)).unwrap();
        let printed = printed.as_array().unwrap().iter();
        let printed: Vec<_> = printed.map(|user| user["user_id"].clone()).collect();
        assert_eq!(json!(printed), json!(found));
    }
}

#[test]
fn each_failure_names_its_id() {
    let args = ["retrieve-user", "nobody-1", "nobody-2"];
    let output = emulated(&args);
    for id in ["nobody-1", "nobody-2"] {
        assert!(stderr(&output).contains(id), "{}", stderr(&output));
    }
    let output = emulated(&[&args[..], &["--output", "json"]].concat());
    for (error, id) in json_errors(&output).iter().zip(["nobody-1", "nobody-2"]) {
        assert!(error["message"].as_str().unwrap().contains(id), "{error}");
    }
}

#[test]
fn an_invalid_id_is_rejected_before_a_request_is_sent() {
    for id in [
        "",
        "..",
        "../sessions",
        "a/b",
        "a?b",
        "a%2fb",
        "a b",
        "ü",
        "a\u{1b}",
        &"x".repeat(129),
    ] {
        let output = emulated(&["retrieve-user", "--output", "json", "--", id]);
        let errors = json_errors(&output);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), ""),
            "{id}"
        );
        assert_eq!(errors[0]["code"], "invalid_input");
        assert_eq!(errors[0]["attempts"], 0);
    }
}

/// Retrieves the users whose IDs are in `input`.
fn batch(served: &Served, args: &[&str], input: &str) -> Output {
    served.run_with_stdin(&[&["retrieve-user", "-"], args].concat(), input)
}

#[test]
fn ids_are_read_from_standard_input() {
    let served = Served::start(&["--users", "300", "--chaos", "slow=20ms@30%"]);
    let page = json(&served.run(&["search-users", "--limit", "300"]));
    let users = page["results"].as_array().unwrap();
    let ids: Vec<_> = users
        .iter()
        .map(|user| user["user_id"].as_str().unwrap())
        .collect();
    for (concurrency, end_of_line) in [("1", "\n"), ("7", "\r\n"), ("256", "  \n\n")] {
        let args = ["--output", "jsonl", "--concurrency", concurrency];
        let output = batch(&served, &args, &ids.join(end_of_line));
        let printed: Vec<Value> = succeeded(&output)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(printed, *users);
    }
}

#[test]
fn a_dash_among_the_ids_is_replaced_by_standard_input() {
    let served = Served::start(&[]);
    let ids = three(&served);
    let args = ["retrieve-user", &ids[0], "-", &ids[2]];
    let printed = json(&served.run_with_stdin(&args, &ids[1]));
    let printed: Vec<_> = printed.as_array().unwrap().iter().collect();
    assert_eq!(printed.len(), 3);
    for (user, id) in printed.iter().zip(ids) {
        assert_eq!(user["user_id"], id);
    }
}

#[test]
fn empty_input_prints_no_users() {
    let served = Served::start(&[]);
    assert_eq!(
        json(&batch(&served, &["--output", "json"], "\n\n")),
        json!([])
    );
    assert_eq!(succeeded(&batch(&served, &["--output", "jsonl"], "")), "");
}

#[test]
fn missing_ok_skips_missing_users() {
    let served = Served::start(&[]);
    let ids = three(&served);
    let input = format!("nobody\n{}\nnothing\n", ids[0]);
    let output = batch(&served, &["--output", "json"], &input);
    assert_eq!(
        (output.status.code(), json_errors(&output).len()),
        (Some(6), 2)
    );
    let users = json(&batch(
        &served,
        &["--output", "json", "--missing-ok"],
        &input,
    ));
    assert_eq!(users.as_array().unwrap().len(), 1);
    let none = served.run(&["retrieve-user", "nobody", "--missing-ok"]);
    assert_eq!(succeeded(&none), "");
    // Other failures still count.
    let output = batch(&served, &["--output", "json", "--missing-ok"], "a b\n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_rejected_credential_is_reported_once() {
    let served = Served::start(&[]);
    let args = [
        "retrieve-user",
        "--concurrency",
        "1",
        "--output",
        "json",
        "a",
        "b",
        "c",
    ];
    let output = served.run_with_wrong_secret(&args);
    assert_eq!(
        (output.status.code(), json_errors(&output).len()),
        (Some(4), 1)
    );
}

#[test]
fn users_before_an_invalid_line_of_input_are_printed() {
    let served = Served::start(&[]);
    let ids = three(&served);
    let args = ["--output", "json"];
    let output = batch(
        &served,
        &args,
        &format!("{}\n{}", ids[0], "x".repeat(1 << 20)),
    );
    assert_refused(&output, "longer than 4096 bytes");
    let printed: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(printed.as_array().unwrap().len(), 1);
}

#[test]
fn concurrency_is_bounded() {
    for concurrency in ["0", "257", "-1", "x"] {
        let args = ["retrieve-user", "-", "--concurrency", concurrency];
        let output = at_with_stdin("http://127.0.0.1:9", &args, "a");
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).contains("--concurrency"),
            "{}",
            stderr(&output)
        );
    }
}
