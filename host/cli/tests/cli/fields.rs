//! `--fields`: selected members of each user.

use crate::{Served, emulated, json, json_error, stderr, succeeded};
use serde_json::{Value, json};
use std::fs;

const FIELDS: &str = "user_id,name.first_name,emails.email,trusted_metadata.plan";

#[test]
fn selected_fields_keep_their_nesting_in_json() {
    let search = |output: &str, fields: &str| {
        let args = [
            "search-users",
            "--email",
            "ada@example.com",
            "--output",
            output,
        ];
        emulated(&[&args[..], &["--fields", fields]].concat())
    };
    let page = json(&search("json", FIELDS));
    let ada = json!({
        "user_id": "user-test-cf5ee9a0-494a-4961-be05-d5ed725b804b",
        "name": {"first_name": "Ada"},
        "emails": [{"email": "ada@example.com"}],
        "trusted_metadata": {"plan": "enterprise"},
    });
    assert_eq!(page["results"], json!([ada]));
    assert_eq!(page["results_metadata"]["total"], 1);
    let line = search("jsonl", FIELDS);
    let line = serde_json::from_str::<Value>(succeeded(&line)).unwrap();
    assert_eq!(line, ada);
    let one = emulated(&["retrieve-user", "ada.lovelace", "--fields", FIELDS]);
    assert_eq!(json(&one), ada);
}

#[test]
fn every_member_of_a_user_can_be_selected() {
    let served = Served::start(&[]);
    let ada = json(&served.run(&["retrieve-user", "ada.lovelace"]));
    let mut paths = Vec::new();
    for (name, value) in ada.as_object().unwrap() {
        let inside = match value {
            Value::Array(items) => items.first().and_then(Value::as_object),
            value => value.as_object(),
        };
        paths.push(name.clone());
        let inside = inside.into_iter().flat_map(|members| members.keys());
        paths.extend(inside.map(|member| format!("{name}.{member}")));
    }
    assert!(paths.len() > 40, "{paths:?}");
    let chosen = served.run(&[
        "retrieve-user",
        "ada.lovelace",
        "--fields",
        &paths.join(","),
    ]);
    assert_eq!(json(&chosen), ada);
}

#[test]
fn numbers_and_unusual_names_are_preserved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let text = r#"{"user_id":"u","trusted_metadata":{"a.b":12345678901234567890123,"c":1.50,"ü":["x"]},"shoe":{"size":[1]}}"#;
    fs::write(&file, text).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    let fields = r"trusted_metadata.a\.b,trusted_metadata.c,trusted_metadata.ü,.shoe.size";
    let line = |output| {
        let args = ["retrieve-user", "u", "--output", output, "--fields", fields];
        succeeded(&served.run(&args)).to_owned()
    };
    assert_eq!(
        line("jsonl"),
        concat!(
            r#"{"trusted_metadata":{"a.b":12345678901234567890123,"c":1.50,"ü":["x"]},"#,
            r#""shoe":{"size":[1]}}"#,
            "\n"
        )
    );
    assert_eq!(
        line("csv"),
        format!("{fields}\n12345678901234567890123,1.50,x,1\n")
    );
}

#[test]
fn selected_fields_are_columns_of_a_table_and_rows_of_a_card() {
    let args = ["search-users", "--limit", "3", "--output", "table"];
    let table = emulated(&[&args[..], &["--fields", FIELDS]].concat());
    insta::assert_snapshot!("fields-table", succeeded(&table));
    let args = ["retrieve-user", "ada.lovelace", "--output", "table"];
    let card = emulated(&[&args[..], &["--fields", FIELDS]].concat());
    insta::assert_snapshot!("fields-card", succeeded(&card));
}

#[test]
fn an_unknown_field_is_rejected_with_a_suggestion() {
    let wrong = ["search-users", "--output", "json", "--fields", "userid"];
    let error = json_error(&emulated(&wrong), 2);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("did you mean user_id?"), "{message}");
    // A member that Stytch may add can still be selected.
    let args = ["retrieve-user", "ada.lovelace", "--fields", ".userid"];
    assert_eq!(json(&emulated(&args)), json!({"userid": null}));
}

#[test]
fn only_commands_that_print_users_accept_fields() {
    for command in [&["check"][..], &["inspect"], &["export", "-"]] {
        let refused = emulated(&[command, &["--fields", "user_id"]].concat());
        assert_eq!(refused.status.code(), Some(2), "{command:?}");
        assert!(stderr(&refused).contains("--fields"), "{command:?}");
        assert!(refused.stdout.is_empty());
    }
}
