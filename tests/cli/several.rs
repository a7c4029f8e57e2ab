//! Several users at a time: one that fails does not lose the others.

use crate::{Served, emulated, json, json_errors, stderr, stdout, succeeded};
use serde_json::{Value, json};

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
fn an_id_that_can_be_none_is_refused_before_anything_is_sent() {
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
